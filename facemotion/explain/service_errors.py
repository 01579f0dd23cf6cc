"""What the service's refusals are in our words: the SDK's errors, translated once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from facemotion.errors import ModelError
from facemotion.explain.prices import Usage

if TYPE_CHECKING:
    import anthropic


class ServiceError(ModelError):
    """The service did not answer a request with what was asked for.

    ``is_final`` means that no other request will fare better: a wrong key, no such model.
    """

    def __init__(self, message: str, *, is_final: bool = False, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.is_final = is_final
        self.usage = usage or Usage()


def translated(error: anthropic.AnthropicError, model: str) -> ServiceError:
    """The SDK's errors in our words; nothing of the request, in which the key is, goes along."""
    import anthropic

    match error:
        case anthropic.AuthenticationError() | anthropic.PermissionDeniedError():
            return ServiceError("the key was refused: check ANTHROPIC_API_KEY", is_final=True)
        case anthropic.NotFoundError():
            return ServiceError(f"there is no model {model!r} for this key", is_final=True)
        case anthropic.RateLimitError():
            return ServiceError("the service has had enough of our requests for now (429)")
        case anthropic.APITimeoutError():
            return ServiceError("the service did not answer in time")
        case anthropic.APIConnectionError():
            return ServiceError("the service cannot be reached: check the network")
        case anthropic.APIStatusError(status_code=529):
            return ServiceError("the service is overloaded (529)")
        case anthropic.APIStatusError(status_code=402):
            return ServiceError("the account has no credit left", is_final=True)
        case anthropic.APIStatusError():
            return ServiceError(f"the service answered {error.status_code}")
    return ServiceError(f"the service's answer cannot be read ({type(error).__name__})")
