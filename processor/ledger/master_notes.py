"""The 说明 sheet: words for people, and the few facts that have no sheet of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection, select

from processor.ledger import tables as t
from schemas.master import MASTER_SHEETS

WORDS = (
    ("用途", "本工作簿是大客户信息的正式台账，由程序根据收到的表格生成，有变动的运行之后更新。"),
    ("打开时", "台账打开期间程序照常处理来文，待关闭后的下一次运行再更新本文件。"),
    ("时间", "均为北京时间。空白表示没有或不适用。"),
    ("行校验码", "由该行其余各格计算得出，用于发现改动；请勿修改。"),
)

STATE, COUNTERS = "系统参数", "编号序列"
_TECHNICAL = frozenset(
    {
        "roster",
        "roster_problems",
        "lead_counts",
        "today",
        "master_sha",
        "master_next_sha",
        "master_stat",
        "master_sheets",
        "master_handled",
        "plan_stat",
        "plan_handled",
        "storage_looked",
    }
)
"""Meta that can be made again, or that belongs to this machine; all other meta is on the sheet."""


def notes(connection: Connection) -> Iterator[tuple[str, str]]:
    """The rows of the sheet."""
    yield from WORDS
    yield ("可修改的列", f"{_editable()}（淡黄色列）。其他单元格的修改不采用，但会记入“变更记录”。")
    yield ("以下各行", "供程序由台账恢复账本之用，请勿修改。")
    meta = {row.key: row.value for row in connection.execute(select(t.meta).order_by(t.meta.c.key))}
    kept = {k: v for k, v in meta.items() if k not in _TECHNICAL}
    yield (STATE, json.dumps(kept, ensure_ascii=False))
    counters = {
        row.name: row.value
        for row in connection.execute(select(t.counters).order_by(t.counters.c.name))
        if not row.name.startswith("file-")  # a day's files are all on 收文登记
    }
    yield (COUNTERS, json.dumps(counters, ensure_ascii=False, separators=(",", ":")))


def _editable() -> str:
    parts = []
    for name, fields in MASTER_SHEETS.items():
        headings = [
            "状态（只可改为“关闭”）" if (name, f.name) == ("台账", "state") else f.heading
            for f in fields
            if f.editable
        ]
        if headings:
            parts.append(f"{name}的{'、'.join(headings)}")
    return "；".join(parts)


def read_notes(rows: list[dict[str, str]]) -> tuple[dict[str, str], dict[str, int]]:
    """Meta and counters from the sheet's rows, as far as they can be read."""
    texts = {row.get("项目", ""): row.get("说明", "") for row in rows}
    found: list[dict[str, str]] = []
    for item in (STATE, COUNTERS):
        try:
            value = json.loads(texts.get(item) or "{}")
        except ValueError:
            value = {}
        found.append(value if isinstance(value, dict) else {})
    meta = {str(k): str(v) for k, v in found[0].items()}
    return meta, {str(k): int(v) for k, v in found[1].items()}
