"""Leads of a workbook that is no complete master, row by row: unit, number, place, standing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from processor.calendar import issue_for
from processor.decisions.content import (
    content_of,
    month_text,
    party_checks,
    row_print,
)
from processor.decisions.session import Session
from processor.ledger import tables as t
from processor.ledger.from_master import counters_of, index_leads
from processor.ledger.import_drafts import Draft, read_drafts
from processor.ledger.master_reading import MasterBook
from processor.ledger.store import Row
from processor.model import FileState, RuleKey, Source, State, UnitKind, Verdict
from processor.progress import Progress
from schemas.master import ALIASES

if TYPE_CHECKING:
    from processor.ledger.importing import Imported

TITLE = "台账导入"
_WHOLE = ("立项", "合同", "项目申报", "目标")  # taken over as they are, when all columns are there
_RULES = {State.DUPLICATE: RuleKey.FIRST_COME, State.EXPIRED: RuleKey.EXPIRY_DATE}


def take_rows(
    session: Session,
    path: Path,
    data: dict[str, Any],
    result: Imported,
    progress: Progress,
) -> None:
    """Write every lead of the workbook into the session's record, or name what is in doubt."""
    with MasterBook(path) as book:
        drafts = read_drafts(session, book, result)
        if result.problems:
            return
        _prime(session, drafts)
        _others(session, book, result)
        batch = _file(session, data)
        for done, draft in enumerate(drafts):
            if done % 500 == 0:
                progress("接收台账", done, len(drafts))
            _lead(session, draft, batch, data, result)
    _standing(session, drafts, result)
    session.record.flush()
    _continue_series(session)
    index_leads(session.record)


def _prime(session: Session, drafts: Sequence[Draft]) -> None:
    """New numbers continue after those in the workbook."""
    last: dict[str, int] = {}

    def note(name: str, value: int) -> None:
        last[name] = max(last.get(name, 0), value)

    for draft in drafts:
        values = draft.values
        if values["number"]:
            note(f"lead-{values['number'][3:9]}", int(values["number"][10:]))
        if re.fullmatch(r"KH\d+", values["customer_id"] or ""):
            note("customer", int(values["customer_id"][2:]))
        project = re.fullmatch(r"LX(\d{4})-(\d+)", values["project_no"] or "")
        if project:
            note(f"project-{project[1]}", int(project[2]))
    _set_counters(session, last)


def _continue_series(session: Session) -> None:
    """Numbers taken over on other sheets are not given out again."""
    counters = session.record.connection.execute(select(t.counters))
    kept = {row.name: row.value for row in counters}
    used = counters_of(session.record.connection)
    _set_counters(session, {k: v for k, v in used.items() if v > kept.get(k, 0)})


def _set_counters(session: Session, values: dict[str, int]) -> None:
    counters = t.counters
    for name, value in values.items():
        session.record.connection.execute(counters.delete().where(counters.c.name == name))
        session.record.connection.execute(counters.insert(), {"name": name, "value": value})


# --- writing ---


def _file(session: Session, data: dict[str, Any]) -> str:
    day = f"{session.now:%Y%m%d}"
    batch = f"SW{day}-{session.record.next(f'file-{day}'):04d}"
    session.record.add(
        t.files,
        {
            "batch": batch,
            "received_at": session.now,
            "name": data["name"],
            "form": TITLE,
            "state": FileState.ACCEPTED.value,
            "sha256": data["sha256"],
            "superseded": "否",
            "archived": data["archived"],
            "run": session.record.run,
            "processed_at": session.now,
        },
    )
    return batch


def _lead(
    session: Session, draft: Draft, batch: str, data: dict[str, Any], result: Imported
) -> None:
    from processor.matching.names import normalise

    record, values, now = session.record, draft.values, session.now
    at: datetime = values["received_at"]
    content = content_of(values)
    mark = row_print(content)
    number = values["number"] or f"DKH{at:%Y%m}-{record.next(f'lead-{at:%Y%m}'):04d}"
    issue = issue_for(at)
    marks = [m for m in (values["row_prints"] or "").split(";") if m]
    values.update(
        number=number,
        batch=batch,
        source_file=data["name"],
        source_sheet=draft.row.sheet,
        source_row=draft.row.row,
        file_print=data["sha256"],
        row_prints=";".join(dict.fromkeys([*marks, mark])),
        place_seq=record.next("place"),
        customer_id=values["customer_id"] or f"KH{record.next('customer'):06d}",
        customer_key=normalise(content.customer),
        month=values["month"] or month_text(at.year, at.month),
        quarter=values["quarter"] or f"{at.year}Q{(at.month + 2) // 3}",
        acceptance=values["acceptance"] or "接收",
        state_since=values["state_since"] or at,
        state_reason=values["state_reason"] or "随台账导入",
        state_rule=values["state_rule"] or _rule_of(values).value,
        issue=values["issue"] or (issue.id if issue.cutoff <= now else None),
        ruleset=values["ruleset"] or session.edition(at.date()).key,
        sensitivity="受限" if content.restricted else "内部",
        counted=values["counted"] or "不适用",
        updated_at=values["updated_at"] or at,
    )
    lead = record.add(t.leads, values)
    _stand(session, lead)
    for one in values["row_prints"].split(";"):
        record.remember_row(lead["unit_code"], one, number)
    if lead["state"] == State.VALID and party_checks(session, lead) is not None:
        result.notices.append(f"{number} 状态为有效，但按 5.4 或 5.6 应为无效，请核对。")
    source = Source(data["name"], draft.row.sheet, draft.row.row)
    record.tell(number, TITLE, f"接收已有台账，状态{lead['state']}", source=source)


