"""The commands around the record: what they print, and with which code they end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from processor.cli import cli
from processor.ledger import journal
from processor.ledger import tables as t
from processor.workspace import MASTER, Workspace, hold
from tests.ledger.worlds import execute, rows


def command(workspace: Workspace, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--workspace", str(workspace.root), *words])


def spoil(workspace: Workspace) -> None:
    execute(workspace, t.events.update().where(t.events.c.seq == 9).values(reason="另有原因"))


def test_verify(workspace: Workspace) -> None:
    result = command(workspace, "verify")
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "一致。")
    spoil(workspace)
    result = command(workspace, "verify")
    assert result.exit_code == 5
    assert "不一致：变更记录第 9 号" in result.output


def test_verify_as_json(workspace: Workspace) -> None:
    spoil(workspace)
    result = command(workspace, "verify", "--json")
    assert result.exit_code == 5
    found = json.loads(result.stdout)
    assert found["ok"] is False
    assert any("第 9 号" in line for line in found["differences"])


@pytest.mark.parametrize("source", ["archive", "master"])
def test_rebuild(workspace: Workspace, source: str) -> None:
    before = rows(workspace)
    (workspace.state / "ledger.sqlite").unlink()
    assert command(workspace, "run", "--as-of", "2026-08-01").exit_code == 4
    assert "processor rebuild" in command(workspace, "run").output
    assert command(workspace, "verify").exit_code == 5
    result = command(workspace, "rebuild", "--from", source)
    assert result.exit_code == 0, result.output
    assert rows(workspace)["leads"] == before["leads"]
    assert command(workspace, "verify").exit_code == 0


def test_rebuild_of_an_empty_state_folder(workspace: Workspace) -> None:
    before = rows(workspace)
    shutil.rmtree(workspace.state)
    assert command(workspace, "run").exit_code == 4
    assert command(workspace, "rebuild").exit_code == 0
    assert rows(workspace)["leads"] == before["leads"]


def test_rebuild_that_cannot_be(workspace: Workspace) -> None:
    for entry in journal.read_entries(workspace)[0]:
        workspace.path(entry.path).unlink()
    before = rows(workspace)
    result = command(workspace, "rebuild")
    assert result.exit_code == 5
    assert "未能重建" in result.output
    assert rows(workspace) == before
    assert command(workspace, "rebuild", "--from", "elsewhere").exit_code == 2


def test_backup_and_restore(workspace: Workspace) -> None:
    assert command(workspace, "backup").exit_code == 0
    listed = json.loads(command(workspace, "backup", "--list", "--json").stdout)["snapshots"]
    newest = listed[0]["name"]
    assert newest in command(workspace, "backup", "--list").output
    assert command(workspace, "restore", newest, "--verify").exit_code == 0
    execute(workspace, t.leads.delete())
    assert command(workspace, "verify").exit_code == 5
    assert command(workspace, "restore", newest).exit_code == 0
    assert command(workspace, "verify").exit_code == 0
    assert command(workspace, "restore", "备份_20000101-000000").exit_code == 2


def test_restoring_a_snapshot_of_a_broken_record_is_advised_against(workspace: Workspace) -> None:
    spoil(workspace)
    command(workspace, "backup")
    listed = json.loads(command(workspace, "backup", "--list", "--json").stdout)["snapshots"]
    result = command(workspace, "restore", listed[0]["name"], "--verify")
    assert result.exit_code == 5
    assert "不应使用" in result.output


def test_import_master(workspace: Workspace, tmp_path: Path) -> None:
    result = command(workspace, "import-master", str(workspace.path(MASTER)))
    assert result.exit_code == 2  # the record is not empty
    new = tmp_path / "new"
    assert CliRunner().invoke(cli, ["init", str(new)]).exit_code == 0
    words = ["--workspace", str(new), "import-master"]
    assert CliRunner().invoke(cli, [*words, str(new / "无.xlsx")]).exit_code == 2
    result = CliRunner().invoke(cli, [*words, str(workspace.path(MASTER))])
    assert result.exit_code == 0, result.output
    assert f"已接收台账 {len(rows(workspace)['leads'])} 条" in result.output


@pytest.mark.parametrize("words", [["verify"], ["rebuild"], ["backup"], ["restore", "x"]])
def test_busy(workspace: Workspace, words: list[str]) -> None:
    with hold(workspace):
        assert command(workspace, *words).exit_code == 3
