"""The index against comparing everything with everything, on a real database file."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.composed import incoming, leads
from processor.matching.index import Index, create_tables, current, rebuild, tables
from processor.matching.judge import Outcome, Party, compare
from processor.matching.knowledge import build
from tests.matching.pairs import party, rows


@pytest.fixture
def conn(tmp_path: Path) -> Iterator[sa.Connection]:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/ledger.sqlite")
    with engine.begin() as connection:
        create_tables(connection)
        yield connection
    engine.dispose()


def hand_parties() -> list[Party]:
    found = {}
    for name in ("hand_pairs.tsv", "hand_pairs_more.tsv", "hand_pairs_third.tsv"):
        for row in rows(name):
            for side in ("a", "b"):
                one = party(row[side], row[f"place_{side}"])
                found[one] = None
    return list(found)


def matched(index: Index, one: Party) -> dict[int, str]:
    return {lead: judged.rule for lead, _, judged in index.matches(one)}


def test_finds_what_comparing_with_everything_finds(conn: sa.Connection) -> None:
    record = hand_parties()
    rebuild(conn, enumerate(record, 1))
    index = Index(conn)
    index.load(record)
    missed = []
    asked = list(enumerate(record, 1))[::7]
    for number, one in asked:
        found = matched(index, one)
        for other_number, other in enumerate(record, 1):
            judged = compare(one, other)
            if other_number != number and judged.outcome is not Outcome.DISTINCT:
                if other_number not in found:
                    missed.append((judged.outcome, one.name, other.name, judged.rule))
                else:
                    assert found[other_number] == judged.rule
    assert [m for m in missed if m[0] is Outcome.DUPLICATE] == []
    # Suspicions far from any shared word may be missed; they must stay rare.
    assert len(missed) <= len(asked) // 20, missed


def test_composed_repeats_are_found(conn: sa.Connection) -> None:
    record = [one for _, one in leads(3000, seed=5)]
    rebuild(conn, enumerate(record, 1))
    new = incoming(list(enumerate(record, 1))[::10], [], seed=6)
    index = Index(conn)
    index.load(one for one, _ in new)
    missed = [(one.name, number) for one, number in new if number not in matched(index, one)]
    assert len(missed) <= len(new) // 100, missed


def test_a_row_sees_the_rows_before_it_in_the_same_run(conn: sa.Connection) -> None:
    index = Index(conn)
    first, second = Party("芜湖市公安局"), Party("芜湖公安局")
    index.load([first, second])
    assert matched(index, first) == {}
    index.add(1, first)
    assert matched(index, second) == {1: "core_equal"}


def test_what_is_flushed_is_there_in_the_next_run(conn: sa.Connection) -> None:
    index = Index(conn)
    index.add(
        7, Party("芜湖市公安局", phone="13955301234", contact="王小明", project_name="巡逻车")
    )
    index.flush()
    later = Index(conn)
    ((lead, one, judged),) = later.matches(
        Party("芜湖公安局", phone="139 5530 1234", contact="王小明")
    )
    assert (lead, one.project_name) == (7, "巡逻车")
    assert set(judged.evidence) == {"联系方式相同", "联系人同名"}


def test_contacts_are_stored_as_digests_only(conn: sa.Connection) -> None:
    index = Index(conn)
    index.add(
        1, Party("芜湖市公安局", phone="13955301234", contact="王小明", address="芜湖市人民路18号")
    )
    index.flush()
    (data,) = conn.execute(sa.select(tables()[1].c.data)).scalars()
    for secret in ("13955301234", "王小明", "人民路"):
        assert secret not in data


def test_a_correction_is_found_under_its_new_name_only(conn: sa.Connection) -> None:
    index = Index(conn)
    index.add(1, Party("芜湖市公安局"))
    index.flush()
    again = Index(conn)
    again.load([Party("芜湖公安局"), Party("合肥公安局")])
    again.replace(1, Party("合肥市公安局"))
    assert matched(again, Party("芜湖公安局")) == {}
    assert matched(again, Party("合肥公安局")) == {1: "core_equal"}
    again.flush()
    assert matched(Index(conn), Party("芜湖公安局")) == {}
    assert matched(Index(conn), Party("合肥公安局")) == {1: "core_equal"}
    again.replace(1, Party("马鞍山市公安局"))
    again.replace(1, Party("铜陵市公安局"))
    again.flush()
    assert matched(Index(conn), Party("马鞍山公安局")) == {}
    assert matched(Index(conn), Party("铜陵公安局")) == {1: "core_equal"}


def test_a_removed_lead_is_gone(conn: sa.Connection) -> None:
    index = Index(conn)
    index.add(1, Party("芜湖市公安局"))
    index.flush()
    index.remove(1)
    index.flush()
    assert matched(index, Party("芜湖市公安局")) == {}
    counts = [
        conn.execute(sa.select(sa.func.count()).select_from(table)).scalar()
        for table in tables()[1:3]
    ]
    assert counts == [0, 0]


def test_order_of_rows_and_way_of_building_do_not_matter(conn: sa.Connection) -> None:
    record = list(enumerate((one for _, one in leads(400, seed=8)), 1))
    shuffled = record[:]
    random.Random(1).shuffle(shuffled)
    index = Index(conn)
    for lead, one in shuffled:
        index.add(lead, one)
    index.flush()
    _, parties, keys, _ = tables()
    added = (
        conn.execute(sa.select(parties).order_by(parties.c.lead)).all(),
        conn.execute(sa.select(keys).order_by(keys.c.key, keys.c.lead)).all(),
    )
    for processes in (1, 2):
        assert rebuild(conn, iter(record), processes=processes) == len(record)
        built = (
            conn.execute(sa.select(parties).order_by(parties.c.lead)).all(),
            conn.execute(sa.select(keys).order_by(keys.c.key, keys.c.lead)).all(),
        )
        assert built == added
    asked = [one for _, one in record[:50]]
    forward, backward = Index(conn), Index(conn)
    forward.load(asked)
    backward.load(reversed(asked))
    for one in asked:
        assert forward.matches(one) == backward.matches(one)


def test_loading_takes_few_queries_whatever_the_number_of_rows(conn: sa.Connection) -> None:
    record = [one for _, one in leads(1500, seed=9)]
    rebuild(conn, enumerate(record, 1))
    statements: list[str] = []

    def count(_c: object, _k: object, statement: str, *_: object) -> None:
        statements.append(statement)

    sa.event.listen(conn, "before_cursor_execute", count)
    index = Index(conn)
    index.load(record)
    after_load = len(statements)
    for one in record:
        index.matches(one)
    sa.event.remove(conn, "before_cursor_execute", count)
    assert after_load <= 8
    assert len(statements) == after_load


def test_an_alias_taught_later_finds_the_leads_filed_before(conn: sa.Connection) -> None:
    index = Index(conn)
    index.add(1, Party("老船厂"))
    index.flush()
    asked = Party("芜湖长运客运有限公司")
    assert matched(Index(conn), asked) == {}
    know = build(aliases=[("老船厂", "芜湖市长运客运有限公司")])
    assert matched(Index(conn, know), asked) == {1: "alias"}


def test_a_disabled_alias_no_longer_finds_them(conn: sa.Connection) -> None:
    index = Index(conn)
    index.add(1, Party("海康"))
    index.flush()
    asked = Party("杭州海康威视数字技术股份有限公司")
    assert matched(Index(conn), asked) == {1: "alias"}
    found = matched(Index(conn, build(disabled=["海康"])), asked)
    assert "alias" not in found.values()


def test_a_number_on_leads_of_thirty_customers_is_no_evidence(conn: sa.Connection) -> None:
    phone = "13955301234"
    record = [
        Party(one.name, one.province, one.city, one.county, phone=phone) for _, one in leads(30)
    ]
    index = Index(conn)
    for number, one in enumerate(record, 1):
        index.add(number, one)
    index.add(99, Party("芜湖顺达汽车租赁有限公司", phone=phone))
    index.flush()
    later = Index(conn)
    asked = Party("芜湖顺大汽车租赁有限公司", phone=phone)
    later.load([asked])
    assert matched(later, asked) == {99: "slip"}


def test_a_number_found_to_be_shared_is_no_longer_looked_for(conn: sa.Connection) -> None:
    phone = "13955301234"
    rows_of_run = [Party(one.name, one.province, phone=phone) for _, one in leads(30)]
    stranger = Party("芜湖顺达汽车租赁有限公司", phone=phone)
    index = Index(conn)
    index.load([stranger])  # one customer so far: the number is looked for
    index.add(1, rows_of_run[0])
    assert [lead for lead, _ in index.candidates(stranger)] == [1]
    index.load(rows_of_run)  # now it is on many
    assert index.candidates(stranger) == []


def test_the_same_number_on_two_leads_is_evidence(conn: sa.Connection) -> None:
    index = Index(conn)
    index.add(99, Party("芜湖顺达汽车租赁有限公司", phone="13955301234"))
    index.flush()
    later = Index(conn)
    asked = Party("芜湖顺大汽车租赁有限公司", phone="13955301234")
    later.load([asked])
    assert matched(later, asked) == {99: "slip_phone"}


def test_an_index_of_another_version_is_told(conn: sa.Connection) -> None:
    assert current(conn)
    conn.execute(tables()[3].update().values(version=0))
    assert not current(conn)
    rebuild(conn, [])
    assert current(conn)
