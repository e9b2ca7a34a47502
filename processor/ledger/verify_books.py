"""What must add up inside the ledger: rows, series, references, prints, the matching index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection, Table, func, select

from processor.ledger import tables as t


def book_differences(connection: Connection) -> list[list[str]]:
    """Conservation of rows, series of numbers, references, technical tables: by kind, in words."""
    steps = (_balances, _series, _references, _prints, _index)
    return [list(step(connection)) for step in steps]


def _balances(connection: Connection) -> Iterator[str]:
    def per_batch(table: Table) -> Counter[str]:
        query = select(table.c.batch, func.count()).group_by(table.c.batch)
        return Counter(dict(connection.execute(query).all()))

    leads, refusals = per_batch(t.leads), per_batch(t.refusals)
    for row in connection.execute(select(t.files).where(t.files.c.read.is_not(None))):
        counts = (row.blank or 0, row.accepted or 0, row.refused or 0, row.known or 0)
        if row.read != sum(counts):
            yield f"收文 {row.batch} 行数不平：读取 {row.read}，合计 {sum(counts)}"
        if refusals[row.batch] != (row.refused or 0):
            yield f"收文 {row.batch} 不予接收 {row.refused} 行，登记 {refusals[row.batch]} 行"
        if leads[row.batch] > (row.accepted or 0):
            yield f"收文 {row.batch} 接收 {row.accepted} 行，台账有 {leads[row.batch]} 条"
        leads.pop(row.batch, None)
    accepted = {row.batch for row in connection.execute(select(t.files.c.batch))}
    for batch in leads.keys() - accepted:
        yield f"台账中的批次号 {batch} 没有收文登记"


def _series(connection: Connection) -> Iterator[str]:
    from processor.ledger.from_master import counters_of

    kept = {row.name: row.value for row in connection.execute(select(t.counters))}
    for name, last in sorted(counters_of(connection).items()):
        if kept.get(name, 0) < last:
            yield f"编号序列 {name} 记为 {kept.get(name, 0)}，而已用到 {last}"


def _references(connection: Connection) -> Iterator[str]:
    numbers = {n for (n,) in connection.execute(select(t.leads.c.number))}
    wanted = (
        ("裁定", t.pairs.c.number, t.pairs.c.later),
        ("裁定", t.pairs.c.number, t.pairs.c.earlier),
        ("台账", t.leads.c.number, t.leads.c.duplicate_of),
        ("立项", t.projects.c.number, t.projects.c.lead),
        ("合同", t.contracts.c.number, t.contracts.c.matched_lead),
        ("项目申报", t.applications.c.number, t.applications.c.matched_lead),
    )
    for sheet, key, target in wanted:
        for number, lead in connection.execute(select(key, target).where(target.is_not(None))):
            if lead and lead not in numbers:
                yield f"{sheet} {number} 指向不存在的信息编号 {lead}"


def _prints(connection: Connection) -> Iterator[str]:
    columns = t.row_prints.c
    kept = {
        (unit, mark) for unit, mark in connection.execute(select(columns.unit_code, columns.print))
    }
    wanted: set[tuple[str, str]] = set()
    query = select(t.leads.c.number, t.leads.c.unit_code, t.leads.c.row_prints)
    for number, unit, marks in connection.execute(query):
        own = {(unit, mark) for mark in (marks or "").split(";") if mark}
        if not own <= kept:
            yield f"信息 {number} 的行指纹没有登记，重复提报将不能识别"
        wanted |= own
    if kept - wanted:
        yield f"有 {len(kept - wanted)} 个行指纹不属于任何信息"


def _index(connection: Connection) -> Iterator[str]:
    from processor.matching.index import current, tables

    _, party, key, _ = tables()
    if not current(connection):
        yield "判重索引的版本不是当前程序的版本，请运行 processor rebuild"
    leads = connection.execute(select(func.count()).select_from(t.leads)).scalar() or 0
    parties = connection.execute(select(func.count()).select_from(party)).scalar() or 0
    filed = connection.execute(select(func.count(func.distinct(key.c.lead)))).scalar() or 0
    if leads != parties:
        yield f"判重索引有 {parties} 条，台账有 {leads} 条"
    elif filed > leads or (leads and not filed):
        yield "判重索引的检索键与台账不符"
