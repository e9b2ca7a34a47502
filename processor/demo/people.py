"""What people do with the product's workbooks: read them, fill them in, drop them back.

Lead numbers are learnt only from receipts, as a reporter learns them; a section answers on the list
it was given, the clerk on the ruling sheet. What is missing on a sheet is noted as a grievance.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from processor.demo import papers
from processor.demo.records import (
    Answer,
    Application,
    ContractLine,
    Leak,
    Planted,
    Register,
    Repair,
    RulingAnswer,
)
from processor.demo.tables import Record, read_table, sheet_names, text
from processor.demo.world import MARKETING, World

IN_PLACE_EVERY = 5  # every so many answers are typed into the very workbook, the rest into a copy


@dataclass(slots=True)
class Memory:
    """What people have learnt from outbox files so far."""

    world: World
    planted: Mapping[str, Planted]
    outbox: Path
    reporters: Mapping[str, tuple[str, str]]  # unit code → reporter, phone
    numbers: dict[str, str] = field(default_factory=dict)  # words in 备注 → 信息编号
    seen: set[Path] = field(default_factory=set)
    receipts: dict[str, Path] = field(default_factory=dict)  # file name as sent → receipt
    grievances: list[str] = field(default_factory=list)
    answered: int = 0

    def number(self, tag: str) -> str:
        mark = self.planted[tag].mark
        if mark not in self.numbers:
            self.grievances.append(f"{tag}：回执中没有找到信息编号")
        return self.numbers.get(mark, "")


def learn(memory: Memory, sent: Sequence[str]) -> None:
    """Reads the receipts that are new: which row got which number, which file which receipt.

    `sent` are the file names dropped before this run.
    """
    for path in sorted((memory.outbox / "回执").rglob("*.xlsx")):
        if path in memory.seen:
            continue
        memory.seen.add(path)
        for name in sent:
            stem = name.rpartition(".")[0]
            if stem in path.name:
                memory.receipts.setdefault(name, path)  # a copy's answer comes later
        if "明细" not in sheet_names(path):
            continue
        try:
            rows = read_table(path, "明细", "处理结果", "备注", "信息编号")
        except KeyError:
            continue
        for row in rows:
            mark, number = text(row["备注"]), text(row["信息编号"])
            if mark and number:
                before = memory.numbers.setdefault(mark, number)
                if before != number:
                    memory.grievances.append(f"{mark}：先后得到两个编号 {before}、{number}")


def _fill_in_place(path: Path, sheet: str, key: str, filled: Mapping[str, Record]) -> bytes:
    """The product's own workbook with cells typed in, saved again."""
    import openpyxl

    book = openpyxl.load_workbook(path)
    page = book[sheet]
    columns: dict[str, int] = {}
    for row in page.iter_rows():
        names = {str(c.value).strip("※* "): c.column for c in row if c.value is not None}
        if not columns:
            columns = names if key in names else {}
            continue
        number = text(row[columns[key] - 1].value)
        for heading, value in filled.get(number, {}).items():
            column = columns.get(heading) or columns[papers.SYNONYMS[heading]]  # as they wrote it
            page.cell(row[0].row or 0, column).value = value  # type: ignore[assignment]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def fill_copy(rows: Sequence[Record], sheet: str, key: str, filled: Mapping[str, Record]) -> bytes:
    """The sheet's columns copied into a plain workbook, filled; rows not answered stay blank."""
    headings = list(dict.fromkeys(h for r in (*rows, *filled.values()) for h in r))
    table = [
        [{**row, **filled.get(text(row[key]), {})}.get(h, "") for h in headings] for row in rows
    ]
    return papers.workbook_bytes({sheet: papers.form_rows(sheet, (), headings, table)})


def _return(
    memory: Memory,
    path: Path,
    sheet: str,
    key: str,
    filled: dict[str, Record],
    free: frozenset[str] | set[str] = frozenset(),
) -> bytes:
    """The sheet answered; rows of `free` numbers may be added by hand, others must be on it."""
    rows = read_table(path, sheet, key)
    on_sheet = {text(row[key]) for row in rows}
    missing = sorted(filled.keys() - on_sheet)
    if set(missing) - free:
        memory.grievances.append(f"{path.name}上没有{'、'.join(missing)}")
    rows += [{key: number} for number in missing]
    memory.answered += 1
    if memory.answered % IN_PLACE_EVERY == 0 and not missing:
        return _fill_in_place(path, sheet, key, filled)
    return fill_copy(rows, sheet, key, filled)


def _latest(folder: Path, stem: str) -> Path | None:
    found = sorted(folder.glob(f"{stem}_*.xlsx"))
    return found[-1] if found else None


