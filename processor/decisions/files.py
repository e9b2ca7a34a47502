"""Each arrival is entered in 收文登记, taken by the clause its form belongs to, and answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from processor.decisions.content import party_of
from processor.decisions.fines import POLICY_ROLE, SUPPORT_ROLE, person_on_duty
from processor.decisions.leads import content_from, take_leads
from processor.decisions.session import Arrival, Session
from processor.ledger import tables as t
from processor.ledger.store import Row
from processor.model import FileState, FormKind, Problem, Roster, Unit
from processor.roster import find_unit

if TYPE_CHECKING:
    from processor.intake.forms import LoadedForm
    from processor.matching.judge import Party

_KIND_ORDER = {
    FormKind.TARGETS: 0,
    FormKind.LEADS: 1,
    FormKind.SCREENING: 2,
    FormKind.RULINGS: 3,
    FormKind.APPLICATION: 4,
    FormKind.CONTRACTS: 5,
    FormKind.LEAKS: 6,
}


def order(roster: Roster, arrival: Arrival) -> tuple[datetime, int, float, str, str]:
    """Order of receipt; in one look leads before what refers to them, then by evidence.

    Unknown evidence comes last, and then in order of unit code.
    """
    kind = arrival.form.kind if arrival.form is not None else None
    evidence = float("inf") if arrival.evidence is None else arrival.evidence
    rank = _KIND_ORDER.get(kind, 9) if kind is not None else 9
    text = str(arrival.form.block.get("submitter") or "") if arrival.form is not None else ""
    folder = arrival.path.split("/")[0] if "/" in arrival.path else ""
    unit = find_unit(roster, text or folder)
    code = unit.code if unit is not None else text
    return (arrival.received_at, rank, evidence, code, f"{arrival.path}/{arrival.name}")


def prefetch(session: Session, arrivals: list[Arrival]) -> None:
    """Ask the matching index once for all rows of the run."""
    parties: list[Party] = []
    for arrival in arrivals:
        form = arrival.form
        if form is None or arrival.state != FileState.ACCEPTED.value:
            continue
        if form.kind is FormKind.LEADS:
            parties.extend(party_of(content_from(row, form)) for row in form.rows)
    if parties:
        session.index.load(parties)


def take_file(session: Session, arrival: Arrival) -> None:
    """One file: registered, taken, answered by a receipt."""
    day = f"{arrival.received_at:%Y%m%d}"
    batch = f"SW{day}-{session.record.next(f'file-{day}'):04d}"
    form = arrival.form
    row = session.record.add(
        t.files,
        {
            "batch": batch,
            "received_at": arrival.received_at,
            "name": arrival.name,
            "path": _printable(arrival.path),
            "form": form.kind.value if form is not None and form.kind is not None else None,
            "state": arrival.state,
            "reason": arrival.reason or None,
            "evidence": None if arrival.evidence is None else f"{arrival.evidence:.3f}",
            "sha256": arrival.sha256,
            "superseded": "否",
            "archived": arrival.archived,
            "run": session.record.run,
            "processed_at": session.now,
        },
    )
    from dataclasses import replace

    from processor.decisions.canaries import set_aside

    if form is not None:
        form = set_aside(session, arrival, form)
    entered = replace(arrival, batch=batch, form=form)
    if arrival.state == FileState.ACCEPTED.value and form is not None and form.kind is not None:
        if form.kind is FormKind.LEADS:
            _leads(session, entered, form, row)
        else:
            _other(session, entered, form, row)
    else:
        _not_taken(session, entered, row)
    session.outcomes[id(arrival)] = row["state"]
    session.tell(
        batch,
        "收文",
        row["reason"] or f"{row['form'] or '文件'}，{_words(row['state'])}",
        source=arrival.source(),
        at=arrival.received_at,
    )


_STATE_WORDS = {
    "accepted": "已受理",
    "duplicate": "重复文件",
    "refused": "不予接收",
    "quarantined": "已隔离",
}


def _words(state: str) -> str:
    return _STATE_WORDS.get(state, state)


def _leads(session: Session, arrival: Arrival, form: LoadedForm, row: Row) -> None:
    from processor.answers import leads_receipt

    outcome = take_leads(session, arrival, form)
    record = session.record
    if outcome.refused_because is not None:
        problem = outcome.refused_because
        record.change(t.files, row, state=FileState.REFUSED.value, reason=problem.message)
        _refused(session, arrival, row, (problem,))
        return
    counts = outcome.counts
    record.change(
        t.files,
        row,
        read=counts.read,
        blank=counts.blank,
        accepted=counts.accepted,
        refused=counts.refused,
        known=counts.known,
        unit_code=outcome.unit.code if outcome.unit else None,
        unit=outcome.unit.name if outcome.unit else None,
    )
    session.rows.add(counts)
    leads_receipt(session, arrival, form, row, outcome)


def _other(session: Session, arrival: Arrival, form: LoadedForm, row: Row) -> None:
    from processor.answers import other_receipt
    from processor.decisions.applications import take_applications
    from processor.decisions.contracts import take_contracts
    from processor.decisions.rulings import take_rulings
    from processor.decisions.screening import take_screening
    from processor.decisions.targets import take_leaks, take_targets

    kind = form.kind
    if kind is FormKind.CONTRACTS:
        remarks = take_contracts(session, arrival, form, row)
    else:
        takers: dict[FormKind, Callable[[Session, Arrival, LoadedForm], list[str]]] = {
            FormKind.SCREENING: take_screening,
            FormKind.RULINGS: take_rulings,
            FormKind.APPLICATION: take_applications,
            FormKind.TARGETS: take_targets,
            FormKind.LEAKS: take_leaks,
        }
        if kind not in takers:
            session.record.change(
                t.files,
                row,
                state=FileState.REFUSED.value,
                reason="该文件不是提报表格；单位名录请直接保存在 master 文件夹。",
            )
            _not_taken(session, arrival, row)
            return
        remarks = takers[kind](session, arrival, form)
    title = kind.value if kind is not None else ""
    session.forms[title] = session.forms.get(title, 0) + 1
    unit = _unit_of(session, arrival, form)
    if unit is not None:
        session.record.change(t.files, row, unit_code=unit.code, unit=unit.name)
    other_receipt(session, arrival, form, row, unit, remarks)


_OFFICE_ROLES = {FormKind.CONTRACTS: SUPPORT_ROLE}


def _unit_of(session: Session, arrival: Arrival, form: LoadedForm) -> Unit | None:
    """Who gets the receipt of another form: the unit named, the section of the leads answered,
    the sub-folder's unit, else the office whose form it is."""
    first = form.rows[0].values if form.rows else {}
    lead = session.lead(str(first.get("lead_number") or "").strip().upper())
    names = [str(form.block.get(name) or "") for name in ("applicant", "submitter")]
    names += [str(first.get("applicant") or ""), str(first.get("section") or "")]
    if lead is not None and form.kind is FormKind.SCREENING:
        names.append(lead["section"] or "")
    for name in names:
        if (found := find_unit(session.roster, name)) is not None:
            return found
    if (found := _of_folder(session, arrival)) is not None:
        return found
    if form.kind in (None, FormKind.APPLICATION, FormKind.SCREENING):
        return None
    role, day = _OFFICE_ROLES.get(form.kind, POLICY_ROLE), session.now.date()
    filler = str(form.block.get("preparer") or "")
    sections = [p.section for p in session.roster.people if p.name == filler and p.on_duty(day)]
    sections.append(person_on_duty(session, role, day)[1])
    return next(filter(None, (find_unit(session.roster, name) for name in sections)), None)


