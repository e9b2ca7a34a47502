"""A year played day by day: dealers report, the sections answer their lists, the clerk rules.

Everything goes through the inbox as in the office: forms in the morning, the answers to yesterday's
lists beside them, one run in the evening; bulletins and quarters come when they are due.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from benchmarks.measure import Cost
from benchmarks.workspaces import rows_of, unit_name, write_form

DEALERS, FORMS, ROWS = 1000, 92, 20  # on 131 days: 241,040 rows


def days_of(year: int) -> list[date]:
    """Every second weekday: the lists come back within the two working days of 6.3."""
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range(366))
    return [day for day in days if day.year == year and day.weekday() < 5][::2]


def bring(root: Path, number: int, day: date, before: date | None) -> None:
    """The files of the `number`th working day: forms, and the answers to the lists of `before`."""
    inbox = root / "inbox"
    for form in range(number * FORMS, (number + 1) * FORMS):
        path = inbox / f"提报_{form:06d}.xlsx"
        write_form(path, unit_name(form % DEALERS), rows_of(form, ROWS), day)
    for name, data in _answers(root / "outbox", day, before) if before else ():
        (inbox / name).write_bytes(data)


def _answers(outbox: Path, day: date, before: date) -> Iterator[tuple[str, bytes]]:
    from processor.demo.people import fill_copy
    from processor.demo.tables import read_table

    at = datetime(day.year, day.month, day.day, 10)
    valid = {
        "甄别结论": "有效", "甄别人": "钱工", "核实方式": "电话", "核实时间": at, "反馈时间": at,
        "到期日期": day + timedelta(days=180),
    }  # fmt: skip
    same = {"裁定": "重复", "理由": "同一客户", "裁定人": "周策", "日期": day}
    for folder, sheet, key, cells in (
        ("甄别/*", "甄别反馈表", "信息编号", valid),
        ("裁定", "疑似重复裁定表", "后报信息编号", same),
    ):
        for number, path in enumerate(sorted(outbox.glob(f"{folder}/{sheet}_{before}.xlsx"))):
            rows = read_table(path, sheet, key)
            if rows:
                filled = {str(row[key]): cells for row in rows}
                yield f"{sheet}_{day}_{number}.xlsx", fill_copy(rows, sheet, key, filled)


def middle(costs: list[Cost]) -> Cost:
    """The median day of a month."""
    return Cost(*(statistics.median(getattr(c, n) for c in costs) for n in ("wall", "cpu", "peak")))
