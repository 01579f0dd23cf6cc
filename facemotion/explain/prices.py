"""What questions to Claude cost: the price list, estimates before, and the bill afterwards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from facemotion.explain import prompt
from facemotion.explain.views import Material, size_of
from facemotion.records import Settings

AS_OF = "2026-11-20"
"""When the prices were read on Anthropic's pages on models and pricing (platform.claude.com)."""

DOLLARS_PER_MILLION: dict[str, tuple[float, float]] = {
    "claude-sonnet-4-6": (3.0, 15.0),
    "claude-sonnet-4-5": (3.0, 15.0),
    "claude-sonnet-5-5": (2.0, 10.0),
    "claude-opus-4-5": (5.0, 25.0),
    "claude-opus-4-6": (5.0, 25.0),
    "claude-opus-5": (5.0, 25.0),
    "claude-opus-5-5": (4.0, 20.0),
    "claude-haiku-4-5": (1.0, 5.0),
}
"""Tokens in and out."""

CACHE_WRITE, CACHE_READ, BATCH = 1.25, 0.1, 0.5
"""Times the price of input: what is put into and read from the service's cache; the half price of
message batches holds for everything."""

PIXELS_PER_TOKEN = 750
"""Anthropic's rule of thumb for pictures: width times height by 750."""
CHARS_PER_TOKEN = 3.5
OUTPUT_TOKENS = 450
"""Of one judgement: an estimate on the high side, not a measurement."""


@dataclass(frozen=True)
class Usage:
    """Tokens and calls, as the service counts them."""

    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cache_write_tokens + other.cache_write_tokens,
            self.cache_read_tokens + other.cache_read_tokens,
        )

    def dollars(self, model: str, is_batch: bool = False) -> float | None:
        """What it costs; None for a model whose price is not in the list."""
        price = price_of(model)
        if price is None:
            return None
        given = (
            self.input_tokens
            + CACHE_WRITE * self.cache_write_tokens
            + CACHE_READ * self.cache_read_tokens
        )
        full = (given * price[0] + self.output_tokens * price[1]) / 1e6
        return full * BATCH if is_batch else full


def price_of(model: str) -> tuple[float, float] | None:
    """Dollars per million tokens, in and out; a name may end with a date."""
    known = [name for name in DOLLARS_PER_MILLION if model == name or model.startswith(f"{name}-2")]
    return DOLLARS_PER_MILLION[known[0]] if known else None


def bill(model: str, used: Usage, is_batch: bool = False) -> str:
    """Calls, tokens and dollars, in words."""
    dollars = used.dollars(model, is_batch)
    price = "a price that is not in our list" if dollars is None else f"${dollars:.3f}"
    tokens_in = used.input_tokens + used.cache_write_tokens + used.cache_read_tokens
    return f"{used.calls} times: {tokens_in} tokens in, {used.output_tokens} out, {price}"


def limits(settings: Settings) -> str:
    """The caps, in words."""
    return f"the limits of {settings.max_calls} calls and ${settings.max_dollars:g}"


def estimate(materials: Sequence[Material]) -> Usage:
    """The tokens of one request about some moments, before it is made."""
    pixels = [size_of(file) for material in materials for _, file in material.pictures]
    pictures = sum(math.ceil(width * height / PIXELS_PER_TOKEN) for width, height in pixels)
    said = sum(len(line.text) for material in materials for line in material.captions)
    words = math.ceil((len(prompt.SYSTEM) + said + 200 * len(materials) + 400) / CHARS_PER_TOKEN)
    return Usage(1, pictures + words, OUTPUT_TOKENS * len(materials))
