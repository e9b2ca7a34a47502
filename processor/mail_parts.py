"""The matters of a run that somebody must be told of: each with its recipients and its words.

Bodies name no customer and show no contact; what holds either is attached under a password or stays
where it lies. 信息泄漏登记表 is answered by no mail at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from processor.decisions.session import Session
from processor.ledger.store import Row
from processor.mail import (
    CLERK,
    Recipient,
    named,
    of_role,
    reports,
    unit_head,
)
from processor.mail_content import Attachment, Part
from processor.model import FormKind
from processor.roster import find_unit

if TYPE_CHECKING:
    from processor.workbooks.receipt_data import Receipt

Told = Iterator[tuple[Recipient, Part]]

_RESTRICTED_WORDS = ("公检法", "军警", "公安", "法院", "检察", "司法", "武警", "部队", "秘密", "军")
_COUNTS = ("读取", "接收", "不予接收", "无效", "重复", "疑似", "待甄别")


def receipt_parts(session: Session) -> Told:
    """Receipts go to the head of the reporting unit (4.3.1)."""
    of_unit: dict[str, list[tuple[str, Receipt]]] = defaultdict(list)
    for path, receipt in session.receipts.items():
        if receipt.unit_code and receipt.form != FormKind.LEAKS.value:
            of_unit[receipt.unit_code].append((path, receipt))
    for code, items in of_unit.items():
        people = list(unit_head(session.unit(code)))
        if not people:
            continue
        part = _receipts(session, code, items)
        for person in people:
            yield person, part


def _receipts(session: Session, code: str, items: list[tuple[str, Receipt]]) -> Part:
    rows = []
    files = []
    refused = []
    for path, receipt in items:
        discreet = _discreet(session, receipt)
        name = "（文件名从略）" if discreet else receipt.file_name
        c = receipt.counts
        numbers = (c.read, c.accepted, c.refused, c.invalid, c.duplicate, c.suspected, c.pending)
        rows.append(
            (
                f"{receipt.received:%m-%d %H:%M}",
                receipt.batch,
                name,
                receipt.form,
                *_shown(receipt, numbers),
            )
        )
        if receipt.refused:
            remedies = dict.fromkeys(f.remedy for f in receipt.findings if f.remedy)
            refused.append("；".join((f"{receipt.batch} 未受理：{receipt.refused}", *remedies)))
        folder = PurePosixPath("outbox") / PurePosixPath(path).parent
        place = f"{folder}/{receipt.received:%Y%m%d-%H%M%S}_…_回执.xlsx"
        files.append(
            Attachment(
                f"outbox/{path}",
                f"回执_{receipt.batch}.xlsx",
                lock=code,
                shown=place if discreet else f"outbox/{path}",
                matter=receipt.batch,
            )
        )
    return Part(
        f"回执 {len(items)} 份",
        "提报回执",
        (
            "贵单位提报的文件已处理，结果如下。逐行意见及修改办法见回执工作簿。",
            *refused,
        ),
        ("受理时间", "批次号", "文件", "表格", *_COUNTS),
        tuple(rows),
        files=tuple(files),
    )  # fmt: skip


def _shown(receipt: Receipt, numbers: tuple[int, ...]) -> list[str]:
    """The counts that mean something for the form; a refused file has none."""
    known = 0 if receipt.refused else len(numbers) if receipt.form == FormKind.LEADS.value else 2
    return [str(n) if place < known else "—" for place, n in enumerate(numbers)]


def _discreet(session: Session, receipt: Receipt) -> bool:
    """Could the file's own name tell a restricted customer's? Rather once too often."""
    texts = [receipt.file_name]
    for row in receipt.rows:
        lead = session.lead(row.number) if row.number else None
        if lead is not None and lead["sensitivity"] == "受限":
            return True
        texts.extend(str(value) for value in row.values if isinstance(value, str))
    return any(word in text for text in texts for word in _RESTRICTED_WORDS)


def screening_parts(session: Session) -> Told:
    """New leads of a section go to its screeners, with the list of all it owes (6.2, 6.3)."""
    from processor.decisions.screening import handed_over
    from processor.intents import section_folder

    for section in sorted(session.sections):
        new = handed_over(session, section)
        unit = find_unit(session.roster, section)
        folder = section_folder(session, section)
        path = f"outbox/甄别/{folder}/甄别反馈表_{session.now:%Y-%m-%d}.xlsx"
        file = Attachment(
            path, PurePosixPath(path).name, unit.code if unit else section, path,
            f"甄别反馈表 {section} {session.now:%Y-%m-%d}",
        )  # fmt: skip
        of_person: dict[str, list[Row]] = defaultdict(list)
        for lead in new:
            of_person[lead["screener"] or ""].append(lead)
        for person, leads in of_person.items():
            part = Part(
                f"待甄别 {len(leads)} 条",
                f"{section}新转办信息",
                ("请在应反馈时间之前填写甄别反馈表并放回收件目录；判为有效的请注明到期日期。",),
                ("信息编号", "采购类别", "标的量(台)", "应反馈时间"),
                tuple(_screening_row(lead) for lead in leads),
                files=(file,),
            )
            for recipient in named(session, person, section):
                yield recipient, part


def _screening_row(lead: Row) -> tuple[str, ...]:
    kind = "受限" if lead["sensitivity"] == "受限" else lead["category"]
    due = f"{lead['due_at']:%Y-%m-%d %H:%M}{_soft(lead['due_tentative'] == '是')}"
    return (lead["number"], kind, str(lead["quantity"] or ""), due)


def _soft(tentative: bool) -> str:
    return "（暂定）" if tentative else ""


_NOTICES = {
    "release": (
        "客户释放",
        "以下信息当时因其他单位先报而判为重复；先报信息现已不再占用该客户，如仍有采购意向，可重新提报。",
    ),
    "revived": (
        "恢复甄别",
        "以下信息此前因其他单位先报而判为重复；先报信息已判无效，现按受理先后恢复，转业务科室甄别。",
    ),
    "ruled": ("裁定结果", "以下信息此前与已受理的信息疑似相同，现已有裁定。"),
    "more": ("需补充", "业务科室甄别时要求补充以下信息，请补充后在表中填写原信息编号重新提报。"),
}


def notice_parts(session: Session) -> Told:
    """What befell a unit's leads without its doing, and a screener's asking for more (4.3.1)."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for notice in session.notices:
        if notice["kind"] in _NOTICES:
            numbers = found[notice["unit_code"], notice["kind"]]
            if notice["lead"] not in numbers:
                numbers.append(notice["lead"])
    for (code, kind), numbers in found.items():
        word, sentence = _NOTICES[kind]
        rows = []
        for number in sorted(numbers):
            lead = session.lead(number)
            day = f"{lead['received_at']:%Y-%m-%d}" if lead else ""
            rows.append((number, day, lead["state"] if lead else ""))
        part = Part(
            f"{word} {len(rows)} 条",
            word,
            (sentence,),
            ("信息编号", "受理日期", "现状态"),
            tuple(rows),
        )
        unit = session.unit(code)
        if unit is not None and reports(unit):
            for recipient in unit_head(unit):
                yield recipient, part


