"""明细: the submitter's own table, with the outcome beside each row, fit to be dropped back."""

from __future__ import annotations

from collections.abc import Sequence

from processor.workbooks.receipt_data import Finding, Receipt
from processor.workbooks.sheets import Cell, Column, Pair, Pairs, Plain, Sheet, Table, Value
from processor.workbooks.style import Look, Tone

DETAIL = "明细"
RESULT_COLUMNS = (
    Column("处理结果", Look.CENTER, 10),
    Column("信息编号", Look.CODE, 17, blank=""),
    Column("问题列", width=16, blank=""),
    Column("问题说明", width=40, blank=""),
    Column("依据条款", width=14, blank=""),
    Column("修改示例", width=30, blank=""),
)
RESULT_HEADINGS = tuple(column.heading for column in RESULT_COLUMNS)
BAD_OUTCOMES = frozenset({"不予接收", "无效", "重复"})
WARN_OUTCOMES = frozenset({"请补充", "疑似重复"})
ONE_PAGE_COLUMNS = 14
MAX_COUNT_DIGITS = 10  # longer whole numbers are phones or codes: kept as text


def detail_sheet(receipt: Receipt) -> Sheet:
    # the columns of an earlier receipt that was dropped back are ours, not the submitter's
    kept = [
        index for index, raw in enumerate(receipt.columns) if raw.strip() not in RESULT_HEADINGS
    ]
    raw = [receipt.columns[index] for index in kept]
    headings = headings_as_sent(raw)
    sent = [
        [as_sent(item.values[index]) if index < len(item.values) else None for index in kept]
        for item in receipt.rows
    ]
    columns = (
        *(
            Column(heading, _look([values[at] for values in sent]), blank="")
            for at, heading in enumerate(headings)
        ),
        *RESULT_COLUMNS,
    )
    rows: list[dict[str, Value]] = []
    for item, values in zip(receipt.rows, sent, strict=True):
        row: dict[str, Value] = dict(zip(headings, values, strict=True))
        for at, written in enumerate(raw if item.findings else ()):
            mine = [finding for finding in item.findings if finding.column == written]
            if mine:
                tone = Tone.BAD if any(finding.refuses for finding in mine) else Tone.WARN
                row[headings[at]] = Cell(values[at], tone, "\n\n".join(map(comment, mine)))
        row["处理结果"] = Cell(item.outcome, tone_of(item.outcome))
        row["信息编号"] = item.number
        row["问题列"] = _joined([finding.column for finding in item.findings])
        row["问题说明"] = _joined([*(finding.message for finding in item.findings), item.related])
        row["依据条款"] = _joined([finding.clause for finding in item.findings])
        row["修改示例"] = _joined([finding.remedy for finding in item.findings])
        rows.append(row)
    block = [("提报单位", receipt.unit), ("批次号", receipt.batch)]
    block += [pair for pair in receipt.block if pair[0] not in ("提报单位", "批次号")]
    pairs = tuple(
        tuple(Pair(label, value) for label, value in block[start : start + 3])
        for start in range(0, len(block), 3)
    )
    return Sheet(
        DETAIL,
        receipt.form,
        (Pairs(pairs), Table(DETAIL, columns, rows, filter=True)),
        left=("红色单元格：不予接收或无效的原因；橙色单元格：请补充。改法见批注和右侧各列。",),
        legend="",
        pages_wide=1 if len(columns) <= ONE_PAGE_COLUMNS else 2,
    )


def _look(values: Sequence[Plain]) -> Look:
    """A column holding phones or codes is formatted as text, so that edits keep leading zeros."""
    digits = (isinstance(value, str) and value.replace("-", "").isdigit() for value in values)
    return Look.CODE if any(digits) else Look.TEXT


def headings_as_sent(columns: Sequence[str]) -> list[str]:
    """Headings fit for a native table: on one line, none blank, none twice."""
    made: list[str] = []
    taken: set[str] = set()
    for index, raw in enumerate(columns):
        base = " ".join(raw.split()) or f"第{index + 1}列"
        name, again = base, 1
        while name.casefold() in taken:
            again += 1
            name = f"{base}({again})"
        taken.add(name.casefold())
        made.append(name)
    return made


def as_sent(value: Plain) -> Plain:
    """A long whole number (a phone Excel took for a number) goes back as text."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and len(str(abs(value))) >= MAX_COUNT_DIGITS:
        return str(value)
    return value


def comment(finding: Finding) -> str:
    """The words on a coloured cell."""
    lines = [finding.message]
    if finding.clause:
        lines.append(f"依据：{finding.clause}")
    if finding.remedy:
        lines.append(f"请填：{finding.remedy}")
    return "\n".join(lines)


def tone_of(outcome: str) -> Tone:
    if outcome in BAD_OUTCOMES:
        return Tone.BAD
    return Tone.WARN if outcome in WARN_OUTCOMES else Tone.NONE


def _joined(texts: Sequence[str]) -> str:
    """Distinct texts, numbered when there are several."""
    distinct = list(dict.fromkeys(text for text in texts if text))
    if len(distinct) < 2:
        return "".join(distinct)
    return "\n".join(f"{index}. {text}" for index, text in enumerate(distinct, 1))