def _of_folder(session: Session, arrival: Arrival) -> Unit | None:
    return find_unit(session.roster, arrival.path.split("/")[0]) if "/" in arrival.path else None


def _not_taken(session: Session, arrival: Arrival, row: Row) -> None:
    _refused(session, arrival, row, arrival.form.file_problems if arrival.form else ())


def _refused(session: Session, arrival: Arrival, row: Row, problems: tuple[Problem, ...]) -> None:
    """Answer a file that was not taken to the unit it names, else to the sub-folder's unit."""
    from processor.answers import refused_receipt

    form = arrival.form
    if form is not None and form.kind not in (None, FormKind.LEADS):
        unit = _unit_of(session, arrival, form)
    else:
        text = str(form.block.get("submitter") or "") if form is not None else ""
        unit = find_unit(session.roster, text) or _of_folder(session, arrival)
    if unit is None and row["state"] == FileState.DUPLICATE.value:
        first = session.record.select(
            t.files,
            t.files.c.sha256 == arrival.sha256,
            t.files.c.state == FileState.ACCEPTED.value,
        )
        unit = session.unit(first[0]["unit_code"]) if first and first[0]["unit_code"] else None
    if unit is not None:
        session.record.change(t.files, row, unit_code=unit.code, unit=unit.name)
    refused_receipt(session, arrival, row, unit, problems)


def _printable(path: str) -> str:
    from processor.intake.filenames import display_name

    return display_name(path)
