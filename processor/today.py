"""今日待办: what the clerk must do, who owes what by when, how the last runs went."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from processor.decisions import fines
from processor.decisions.rulings import open_rulings
from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.model import RuleKey, State
from processor.regulation.deadlines import ruling_due
from processor.report import result_words

if TYPE_CHECKING:
    from processor.workbooks.sheets import Book
    from processor.workbooks.today import Owed, Pending, Todo

RUNS_SHOWN = 20


def today_book(session: Session) -> Book:
    """The workbook as described, from the record as it stands."""
    from processor.workbooks.today import Check, Today, plan

    runs = _runs(session)
    counts = _state_counts(session)
    checks = []
    if runs:
        last = runs[0]
        checks.append(
            Check(
                "本次读取行",
                last["读取行"],
                (
                    ("接收", last["接收行"]),
                    ("不予接收", last["不予接收行"]),
                    ("空行", last["空行"]),
                    ("已受理过", last["已知行"]),
                ),
            )
        )
    checks.append(
        Check(
            "台账信息总量",
            sum(counts.values()),
            (
                ("有效", sum(counts.get(s, 0) for s in ("有效", "到期", "已转化", "关闭"))),
                ("无效(含重复)", counts.get("无效", 0) + counts.get("重复", 0)),
                ("待甄别(含待裁定)", counts.get("待甄别", 0) + counts.get("待裁定", 0)),
            ),
        )
    )
    problems = json.loads(session.record.meta("roster_problems") or "[]")
    return plan(
        Today(
            made=session.now,
            todos=tuple(todos(session)),
            owed=tuple(owed(session)),
            pending=_pending(session),
            runs=runs,
            checks=tuple(checks),
            warnings=tuple(f"单位名录 {p}" for p in problems),
        )
    )


def _state_counts(session: Session) -> dict[str, int]:
    from sqlalchemy import func

    query = select(t.leads.c.state, func.count()).group_by(t.leads.c.state)
    return dict(session.record.connection.execute(query).all())


def todos(session: Session) -> list[Todo]:
    """What waits for the clerk, most urgent first."""
    from processor.today_leaks import leaks
    from processor.workbooks.today import Todo

    record, now = session.record, session.now
    found: list[Todo] = []
    rulings = open_rulings(session)
    if rulings:
        dues = {
            p["number"]: ruling_due(p["asked_at"], session.calendar, session.edition()).at
            for p in rulings
        }
        old = [p for p in rulings if dues[p["number"]] < now]
        dates = sorted({f"{p['asked_at']:%Y-%m-%d}" for p in rulings})
        found.append(
            Todo(
                1 if old else 2,
                "裁定疑似重复",
                f"待裁定 {len(rulings)} 对，其中超过两个工作日 {len(old)} 对："
                + "、".join(p["ruling_no"] for p in (old or rulings)[:8]),
                len(rulings),
                session.clause(RuleKey.FIRST_COME),
                due=min(dues.values()),
                file=f"裁定/疑似重复裁定表_{_latest(session, 'rulings') or dates[-1]}.xlsx",
            )
        )
    gaps = record.select(
        t.leads, t.leads.c.state == State.PENDING.value, t.leads.c.section.is_(None)
    )
    if gaps:
        kinds = sorted({f"{g['category']}×{g['province'] or '—'}" for g in gaps})
        found.append(
            Todo(
                1,
                "补充甄别分工",
                f"{len(gaps)} 条信息无人甄别，请在单位名录“甄别分工”中登记："
                + "、".join(kinds[:8]),
                len(gaps),
                session.clause(RuleKey.SORTING),
            )
        )
    for row in record.select(
        t.publications,
        t.publications.c.kind == "通报",
        t.publications.c.published_at.is_(None),
    ):
        found.append(
            Todo(
                1 if row["due_at"] < now else 2,
                "公布通报",
                f"{row['issue']} 期通报尚未登记发布，公布后运行 processor published {row['issue']}",
                1,
                session.clause(RuleKey.BULLETIN_DAYS),
                due=row["due_at"],
                tentative=row["due_tentative"] == "是",
                file=f"通报/{row['issue'][:7]}/大客户信息提报情况通报_{row['issue']}.xlsx",
            )
        )
    lost = record.select(t.applications, t.applications.c.matched_lead.is_(None))
    if lost:
        found.append(
            Todo(
                2,
                "核对项目申报",
                "未找到对应信息：" + "、".join(r["number"] for r in lost[:8]),
                len(lost),
                session.clause(RuleKey.APPLICATION_LEAD_TIME),
            )
        )
    for row in record.select(
        t.files, t.files.c.state == "quarantined", t.files.c.run >= record.run - 20
    ):
        found.append(Todo(2, "处理隔离文件", f"{row['name']}：{row['reason']}", 1))
    odd = record.select(
        t.contracts, t.contracts.c.superseded == "否", t.contracts.c.matched_lead.is_(None)
    )
    if odd:
        found.append(
            Todo(
                2,
                "核对合同登记",
                "未对应到信息的合同：" + "、".join(r["contract_no"] or "—" for r in odd[:8]),
                len(odd),
                session.clause(RuleKey.CONTRACT_REGISTER),
            )
        )
    found.extend(leaks(session))
    unsent = _unsent(session)
    if unsent:
        found.append(
            Todo(
                2,
                "处理未发出的邮件",
                "未能发出：" + "、".join(dict.fromkeys(unsent)) + "；原因见 processor mail",
                len(unsent),
            )
        )
    return sorted(found, key=lambda item: item.priority)


def _unsent(session: Session) -> list[str]:
    """To whom (unit and role) mails could not be sent."""
    query = (
        select(t.mails.c.label)
        .where(t.mails.c.logged == "否", t.mails.c.state == "due", t.mails.c.error.is_not(None))
        .order_by(t.mails.c.run, t.mails.c.message_id)
    )
    return list(session.record.connection.execute(query).scalars())


def _latest(session: Session, kind: str) -> str | None:
    query = (
        select(t.intents.c.path)
        .where(t.intents.c.kind == kind)
        .order_by(t.intents.c.id.desc())
        .limit(1)
    )
    path = session.record.connection.execute(query).scalar()
    return path.rsplit("_", 1)[1].removesuffix(".xlsx") if path else None


def owed(session: Session) -> list[Owed]:
    """Every answer owed: screenings, missing expiry dates, registers; with the money at stake."""
    from processor.workbooks.today import Owed

    now, edition = session.now, session.edition()
    found: list[Owed] = []
    fine = edition.param(RuleKey.SCREENING_OVERDUE, "amount")
    missing = edition.param(RuleKey.EXPIRY_MISSING, "amount")
    session.record.flush()
    execute, leads = session.record.connection.execute, t.leads.c
    shown = select(
        leads.number, leads.screener, leads.section, leads.due_at, leads.due_tentative
    ).order_by(leads.due_at, leads.number)
    pending = shown.where(leads.state == State.PENDING.value, leads.section.is_not(None))
    undated = shown.where(leads.state == State.VALID.value, leads.expires_on.is_(None))
    for lead in execute(pending).mappings():
        found.append(
            Owed(
                lead["screener"],
                lead["section"],
                "甄别反馈",
                lead["number"],
                lead["due_at"],
                lead["due_tentative"] == "是",
                _late(session, lead["due_at"]),
                None if lead["due_tentative"] == "是" else fine,
                edition.clause(RuleKey.SCREENING_OVERDUE),
            )
        )
    for lead in execute(undated).mappings():
        if lead["due_at"] is None:
            continue
        found.append(
            Owed(
                lead["screener"],
                lead["section"],
                "补填到期日期",
                lead["number"],
                lead["due_at"],
                lead["due_tentative"] == "是",
                _late(session, lead["due_at"]),
                None if lead["due_tentative"] == "是" else missing,
                edition.clause(RuleKey.EXPIRY_MISSING),
            )
        )
    for month, due, file in fines.owed_registers(session):
        if file is not None:
            continue
        found.append(
            Owed(
                fines.person_on_duty(session, fines.SUPPORT_ROLE, now.date())[0],
                "销售支持科",
                f"{month} 合同登记汇总表",
                month,
                due.at,
                due.tentative,
                _late(session, due.at),
                edition.param(RuleKey.REGISTER_OVERDUE, "amount"),
                edition.clause(RuleKey.REGISTER_OVERDUE),
            )
        )
    return sorted(found, key=lambda item: (item.due, item.number))


def _late(session: Session, due: Any) -> int:
    if due is None or due >= session.now:
        return 0
    return session.calendar.working_days_between(due.date(), session.now.date())


def _pending(session: Session) -> tuple[Pending, ...]:
    """What could not be written so far; never this list: whoever reads it has it."""
    from processor.workbooks.today import Pending

    query = select(t.intents).where(
        t.intents.c.state == "due", t.intents.c.attempts > 0, t.intents.c.kind != "today"
    )
    return tuple(
        Pending(r["path"], r["error"] or "", r["created_at"])
        for r in session.record.connection.execute(query).mappings()
    )


def _runs(session: Session) -> list[dict[str, Any]]:
    query = select(t.runs).order_by(t.runs.c.run.desc()).limit(RUNS_SHOWN)
    found = []
    for row in session.record.connection.execute(query).mappings():
        report = json.loads(row["report"])
        files, rows = report["files"], report["rows"]
        found.append(
            {
                "运行时间": row["as_of"],
                "文件数": sum(files.values()),
                "接收文件": files["accepted"],
                "重复文件": files["duplicate"],
                "拒收文件": files["refused"],
                "隔离文件": files["quarantined"],
                "等待文件": files["waiting"],
                "忽略文件": files["ignored"],
                "读取行": rows["read"],
                "接收行": rows["accepted"],
                "不予接收行": rows["refused"],
                "空行": rows["blank"],
                "已知行": rows["known"],
                "发布": len(report["published"]),
                "待发布": len(report["pending"]),
                "结果": result_words(report),
            }
        )
    return found
