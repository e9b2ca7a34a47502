"""Cleaning of submitted text: what a person cannot see must not decide anything."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from functools import lru_cache

TEXT_LIMIT = 32_767  # characters an Excel cell holds

# Invisible or undisplayable: controls but for line feed and tab, surrogates, zero-width and
# direction marks, soft hyphen, byte-order mark, the Hangul and other fillers.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_BLANKS = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r" ?\n[ \n]*")
_ANY_BLANK = re.compile(r"\s+")
_HAN_BLANK_HAN = re.compile(
    r"(?<=[\u3400-\u9fff\U00020000-\U0003ffff])\s+(?=[\u3400-\u9fff\U00020000-\U0003ffff])"
)


def text_of(cell: object) -> str:
    """The text a person would see for a raw cell, uncleaned; "" for an empty one."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else format(cell, ".15g")
    if isinstance(cell, datetime):
        day, clock = cell.date(), cell.time().replace(microsecond=0)
        return day.isoformat() if clock == time() else f"{day} {clock}"
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)


@lru_cache(maxsize=65_536)
def clean(text: str) -> str:
    """Text for keeping: unseen characters out, blanks trimmed and joined, letters and digits in
    their ordinary width. Punctuation stays as written (「（」 is not 「(」 in a person's sentence).
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    text = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    text = _UNSEEN.sub("", text)
    if not unicodedata.is_normalized("NFKC", text):
        text = "".join(map(_ordinary, unicodedata.normalize("NFC", text)))
    return _BLANK_LINES.sub("\n", _BLANKS.sub(" ", text)).strip()


@lru_cache(maxsize=8_192)
def _ordinary(char: str) -> str:
    """Compatibility forms of letters, digits, Han characters and blanks; signs are left alone."""
    if unicodedata.category(char)[0] in "PS":
        return char
    return unicodedata.normalize("NFKC", char)


@lru_cache(maxsize=65_536)
def clean_name(text: str) -> str:
    """A person's or an organisation's name: one line, no blanks between Han characters."""
    return _HAN_BLANK_HAN.sub("", clean(text).replace("\n", " "))


@lru_cache(maxsize=65_536)
def squeeze(text: str) -> str:
    """Text for comparing and parsing: NFKC, nothing unseen, no blanks at all."""
    if text.isascii() and text.isalnum():
        return text
    plain = _ANY_BLANK.sub("", _UNSEEN.sub("", unicodedata.normalize("NFKC", text)))
    return unicodedata.normalize("NFKC", plain)  # what stood apart may now compose


def visible(text: str) -> str:
    """The text without what nobody can see."""
    return _UNSEEN.sub("", text)


def has_illegal(text: str) -> bool:
    """Does the text hold characters no workbook may hold (controls, half surrogates)?"""
    return _ILLEGAL.search(text) is not None
