"""The disk is the truth: keys, complete-or-absent folders, locks, and the size budget.

A stage's result is a folder or file that appears under its final name only when it is complete.
While it is built it has the same name with ``.partial`` behind it, where a killed run leaves
what it had, for the next run to go on from.

    <root>/<video id>/video.json, video.mp4        stage 1
    <root>/<video id>/frames-<key>/                stage 2
    <root>/<video id>/faces-<key>/                 stage 3
    <root>/<video id>/unsure-<key>/                what ``fallback`` shows to Claude
    <root>/<video id>/people-<key>/                the faces followed: the final tables
    <root>/<video id>/moments-<key>/               moments and their pictures
    <root>/uploads/                                files given through the dashboard
    <root>/models/                                 converted weights
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Any

import platformdirs

from facemotion.cache.disk import (
    Action,
    action,
    building,
    lock,
    make_folder,
    megabytes,
    partial,
    read_json,
    require_space,
    storage_errors,
    write_bytes,
    write_text,
)
from facemotion.cache.shelf import Entry, clear, delete, entries, evict, mark_used
from facemotion.errors import InputError

__all__ = [
    "Action",
    "Entry",
    "action",
    "building",
    "clear",
    "default_budget",
    "default_root",
    "delete",
    "entries",
    "evict",
    "key",
    "lock",
    "make_folder",
    "mark_used",
    "megabytes",
    "partial",
    "read_json",
    "require_space",
    "slug",
    "storage_errors",
    "write_bytes",
    "write_text",
]

DEFAULT_BUDGET_BYTES = 20 * 1000**3


def default_root() -> Path:
    """``FACEMOTION_CACHE``, or the platform's usual folder for caches."""
    return Path(os.environ.get("FACEMOTION_CACHE") or platformdirs.user_cache_dir("facemotion"))


def default_budget() -> int:
    """``FACEMOTION_CACHE_GB`` gigabytes, or 20 GB."""
    text = os.environ.get("FACEMOTION_CACHE_GB")
    if not text:
        return DEFAULT_BUDGET_BYTES
    try:
        return int(float(text) * 1000**3)
    except ValueError:
        raise InputError(
            f"FACEMOTION_CACHE_GB is {text!r}, which is no number. Give gigabytes, such as 20."
        ) from None


def key(stage: str, version: int, *parts: Any) -> str:
    """A short name for everything that decides a result: 12 hex digits of a SHA-256."""
    text = json.dumps([stage, version, *parts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def slug(text: str, max_length: int = 48) -> str:
    """A readable, portable piece of a file name."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-.")
    return plain[:max_length].strip("-") or "video"
