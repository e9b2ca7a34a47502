"""What a receipt says of each row: outcome, findings, clause, and how to mend it (4.3.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from processor.decisions.content import findings as findings_of
from processor.decisions.leads import KNOWN, REFUSED, REPEATED, FileOutcome, RowOutcome
from processor.decisions.session import Session
from processor.ledger.store import Row
from processor.model import Problem, RuleKey, Severity, State

if TYPE_CHECKING:
    from processor.intake.forms import FormRow, LoadedForm
    from processor.workbooks.receipt import Counts, Finding, ReceiptRow


def worth_saying(problems: Iterable[Problem]) -> list[Problem]:
    return [p for p in problems if p.severity is not Severity.NOTE]


def receipt_row(
    session: Session, sent: FormRow, result: RowOutcome, form: LoadedForm
) -> ReceiptRow:
    from processor.workbooks.receipt import ReceiptRow

    lead = session.lead(result.number) if result.number else None
    related = result.note
    findings = findings_shown(
        session, [p for p in result.problems if p.severity is not Severity.NOTE]
    )
    if lead is not None and result.outcome not in (KNOWN, REPEATED):
        if lead["state"] == State.INVALID:
            findings = (*findings, _invalid(session, lead))
        elif lead["state"] in (State.DUPLICATE, State.RULING):
            findings = (*findings, _second(session, lead))
        elif lead["flags"]:
            related = "；".join(x for x in (related, _flagged(session, lead)) if x)
    cells = map(sent.cells.get, form.columns)
    return ReceiptRow(
        row=sent.row,
        values=tuple(v if type(v) is str and v else _sent(v) for v in cells),
        outcome=_outcome(result, lead),
        number=result.number,
        customer=str(sent.values.get("customer") or ""),
        findings=findings,
        related=related,
        sheet=sent.sheet,
    )


def _sent(value: object) -> str | int | float | None:
    if value is None or value == "":
        return None
    if isinstance(value, (date, datetime)):
        return value  # type: ignore[return-value]
    if isinstance(value, bool):
        return "是" if value else "否"
    return value if isinstance(value, (str, int, float)) else str(value)


def _outcome(result: RowOutcome, lead: Row | None) -> str:
    if result.outcome == REFUSED or lead is None:
        return "不予接收"
    if result.outcome in (KNOWN, REPEATED):
        return "已知"
    state = lead["state"]
    if state == State.RULING:
        return "疑似重复"
    if state in (State.INVALID, State.DUPLICATE):
        return str(state)
    if any(p.severity is Severity.REMIND for p in result.problems):
        return "请补充"
    return "待甄别" if state == State.PENDING else "有效"


def _invalid(session: Session, lead: Row) -> Finding:
    from processor.workbooks.receipt import Finding

    return Finding(
        code=str(lead["state_rule"]),
        message=lead["state_reason"],
        clause=session.clause(lead["state_rule"]),
        remedy="如数量或地点填写有误，请改正后放回收件目录",
    )


def _flagged(session: Session, lead: Row) -> str:
    """Nothing to mend: the reporter is told what the section will look at."""
    rules = [f.rule for f in findings_of(session, lead) if f.reason in lead["flags"]]
    clauses = "、".join(dict.fromkeys(session.clause(rule) for rule in rules))
    return f"已接收，转人工甄别（{clauses}）：{lead['flags']}"


def _second(session: Session, lead: Row) -> Finding:
    """5.1 to the unit that came second: the date of the first report, no name, no number of others.

    Its own earlier lead is named, so that a correction can be sent.
    """
    from processor.workbooks.receipt import Finding

    clause = session.clause(RuleKey.FIRST_COME)
    if lead["state"] == State.RULING:
        words = "与已受理的信息疑似相同，已提请裁定；裁定前暂不计算，结果另行反馈"
        return Finding(message=words, clause=clause, refuses=False, code="suspected")
    first = session.lead(lead["duplicate_of"])
    own = first is not None and first["unit_code"] == lead["unit_code"]
    when = f"{first['place_at']:%Y-%m-%d}" if first is not None else ""
    if own and first is not None:
        words = f"本单位已于 {when} 提报该客户（{first['number']}），后报者不予计算"
        remedy = f"如需更正原信息，请在“更正原信息编号”填写 {first['number']} 后重新提报"
    else:
        words = f"该客户已于 {when} 由其他单位先报，后报者不予计算"
        remedy = "无需处理；先报信息如甄别为无效，本条按受理先后自动恢复"
    return Finding(message=words, clause=clause, remedy=remedy, code="duplicate")


def findings_shown(session: Session, problems: Sequence[Problem]) -> tuple[Finding, ...]:
    from processor.workbooks.receipt import Finding

    return tuple(
        Finding(
            message=p.message,
            clause=session.clause(p.rule) if p.rule else "",
            remedy=p.remedy,
            column=p.column,
            cell=p.cell,
            found=p.found,
            refuses=p.severity in (Severity.ROW, Severity.FILE),
            code=p.code,
        )
        for p in problems
    )


def salvages(rows: Iterable[RowOutcome | FormRow]) -> tuple[str, ...]:
    """What was read otherwise than written, before and after, in words."""
    return tuple(
        p.message for row in rows for p in row.problems if p.severity is Severity.NOTE and p.found
    )


def counts_of(session: Session, outcome: FileOutcome) -> Counts:
    from processor.workbooks.receipt import Counts

    words = []
    for result in outcome.rows:
        lead = session.lead(result.number) if result.number else None
        words.append(_outcome(result, lead))
    return Counts(
        read=outcome.counts.read,
        accepted=outcome.counts.accepted,
        remind=words.count("请补充"),
        refused=outcome.counts.refused,
        invalid=words.count("无效"),
        suspected=words.count("疑似重复"),
        duplicate=words.count("重复"),
        pending=words.count("待甄别") + words.count("请补充"),
        known=outcome.counts.known,
        blank=outcome.counts.blank,
    )
