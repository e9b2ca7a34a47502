"""The edition in force, and an invented one after it, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from processor.regulation.edition import EDITIONS, Edition, load

V4_FILE = EDITIONS / "DKHW080004-v4.toml"
V4 = load(V4_FILE)


def invented(directory: Path, changes: Mapping[str, str], name: str = "invented") -> Edition:
    """A copy of the fourth edition with passages replaced (old text → new text), loaded."""
    text = V4_FILE.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
        text = text.replace(old, new)
    path = directory / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)