def screen(memory: Memory, section: str, answers: Sequence[Answer]) -> bytes | None:
    """The section's list with the planned verdicts typed in; None when it has no list."""
    path = _latest(memory.outbox / "甄别" / section, "甄别反馈表")
    if path is None:
        memory.grievances.append(f"{section}没有收到甄别反馈表")
        return None
    filled: dict[str, Record] = {}
    for answer in answers:
        note = f"与{memory.number(answer.same_as)}重复" if answer.same_as else answer.note
        cells: Record = {"原因说明": note} if note else {}
        if answer.verdict:
            cells |= {"甄别结论": answer.verdict, "甄别人": answer.person, "核实方式": "电话"}
            cells |= {"核实时间": answer.at, "反馈时间": answer.at}
        if answer.reason:
            cells["无效原因"] = answer.reason
        if answer.expiry:
            cells["到期日期"] = answer.expiry
        if answer.confirmed is not None:
            cells["核实标的量"] = answer.confirmed
        filled[memory.number(answer.tag)] = cells
    free = {memory.number(a.tag) for a in answers if a.unlisted}
    return _return(memory, path, "甄别反馈表", "信息编号", filled, free)


def rule(memory: Memory, rulings: Sequence[RulingAnswer]) -> bytes | None:
    """The clerk's ruling sheet with decisions; None when there is no sheet."""
    path = _latest(memory.outbox / "裁定", "疑似重复裁定表")
    if path is None:
        memory.grievances.append("没有疑似重复裁定表")
        return None
    clerk = next(p.name for p in memory.world.people if p.section == MARKETING)
    head = next(u.head for u in memory.world.units if u.name == MARKETING)
    filled: dict[str, Record] = {
        memory.number(r.tag): {
            "裁定": r.ruling,
            "理由": r.reason,
            "裁定人": clerk,
            "日期": r.at.date(),
            "复核人": head,
            "登记为别名": "是" if r.alias else "否",
        }
        for r in rulings
    }
    return _return(memory, path, "疑似重复裁定表", "后报信息编号", filled)


def mend(memory: Memory, repair: Repair) -> bytes | None:
    """The receipt of a file with one row's cells put right; None when there is no receipt."""
    path = memory.receipts.get(repair.receipt_of)
    if path is None:
        memory.grievances.append(f"{repair.receipt_of}没有回执")
        return None
    mark = memory.planted[repair.tag].mark
    rows = read_table(path, "明细", "备注")
    if mark not in {text(row["备注"]) for row in rows}:
        memory.grievances.append(f"{path.name}上没有{mark}")
    return _fill_in_place(path, "明细", "备注", {mark: dict(repair.cells)})


def register(memory: Memory, made: Register) -> bytes:
    """The month's register, written by 销售支持科 from its own contracts."""
    from processor.demo.world import SUPPORT

    person = next(p.name for p in memory.world.people if p.section == SUPPORT)
    rows = [_contract_row(memory, n, line, made.month) for n, line in enumerate(made.lines, 1)]
    return papers.register_form(made, person, rows)


def _contract_row(memory: Memory, n: int, line: ContractLine, month: date) -> Record:
    state = "执行中" if line.total < line.quantity else "已完成"
    row: Record = {
        "序号": n, "信息编号": memory.number(line.tag), "合同编号": line.number,
        "客户单位全称": memory.planted[line.tag].customer,
        "执行经销商": memory.world.unit(line.dealer).name, "合同签订日期": line.signed,
        "车型": "瑞虎8", "合同数量(台)": line.quantity, "合同金额(万元)": line.quantity * 9,
        "本月实际提车(台)": line.picked, "累计实际提车(台)": line.total, "执行状态": state,
        "证明资料": "合同;发票", "备注": line.remark,
    }  # fmt: skip
    if line.picked > 0:
        row |= {"提车日期起": month.replace(day=12), "提车日期止": month.replace(day=26)}
    return row


def apply(memory: Memory, made: Application) -> bytes:
    """A dealer's 大客户项目申报表 for one of its leads."""
    lead = memory.planted[made.tag]
    who = next(c for c in memory.world.customers if c.name == lead.customer)
    unit = memory.world.unit(made.unit)
    row: Record = {
        "关联信息编号": memory.number(made.tag) if made.by_number else "",
        "客户单位全称": who.name, "采购类别": who.category, "省": who.province, "市": who.city,
        "县(区)": who.county, "车型": "瑞虎8", "数量(台)": lead.quantity,
        "预计签约日期": date(made.at.year, made.at.month, 28), "采购方式": "公开招标",
        "申请支持内容": "价格;资源", "客户联系人": who.contact, "联系方式": who.phone,
    }  # fmt: skip
    return papers.application_form(unit.name, unit.head, made.at.date(), row)


def report_leak(memory: Memory, leak: Leak) -> bytes:
    """A 信息泄漏登记表 of one case."""
    day = leak.at.date()
    row: Record = {
        "登记日期": day, "发现日期": day, "发现人": "周敏", "发现方式": "客户反映",
        "涉及信息编号": memory.number(leak.tag), "涉及客户": memory.planted[leak.tag].customer,
        "泄漏内容": "联系人", "泄漏途径": "转发表格", "影响评估": "一般", "嫌疑人": leak.person,
        "是否大客户部内部人员": leak.insider, "调查结论": leak.conclusion,
        "结论日期": leak.concluded or "", "通知受影响客户": "是", "审批人": "分管副总",
    }  # fmt: skip
    return papers.leak_form(row)


def stamp(moment: datetime) -> str:
    return f"{moment:%m%d}{'上午' if moment.hour < 12 else '下午'}"
