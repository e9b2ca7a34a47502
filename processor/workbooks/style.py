"""The house style: what a cell of each role looks like, and how wide Chinese text is.

Plain dictionaries in XlsxWriter's vocabulary, nothing is written here. Equal arguments give the
same dictionary: take a copy to change it.

Quiet paper: heavy rules around headings and totals, hairlines between rows, one pale fill for
headings, pale yellow for input cells and only for them. Colour is never the only sign: callers say
in words what a tone shows.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum
from functools import cache, lru_cache
from math import ceil

DOCUMENT_RED = "#9B1C1C"
INK = "#1F2937"
MUTED = "#5B6472"
HAIRLINE = "#A8AFBA"
HEADING_FILL = "#F1F3F6"
INPUT_FILL = "#FFF8D6"

HEI = "黑体"
SONG = "宋体"
ARIAL = "Arial"

NOT_APPLICABLE = "—"
MEDIUM, HAIR = 2, 7  # XlsxWriter's border numbers

LINE_POINTS = 14.25  # height of one line of 10.5 point text
ROW_POINTS = 19.5  # a row of one line, with air
_PADDING = 2.2  # of a cell, with indent, in half-width characters
_SPREAD = 1.04  # fonts run a little wider than counted
MAX_POINTS = 400.0  # Excel's limit is 409


class Look(StrEnum):
    """What kind of thing a cell shows; decides font, alignment and number format."""

    TEXT = "text"
    CENTER = "center"
    CODE = "code"  # numbers of leads, phones: text that looks like a number, kept as text
    COUNT = "count"  # #,##0
    DECIMAL = "decimal"  # 万元 and the like
    RATE = "rate"  # 0.0%, the value is a fraction of one
    FINE_RATE = "fine_rate"  # 0.00%, where money hangs on the rate: 39.99% must not read 40.0%
    MONEY = "money"  # whole yuan; the unit is said once at the top right
    DATE = "date"
    MONTH = "month"
    MOMENT = "moment"  # to the minute
    SECOND = "second"  # to the second


class Tone(StrEnum):
    """Emphasis of a single cell. Whatever it marks is also said in words."""

    NONE = ""
    BAD = "bad"
    WARN = "warn"
    GOOD = "good"
    MUTED = "muted"
    STRONG = "strong"


TONES: dict[Tone, dict[str, object]] = {
    Tone.NONE: {},
    Tone.BAD: {"bg_color": "#F8D7D4", "font_color": "#8A1212", "bold": True},
    Tone.WARN: {"bg_color": "#FCE8CC", "font_color": "#7A4100", "bold": True},
    Tone.GOOD: {"font_color": "#0F6B3C", "bold": True},
    Tone.MUTED: {"font_color": MUTED},
    Tone.STRONG: {"bold": True},
}

LINK: dict[str, object] = {"font_color": "#1D4E89", "underline": 1}  # leads somewhere

NUMBER_FORMATS: dict[Look, str] = {
    Look.CODE: "@",
    Look.COUNT: "#,##0",
    Look.DECIMAL: "#,##0.00",
    Look.RATE: "0.0%",
    Look.FINE_RATE: "0.00%",
    Look.MONEY: "#,##0",
    Look.DATE: "yyyy-mm-dd",
    Look.MONTH: "yyyy-mm",
    Look.MOMENT: "yyyy-mm-dd hh:mm",
    Look.SECOND: "yyyy-mm-dd hh:mm:ss",
}

NUMERIC = frozenset({Look.COUNT, Look.DECIMAL, Look.RATE, Look.FINE_RATE, Look.MONEY})
DATED = frozenset({Look.DATE, Look.MONTH, Look.MOMENT, Look.SECOND})
DEFAULT_WIDTHS: dict[Look, float] = {
    Look.COUNT: 9,
    Look.DECIMAL: 11,
    Look.RATE: 9,
    Look.FINE_RATE: 10,
    Look.MONEY: 11,
    Look.DATE: 11.5,
    Look.MONTH: 9,
    Look.MOMENT: 17,
    Look.SECOND: 20,
}


@cache
def cell(
    look: Look,
    *,
    tone: Tone = Tone.NONE,
    editable: bool = False,
    total: bool = False,
    lined: bool = True,
    wrap: bool = True,
    link: bool = False,
) -> dict[str, object]:
    """Format of a table cell; `lined` draws the hairline below, `total` the two heavy rules."""
    number = look in NUMERIC
    style: dict[str, object] = {
        "font_name": ARIAL if number or look in DATED or look is Look.CODE else SONG,
        "font_size": 10 if number or look in DATED or look is Look.CODE else 10.5,
        "font_color": INK,
        "align": "right"
        if number
        else "center"
        if look in DATED or look is Look.CENTER
        else "left",
        "valign": "vcenter",
    }
    if style["align"] == "left":
        style["indent"] = 1  # air between a number and the text to its right
    if look in NUMBER_FORMATS:
        style["num_format"] = NUMBER_FORMATS[look]
    elif editable:
        style["num_format"] = "@"  # a typed phone or number keeps its leading zero
    if wrap and not number and look not in DATED:
        style["text_wrap"] = True
    if lined:
        style |= {"bottom": HAIR, "bottom_color": HAIRLINE}
    if editable:
        style |= {"bg_color": INPUT_FILL, "locked": False}
    if total:
        style |= {
            "bold": True,
            "top": MEDIUM,
            "bottom": MEDIUM,
            "top_color": INK,
            "bottom_color": INK,
        }
    return style | TONES[tone] | (LINK if link else {})


@cache
def beside(look: Look, tone: Tone, *, editable: bool, link: bool) -> dict[str, object]:
    """The value to the right of its label."""
    base = cell(look, tone=tone, editable=editable, lined=editable, wrap=False, link=link)
    return base | {"align": "left", "indent": 1}


@cache
def heading() -> dict[str, object]:
    """Heading cell of a table: pale fill between two heavy rules; wraps by itself."""
    return {
        "font_name": HEI,
        "font_size": 10.5,
        "font_color": INK,
        "bg_color": HEADING_FILL,
        "align": "center",
        "valign": "vcenter",
        "text_wrap": True,
        "top": MEDIUM,
        "bottom": MEDIUM,
        "top_color": INK,
        "bottom_color": INK,
    }


@cache
def title() -> dict[str, object]:
    """Title of a sheet: centred across the selection, never merged."""
    return {
        "font_name": HEI,
        "font_size": 18,
        "font_color": DOCUMENT_RED,
        "align": "center_across",
        "valign": "vcenter",
    }


@cache
def subtitle() -> dict[str, object]:
    """Heading of a part inside a sheet."""
    return {"font_name": HEI, "font_size": 12, "font_color": INK, "valign": "vcenter"}


@cache
def headline(*, right: bool = False) -> dict[str, object]:
    """Line under the title: period and maker at the left, unit of the figures at the right."""
    return {
        "font_name": SONG,
        "font_size": 10,
        "font_color": MUTED,
        "align": "right" if right else "left",
        "valign": "vcenter",
    }


@cache
def note(tone: Tone = Tone.NONE, *, link: bool = False) -> dict[str, object]:
    """A line of explanation below a table."""
    base: dict[str, object] = {
        "font_name": SONG,
        "font_size": 10,
        "font_color": MUTED,
        "valign": "vcenter",
    }
    accent = {key: value for key, value in TONES[tone].items() if key != "bg_color"}
    strong: dict[str, object] = {"font_color": INK} if tone is Tone.STRONG else {}
    return base | strong | accent | (LINK if link else {})


@cache
def label() -> dict[str, object]:
    """Label of a label/value pair."""
    return {
        "font_name": HEI,
        "font_size": 10.5,
        "font_color": INK,
        "align": "left",
        "valign": "vcenter",
        "text_wrap": False,
    }


@cache
def legend() -> dict[str, object]:
    """The sample of an input cell printed beside its explanation."""
    return {
        "font_name": SONG,
        "font_size": 10,
        "font_color": INK,
        "bg_color": INPUT_FILL,
        "align": "center",
        "valign": "vcenter",
        "border": HAIR,
        "border_color": HAIRLINE,
    }


@cache
def figure(tone: Tone) -> dict[str, object]:
    """A big number that is read before anything else."""
    colour = TONES[tone].get("font_color", INK)
    return {
        "font_name": ARIAL,
        "font_size": 30,
        "font_color": colour,
        "align": "center_across",
        "valign": "vcenter",
        "num_format": "#,##0",
        "top": MEDIUM,
        "top_color": INK,
    }


@cache
def figure_label() -> dict[str, object]:
    """The words under a big number."""
    return {
        "font_name": HEI,
        "font_size": 11,
        "font_color": INK,
        "align": "center_across",
        "valign": "vcenter",
        "bottom": MEDIUM,
        "bottom_color": INK,
    }


@lru_cache(maxsize=8192)  # texts repeat: from row to row, from sheet to sheet
def display_width(text: str) -> int:
    """Width in half-width characters; a Chinese character counts two, a combining mark nothing."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


