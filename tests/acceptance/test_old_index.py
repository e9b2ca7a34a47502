"""A matching index written by another version of the matcher is built anew when it is needed."""

from __future__ import annotations

import sqlite3

from tests.acceptance.office import JIA, YI, Office, lead


def test_an_old_index_is_rebuilt(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲.xlsx")
    office.run("2026-11-03 09:00")
    with sqlite3.connect(office.root / "state" / "ledger.sqlite") as ledger:
        ledger.execute("update match_version set version = version - 1")
        for name in ("match_party", "match_key"):
            ledger.execute(f"delete from {name}")
    office.send(YI, [lead(1)], "乙.xlsx")
    office.run("2026-11-03 10:00")
    assert sorted(row["状态"] for row in office.master("台账")) == ["待甄别", "重复"]
