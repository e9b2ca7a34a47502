"""The chart of a mail: a picture where a Chinese font is at hand, bars of table cells elsewhere.

Readable in black and white: every kind of segment has its own hatching and every bar its numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

# looked for in the system's font folders, in this order; the number is the face in the file
FONTS = (
    ("msyh.ttc", 0),
    ("simhei.ttf", 0),
    ("simsun.ttc", 0),
    ("PingFang.ttc", 0),
    ("NotoSansCJK-Regular.ttc", 2),  # 2: simplified Chinese
    ("NotoSansCJKsc-Regular.otf", 0),
    ("SourceHanSansSC-Regular.otf", 0),
    ("NotoSerifCJK-Regular.ttc", 2),
    ("wqy-microhei.ttc", 0),
    ("wqy-zenhei.ttc", 0),
)
Fonts = tuple[tuple[str, int], ...]

WIDTH = 720  # of the picture as it is shown, in pixels
_SCALE = 2  # drawn larger, sharp on paper and on fine screens
_ROW, _BAR, _EDGE, _TEXT, _TITLE = 30, 18, 12, 14, 17
_LABEL = 220  # widest label
_INK, _RULE = "#1F2937", "#9CA3AF"
_FILLS = {"有效": ("#374559", 0), "无效": ("#B4540A", 7), "待甄别": ("#6B7280", 0)}
_HOLLOW = frozenset({"待甄别"})

_COLOURS = {"有效": "#2E75B6", "无效": "#C55A11", "待甄别": "#A6A6A6"}
_BAR_WIDTH = 320  # pixels of the longest bar of table cells
STYLE = "font-family:'Microsoft YaHei','PingFang SC','Noto Sans CJK SC',sans-serif;font-size:14px"


@dataclass(frozen=True, slots=True)
class Bar:
    """One stacked bar of a chart: its label and its segments (word, count)."""

    label: str
    segments: tuple[tuple[str, int], ...]
    remark: str = ""


def told(bar: Bar) -> str:
    """The bar in words: what the plain mail and a picture's alternative text say."""
    counts = "，".join(f"{word} {count}" for word, count in bar.segments)
    return f"{bar.label}：{counts}{_remark(bar)}"


