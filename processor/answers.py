"""The answer to each file: what its receipt says (4.3.1), and where it is put."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from processor.decisions.content import findings as findings_of
from processor.decisions.leads import KNOWN, REFUSED, REPEATED, FileOutcome, RowOutcome
from processor.decisions.session import Arrival, Session
from processor.intake.filenames import safe_name
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import Problem, RuleKey, Severity, State, Unit

if TYPE_CHECKING:
    from processor.intake.forms import FormRow, LoadedForm
    from processor.workbooks.receipt import Counts, Finding, ReceiptRow

UNKNOWN_UNIT = "未识别单位"
OTHER_CORRECT = (
    "1. 按「说明」改正原表，其余不必改动。",
    "2. 保存后放回收件目录；同一事项以最后收到的为准，此前的记录保留备查。",
)
OWN_LEADS_SHOWN = 200  # newest first; the rest stands in the quarterly report card


def receipt_path(session: Session, arrival: Arrival, unit: Unit | None) -> str:
    """outbox path: 回执/<单位>/<yyyymmdd-HHMMSS>_<original name>_回执.xlsx, never used twice."""
    folder = safe_name(unit.directory, 80) if unit is not None else UNKNOWN_UNIT
    stem = arrival.name.rsplit(".", 1)[0] if "." in arrival.name else arrival.name
    base = f"回执/{folder}/{arrival.received_at:%Y%m%d-%H%M%S}_{safe_name(stem, 120)}_回执"
    taken = {path for path, _ in session.receipts}
    path, number = f"{base}.xlsx", 2
    while path in taken:
        path, number = f"{base}({number}).xlsx", number + 1
    return path


def leads_receipt(
    session: Session, arrival: Arrival, form: LoadedForm, file_row: Row, outcome: FileOutcome
) -> None:
    """The receipt of a file of leads: every row as sent, with what became of it."""
    from processor.workbooks.receipt import Receipt

    by_place = {(row.sheet, row.row): row for row in form.rows}
    rows = tuple(
        _row(session, by_place[result.sheet, result.row], result, form) for result in outcome.rows
    )
    unit = outcome.unit
    receipt = Receipt(
        unit=unit.name if unit else UNKNOWN_UNIT,
        file_name=arrival.name,
        received=arrival.received_at,
        batch=arrival.batch,
        edition=session.edition(arrival.received_at.date()).key,
        form=str(file_row["form"]),
        unit_code=unit.code if unit else "",
        counts=_counts(session, outcome),
        findings=_findings(session, _worth(form.file_problems)),
        mapping=tuple(form.mapping),
        salvages=_salvages(outcome.rows),
        notes=tuple(p.message for p in form.file_problems if p.severity is Severity.NOTE),
        block=form.block_as_sent,
        columns=form.columns,
        rows=rows,
        own_leads=own_leads(session, unit) if unit else (),
    )
    session.receipts.append((receipt_path(session, arrival, unit), receipt))


def _worth(problems: Iterable[Problem]) -> list[Problem]:
    return [p for p in problems if p.severity is not Severity.NOTE]


def _row(session: Session, sent: FormRow, result: RowOutcome, form: LoadedForm) -> ReceiptRow:
    from processor.workbooks.receipt import ReceiptRow

    lead = session.lead(result.number) if result.number else None
    related = result.note
    findings = _findings(session, [p for p in result.problems if p.severity is not Severity.NOTE])
    if lead is not None and result.outcome not in (KNOWN, REPEATED):
        if lead["state"] == State.INVALID:
            findings = (*findings, _invalid(session, lead))
        elif lead["state"] in (State.DUPLICATE, State.RULING):
            findings = (*findings, _second(session, lead))
        elif lead["flags"]:
            related = "；".join(x for x in (related, _flagged(session, lead)) if x)
    return ReceiptRow(
        row=sent.row,
        values=tuple(_sent(sent.cells.get(c)) for c in form.columns),
        outcome=_outcome(result, lead),
        number=result.number,
        customer=str(sent.values.get("customer") or ""),
        findings=findings,
        related=related,
        sheet=sent.sheet,
    )


def _sent(value: object) -> str | int | float | None:
    from datetime import date, datetime

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


def _findings(session: Session, problems: Sequence[Problem]) -> tuple[Finding, ...]:
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


def _salvages(rows: Iterable[RowOutcome]) -> tuple:  # type: ignore[type-arg]
    from processor.workbooks.receipt import Salvage

    return tuple(
        Salvage(p.cell, p.column, p.found, p.message)
        for row in rows
        for p in row.problems
        if p.severity is Severity.NOTE and p.found
    )


def _counts(session: Session, outcome: FileOutcome) -> Counts:
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


def own_leads(session: Session, unit: Unit) -> tuple[dict[str, Any], ...]:
    """历史信息当前状态: the unit's own leads, newest first."""
    session.record.flush()
    found = session.record.connection.execute(_own_leads(), {"unit": unit.code})
    return tuple(
        {
            "信息编号": number,
            "受理时间": received,
            "客户单位全称": customer,
            "意向车型": model,
            "标的量(台)": quantity,
            "状态": state,
            "到期日期": expires,
            "计入提报量": counted,
            "说明": reason,
        }
        for number, received, customer, model, quantity, state, expires, counted, reason in found
    )


