"""What must hold after any trouble: asked after every test of this room."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from tests.acceptance.office import Office
from tests.crash.campaign import QUIET, verified
from tests.crash.endstate import differences, ledger_rows, litter, tree

COUNTED = ("accepted", "duplicate", "refused", "quarantined")


def settled(office: Office, as_of: str, code: int = 0) -> dict[str, Any]:
    """Run again with nothing new: nothing moves, nothing is counted or answered twice."""
    ledger = office.root / "state" / "ledger.sqlite"
    files, rows = tree(office.root, QUIET), ledger_rows(ledger)
    report = office.run(as_of, code)
    assert sum(report["files"][state] for state in COUNTED) == 0
    assert report["rows"]["read"] == 0
    assert differences(files, tree(office.root, QUIET)) == []
    assert differences(rows, ledger_rows(ledger)) == []
    assert litter(office.root) == []
    assert verified(office.root) == []
    once_each(office)
    return report


def once_each(office: Office) -> None:
    """Every row of a file in one place, every receipt written once, no lead entered twice."""
    with sqlite3.connect(office.root / "state" / "ledger.sqlite") as ledger:
        ask = ledger.execute
        twice = ask(
            "SELECT batch, source_sheet, source_row FROM leads"
            " GROUP BY batch, source_sheet, source_row HAVING count(*) > 1"
        ).fetchall()
        paths = ask(
            "SELECT path FROM intents WHERE kind = 'receipt' GROUP BY path HAVING count(*) > 1"
        ).fetchall()
        files = ask("SELECT archived, sha256 FROM files").fetchall()
        wanted = ask(
            "SELECT path FROM intents WHERE kind = 'receipt' AND state = 'done'"
        ).fetchall()
        runs = ask("SELECT report FROM runs").fetchall()
        entered = dict(ask("SELECT state, count(*) FROM files GROUP BY state").fetchall())
    ledger.close()
    assert twice == []
    assert paths == []
    for archived, sha in files:
        assert sha, archived
        assert (office.root / archived).is_file(), archived
    for (path,) in wanted:
        assert (office.root / path).is_file(), path
    counted = dict.fromkeys(COUNTED, 0)
    for (report,) in runs:
        for state in COUNTED:
            counted[state] += json.loads(report)["files"][state]
    assert counted == {state: entered.get(state, 0) for state in COUNTED}