def _rule_of(values: Row) -> RuleKey:
    return _RULES.get(State(values["state"]), RuleKey.SCREENING)


def _stand(session: Session, lead: Row) -> None:
    """What settling needs so that the state given is the state it finds."""
    record, state = session.record, State(lead["state"])
    at = lead["verdict_at"] or lead["answered_at"] or lead["received_at"]
    if state in (State.VALID, State.EXPIRED, State.CONVERTED):
        record.change(t.leads, lead, verdict=Verdict.VALID.value, verdict_at=at)
    if state is State.CONVERTED and lead["converted_at"] is None:
        record.change(t.leads, lead, converted_at=lead["state_since"])
    if state is State.CLOSED and lead["closed_at"] is None:
        record.change(t.leads, lead, closed_at=lead["state_since"])
    if state is State.INVALID and party_checks(session, lead) is None:
        reason = lead["verdict_reason"] or "其他"
        record.change(
            t.leads, lead, verdict=Verdict.INVALID.value, verdict_at=at, verdict_reason=reason
        )
    if lead["project_no"] and record.get(t.projects, lead["project_no"]) is None:
        record.add(
            t.projects,
            {
                "number": lead["project_no"],
                "opened_on": at.date(),
                "lead": lead["number"],
                "dealer": lead["unit"] if lead["unit_kind"] == UnitKind.DEALER else None,
                "stage": "立项",
                "updated_at": session.now,
            },
        )


def _standing(session: Session, drafts: Sequence[Draft], result: Imported) -> None:
    """Pairs of repeats, projects of valid leads, and 计入提报量, once all leads are there."""
    from processor.decisions.applications import set_counted
    from processor.decisions.settling import ADVICE_CERTAIN, KIND_NAME
    from processor.decisions.tasks import open_project

    for draft in drafts:
        lead = session.lead(draft.values["number"])
        if lead is None:
            continue
        state, first = State(lead["state"]), lead["duplicate_of"]
        if state is State.DUPLICATE and first and session.lead(first) is not None:
            session.record.add(
                t.pairs,
                {
                    "number": f"{lead['number']}~{first}",
                    "earlier": first,
                    "later": lead["number"],
                    "advice": ADVICE_CERTAIN,
                    "kind": KIND_NAME,
                    "rule": "import",
                    "reason": "已有台账中判为重复",
                    "score": 100,
                },
            )
        elif state in (State.DUPLICATE, State.RULING):
            words = "没有写明重复于哪一条" if state is State.DUPLICATE else "须重新提请裁定"
            result.notices.append(f"{lead['number']} 状态为{state.value}，{words}，请核对。")
        if state is State.VALID:
            open_project(session, lead)
        if lead["counted"] == "不适用":
            set_counted(session, lead)


def _others(session: Session, book: MasterBook, result: Imported) -> None:
    """Other sheets of the contract, where all their columns are there."""
    from processor.ledger.from_archive import NotRebuilt
    from processor.ledger.from_master import ledger_rows
    from schemas.master import MASTER_SHEETS

    _aliases(session, book)
    for name in _WHOLE:
        if name not in book.titles:
            continue
        rows = list(book.rows(name))
        wanted = [f.heading for f in MASTER_SHEETS[name] if f.name not in t.COMPUTED]
        if rows and not set(wanted) <= set(rows[0].texts):
            result.notices.append(f"工作表“{name}”的列不全，没有接收。")
            continue
        try:
            for values in ledger_rows(name, rows):
                key = next(iter(t.SHEETS[name].primary_key.columns)).name
                if session.record.get(t.SHEETS[name], values[key]) is None:
                    session.record.add(t.SHEETS[name], values)
        except NotRebuilt as error:
            result.problems.append(str(error))


def _aliases(session: Session, book: MasterBook) -> None:
    alias, customer = (f.heading for f in ALIASES if f.name in ("alias", "customer"))
    known = {(r["alias"], r["customer"]) for r in session.record.select(t.aliases)}
    for row in book.rows("客户别名", (alias,)):
        pair = (row.texts.get(alias, "").strip(), row.texts.get(customer, "").strip())
        if all(pair) and pair not in known:
            known.add(pair)
            session.record.add(
                t.aliases,
                {
                    "number": f"BM{session.record.next('alias'):05d}",
                    "alias": pair[0],
                    "customer": pair[1],
                    "source": TITLE,
                    "added_at": session.now,
                },
            )