@cache
def _own_leads() -> Any:
    """Built once: a run asks it for every file."""
    from sqlalchemy import bindparam, select

    columns = t.leads.c
    return (
        select(
            columns.number,
            columns.received_at,
            columns.customer,
            columns.model,
            columns.quantity,
            columns.state,
            columns.expires_on,
            columns.counted,
            columns.state_reason,
        )
        .where(columns.unit_code == bindparam("unit"))
        .order_by(columns.number.desc())
        .limit(OWN_LEADS_SHOWN)
    )


def refused_receipt(
    session: Session,
    arrival: Arrival,
    file_row: Row,
    unit: Unit | None,
    problems: Sequence[Problem],
) -> None:
    """The receipt of a file that was not taken: why, and what to do."""
    from processor.workbooks.receipt import Finding, Receipt

    found = _findings(session, _worth(problems))
    if not found:
        found = (Finding(message=file_row["reason"] or "", remedy=arrival.remedy),)
    receipt = Receipt(
        unit=unit.name if unit else UNKNOWN_UNIT,
        file_name=arrival.name,
        received=arrival.received_at,
        batch=arrival.batch,
        edition=session.edition(arrival.received_at.date()).key,
        form=str(file_row["form"] or "文件"),
        unit_code=unit.code if unit else "",
        refused=file_row["reason"] or "",
        findings=found,
    )
    session.receipts.append((receipt_path(session, arrival, unit), receipt))


def other_receipt(
    session: Session,
    arrival: Arrival,
    form: LoadedForm,
    file_row: Row,
    unit: Unit | None,
    remarks: Sequence[str],
) -> None:
    """The receipt of the other forms: rows read and what the batch has to say about them."""
    from processor.workbooks.receipt import Counts, Receipt

    refused = file_row["reason"] if file_row["state"] != "accepted" else ""
    receipt = Receipt(
        unit=unit.name if unit else UNKNOWN_UNIT,
        file_name=arrival.name,
        received=arrival.received_at,
        batch=arrival.batch,
        edition=session.edition(arrival.received_at.date()).key,
        form=str(file_row["form"]),
        unit_code=unit.code if unit else "",
        counts=Counts(read=len(form.rows), accepted=len(form.rows)),
        refused=refused or "",
        findings=_findings(session, _worth(form.file_problems)),
        mapping=tuple(form.mapping),
        notes=(
            *remarks,
            *(p.message for p in form.file_problems if p.severity is Severity.NOTE),
            *_cell_notes(form),
        ),
        block=form.block_as_sent,
        correct=OTHER_CORRECT,
    )
    session.receipts.append((receipt_path(session, arrival, unit), receipt))


def _cell_notes(form: LoadedForm) -> list[str]:
    return [
        f"{p.sheet} {p.cell or f'第 {p.row} 行'}：{p.message}。{p.remedy}"
        for row in form.rows
        for p in row.problems
        if p.severity is not Severity.NOTE
    ]
