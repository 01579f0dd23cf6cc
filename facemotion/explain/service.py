"""The door to Anthropic's service: one request at a time, and its errors in our words.

The official SDK talks; it honours ``ANTHROPIC_BASE_URL`` and ``ANTHROPIC_API_KEY`` and repeats what
is worth repeating. Only this file and ``service_errors`` know it. A key is handed over, never kept.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import pydantic

from facemotion.errors import SettingsError
from facemotion.explain import prompt, showing
from facemotion.explain.prices import OUTPUT_TOKENS, Usage
from facemotion.explain.schema import Answer, Finds, Found, Judgement
from facemotion.explain.service_errors import ServiceError as ServiceError
from facemotion.explain.service_errors import translated

if TYPE_CHECKING:
    from anthropic.types import Message

    from facemotion.explain.showing import Picture
    from facemotion.explain.views import Material

Form = TypeVar("Form", bound=pydantic.BaseModel)

TRIES_AGAIN = 3
LONGEST_WAIT_S = 60.0
"""A service that asks to wait for longer is not waited for."""
TIMEOUT_S = 120.0

NO_KEY = (
    "Explanations by Claude need a key. Set ANTHROPIC_API_KEY, or choose the explainer 'facs', "
    "which needs none."
)


def require_key(key: str | None, complaint: str = NO_KEY) -> str:
    """The key to use: the one given, or that of the environment; ``SettingsError`` without one."""
    found = key or os.environ.get("ANTHROPIC_API_KEY", "")
    if not found.strip():
        raise SettingsError(complaint)
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
        return read(self._answer(self.request(materials, title)))

    def find(self, pictures: Sequence[Picture]) -> tuple[list[Found], Usage]:
        """The faces in each picture, as far as the answer has it, and what it took.

        Raises as ``judge`` does.
        """
        content, tokens = showing.content(pictures), showing.OUTPUT_TOKENS * len(pictures)
        request = self._request(showing.SYSTEM, content, Finds, tokens)
        finds, used = _parsed(self._answer(request), Finds)
        return finds.pictures, used

    def request(self, materials: Sequence[Material], title: str) -> dict[str, Any]:
        """The parameters of a request about some moments."""
        content, tokens = prompt.content(materials, title), OUTPUT_TOKENS * len(materials)
        return self._request(prompt.SYSTEM, content, Answer, tokens)

    def _request(
        self,
        system: str,
        content: list[dict[str, Any]],
        form: type[pydantic.BaseModel],
        tokens: int,
    ) -> dict[str, Any]:
        import anthropic

        schema = anthropic.transform_schema(form)
        return {
            "model": self.model,
            "max_tokens": 1000 + 2 * tokens,
            "system": prompt.system(system),
            "messages": [{"role": "user", "content": content}],
            "output_config": {"format": {"type": "json_schema", "schema": schema}},
        }

    def _answer(self, request: dict[str, Any]) -> Message:
        import anthropic

        try:
            message: Message = self._client.messages.create(**request)
        except anthropic.AnthropicError as error:
            raise translated(error, self.model) from error
        return message

    def converse(
        self,
        system: list[dict[str, Any]],
        messages: Sequence[Mapping[str, Any]],
        tools: Sequence[Mapping[str, Any]],
        max_tokens: int,
        *,
        may_use_tools: bool = True,
    ) -> tuple[list[dict[str, Any]], str, Usage]:
        """The next message of a conversation with tools: its blocks, why it ends, what it took.

        The blocks go back as they are in the next request. Raises ``ServiceError``, also when
        Claude declines.
        """
        import anthropic

        choice = {"type": "auto" if may_use_tools else "none"}
        request: dict[str, Any] = {
            "model": self.model,
            "max_tokens": max_tokens,
            "system": system,
            "messages": list(messages),
            "tools": list(tools),
            "tool_choice": choice,
        }
        try:
            message = self._client.messages.create(**request)
        except anthropic.AnthropicError as error:
            raise translated(error, self.model) from error
        used = _used(message)
        if message.stop_reason == "refusal":
            raise ServiceError("Claude declined to answer", usage=used)
        # Whatever a block holds goes back as it came: a wrong type in it is the caller's to refuse.
        dumped: dict[str, Any] = {"mode": "json", "exclude_unset": True, "warnings": False}
        blocks = [block.model_dump(by_alias=True, **dumped) for block in message.content or ()]
        return blocks, str(message.stop_reason), used

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
            raise translated(error, self.model) from error

    def is_done(self, batch_id: str) -> bool | None:
        """Whether a batch has ended; None when the service does not know it (any more)."""
        import anthropic

        try:
            return self._client.messages.batches.retrieve(batch_id).processing_status == "ended"
        except anthropic.NotFoundError:
            return None
        except anthropic.AnthropicError as error:
            raise translated(error, self.model) from error

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
            raise translated(error, self.model) from error


def read(message: Message) -> tuple[list[Judgement], Usage]:
    """The judgements in an answer of the service; ``ServiceError`` when there are none."""
    answer, used = _parsed(message, Answer)
    return answer.judgements, used


def _parsed(message: Message, form: type[Form]) -> tuple[Form, Usage]:
    used = _used(message)
    if message.stop_reason == "refusal":
        raise ServiceError("Claude declined to answer", usage=used)
    if message.stop_reason == "max_tokens":
        raise ServiceError("Claude's answer was cut off", usage=used)
    text = "".join(block.text for block in message.content if block.type == "text")
    try:
        return form.model_validate_json(text), used
    except pydantic.ValidationError as error:
        raise ServiceError("Claude's answer has not the form asked for", usage=used) from error


def _used(message: Message) -> Usage:
    """What an answer took, by the service's own count."""
    return Usage(
        1,
        message.usage.input_tokens,
        message.usage.output_tokens,
        message.usage.cache_creation_input_tokens or 0,
        message.usage.cache_read_input_tokens or 0,
    )


def _no_long_waits(response: Any) -> None:
    """Tell the SDK not to retry when the service asks for a longer wait than we are ready for."""
    try:
        wait_s = float(response.headers.get("retry-after", 0))
    except ValueError:
        return
    if wait_s > LONGEST_WAIT_S:
        response.headers["x-should-retry"] = "false"
