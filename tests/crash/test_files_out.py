"""Targets that cannot be written now: pending, told everywhere, and completed by a later run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.office import JIA, YI, Office, lead, text_of
from tests.crash.settled import settled

MASTER = "master/大客户信息台账.xlsx"
RECEIPT = f"outbox/回执/{JIA}/20261103-100000_甲店2_回执.xlsx"
BULLETIN = "outbox/通报/2026-11/大客户信息提报情况通报_2026-11-10.xlsx"


def opened(target: Path, prefix: str = "~$") -> Path:
    """The file by which Excel (WPS, LibreOffice) says that it has a workbook open."""
    target.parent.mkdir(parents=True, exist_ok=True)
    name = f".~lock.{target.name}#" if prefix == "lock" else f"{prefix}{target.name}"
    owner = target.with_name(name)
    owner.write_bytes(b"\x05owner")
    return owner


@pytest.mark.parametrize("prefix", ["~$", ".~", "lock"])
@pytest.mark.parametrize(
    ("target", "when"),
    [(MASTER, "2026-11-03 10:00"), (RECEIPT, "2026-11-03 10:00"), (BULLETIN, "2026-11-10 18:30")],
    ids=["master", "receipt", "bulletin"],
)
def test_open_elsewhere(office: Office, target: str, when: str, prefix: str) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    path = office.root / target
    owner = opened(path, prefix)
    before = path.read_bytes() if path.exists() else b""
    office.send(JIA, [lead(2)], "甲店2.xlsx")
    report = office.run(when, 1)
    assert [p["path"] for p in report["pending"]] == [target]
    assert report["leads"]["待甄别"] == 2  # processing never stops
    assert (path.read_bytes() if path.exists() else b"") == before
    assert not (office.inbox / "甲店2.xlsx").exists()
    status = office.json("status")
    assert [p["path"] for p in status["pending"]] == [target]
    assert status["pending"][0]["reason"]
    assert Path(target).name in text_of(office.outbox / "今日待办.xlsx", "运行情况")
    again = office.run(when, 1)  # still open: tried again, told again, nothing else moves
    assert [p["path"] for p in again["pending"]] == [target]
    assert again["published"] == []
    owner.unlink()
    report = office.run(when)
    assert target in report["published"]
    assert report["pending"] == []
    assert path.read_bytes() != before
    assert Path(target).name not in text_of(office.outbox / "今日待办.xlsx", "运行情况")
    settled(office, when)


def _sharing(code: int, times: int, target: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Windows refuses to replace a file that another program holds: an OSError with its number."""
    tried: list[str] = []
    real = Path.replace

    def replace(self: Path, other: Any) -> Path:
        if Path(other).as_posix().endswith(target):
            tried.append(target)
            if len(tried) <= times:
                error = PermissionError(13, "The process cannot access the file")
                error.winerror = code  # type: ignore[attr-defined]
                raise error
        return real(self, other)

    monkeypatch.setattr(Path, "replace", replace)
    monkeypatch.setattr("processor.workspace._REPLACE_WAITS", (0.001, 0.001, 0.001))
    return tried


