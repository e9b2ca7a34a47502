"""回执 (D10): the workbook that answers one submitted file.

Opens on the answer: three numbers, then what needs something, red first, one sentence each. 明细 is
the submitter's own table with the outcome beside each row; corrected there and dropped back it is
read as a correction (the block above the table and two document properties name batch and unit).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

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
    Plain,
    Sheet,
    Table,
    Value,
    where,
)
from processor.workbooks.style import Look, Tone

DETAIL = "明细"
RESULT_HEADINGS = ("处理结果", "信息编号", "问题列", "问题说明", "依据条款", "修改示例")
BATCH_PROPERTY, UNIT_PROPERTY = "回执批次号", "回执单位"
# what people must see first, first
ORDER = ("不予接收", "无效", "重复", "疑似重复", "请补充", "待甄别", "有效", "接收", "已知")
BAD_OUTCOMES = frozenset({"不予接收", "无效", "重复"})
WARN_OUTCOMES = frozenset({"请补充", "疑似重复"})
ONE_PAGE_COLUMNS = 14
MAX_COUNT_DIGITS = 10  # longer whole numbers are phones or codes: kept as text
HOW_TO_CORRECT = (
    "1. 打开「明细」，按「问题说明」和「修改示例」改正标色单元格，其余不必改动。",
    "2. 保存后（文件名任意）放回原收件目录；系统按批次号识别为更正，"
    "只处理改动过的行，其余行不会重复计入。",
    "3. 不予接收的行以改正后重新受理的时间为准；请补充的行已经接收，补齐即可，受理时间不变。",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem in words. `column` is the heading as sent, "" for the row or the file."""

    message: str
    clause: str = ""
    remedy: str = ""
    column: str = ""
    cell: str = ""  # "F7" of the file as sent
    found: str = ""
    refuses: bool = True  # red; otherwise amber: please complete


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A row as sent (`values` parallel to `Receipt.columns`) with what became of it."""

    row: int  # Excel row in the file as sent
    values: tuple[Plain, ...]
    outcome: str  # 接收, 请补充, 不予接收, 无效, 重复, 疑似重复, 待甄别, 有效, 已知
    number: str = ""  # 信息编号
    customer: str = ""
    findings: tuple[Finding, ...] = ()
    related: str = ""  # 该客户已于 2026-11-03 由其他单位先报 (a date, never a name)
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class Salvage:
    """A value read more tolerantly than written, before and after."""

    cell: str
    column: str
    found: str
    read_as: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of the file: read = accepted + refused + blank + known."""

    read: int = 0
    accepted: int = 0
    remind: int = 0  # of accepted: please complete
    refused: int = 0
    invalid: int = 0
    suspected: int = 0
    duplicate: int = 0
    pending: int = 0
    known: int = 0
    blank: int = 0


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything a receipt says. `refused`: why the whole file was not taken, "" otherwise."""

    unit: str
    file_name: str
    received: datetime
    batch: str
    edition: str
    form: str = "大客户信息记录表"
    unit_code: str = ""
    counts: Counts = field(default_factory=Counts)
    refused: str = ""
    findings: tuple[Finding, ...] = ()  # about the file
    mapping: tuple[tuple[str, str], ...] = ()  # (heading as written, official heading)
    salvages: tuple[Salvage, ...] = ()
    notes: tuple[str, ...] = ()
    block: tuple[tuple[str, str], ...] = ()  # label/value pairs as sent: 提报人, 提报人电话 …
    columns: tuple[str, ...] = ()
    rows: tuple[ReceiptRow, ...] = ()
    own_leads: Sequence[Mapping[str, Value]] = ()
    correct: tuple[str, ...] = HOW_TO_CORRECT


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


def plan(receipt: Receipt) -> Book:
    """The receipt as a described workbook: 回执, 明细 when rows were read, own leads when given."""
    detail = _detail(receipt) if receipt.columns else None
    sheets = [_answer(receipt, detail)]
    if detail:
        sheets.append(detail)
    if receipt.own_leads:
        own = Table("历史信息", OWN_COLUMNS, receipt.own_leads)
        sheets.append(
            Sheet(
                "历史信息当前状态",
                "历史信息当前状态",
                (own, Notes(("注：仅列本单位提报的信息。",))),
                left=(f"提报单位：{receipt.unit}",),
                right=(f"截至 {receipt.received:%Y-%m-%d %H:%M:%S}",),
            )
        )
    return Book(
        f"{receipt.form}回执",
        f"{receipt.unit} {receipt.batch}",
        receipt.received,
        tuple(sheets),
        properties=((BATCH_PROPERTY, receipt.batch), (UNIT_PROPERTY, receipt.unit_code)),
    )


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


def _tone(outcome: str) -> Tone:
    if outcome in BAD_OUTCOMES:
        return Tone.BAD
    return Tone.WARN if outcome in WARN_OUTCOMES else Tone.NONE


def _joined(texts: Sequence[str]) -> str:
    """Distinct texts, numbered when there are several."""
    distinct = list(dict.fromkeys(text for text in texts if text))
    if len(distinct) < 2:
        return "".join(distinct)
    return "\n".join(f"{index}. {text}" for index, text in enumerate(distinct, 1))


def _detail(receipt: Receipt) -> Sheet:
    # the columns of an earlier receipt that was dropped back are ours, not the submitter's
    kept = [
        index for index, raw in enumerate(receipt.columns) if raw.strip() not in RESULT_HEADINGS
    ]
    raw = [receipt.columns[index] for index in kept]
    headings = headings_as_sent(raw)
    columns = (
        *(Column(heading, blank="") for heading in headings),
        Column("处理结果", Look.CENTER, 10),
        Column("信息编号", Look.CODE, 17, blank=""),
        Column("问题列", width=16, blank=""),
        Column("问题说明", width=40, blank=""),
        Column("依据条款", width=14, blank=""),
        Column("修改示例", width=30, blank=""),
    )
    rows: list[dict[str, Value]] = []
    for item in receipt.rows:
        row: dict[str, Value] = {}
        for heading, written, index in zip(headings, raw, kept, strict=True):
            value = as_sent(item.values[index] if index < len(item.values) else None)
            mine = [finding for finding in item.findings if finding.column == written]
            if mine:
                tone = Tone.BAD if any(finding.refuses for finding in mine) else Tone.WARN
                row[heading] = Cell(value, tone, "\n\n".join(map(comment, mine)))
            else:
                row[heading] = value
        row["处理结果"] = Cell(item.outcome, _tone(item.outcome))
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


def _answer(receipt: Receipt, detail: Sheet | None) -> Sheet:
    counts = receipt.counts
    parts: list[Part] = []
    if receipt.refused:
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
        pairs = "；".join(f"{written} → {official}" for written, official in receipt.mapping)
        parts.append(Notes((pairs,), title="采用的列对应（您的列名 → 模板列名）"))
    if receipt.salvages:
        parts.append(_salvages(receipt.salvages))
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
    if not (counts.refused or counts.remind or any(row.findings for row in receipt.rows)):
        return Cell("全部行已接收，无需更正。", Tone.GOOD)
    asked = "请按下表改正或补充" if counts.refused or counts.remind else "各行说明见下表"
    return Cell(
        f"共读取 {counts.read} 行：接收 {counts.accepted} 行，其中请补充 {counts.remind} 行；"
        f"不予接收 {counts.refused} 行。{asked}。",
        Tone.STRONG,
    )


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
    position = {id(item): index for index, item in enumerate(receipt.rows)}
    for item in sorted(receipt.rows, key=_gravity):
        findings = item.findings or ((Finding(item.related),) if item.related else ())
        for finding in sorted(findings, key=lambda found: not found.refuses):
            rows.append(
                {
                    "原表行": _row_link(item, finding, detail, position[id(item)]),
                    "客户单位全称": item.customer,
                    "处理结果": Cell(item.outcome, _tone(item.outcome)),
                    "问题列": finding.column,
                    "原内容": finding.found or ("（空）" if finding.column else None),
                    "问题说明": finding.message,
                    "依据条款": finding.clause,
                    "修改示例": finding.remedy,
                }
            )
    columns = (
        Column("原表行", Look.CENTER),
        Column("客户单位全称"),
        Column("处理结果", Look.CENTER),
        Column("问题列"),
        Column("原内容"),
        Column("问题说明"),
        Column("依据条款"),
        Column("修改示例"),
    )
    return Table("需处理", columns, rows, title="需要处理的行")


def _gravity(item: ReceiptRow) -> tuple[int, str, int]:
    rank = ORDER.index(item.outcome) if item.outcome in ORDER else len(ORDER)
    return rank, item.sheet, item.row


def _row_link(item: ReceiptRow, finding: Finding, detail: Sheet | None, index: int) -> Value:
    text = f"第{item.row}行"
    if detail is None:
        return text
    table = detail.table(DETAIL)
    headings = [column.heading for column in table.columns]
    target = finding.column if finding.column in headings else "处理结果"
    return Link(text, DETAIL, where(detail, DETAIL, target, index))


def _counts(counts: Counts) -> Table:
    columns = tuple(
        Column(heading, Look.CENTER)
        for heading in ("行数", "接收", "请补充", "不予接收", "无效", "疑似重复", "重复", "待甄别")
    )
    row = dict(
        zip(
            (column.heading for column in columns),
            (
                counts.read,
                counts.accepted,
                counts.remind,
                counts.refused,
                counts.invalid,
                counts.suspected,
                counts.duplicate,
                counts.pending,
            ),
            strict=True,
        )
    )
    title = f"行数合计（另有已知行 {counts.known}、空行 {counts.blank}，均含在行数内）"
    return Table("行数统计", columns, [row], title=title, filter=False)


def _salvages(salvages: Sequence[Salvage]) -> Table:
    columns = (
        Column("单元格", Look.CENTER),
        Column("列名"),
        Column("原内容"),
        Column("读作"),
        Column("说明"),
    )
    rows = [
        {
            "单元格": item.cell,
            "列名": item.column,
            "原内容": item.found,
            "读作": item.read_as,
            "说明": item.reason,
        }
        for item in salvages
    ]
    title = "自动识别的写法（如有误读，请改正后重新投递）"
    return Table("自动识别", columns, rows, title=title, filter=False)