def picture(bars: tuple[Bar, ...], title: str, fonts: Fonts = FONTS) -> bytes | None:
    """The chart as a PNG of `WIDTH` shown pixels, twice as many drawn; None without any of the
    fonts or without anything to draw. Equal bars and font give equal bytes."""
    from io import BytesIO

    from PIL import Image, ImageDraw

    longest = max((_sum(bar) for bar in bars), default=0)
    font, large = _font(fonts, _TEXT * _SCALE), _font(fonts, _TITLE * _SCALE)
    if font is None or large is None or not longest:
        return None
    top = 2 * _EDGE + _TITLE + _ROW
    high = top + _ROW * len(bars) + _EDGE
    image = Image.new("RGB", (WIDTH * _SCALE, high * _SCALE), "white")
    draw = ImageDraw.Draw(image)
    draw.text((_px(_EDGE), _px(_EDGE)), _line(title), _INK, large)
    _legend(draw, tuple(dict.fromkeys(w for bar in bars for w, _ in bar.segments)), font)

    labels = [_fitted(_line(bar.label), font, _px(_LABEL)) for bar in bars]
    remarks = [
        " / ".join(str(n) for _, n in bar.segments) + _line(_remark(bar)).rstrip() for bar in bars
    ]
    left = _px(_EDGE + 8) + int(max(font.getlength(text) for text in labels))
    right = _px(WIDTH - _EDGE - 8) - int(max(font.getlength(text) for text in remarks))
    room = max(right - left, _px(40))
    for row, bar in enumerate(bars):
        middle = _px(top + _ROW * row + _ROW // 2)
        draw.text((left - _px(8), middle), labels[row], _INK, font, anchor="rm")
        at = left
        for word, count in bar.segments:
            end = at + room * count // longest
            _segment(draw, (at, middle - _px(_BAR // 2), end, middle + _px(_BAR // 2)), word)
            at = end
        draw.text((at + _px(8), middle), remarks[row], _INK, font, anchor="lm")
    draw.line((left, _px(top), left, _px(top + _ROW * len(bars))), _INK, _SCALE)
    made = BytesIO()
    image.quantize(32).save(made, "PNG", optimize=True)
    return made.getvalue()


def table(bars: tuple[Bar, ...]) -> str:
    """Stacked bars as table cells, in HTML: text stays text, so no font can be missing."""
    longest = max((_sum(bar) for bar in bars), default=0)
    words = dict.fromkeys(word for bar in bars for word, _ in bar.segments)
    legend = "　".join(
        f'<span style="color:{_COLOURS.get(word, "#7F7F7F")}">■</span> {escape(word)}'
        for word in words
    )
    rows = []
    for bar in bars:
        cells = "".join(
            f'<td width="{max(2, n * _BAR_WIDTH // longest)}" height="14"'
            f' bgcolor="{_COLOURS.get(word, "#7F7F7F")}" style="font-size:1px">&nbsp;</td>'
            for word, n in bar.segments
            if n and longest
        )
        inner = f'<table cellspacing="0" cellpadding="0"><tr>{cells}</tr></table>' if cells else ""
        counts = " / ".join(str(n) for _, n in bar.segments)
        rows.append(
            f'<tr><td style="{STYLE};padding:2px 8px">{escape(bar.label)}</td><td>{inner}</td>'
            f'<td style="{STYLE};padding:2px 8px">{counts}{escape(_remark(bar))}</td></tr>'
        )
    return f'<p style="{STYLE}">{legend}</p><table>{"".join(rows)}</table>'


def _remark(bar: Bar) -> str:
    return f"（{bar.remark}）" if bar.remark else ""


def _sum(bar: Bar) -> int:
    return sum(count for _, count in bar.segments)


def _px(shown: int) -> int:
    return shown * _SCALE


def _line(text: str) -> str:
    return " ".join(text.split())


@lru_cache(maxsize=8)
def _font(fonts: Fonts, size: int) -> FreeTypeFont | None:
    from PIL import ImageFont

    for name, face in fonts:
        try:
            return ImageFont.truetype(name, size, face)
        except OSError:
            continue
    return None


def _fitted(text: str, font: FreeTypeFont, room: int) -> str:
    if font.getlength(text) <= room:
        return text
    while text and font.getlength(text + "…") > room:
        text = text[:-1]
    return text + "…"


def _segment(draw: ImageDraw, box: tuple[int, int, int, int], word: str) -> None:
    """有效 is full, 无效 hatched, 待甄别 hollow: told apart without colour."""
    left, top, right, bottom = box
    if right <= left:
        return
    colour, step = _FILLS.get(word, ("#374559", 0))
    draw.rectangle(box, "white" if step or word in _HOLLOW else colour, colour, _SCALE)
    high = bottom - top
    for start in range(left - high, right, _px(step)) if step else ():
        # a stroke rising to the right, cut at both ends of the segment
        first, last = max(start, left), min(start + high, right)
        if first < last:
            stroke = (first, bottom - (first - start), last, bottom - (last - start))
            draw.line(stroke, colour, _SCALE)


def _legend(draw: ImageDraw, words: tuple[str, ...], font: FreeTypeFont) -> None:
    at, middle = _px(_EDGE), _px(_EDGE + _TITLE + _EDGE // 2 + _ROW // 2)
    for word in words:
        half = _px(_BAR // 3)
        _segment(draw, (at, middle - half, at + _px(28), middle + half), word)
        at += _px(34)
        draw.text((at, middle), _line(word), _INK, font, anchor="lm")
        at += int(font.getlength(_line(word))) + _px(18)
