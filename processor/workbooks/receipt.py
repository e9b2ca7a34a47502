"""回执 (D10): the workbook that answers one submitted file.

Opens on the answer: three numbers, then what needs something, red first, one sentence each. 明细 is
the submitter's own table with the outcome beside each row; corrected there and dropped back it is
read as a correction (the block above the table and two document properties name batch and unit).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from processor.workbooks.receipt_data import (
    OWN_LEADS_SHOWN,
    Counts,
    Finding,
    Receipt,
    ReceiptRow,
)
from processor.workbooks.receipt_detail import (
    DETAIL,
    RESULT_HEADINGS,
    as_sent,
    detail_sheet,
    headings_as_sent,
    tone_of,
)
from processor.workbooks.sheets import (
    Book,
    Cell,
    Column,
    Figure,
    Figures,
    Link,
    Notes,
    Pair,
    Pairs,
    Part,
    Sheet,
    Table,
    Value,
    where,
)
from processor.workbooks.style import Look, Tone

__all__ = [
    "RESULT_HEADINGS",
    "Counts",
    "Finding",
    "Receipt",
    "ReceiptRow",
    "as_sent",
    "headings_as_sent",
    "plan",
]

BATCH_PROPERTY, UNIT_PROPERTY = "回执批次号", "回执单位"
# what people must see first, first
ORDER = ("不予接收", "无效", "重复", "疑似重复", "请补充", "待甄别", "有效", "接收", "已知")
NEEDED_COLUMNS = (
    Column("原表行", Look.CENTER),
    Column("客户单位全称"),
    Column("处理结果", Look.CENTER),
    Column("问题列"),
    Column("原内容"),
    Column("问题说明"),
    Column("依据条款"),
    Column("修改示例"),
)
OWN_COLUMNS = (
    Column("信息编号", Look.CODE, 17),
    Column("受理时间", Look.SECOND),
    Column("客户单位全称", width=28),
    Column("意向车型", width=14),
    Column("标的量(台)", Look.COUNT),
    Column("状态", Look.CENTER, 9),
    Column("到期日期", Look.DATE),
    Column("计入提报量", Look.CENTER, 9),
    Column("说明", width=34),
)


def _dated(row: Mapping[str, Value]) -> dict[str, Value]:
    """A row whose moments are typed: out of a kept payload they come back as ISO text."""
    found = dict(row)
    received, expires = found.get("受理时间"), found.get("到期日期")
    if isinstance(received, str) and received:
        found["受理时间"] = datetime.fromisoformat(received)
    if isinstance(expires, str) and expires:
        found["到期日期"] = date.fromisoformat(expires)
    return found


def plan(receipt: Receipt) -> Book:
    """The receipt as a described workbook: 回执, 明细 when rows were read, own leads when given."""
    detail = detail_sheet(receipt) if receipt.columns else None
    sheets = [_answer(receipt, detail)]
    if detail:
        sheets.append(detail)
    if receipt.own_leads:
        own = Table("历史信息", OWN_COLUMNS, [_dated(row) for row in receipt.own_leads])
        sheets.append(
            Sheet(
                "历史信息当前状态",
                "历史信息当前状态",
                (own, Notes((f"注：仅列本单位提报的信息，最新的 {OWN_LEADS_SHOWN} 条。",))),
                left=(f"提报单位：{receipt.unit}",),
                right=(f"截至 {receipt.own_at or receipt.received:%Y-%m-%d %H:%M:%S}",),
            )
        )
    return Book(
        f"{receipt.form}回执",
        f"{receipt.unit} {receipt.batch}",
        receipt.received,
        tuple(sheets),
        properties=((BATCH_PROPERTY, receipt.batch), (UNIT_PROPERTY, receipt.unit_code)),
    )


def _answer(receipt: Receipt, detail: Sheet | None) -> Sheet:
    counts = receipt.counts
    parts: list[Part] = []
    if receipt.repeated:
        words = (Cell(receipt.refused, Tone.STRONG), "已受理的内容不变，本文件不再计算。")
        parts.append(Notes(words, title="本文件已受理过"))
    elif receipt.refused:
        parts.append(
            Notes(
                (Cell(receipt.refused, Tone.BAD), "本文件未计入任何数据；改正后请重新投递。"),
                title="本文件不予接收",
            )
        )
    else:
        parts.append(
            Figures(
                (
                    Figure("接收（行）", counts.accepted, Tone.GOOD),
                    Figure("其中请补充（行）", counts.remind, _when(counts.remind, Tone.WARN)),
                    Figure("不予接收（行）", counts.refused, _when(counts.refused, Tone.BAD)),
                )
            )
        )
        parts.append(Notes((_sentence(receipt),)))
    needed = _needed(receipt, detail)
    if needed.rows:
        parts.append(needed)
    if not receipt.refused:
        parts.append(_counts(counts))
    if receipt.correct:
        parts.append(Notes(receipt.correct, title="如何更正"))
    if receipt.mapping:
        parts.append(
            Notes((_mapped(receipt.mapping),), title="采用的列对应（您的列名 → 模板列名）")
        )
    if receipt.salvages:
        title = "自动识别的写法（如有误读，请改正后重新投递）"
        parts.append(Notes(receipt.salvages, title=title))
    if receipt.notes:
        parts.append(Notes(receipt.notes, title="说明"))
    return Sheet(
        "回执",
        f"{receipt.form}回执",
        tuple(parts),
        left=(f"提报单位：{receipt.unit}", f"文件：{receipt.file_name}"),
        right=(
            f"受理时间：{receipt.received:%Y-%m-%d %H:%M:%S}",
            f"批次号：{receipt.batch}　规则版本：{receipt.edition}",
        ),
        widths=(9, 26, 11, 16, 18, 40, 14, 30),
    )


def _when(count: int, tone: Tone) -> Tone:
    return tone if count else Tone.NONE


def _sentence(receipt: Receipt) -> Cell:
    counts = receipt.counts
    if receipt.findings and not (counts.refused or counts.remind):
        return Cell(f"接收 {counts.accepted} 行；另请按下表补充。", Tone.STRONG)
    if not (counts.refused or counts.remind or any(row.findings for row in receipt.rows)):
        if not receipt.rows or receipt.columns or not receipt.notes:
            return Cell("全部行已接收，无需更正。", Tone.GOOD)
        taken = "全部行已接收" if counts.accepted == counts.read else f"接收 {counts.accepted} 行"
        return Cell(f"{taken}，处理情况见下方「说明」。", Tone.STRONG)
    asked = "请按下表改正或补充" if counts.refused or counts.remind else "各行说明见下表"
    return Cell(
        f"共读取 {counts.read} 行：接收 {counts.accepted} 行，其中请补充 {counts.remind} 行；"
        f"不予接收 {counts.refused} 行。{asked}。",
        Tone.STRONG,
    )


def _mapped(mapping: Sequence[tuple[str, str]]) -> str:
    """Only what was written otherwise is worth reading; the rest is counted."""
    changed = [f"{written} → {official}" for written, official in mapping if written != official]
    same = len(mapping) - len(changed)
    if not changed:
        return f"{same} 列均与模板同名。"
    return "；".join(changed) + (f"；其余 {same} 列与模板同名。" if same else "。")


def _needed(receipt: Receipt, detail: Sheet | None) -> Table:
    """One line per problem: the file's first, then rows by gravity and by their order."""
    rows: list[dict[str, Value]] = [
        {
            "原表行": finding.cell or "全文",
            "处理结果": Cell(
                *(("不予接收", Tone.BAD) if finding.refuses else ("请补充", Tone.WARN))
            ),
            "问题列": finding.column,
            "原内容": finding.found,
            "问题说明": finding.message,
            "依据条款": finding.clause,
            "修改示例": finding.remedy,
        }
        for finding in receipt.findings
    ]
    lines = [(item, index) for index, item in enumerate(receipt.rows) if _findings(item)]
    for item, index in sorted(lines, key=lambda line: _gravity(line[0])):
        for finding in sorted(_findings(item), key=lambda found: not found.refuses):
            rows.append(
                {
                    "原表行": _row_link(item, finding, detail, index),
                    "客户单位全称": item.customer,
                    "处理结果": Cell(item.outcome, tone_of(item.outcome)),
                    "问题列": finding.column,
                    "原内容": finding.found or ("（空）" if finding.column else None),
                    "问题说明": finding.message,
                    "依据条款": finding.clause,
                    "修改示例": finding.remedy,
                }
            )
    return Table("需处理", NEEDED_COLUMNS, rows, title="需要处理的行")


