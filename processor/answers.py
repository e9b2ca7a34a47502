"""The answer to each file: what its receipt says (4.3.1), and where it is put."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select

from processor.answer_rows import counts_of, findings_shown, receipt_row, salvages, worth_saying
from processor.decisions.leads import FileOutcome
from processor.decisions.session import Arrival, Session
from processor.intake.filenames import safe_name
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import FileState, FormKind, Problem, Severity, Unit

if TYPE_CHECKING:
    from processor.intake.forms import FormRow, LoadedForm
    from processor.workbooks.receipt import ReceiptRow

UNANSWERED = "未填"
UNKNOWN_UNIT = "未识别单位"
OTHER_CORRECT = (
    "1. 有需要改正的，按提示和「说明」改正原表，其余不必改动。",
    "2. 保存后放回收件目录；同一事项以最后收到的为准，此前的记录保留备查。",
)
REFUSED_CORRECT = (
    "1. 按上表改正原文件，或用空白模板重新填写。",
    "2. 放回收件目录；以改正后的文件受理的时间为准。",
)
REPEATED_CORRECT = (
    "无需处理。确要更正已受理的内容，请改动后再提交：按原回执「明细」改正，或提交改动过的文件。",
)
# the cell whose answer a list was sent out for; a row without it is simply not answered yet
ANSWERS = {FormKind.SCREENING: ("verdict", "甄别结论"), FormKind.RULINGS: ("ruling", "裁定")}


def receipt_path(session: Session, arrival: Arrival, unit: Unit | None) -> str:
    """outbox path: 回执/<单位>/<yyyymmdd-HHMMSS>_<original name>_回执.xlsx, never used twice."""
    folder = safe_name(unit.directory, 80) if unit is not None else UNKNOWN_UNIT
    stem = arrival.name.rsplit(".", 1)[0] if "." in arrival.name else arrival.name
    base = f"回执/{folder}/{arrival.received_at:%Y%m%d-%H%M%S}_{safe_name(stem, 120)}_回执"
    path, number = f"{base}.xlsx", 2
    while path in session.receipts or _written_before(session, path):
        path, number = f"{base}({number}).xlsx", number + 1
    return path


def _written_before(session: Session, path: str) -> bool:
    """Another run with the very same clock answered a file of this name."""
    found = session.record.connection.execute(_written(), {"path": f"outbox/{path}"})
    return found.first() is not None


@cache
def _written() -> Any:
    """Built once: a run asks it for every file."""
    return select(t.intents.c.id).where(t.intents.c.path == bindparam("path")).limit(1)


def leads_receipt(
    session: Session, arrival: Arrival, form: LoadedForm, file_row: Row, outcome: FileOutcome
) -> None:
    """The receipt of a file of leads: every row as sent, with what became of it."""
    from processor.workbooks.receipt import Receipt

    by_place = {(row.sheet, row.row): row for row in form.rows}
    rows = tuple(
        receipt_row(session, by_place[result.sheet, result.row], result, form)
        for result in outcome.rows
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
        counts=counts_of(session, outcome),
        findings=findings_shown(session, worth_saying(form.file_problems)),
        mapping=tuple(form.mapping),
        salvages=salvages(outcome.rows),
        notes=tuple(p.message for p in form.file_problems if p.severity is Severity.NOTE),
        block=form.block_as_sent,
        columns=form.columns,
        rows=rows,
        own_leads=None,
    )
    session.receipts[receipt_path(session, arrival, unit)] = receipt


def complete_receipts(session: Session) -> None:
    """历史信息当前状态, at the end of the run: the unit's own leads, newest first."""
    session.record.flush()
    known: dict[str, tuple[dict[str, Any], ...]] = {}
    for path, receipt in session.receipts.items():
        if receipt.own_leads is not None:
            continue
        code = receipt.unit_code
        if code not in known:
            known[code] = _own(session, code) if code else ()
        session.receipts[path] = replace(receipt, own_leads=known[code], own_at=session.now)


def _own(session: Session, code: str) -> tuple[dict[str, Any], ...]:
    found = session.record.connection.execute(_own_leads(), {"unit": code})
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
    """Built once: a run asks it for every unit that reported."""
    from processor.workbooks.receipt_data import OWN_LEADS_SHOWN

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

    repeated = file_row["state"] == FileState.DUPLICATE.value
    found = findings_shown(session, worth_saying(problems))
    if not found and not repeated:
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
        correct=REPEATED_CORRECT if repeated else REFUSED_CORRECT,
        repeated=repeated,
    )
    session.receipts[receipt_path(session, arrival, unit)] = receipt


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
    rows = tuple(_other_row(session, form, row) for row in form.rows)
    left = sum(row.outcome == UNANSWERED for row in rows)
    receipt = Receipt(
        unit=unit.name if unit else UNKNOWN_UNIT,
        file_name=arrival.name,
        received=arrival.received_at,
        batch=arrival.batch,
        edition=session.edition(arrival.received_at.date()).key,
        form=str(file_row["form"]),
        unit_code=unit.code if unit else "",
        counts=Counts(
            read=len(rows),
            accepted=len(rows) - left,
            remind=sum(row.outcome == "请补充" for row in rows),
            blank=left,
        ),
        refused=refused or "",
        findings=findings_shown(session, worth_saying(form.file_problems)),
        mapping=tuple(form.mapping),
        notes=(
            *((_left(form, left),) if left else ()),
            *remarks,
            *(p.message for p in form.file_problems if p.severity is Severity.NOTE),
        ),
        salvages=salvages(form.rows),
        block=form.block_as_sent,
        rows=rows,
        correct=OTHER_CORRECT,
    )
    session.receipts[receipt_path(session, arrival, unit)] = receipt


def _other_row(session: Session, form: LoadedForm, row: FormRow) -> ReceiptRow:
    """A row of another form: what of it should be completed; nothing of one not yet answered."""
    from processor.workbooks.receipt import ReceiptRow

    findings = findings_shown(session, worth_saying(row.problems))
    outcome = "请补充" if findings else "接收"
    if _unanswered(form, row):
        outcome, findings = UNANSWERED, ()
    customer = str(row.values.get("customer") or "")
    return ReceiptRow(row.row, (), outcome, customer=customer, findings=findings, sheet=row.sheet)


def _unanswered(form: LoadedForm, row: FormRow) -> bool:
    """Did nobody write into the row of a list that was sent out?"""
    from schemas.catalogue import form_by_title
    from schemas.fields import Need

    if form.kind not in ANSWERS:
        return False
    asked = [
        f.name
        for f in form_by_title(form.kind.value).fields
        if f.need is not Need.SYSTEM and not f.locked
    ]
    return not any(row.values.get(name) for name in asked)


def _left(form: LoadedForm, count: int) -> str:
    assert form.kind is not None
    return f"其中 {count} 行未填「{ANSWERS[form.kind][1]}」，仍待答复，期限照旧。"
