"""The door to Anthropic's service: one request at a time, and its errors in our words.

The official SDK talks; it honours ``ANTHROPIC_BASE_URL`` and ``ANTHROPIC_API_KEY`` and repeats what
is worth repeating. This is the only file that knows it. A key is handed over and never kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pydantic

from facemotion.errors import ModelError, SettingsError
from facemotion.explain import prompt
from facemotion.explain.prices import OUTPUT_TOKENS, Usage
from facemotion.explain.schema import Answer, Judgement

if TYPE_CHECKING:
    import anthropic
    from anthropic.types import Message

    from facemotion.explain.views import Material

TRIES_AGAIN = 3
LONGEST_WAIT_S = 60.0
"""A service that asks to wait for longer is not waited for."""
TIMEOUT_S = 120.0

NO_KEY = (
    "Explanations by Claude need a key. Set ANTHROPIC_API_KEY, or choose the explainer 'facs', "
    "which needs none."
)


class ServiceError(ModelError):
    """The service did not answer a request with what was asked for.

    ``is_final`` means that no other request will fare better: a wrong key, no such model.
    """

    def __init__(self, message: str, *, is_final: bool = False, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.is_final = is_final
        self.usage = usage or Usage()


def require_key(key: str | None) -> str:
    """The key to use: the one given, or that of the environment; ``SettingsError`` without one."""
    found = key or os.environ.get("ANTHROPIC_API_KEY", "")
    if not found.strip():
        raise SettingsError(NO_KEY)
    return found.strip()


class Service:
    """Claude of one model; may be used from several threads at once."""

    def __init__(self, key: str | None, model: str, timeout_s: float = TIMEOUT_S) -> None:
        import anthropic

        self.model = model
        self._client = anthropic.Anthropic(
            api_key=require_key(key),
            timeout=timeout_s,
            max_retries=TRIES_AGAIN,
            http_client=anthropic.DefaultHttpxClient(
                event_hooks={"response": [_no_long_waits]}, timeout=timeout_s
            ),
        )

    def close(self) -> None:
        """Hang up; the service cannot be asked afterwards."""
        self._client.close()

    def judge(self, materials: Sequence[Material], title: str) -> tuple[list[Judgement], Usage]:
        """A judgement of each face, as far as the answer has one, and what it took.

        Raises ``ServiceError``; the tokens of an answer that cannot be used are in its ``usage``.
        """
        import anthropic

        try:
            message = self._client.messages.create(**self.request(materials, title))
        except anthropic.AnthropicError as error:
            raise _translated(error, self.model) from error
        return read(message)

    def request(self, materials: Sequence[Material], title: str) -> dict[str, Any]:
        """The parameters of a request about some moments."""
        import anthropic

        schema = anthropic.transform_schema(Answer)
        return {
            "model": self.model,
            "max_tokens": 1000 + 2 * OUTPUT_TOKENS * len(materials),
            "system": prompt.system(),
            "messages": [{"role": "user", "content": prompt.content(materials, title)}],
            "output_config": {"format": {"type": "json_schema", "schema": schema}},
        }

    def submit(self, requests: Mapping[str, Sequence[Material]], title: str) -> str:
        """Hand in a batch of requests by their ids; the id of the batch."""
        import anthropic

        listed = [
            {"custom_id": name, "params": self.request(materials, title)}
            for name, materials in requests.items()
        ]
        try:
            return self._client.messages.batches.create(requests=listed).id  # type: ignore[arg-type]
        except anthropic.AnthropicError as error:
            raise _translated(error, self.model) from error

    def is_done(self, batch_id: str) -> bool | None:
        """Whether a batch has ended; None when the service does not know it (any more)."""
        import anthropic

        try:
            return self._client.messages.batches.retrieve(batch_id).processing_status == "ended"
        except anthropic.NotFoundError:
            return None
        except anthropic.AnthropicError as error:
            raise _translated(error, self.model) from error

    def results(self, batch_id: str) -> Iterator[tuple[str, Message | None, str]]:
        """Of each request of a batch that has ended: its id, the answer or None, and why none."""
        import anthropic

        try:
            for item in self._client.messages.batches.results(batch_id):
                if item.result.type == "succeeded":
                    yield item.custom_id, item.result.message, ""
                else:
                    yield item.custom_id, None, f"its request in the batch {item.result.type}"
        except anthropic.AnthropicError as error:
            raise _translated(error, self.model) from error


def read(message: Message) -> tuple[list[Judgement], Usage]:
    """The judgements in an answer of the service; ``ServiceError`` when there are none."""
    used = Usage(
        1,
        message.usage.input_tokens,
        message.usage.output_tokens,
        message.usage.cache_creation_input_tokens or 0,
        message.usage.cache_read_input_tokens or 0,
    )
    if message.stop_reason == "refusal":
        raise ServiceError("Claude declined to answer", usage=used)
    if message.stop_reason == "max_tokens":
        raise ServiceError("Claude's answer was cut off", usage=used)
    text = "".join(block.text for block in message.content if block.type == "text")
    try:
        return Answer.model_validate_json(text).judgements, used
    except pydantic.ValidationError as error:
        raise ServiceError("Claude's answer has not the form asked for", usage=used) from error


def _no_long_waits(response: Any) -> None:
    """Tell the SDK not to retry when the service asks for a longer wait than we are ready for."""
    try:
        wait_s = float(response.headers.get("retry-after", 0))
    except ValueError:
        return
    if wait_s > LONGEST_WAIT_S:
        response.headers["x-should-retry"] = "false"


def _translated(error: anthropic.AnthropicError, model: str) -> ServiceError:
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