def _findings(item: ReceiptRow) -> Sequence[Finding]:
    return item.findings or ((Finding(item.related),) if item.related else ())


def _gravity(item: ReceiptRow) -> tuple[int, str, int]:
    rank = ORDER.index(item.outcome) if item.outcome in ORDER else len(ORDER)
    return rank, item.sheet, item.row


def _row_link(item: ReceiptRow, finding: Finding, detail: Sheet | None, index: int) -> Value:
    text = f"第{item.row}行"
    if detail is None:
        return text
    headings = [column.heading for column in detail.table(DETAIL).columns]
    target = finding.column if finding.column in headings else "处理结果"
    return Link(text, DETAIL, where(detail, DETAIL, target, index))


def _counts(counts: Counts) -> Pairs:
    """All the counts; what is known or blank is read but neither accepted nor refused."""
    rows = (
        (("行数", counts.read), ("接收", counts.accepted), ("不予接收", counts.refused)),
        (("已知", counts.known), ("空行", counts.blank), ("请补充", counts.remind)),
        (("无效", counts.invalid), ("重复", counts.duplicate), ("疑似重复", counts.suspected)),
        (("待甄别", counts.pending),),
    )
    return Pairs(
        tuple(
            tuple(
                Pair(label, count, column=2 * index, look=Look.COUNT)
                for index, (label, count) in enumerate(row)
            )
            for row in rows
        ),
        title="行数统计（行数＝接收＋不予接收＋已知＋空行）",
    )
