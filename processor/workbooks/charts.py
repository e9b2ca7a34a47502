"""Native charts: one message each, readable in black and white; titles say what and the unit."""

from __future__ import annotations

from typing import Any

from processor.workbooks import style
from processor.workbooks.placed import Placed
from processor.workbooks.sheets import Chart

# told apart by lightness alone
PALETTE = ("#333F50", "#B45309", "#C9CED6", "#7C8798")
MARKERS = ("circle", "square", "diamond", "triangle")
FONT = {"name": style.SONG, "size": 9, "color": style.INK}


def make(workbook: Any, chart: Chart, areas: dict[str, Placed], area: Placed, high: int) -> Any:
    """The XlsxWriter chart of `chart`, as wide as the sheet `area` and `high` rows high."""
    name = chart.sheet or area.sheet.name
    placed = areas[name].table(chart.table)
    headings = [column.heading for column in placed.table.columns]
    last = min(placed.last, placed.first + chart.limit - 1)
    base = chart.kind.removeprefix("stacked_")
    stacked = {"subtype": "stacked"} if base != chart.kind else {}
    made = workbook.add_chart({"type": base} | stacked)
    category = headings.index(chart.category)
    for index, heading in enumerate(chart.series):
        column = headings.index(heading)
        colour = PALETTE[index % len(PALETTE)]
        series: dict[str, object] = {
            "name": [name, placed.heading, column],
            "categories": [name, placed.first, category, last, category],
            "values": [name, placed.first, column, last, column],
        }
        if base == "line":
            series["line"] = {"color": colour, "width": 2.25}
            series["marker"] = {"type": MARKERS[index % len(MARKERS)]}
        else:
            series |= {"fill": {"color": colour}, "border": {"none": True}, "gap": 60}
        if len(chart.series) == 1:  # direct labels instead of a legend
            form = "0.0%" if chart.percent else "#,##0"
            series["data_labels"] = {"value": True, "font": FONT, "num_format": form}
        made.add_series(series)
    made.set_title(
        {
            "name": chart.title,
            "overlay": False,
            "name_font": {"name": style.HEI, "size": 11, "bold": False, "color": style.INK},
        }
    )
    categories = {
        "num_font": FONT,
        "line": {"color": style.HAIRLINE},
        "reverse": base == "bar",  # the first row on top
        "major_gridlines": {"visible": False},
    }
    values = {
        "num_format": "0%" if chart.percent else "#,##0",
        "num_font": FONT,
        "min": 0,
        "line": {"none": True},
        "major_gridlines": {"visible": True, "line": {"color": "#E3E6EA", "width": 0.5}},
    }
    # set_x_axis means the horizontal axis; in a bar chart that one carries the values
    made.set_x_axis(values if base == "bar" else categories)
    made.set_y_axis(categories if base == "bar" else values)
    made.set_legend({"none": True} if len(chart.series) == 1 else {"position": "top", "font": FONT})
    made.set_chartarea({"border": {"none": True}})
    skipped = len(headings) if chart.beside else 0
    pixels = sum(int(width * 7 + 5) for width in area.widths[skipped:])
    made.set_size({"width": min(pixels, 1400), "height": int(high * style.ROW_POINTS / 0.75)})
    return made