@pytest.mark.parametrize("code", [5, 32, 33])
def test_a_scanner_lets_go_again(
    office: Office, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = _sharing(code, 2, MASTER, monkeypatch)
    office.send(JIA, [lead(1)])
    report = office.run("2026-11-03 09:00")
    assert report["pending"] == []
    assert len(tried) == 3
    settled(office, "2026-11-03 09:00")


@pytest.mark.parametrize("code", [5, 32, 33])
@pytest.mark.parametrize("target", [MASTER, "_回执.xlsx", "今日待办.xlsx"])
def test_held_for_good_is_pending_after_few_tries(
    office: Office, target: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        tried = _sharing(code, 1000, target, patch)
        office.send(JIA, [lead(1)], "甲.xlsx")
        office.send(YI, [lead(2)], "乙.xlsx")
        report = office.run("2026-11-03 09:00", 1)
    held = {p["path"] for p in report["pending"]}
    assert held and all(path.endswith(target) for path in held)
    assert len(tried) == 4 * len(held)
    assert report["leads"]["待甄别"] == 2
    assert list((office.root / "inbox").glob("*.xlsx")) == []
    report = office.run("2026-11-03 09:00")
    assert held <= set(report["published"])
    settled(office, "2026-11-03 09:00")


def test_another_error_is_not_tried_again(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        tried = _sharing(0, 1000, MASTER, patch)
        office.run("2026-11-03 09:00", 1)
    assert len(tried) == 1
    office.run("2026-11-03 09:00")


def test_a_folder_that_cannot_be_made(office: Office) -> None:
    """Somebody's file stands where the receipts' folder should: only the receipts wait."""
    (office.outbox / "回执").write_bytes(b"x")
    office.send(JIA, [lead(1)])
    report = office.run("2026-11-03 09:00", 1)
    assert {Path(p["path"]).parts[1] for p in report["pending"]} == {"回执"}
    assert "master/大客户信息台账.xlsx" in report["published"]
    (office.outbox / "回执").unlink()
    office.run("2026-11-03 09:00")
    settled(office, "2026-11-03 09:00")


def test_a_workbook_that_cannot_be_made_keeps_no_other_waiting(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours after the commit: told, noted for IT, not exit code 70 (all is committed)."""
    office.send(JIA, [lead(1)], "甲.xlsx")
    with monkeypatch.context() as patch:

        def broken(*_: Any, **__: Any) -> None:
            raise ZeroDivisionError

        patch.setattr("processor.workbooks.receipt.plan", broken)
        report = office.run("2026-11-03 09:00", 1)
    assert [Path(p["path"]).name for p in report["pending"]] == ["20261103-090000_甲_回执.xlsx"]
    assert "ZeroDivisionError" in report["pending"][0]["reason"]
    assert "ZeroDivisionError" in (office.root / "state" / "fault.log").read_text("utf-8")
    assert MASTER in report["published"]
    office.run("2026-11-03 09:00")
    settled(office, "2026-11-03 09:00")


def test_the_intranet_is_not_there(office: Office, tmp_path: Path) -> None:
    """The issue counts as published when it stands on the intranet, not before."""
    intranet = tmp_path / "intranet"
    settings = office.root / "processor.toml"
    settings.write_text(
        f"[intake]\nsettle_seconds = 0\n[bulletin]\npublish_dir = '{intranet}'\n", "utf-8"
    )
    office.run("2026-11-02 09:00")
    report = office.run("2026-11-10 18:30", 1)
    assert [p["path"] for p in report["pending"]] == [BULLETIN]
    assert office.master("发布")[0]["发布时间"] == ""
    intranet.mkdir()
    office.run("2026-11-11 09:00")
    assert (intranet / Path(BULLETIN).name).read_bytes() == (office.root / BULLETIN).read_bytes()
    assert office.master("发布")[0]["发布时间"] == "2026-11-11 09:00:00"
    settled(office, "2026-11-11 09:00")


def test_printing_again_onto_an_open_file(office: Office) -> None:
    office.run("2026-11-02 09:00")
    office.run("2026-11-10 18:30")
    owner = opened(office.root / BULLETIN)
    result = office.call("bulletin", "2026-11-10")
    assert result.exit_code == 1
    assert "打开" in result.stderr
    owner.unlink()
    assert office.call("bulletin", "2026-11-10").exit_code == 0


def test_the_list_of_today_does_not_speak_of_itself(office: Office) -> None:
    """It could not be written; when it is, it no longer waits, whatever else does."""
    office.run("2026-11-03 09:00")
    todo = office.outbox / "今日待办.xlsx"
    own, other = opened(todo), opened(office.root / MASTER)
    office.send(JIA, [lead(1)], "甲店.xlsx")
    assert len(office.run("2026-11-03 10:00", 1)["pending"]) == 2
    own.unlink()
    office.run("2026-11-03 11:00", 1)
    assert todo.name not in text_of(todo, "运行情况")
    assert Path(MASTER).name in text_of(todo, "运行情况")
    other.unlink()
    office.run("2026-11-03 12:00")
    assert Path(MASTER).name not in text_of(todo, "运行情况")
    settled(office, "2026-11-03 12:00")


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few receipts are many, so lists are laid out beside them; none mends 今日待办 later."""
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("processor.publishing.MANY", 1)
    monkeypatch.setattr("processor.publishing.show_pending", lambda *_: None)


@pytest.mark.usefixtures("beside")
def test_the_list_of_today_beside_receipts_tells_what_waits(office: Office) -> None:
    """It was begun when nothing waited; then a receipt could not be written; then it could."""
    owner = opened(office.root / RECEIPT)
    office.send(JIA, [lead(1)], "甲店2.xlsx")
    office.send(YI, [lead(2)], "乙店.xlsx")
    todo = office.outbox / "今日待办.xlsx"
    office.run("2026-11-03 10:00", 1)
    assert Path(RECEIPT).name in text_of(todo, "运行情况")
    owner.unlink()
    office.send(YI, [lead(3)], "乙店2.xlsx")
    assert RECEIPT in office.run("2026-11-03 11:00")["published"]
    assert Path(RECEIPT).name not in text_of(todo, "运行情况")
    settled(office, "2026-11-03 11:00")


@pytest.mark.usefixtures("beside")
def test_the_list_of_today_beside_an_issue_knows_that_it_is_published(
    office: Office, tmp_path: Path
) -> None:
    intranet = tmp_path / "intranet"
    intranet.mkdir()
    settings = f"[intake]\nsettle_seconds = 0\n[bulletin]\npublish_dir = '{intranet}'\n"
    (office.root / "processor.toml").write_text(settings, "utf-8")
    office.run("2026-11-02 09:00")
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-10 18:30")
    assert (intranet / Path(BULLETIN).name).exists()
    assert "公布通报" not in text_of(office.outbox / "今日待办.xlsx", "今日待办")


def test_a_killed_publication_leaves_no_litter(office: Office) -> None:
    """Temporaries of a dead run are swept by the next; what people put there is not touched."""
    office.run("2026-11-03 09:00")
    (office.root / "state" / "staging").mkdir()
    ours = [office.outbox / ".今日待办.xlsx.999.tmp", office.root / "archive" / ".a.xlsx.999.tmp"]
    theirs = [office.outbox / "草稿.tmp", office.outbox / ".隐藏"]
    for path in (*ours, *theirs):
        path.write_bytes(b"x")
    office.run("2026-11-03 10:00")
    assert not any(path.exists() for path in ours)
    assert all(path.exists() for path in theirs)
    os.unlink(theirs[0])
    settled(office, "2026-11-03 10:00")
