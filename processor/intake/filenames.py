"""File names: what to show, what to ignore, what to write.

Names come from every system and program; nothing here touches a file.
"""

from __future__ import annotations

import os
import re
import unicodedata

# Names other programs leave in a shared folder; they are never forms (matched without case).
_LITTER = re.compile(
    r"""~\$.* | \.~.* | \.~lock\..*\# | .*\.tmp | .*\.part | .*\.partial
    | .*\.crdownload | .*\.filepart | [0-9a-f]{8} | \._.* | thumbs\.db | ehthumbs\.db
    | desktop\.ini | \.ds_store | \.gitkeep | \.gitignore""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_LITTER_FOLDERS = frozenset(
    (".stfolder", ".stversions", "@eadir", "__macosx", "$recycle.bin", "system volume information")
)


def display_name(name: str) -> str:
    """The name as a person should see it: GBK bytes decoded, control characters made visible."""
    try:
        text = os.fsencode(name).decode("utf-8")
    except UnicodeDecodeError:
        text = os.fsencode(name).decode("gb18030", "replace")
    except UnicodeEncodeError:  # lone surrogates of a Windows name
        text = name.encode("utf-8", "replace").decode("utf-8")
    return "".join("�" if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)


def is_litter(name: str) -> bool:
    """Is it an owner, temporary or system file, by its name alone?"""
    return _LITTER.fullmatch(name) is not None


def is_litter_folder(name: str) -> bool:
    """Is it a folder some synchroniser, archiver or waste bin keeps for itself?"""
    return name.casefold() in _LITTER_FOLDERS or name.startswith(".Trash")


_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)", re.IGNORECASE)
_FORBIDDEN = str.maketrans(dict.fromkeys('<>:"/\\|?*%', "_"))


def safe_name(name: str, limit: int = 200) -> str:
    """A file name fit for Windows, Linux and a mail attachment: at most `limit` UTF-8 bytes.

    Control, format (right-to-left marks) and forbidden characters go, the extension stays.
    Never empty, never a device name, never starting with "~$", "." or "-" and never ending
    with a dot or a blank.
    """
    text = unicodedata.normalize("NFC", display_name(name))
    kept = (c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    text = "".join(" " if c.isspace() else c for c in kept).translate(_FORBIDDEN)
    text = text.replace("�", "_").strip(" .").lstrip("~$.-= ")
    stem, dot, suffix = text.rpartition(".")
    if not dot or len(suffix) > 12 or not suffix.isalnum():
        stem, suffix = text, ""
    stem = stem.strip(" .") or "未命名"
    if _RESERVED.fullmatch(stem.split(".", 1)[0].strip()):
        stem = f"_{stem}"
    ending = f".{suffix}" if suffix else ""
    room = limit - len(ending.encode())
    stem = stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .")
    return f"{stem}{ending}"
