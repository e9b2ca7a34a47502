"""What is issued and who gets it: bulletins for leaders, assessments for those who pay, each
unit's own report for the unit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from processor.decisions.session import Session
from processor.mail import FINANCE, GENERAL, LEADER, Recipient, of_role, unit_head, unit_leader
from processor.mail_chart import Bar
from processor.mail_content import Attachment, Part
from processor.model import UnitKind

if TYPE_CHECKING:
    from processor.workbooks.bulletin_data import BulletinData, UnitRow

Told = Iterator[tuple[Recipient, Part]]

_BARS = 16  # departments in a mail's chart


def bulletin_parts(session: Session) -> Told:
    """Bulletins go to leaders, with their own unit's line (4.2.2, 6.1).

    A dealer's leader gets the own line alone: others' names are none of a dealer's business.
    """
    for kind, data in session.issues:
        if kind != "bulletin":
            continue
        path = f"outbox/通报/{data.window_to:%Y-%m}/大客户信息提报情况通报_{data.issue}.xlsx"
        file = Attachment(path, PurePosixPath(path).name, shown=path, matter=data.issue)
        rows = {row.code: row for row in data.units}
        bars = _bars(data)
        for unit in session.roster.units:
            own = rows.get(unit.code)
            if unit.kind is UnitKind.DEALER and own is None:
                continue
            public = unit.kind is not UnitKind.DEALER
            part = _bulletin(data, own, bars if public else (), (file,) if public else ())
            for recipient in unit_leader(unit):
                yield recipient, part
        for recipient in of_role(session, LEADER):
            yield recipient, _bulletin(data, None, bars, (file,))


def _bulletin(
    data: BulletinData, own: UnitRow | None, bars: tuple[Bar, ...], files: tuple[Attachment, ...]
) -> Part:
    span = f"{data.window_from:%Y-%m-%d %H:%M} 至 {data.window_to:%Y-%m-%d %H:%M}"
    return Part(
        f"{data.label} 期通报",
        f"大客户信息提报情况通报（{data.label}）",
        (f"统计区间：{span}。" + ("贵单位情况如下。" if own else "全文见附件。"),),
        ("项目", "本期", "本月") if own else (),
        _own_line(own) if own else (),
        bars,
        files,
        "各部门本月信息构成（条）" if bars else "",
    )


def _own_line(row: UnitRow) -> tuple[tuple[str, str, str], ...]:
    from processor.decisions.counting_up import rate_text

    one, all_ = row.period, row.month
    lines = [
        ("信息总量", str(one.total), str(all_.total)),
        ("有效", str(one.valid), str(all_.valid)),
        ("无效（含重复）", str(one.invalid), str(all_.invalid)),
        ("其中重复", str(one.duplicate), str(all_.duplicate)),
        ("待甄别", str(one.pending), str(all_.pending)),
        ("不予接收", str(one.refused), str(all_.refused)),
        ("计入提报量", "", str(row.counted)),
    ]
    if row.target:
        lines.append(("本月目标", "", str(row.target)))
        lines.append(("完成率", "", rate_text(row.counted, row.target)))
    return tuple(lines)


def _bars(data: BulletinData) -> tuple[Bar, ...]:
    from processor.decisions.counting_up import rate_text

    departments = [u for u in data.units if u.kind is UnitKind.DEPARTMENT]
    return tuple(
        Bar(
            u.unit,
            (
                ("有效", u.month.valid),
                ("无效", u.month.invalid),
                ("待甄别", u.month.pending),
            ),
            f"完成率 {rate_text(u.counted, u.target)}" if u.target else "",
        )
        for u in departments[:_BARS]
        if u.month.total
    )


def assessment_parts(session: Session) -> Told:
    """Dealers' rewards go to 财务计划部 (4.5.1), the internal assessment to 综合管理部 (4.4.1)."""
    from processor.decisions.assessments import file_of

    for kind, data in session.issues:
        if kind != "assessment" or data.trial:
            continue
        dealers = type(data).__name__ == "DealerAssessment"
        path = f"outbox/{file_of(data)}"
        name = "经销商奖励" if dealers else "内部考核"
        part = Part(
            f"{data.quarter} {name}",
            f"{data.quarter} 季度{name}",
            ("考核表已出具，请核对并按规定办理报批和兑现。", *data.remarks),
            ("项目", "金额(元)"),
            _dealer_sums(data) if dealers else _internal_sums(data),
            files=(Attachment(path, PurePosixPath(path).name, shown=path, matter=data.quarter),),
        )
        for recipient in of_role(session, FINANCE if dealers else GENERAL):
            yield recipient, part


def report_card_parts(session: Session) -> Told:
    """A unit's own report of the quarter goes to its head; it names no customer and no contact."""
    units = {unit.name: unit for unit in session.roster.units}
    for kind, data in session.issues:
        if kind != "report_card":
            continue
        path, card = f"outbox/{data[0]}", data[1]
        part = Part(
            f"{card.quarter} 单位报告",
            f"{card.quarter} 季度单位报告",
            ("贵单位本季的提报情况、常见问题和项目进展见附件。",),
            files=(Attachment(path, PurePosixPath(path).name, shown=path, matter=card.quarter),),
        )
        for recipient in unit_head(units.get(card.unit)):
            yield recipient, part


def _dealer_sums(data: Any) -> tuple[tuple[str, str], ...]:
    reward = sum(d.reward for d in data.dealers)
    correction = sum(d.correction for d in data.dealers)
    return (
        ("奖励合计", str(reward)),
        ("更正合计", str(correction)),
        ("应付合计", str(reward + correction)),
    )


def _internal_sums(data: Any) -> tuple[tuple[str, str], ...]:
    payable = sum(d.payable for d in data.departments)
    fines = sum(p.amount for p in data.penalties)
    return (("部门应发合计", str(payable)), ("处罚建议合计", str(fines)))
