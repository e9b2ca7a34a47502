"""Widths of Chinese text, folding, heights, formats by role."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.workbooks import style
from processor.workbooks.style import Look, Tone


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("abc", 3), ("提报单位", 8), ("瑞虎8", 5), ("（台）", 6), ("e\u0301", 1), ("—", 2)],
)
def test_display_width(text: str, width: int) -> None:
    assert style.display_width(text) == width


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("一二三四五", 4, ["一二", "三四", "五"]),
        ("一二，三", 4, ["一二，", "三"]),  # a comma never leads a line
        ("一\n二", 10, ["一", "二"]),
        ("", 10, [""]),
    ],
)
def test_fold(text: str, width: int, lines: list[str]) -> None:
    assert style.fold(text, width) == lines


@given(st.text(alphabet="一二ab，。（", max_size=80), st.integers(min_value=4, max_value=40))
def test_fold_loses_nothing_and_keeps_to_the_width(text: str, width: int) -> None:
    lines = style.fold(text, width)
    assert "".join(lines) == text
    closing = style.display_width("，")
    assert all(
        style.display_width(line.rstrip("，。")) <= width + closing for line in lines if line
    )


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [("短", 10, 1), ("一二三四五六七八九十", 10, 3), ("一\n二\n三", 10, 3)],
)
def test_lines_needed(text: str, width: float, lines: int) -> None:
    assert style.lines_needed(text, width) == lines


def test_rows_never_pass_excels_limit() -> None:
    assert style.row_points(1) < style.row_points(2) < style.row_points(500) < 409


@pytest.mark.parametrize(
    ("look", "font", "align", "number"),
    [
        (Look.TEXT, "宋体", "left", None),
        (Look.CODE, "Arial", "left", "@"),
        (Look.COUNT, "Arial", "right", "#,##0"),
        (Look.MONEY, "Arial", "right", "#,##0"),
        (Look.RATE, "Arial", "right", "0.0%"),
        (Look.DATE, "Arial", "center", "yyyy-mm-dd"),
        (Look.SECOND, "Arial", "center", "yyyy-mm-dd hh:mm:ss"),
    ],
)
def test_format_by_role(look: Look, font: str, align: str, number: str | None) -> None:
    made = style.cell(look)
    assert (made["font_name"], made["align"], made.get("num_format")) == (font, align, number)


def test_only_input_cells_are_pale_yellow() -> None:
    fills = {str(style.cell(look, tone=tone).get("bg_color")) for look in Look for tone in Tone}
    assert style.INPUT_FILL not in fills
    assert style.cell(Look.TEXT, editable=True)["bg_color"] == style.INPUT_FILL


def test_typed_text_keeps_its_leading_zero() -> None:
    assert style.cell(Look.TEXT, editable=True)["num_format"] == "@"