def daily_parts(session: Session) -> Told:
    """On working days: what is due or overdue to those who owe it, 今日待办 to the clerk."""
    from processor.intents import TODAY
    from processor.today import owed, todos

    now = session.now
    if not session.calendar.is_working_day(now.date()):
        return
    debts = owed(session)
    of_person: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for debt in debts:
        if debt.due.date() <= now.date():
            of_person[debt.responsible, debt.section].append(debt)
    for (person, section), items in of_person.items():
        late = sum(x.due < now for x in items)
        part = Part(
            "、".join(
                f"{word} {count} 项"
                for word, count in (("今日到期", len(items) - late), ("逾期", late))
                if count
            ),
            "到期与逾期提醒",
            ("请于应完成时间之前反馈；已逾期的请尽快办理。",),
            ("事项", "编号", "应完成时间", "逾期工作日"),
            tuple(
                (
                    x.matter,
                    x.number,
                    f"{x.due:%Y-%m-%d %H:%M}{_soft(x.tentative)}",
                    str(x.days_late) if x.due < now else "今日到期",
                )
                for x in items
            ),
        )
        for recipient in named(session, person, section):
            yield recipient, part
    tasks = todos(session)
    if not tasks and not of_person:
        return
    overdue = sum(x.due < now for x in debts)
    path = TODAY.as_posix()
    part = Part(
        f"今日待办 {len(tasks)} 项",
        "今日待办",
        (f"各方今日到期 {sum(map(len, of_person.values())) - overdue} 项，已逾期 {overdue} 项。",),
        ("事项", "数量", "时限"),
        tuple(
            (x.matter, str(x.count), f"{x.due:%m-%d %H:%M}{_soft(x.tentative)}" if x.due else "")
            for x in tasks
        ),
        files=(Attachment(path, f"今日待办_{now:%Y-%m-%d}.xlsx", shown=path, matter=path),),
    )
    for recipient in of_role(session, CLERK):
        yield recipient, part
