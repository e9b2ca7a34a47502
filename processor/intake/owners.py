"""Owner files: what an office program leaves beside a file it has open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from processor.intake.filenames import display_name

_OWNER = re.compile(r"(?:~\$|\.~lock\.|\.~)(.+)", re.DOTALL)


def owned_name(owner: str) -> str:
    """The name an owner file speaks of: Excel writes "~$name", WPS ".~name", LibreOffice
    ".~lock.name#". "" when it is none. Word and WPS may have cut one or two leading characters.
    """
    match = _OWNER.fullmatch(owner)
    if match is None:
        return ""
    return match[1].removesuffix("#") if owner.startswith(".~lock.") else match[1]


def holder(folder: Path, name: str, names: frozenset[str], owners: Mapping[str, str]) -> str:
    """Who has `name` open, judged by the owner files (owned name -> file) of its folder.

    A name with its first one or two characters cut counts when no file bears the cut name itself.
    """
    for cut in (0, 1, 2):
        owned = name[cut:]
        if owned in owners and (cut == 0 or owned not in names) and owned[:1] != ".":
            return _owner_name(folder / owners[owned]) or display_name(owners[owned])
    return ""


def _owner_name(path: Path) -> str:
    """The user's name inside an owner file; "" when it cannot be read (it is locked, usually)."""
    try:
        if not path.is_file() or path.is_symlink():
            return ""
        with path.open("rb") as handle:
            head = handle.read(512)
    except OSError:
        return ""
    if path.name.startswith(".~lock."):
        parts = head.decode("utf-8", "replace").split(",")
        return parts[1].strip() if len(parts) > 1 else ""
    # Excel: a length byte and the name in the system's code page, padded with blanks.
    length = head[0] if head else 0
    if not 0 < length <= 54:
        return ""
    text = head[1 : 1 + length].decode("gb18030", "replace").strip("\x00 ")
    return text if text.isprintable() else ""
