"""The ledger's tables: one for each sheet of the master, and a few technical ones.

The business tables are made from `schemas.master`, so ledger and master carry the same columns.
Only plain SQLAlchemy Core types: SQLite now, PostgreSQL by changing `[ledger] url`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from schemas.fields import Field, Kind
from schemas.master import (
    ALIASES,
    APPLICATIONS,
    CONTRACTS,
    EVENTS,
    FILES,
    LEADS,
    LEAKS,
    PAIRS,
    PENALTIES,
    PROJECTS,
    PUBLICATIONS,
    REFUSALS,
    REWARDS,
    TARGETS,
)

metadata = MetaData()

_TYPES: dict[Kind, Any] = {
    Kind.INTEGER: Integer,
    Kind.DATE: Date,
    Kind.DATETIME: DateTime,
    Kind.MONTH: Date,
}

COMPUTED = frozenset({"row_check", "state_clause"})
"""Columns of sheets that are worked out when a sheet is written, and kept nowhere."""


def _table(name: str, fields: tuple[Field, ...], *keys: str) -> Table:
    columns = [
        Column(f.name, _TYPES.get(f.kind, Text), primary_key=f.name in keys)
        for f in fields
        if f.name not in COMPUTED
    ]
    return Table(name, metadata, *columns)


leads = _table("leads", LEADS, "number")
refusals = _table("refusals", REFUSALS, "number")
projects = _table("projects", PROJECTS, "number")
contracts = _table("contracts", CONTRACTS, "number")
applications = _table("applications", APPLICATIONS, "number")
targets = _table("targets", TARGETS, "number")
pairs = _table("pairs", PAIRS, "number")
aliases = _table("aliases", ALIASES, "number")
publications = _table("publications", PUBLICATIONS, "number")
rewards = _table("rewards", REWARDS, "number")
penalties = _table("penalties", PENALTIES, "number")
leaks = _table("leaks", LEAKS, "number")
files = _table("files", FILES, "batch")
events = _table("events", EVENTS, "seq")

SHEETS: dict[str, Table] = {
    "台账": leads,
    "不予接收": refusals,
    "立项": projects,
    "合同": contracts,
    "项目申报": applications,
    "目标": targets,
    "裁定": pairs,
    "客户别名": aliases,
    "发布": publications,
    "奖励台账": rewards,
    "处罚": penalties,
    "泄漏": leaks,
    "收文登记": files,
    "变更记录": events,
}

RECEIVED = Index("ix_leads_received", leads.c.received_at, leads.c.number)  # the master's order
Index("ix_leads_state_expires", leads.c.state, leads.c.expires_on, leads.c.due_at)
Index("ix_leads_unit_month", leads.c.unit_code, leads.c.month)
Index("ix_leads_issue", leads.c.issue)
Index("ix_leads_due", leads.c.state, leads.c.due_at)
Index("ix_leads_tentative", leads.c.due_tentative)
Index("ix_leads_project", leads.c.project_no)
Index("ix_leads_updated", leads.c.updated_at)
Index("ix_refusals_unit_month", refusals.c.unit_code, refusals.c.month)
Index("ix_refusals_issue", refusals.c.issue)
Index("ix_projects_lead", projects.c.lead)
Index("ix_contracts_month", contracts.c.month)
Index("ix_contracts_lead", contracts.c.matched_lead)
Index("ix_contracts_no", contracts.c.contract_no)
Index("ix_applications_lead", applications.c.matched_lead)
Index("ix_pairs_later", pairs.c.later)
Index("ix_pairs_earlier", pairs.c.earlier)
Index("ix_pairs_ruling", pairs.c.ruling_no)
Index("ix_publications_kind", publications.c.kind, publications.c.issue)
Index("ix_penalties_matter", penalties.c.rule, penalties.c.matter)
Index("ix_files_sha", files.c.sha256)
Index("ix_files_form", files.c.form, files.c.month)
Index("ix_events_number", events.c.number)

# --- technical tables: nothing here is a business fact ---

meta = Table("meta", metadata, Column("key", String, primary_key=True), Column("value", Text))

runs = Table(
    "runs",
    metadata,
    Column("run", Integer, primary_key=True),
    Column("as_of", DateTime),
    Column("wall", Float),  # real clock of the look, only to age the file system's evidence
    Column("report", Text),  # JSON
)

looks = Table(
    "looks",
    metadata,
    Column("path", Text, primary_key=True),  # as listed, surrogate-escaped bytes hex-free
    Column("identity", Text, primary_key=True),  # size, mtime, inode: another file is another look
    Column("first_seen", DateTime),
    Column("evidence", Float),  # None = unknown
    Column("batch", Text),  # set once committed: the file only waits to be cleared
    Column("sha256", Text),
)

row_prints = Table(
    "row_prints",
    metadata,
    Column("unit_code", String, primary_key=True),
    Column("print", String, primary_key=True),
    Column("lead", String),
)

counters = Table(
    "counters", metadata, Column("name", String, primary_key=True), Column("value", BigInteger)
)

intents = Table(
    "intents",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String),  # master, today, receipt, screening, rulings, bulletin, ...
    Column("path", Text),  # under the workspace
    Column("payload", LargeBinary),  # compressed JSON of what was decided; cleared when done
    Column("created_at", DateTime),
    Column("run", Integer),
    Column("state", String),  # due, done
    Column("attempts", Integer),
    Column("error", Text),
    Column("sha256", String),  # of the bytes written
)
Index("ix_intents_state", intents.c.state)
Index("ix_intents_path", intents.c.path)

mails = Table(
    "mails",
    metadata,
    Column("message_id", String, primary_key=True),  # never changes: a repetition is recognised
    Column("run", Integer),
    Column("created_at", DateTime),
    Column("who", Text),  # finds the address again in a later roster
    Column("label", Text),  # unit and role, no person
    Column("address", Text),
    Column("subject", Text),
    Column("payload", Text),  # JSON of the parts; cleared when sent
    Column("state", String),  # due, sent, draft (left to people), void
    Column("draft", Text),  # the .eml, under the workspace
    Column("attempts", Integer),
    Column("next_at", DateTime),
    Column("error", Text),
    Column("sent_at", DateTime),
    Column("contacts", Text),  # JSON: what went out encrypted because of contacts, its canary
    Column("logged", String),  # 是 once the record tells of it
)
Index("ix_mails_logged", mails.c.logged)
