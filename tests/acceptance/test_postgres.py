"""The ledger on a real PostgreSQL server: the same decisions, sound books, rebuilt alike.

Skipped where no server can be started (Debian: package postgresql) or psycopg is missing.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from processor.ledger import tables as t
from processor.workspace import Workspace, open_workspace
from tests.acceptance.office import JIA, YI, Office, lead
from tests.ledger.worlds import select_all


def _programs() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return places[-1] if places else None


def _owner() -> str | None:
    """The server refuses to run as root: then the account of its package has to do."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("root cannot start PostgreSQL, and there is no account postgres")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a database on a server of our own, reached by a socket."""
    pytest.importorskip("psycopg")
    programs, user = _programs(), _owner()
    if programs is None:
        pytest.skip("no PostgreSQL server on this machine")
    home = Path("/tmp") / f"pg-{os.getpid()}"
    home.mkdir(mode=0o700)
    if user:
        shutil.chown(home, user)

    def call(*words: str) -> None:
        subprocess.run(
            [str(programs / words[0]), *words[1:]], check=True, capture_output=True, user=user,
            cwd=home,
        )  # fmt: skip

    data = str(home / "data")
    try:
        call("initdb", "-D", data, "-A", "trust", "-U", "office", "-E", "UTF8")
        options = f"-k {home} -c listen_addresses='' -c fsync=off"
        call("pg_ctl", "-D", data, "-o", options, "-l", str(home / "log"), "-w", "start")
        try:
            yield f"postgresql://office@/postgres?host={home}"
        finally:
            call("pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _day(office: Office) -> None:
    """Two forms, one refused row, one suspected pair, an issue of the bulletin."""
    office.send(JIA, [lead(1), lead(2), lead(3, 采购类别=None)])
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1), lead(4)])
    office.run("2026-11-03 10:00")
    office.run("2026-11-10 18:30")


def _decided(workspace: Workspace, table: Any) -> list[dict[str, Any]]:
    """The rows without what hangs on the bytes and times of the very files."""
    return [
        {name: value for name, value in row.items() if name not in ("file_print", "evidence")}
        for row in select_all(workspace, table)
    ]


def test_the_same_record_as_on_sqlite(
    server: str, office: Office, pattern: Path, tmp_path: Path
) -> None:
    _day(office)
    other = Office(tmp_path / "另一处")
    shutil.copytree(pattern, other.root)
    with (other.root / "processor.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[ledger]\nurl = "{server}"\n')
    _day(other)
    here, there = open_workspace(office.root), open_workspace(other.root)
    for table in (t.leads, t.refusals, t.pairs, t.penalties, t.publications):
        assert _decided(here, table) == _decided(there, table), table.name
    assert not (other.root / "state/ledger.sqlite").exists()

    assert other.call("verify").exit_code == 0
    before = select_all(there, t.events)
    assert other.call("rebuild", "--from", "archive").exit_code == 0
    assert select_all(there, t.events) == before
    other.send(YI, [lead(5)])
    assert other.run("2026-11-11 09:00")["rows"]["accepted"] == 1  # its numbering goes on
    assert other.call("verify").exit_code == 0
    first = sorted(path.name for path in (other.root / "backups").glob("备份_*"))[0]
    assert other.call("restore", first.removesuffix(".zip")).exit_code == 0
    assert select_all(there, t.events) == before[: len(select_all(there, t.events))]
    assert other.call("verify").exit_code == 0


def test_a_ledger_moves_to_a_server(server: str, office: Office) -> None:
    _day(office)
    here = open_workspace(office.root)
    leads = select_all(here, t.leads)
    with (office.root / "processor.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[ledger]\nurl = "{server.replace("/postgres?", "/template1?")}"\n')
    refused = office.call("run")
    assert refused.exit_code == 4
    assert "processor rebuild --from archive" in refused.stderr
    assert office.call("verify").exit_code == 5
    assert office.call("rebuild", "--from", "archive").exit_code == 0
    assert select_all(open_workspace(office.root), t.leads) == leads
    assert office.run("2026-11-12 09:00")["leads"]["待甄别"] > 0


def test_an_address_that_is_none_is_explained(office: Office) -> None:
    with (office.root / "processor.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[ledger]\nurl = "内网数据库"\n')
    result = office.call("run")
    assert result.exit_code == 4
    assert "[ledger] url" in result.stderr and "pip install psycopg[binary]" in result.stderr
