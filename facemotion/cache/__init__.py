"""The disk is the truth: keys, complete-or-absent folders, locks, and what goes by itself.

A stage's result is a folder or file that appears under its final name only when it is complete.
While it is built it has the same name with ``.partial`` behind it, where a killed run leaves
what it had, for the next run to go on from.

    <root>/<video id>/video.json, video.mp4        stage 1
    <root>/<video id>/frames-<key>/                stage 2
    <root>/<video id>/faces-<key>/                 stage 3
    <root>/<video id>/unsure-<key>/                what ``fallback`` shows to Claude
    <root>/<video id>/people-<key>/                the faces followed: the final tables
    <root>/<video id>/moments-<key>/               moments and their pictures
    <root>/<video id>/.used, .kept                 last use; never to be deleted but by hand
    <root>/rules.json                              how long videos stay, how much all may take
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
    copy_file,
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
from facemotion.cache.rules import Rules
from facemotion.cache.rules import change as change_rules
from facemotion.cache.rules import read as rules_of
from facemotion.cache.shelf import Entry, delete, discard, entries, is_in_use, keep, mark_used
from facemotion.cache.upkeep import (
    besides,
    clear,
    evict,
    expire,
    expired,
    goes_at,
    make_room,
    surplus,
)

__all__ = [
    "Action",
    "Entry",
    "Rules",
    "action",
    "besides",
    "building",
    "change_rules",
    "clear",
    "copy_file",
    "default_budget",
    "default_root",
    "delete",
    "discard",
    "entries",
    "evict",
    "expire",
    "expired",
    "goes_at",
    "is_in_use",
    "keep",
    "key",
    "lock",
    "make_folder",
    "make_room",
    "mark_used",
    "megabytes",
    "partial",
    "read_json",
    "require_space",
    "rules_of",
    "slug",
    "storage_errors",
    "surplus",
    "write_bytes",
    "write_text",
]


def default_root() -> Path:
    """``FACEMOTION_CACHE``, or the platform's usual folder for caches."""
    return Path(os.environ.get("FACEMOTION_CACHE") or platformdirs.user_cache_dir("facemotion"))


def default_budget(root: Path | None = None) -> int:
    """Bytes that the videos may take: ``FACEMOTION_CACHE_GB``, the cache's own rule, or 20 GB.

    Raises ``InputError`` when the environment's cannot be understood.
    """
    return rules_of(root or default_root()).budget_bytes


def key(stage: str, version: int, *parts: Any) -> str:
    """A short name for everything that decides a result: 12 hex digits of a SHA-256."""
    text = json.dumps([stage, version, *parts], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def slug(text: str, max_length: int = 48) -> str:
    """A readable, portable piece of a file name."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-.")
    return plain[:max_length].strip("-") or "video"