@cache
def _char_width(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WFA" else 1


def fold(text: str, width: float) -> list[str]:
    """Lines of at most `width` half-width characters; closing marks never lead a line."""
    limit = max(int(width), 4)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, used = "", 0
        for char in paragraph:
            step = _char_width(char)
            if used + step > limit and char not in "，。；：、！？）」』》”,.;:!?)":
                lines.append(line)
                line, used = "", 0
            line, used = line + char, used + step
        lines.append(line)
    return lines


def lines_needed(text: str, width: float) -> int:
    """Lines that wrapped text takes in a column of that width."""
    if "\n" in text:
        return sum(lines_needed(part, width) for part in text.split("\n"))
    return max(1, ceil(display_width(text) * _SPREAD / _room(width)))


def sure_to_fit(width: float) -> int:
    """Characters that take one line of a column of that width, whatever they are."""
    return int(_room(width) / (2 * _SPREAD))


def _room(width: float) -> float:
    return max(width - _PADDING, 2.0)


def one_line(display: float) -> float:
    """Width of a column in which text of that display width takes one line."""
    return display * _SPREAD + _PADDING + 0.1


def row_points(lines: int) -> float:
    """Height in points of a row that shows so many lines of text."""
    return min(ROW_POINTS if lines <= 1 else lines * LINE_POINTS + 6, MAX_POINTS)
