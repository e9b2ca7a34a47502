"""Inbox files locked, replaced, withdrawn, stuck or oddly named: one state each, no loop."""

from __future__ import annotations

import os
import shutil
import unicodedata
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from processor.batch import run
from processor.report import RunReport
from processor.workspace import open_workspace
from tests.acceptance.office import JIA, QUYU, STOPPED, YI, Office, lead
from tests.crash.settled import COUNTED, once_each, settled

NINE, TEN, ELEVEN = "2026-11-03 09:00", "2026-11-03 10:00", "2026-11-03 11:00"


def meanwhile(office: Office, as_of: str, step: str, action: Callable[[], Any]) -> RunReport:
    """A run during which somebody does something in the inbox, when `step` begins."""
    done: list[int] = []

    def progress(what: str, _at: int, _of: int) -> None:
        if what == step and not done:
            done.append(1)
            action()

    workspace = open_workspace(office.root)
    report = run(workspace, datetime.fromisoformat(as_of), settle_seconds=0, progress=progress)
    assert done, step
    return report


def receipts(office: Office) -> list[str]:
    return [p.name for p in office.files("回执/**/*.xlsx")]


# --- while a run reads ---


def test_replaced_while_the_run_decides(office: Office) -> None:
    """Excel saves anew after we read: what we read counts, the new version is its own arrival."""
    path = office.send(JIA, [lead(1)], "甲店.xlsx")

    def save_anew() -> None:
        path.unlink()
        office.send(JIA, [lead(1), lead(2)], "甲店.xlsx")

    report = meanwhile(office, NINE, "判定", save_anew)
    assert report.files["accepted"] == 1
    assert report.rows["accepted"] == 1
    assert path.exists()  # never cleared: it is not what was read
    later = office.run(TEN)
    assert (later["files"]["accepted"], later["rows"]["accepted"]) == (1, 1)
    assert later["rows"]["known"] == 1
    assert not path.exists()
    settled(office, TEN)


def test_rewritten_in_place_with_size_and_time_kept(office: Office) -> None:
    """The listing cannot tell the two apart; their bytes can."""
    path = office.send(JIA, [lead(1)], "甲店.xlsx")
    other = office.send(YI, [lead(2)], "乙店.xlsx")
    size = max(path.stat().st_size, other.stat().st_size)
    for form in (path, other):  # a zip may be followed by a comment: both get one size
        _pad(form, size + 100)
    first, second = path.read_bytes(), other.read_bytes()
    other.unlink()
    times = path.stat()

    def rewrite() -> None:
        with path.open("rb+") as handle:
            handle.write(second)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

    assert len(first) == len(second)
    report = meanwhile(office, NINE, "判定", rewrite)
    assert report.files["accepted"] == 1
    assert path.read_bytes() == second
    assert office.run(TEN)["rows"]["accepted"] == 1
    assert {row["提报单位"] for row in office.master("台账")} == {JIA, YI}
    assert {row["受理时间"] for row in office.master("台账")} == {f"{NINE}:00", f"{TEN}:00"}
    settled(office, TEN)


def _pad(form: Path, size: int) -> None:
    length = size - form.stat().st_size
    with zipfile.ZipFile(form, "a") as archive:
        archive.comment = b" " * length


@pytest.mark.parametrize("step", ["复制文件", "判定"])
def test_withdrawn(office: Office, step: str) -> None:
    """Before the copy it was never there; after it, it was handed in."""
    path = office.send(JIA, [lead(1)], "甲店.xlsx")
    report = meanwhile(office, NINE, step, path.unlink)
    assert report.files["accepted"] == (0 if step == "复制文件" else 1)
    assert report.files["waiting"] == 0
    office.run(NINE)  # forgets its look
    settled(office, NINE)


def test_growing_while_it_is_copied(office: Office) -> None:
    path = office.send(JIA, [lead(1)], "甲店.xlsx")
    whole = path.read_bytes()
    path.write_bytes(whole[:3000])

    def grow() -> None:
        with path.open("ab") as handle:
            handle.write(whole[3000:5000])

    report = meanwhile(office, NINE, "复制文件", grow)
    assert (report.files["waiting"], sum(report.files[s] for s in COUNTED)) == (1, 0)
    assert path.read_bytes() == whole[:5000]
    path.write_bytes(whole)
    assert office.run(TEN)["files"]["accepted"] == 1
    assert office.master("台账")[0]["受理时间"] == f"{TEN}:00"  # another size is another look
    settled(office, TEN)


@pytest.mark.parametrize("winerror", [32, 33])
def test_locked_by_excel_on_windows(
    office: Office, winerror: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office.send(JIA, [lead(1)], "甲店.xlsx")
    office.send(YI, [lead(2)], "乙店.xlsx")
    with monkeypatch.context() as patch:
        _refuse(patch, "open", path, winerror)
        report = office.run(NINE)
    assert (report["files"]["accepted"], report["files"]["waiting"]) == (1, 1)
    assert any("甲店.xlsx" in words and "占用" in words for words in report["warnings"])
    assert receipts(office) == ["20261103-090000_乙店_回执.xlsx"]
    assert office.run(TEN)["files"]["accepted"] == 1
    assert {row["受理时间"] for row in office.master("台账")} == {f"{NINE}:00"}  # seen at nine
    settled(office, TEN)


def _refuse(patch: pytest.MonkeyPatch, name: str, path: Path, winerror: int = 0) -> None:
    """One function of `os` fails for one path, as for a file held or forbidden."""
    real = getattr(os, name)

    def refused(place: Any, *more: Any, **named: Any) -> Any:
        if not isinstance(place, int) and os.fspath(place) == str(path):
            error = PermissionError(13, "Permission denied", str(path))
            if winerror:
                error.winerror = winerror  # type: ignore[attr-defined]
            raise error
        return real(place, *more, **named)

    patch.setattr(os, name, refused)


# --- what cannot be removed ---


def test_a_file_that_cannot_be_removed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accepted once; later runs know it, tell the clerk and answer nobody a second time."""
    good = office.send(JIA, [lead(1)], "甲店.xlsx")
    bad = office.send(STOPPED, [lead(2)], "停网店.xlsx")
    with monkeypatch.context() as patch:
        for path in (good, bad):
            _refuse(patch, "unlink", path)
        report = office.run(NINE, 1)
        assert (report["files"]["accepted"], report["files"]["refused"]) == (1, 1)
        assert sum("未能移除" in words for words in report["warnings"]) == 2
        answered = receipts(office)
        for as_of in (TEN, ELEVEN):
            report = office.run(as_of, 1)
            assert sum(report["files"][state] for state in COUNTED) == 0
            assert report["files"]["ignored"] == 2
            assert report["published"] == []
            assert sum("未能移除" in words for words in report["warnings"]) == 2
            assert receipts(office) == answered
    assert office.run(ELEVEN)["files"]["ignored"] == 2
    assert list(office.inbox.glob("*.xlsx")) == []
    settled(office, ELEVEN)


def test_a_stuck_file_renamed_and_changed(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The very bytes under another name are a duplicate; a changed file is a new one."""
    path = office.send(JIA, [lead(1)], "甲店.xlsx")
    with monkeypatch.context() as patch:
        _refuse(patch, "unlink", path)
        office.run(NINE, 1)
    path.rename(office.inbox / "甲店 (1).xlsx")
    assert office.run(TEN)["files"]["duplicate"] == 1
    office.send(JIA, [lead(1), lead(2)], "甲店.xlsx")
    assert office.run(ELEVEN)["rows"]["accepted"] == 1
    settled(office, ELEVEN)


def test_a_folder_that_cannot_be_read_loses_no_first_look(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen at nine and waiting: it keeps that time, though its folder was not listed at ten."""
    path = office.send(JIA, [lead(1)], "甲店.xlsx", folder="甲店")
    owner = path.with_name("~$甲店.xlsx")
    owner.write_bytes(b"x")
    assert office.run(NINE)["files"]["waiting"] == 1
    with monkeypatch.context() as patch:
        _refuse(patch, "scandir", path.parent)
        report = office.run(TEN)
        assert report["files"]["waiting"] == 0
        assert any("没有读取权限" in words for words in report["warnings"])
    owner.unlink()
    assert office.run(ELEVEN)["files"]["accepted"] == 1
    assert office.master("台账")[0]["受理时间"] == f"{NINE}:00"
    settled(office, ELEVEN)


def test_a_form_left_open_does_not_wait_for_ever(office: Office) -> None:
    """Excel died and left its mark: after a day without a change the form is taken as it is."""
    path = office.send(JIA, [lead(1)], "甲店.xlsx")
    path.with_name("~$甲店.xlsx").write_bytes(b"\x06Wang L")
    for as_of in (NINE, "2026-11-04 08:59:59"):
        assert office.run(as_of)["files"]["waiting"] == 1
    report = office.run("2026-11-04 09:00")
    assert (report["files"]["accepted"], report["files"]["waiting"]) == (1, 0)
    assert any("甲店.xlsx" in w and "Wang L" in w and "一天" in w for w in report["warnings"])
    assert office.master("台账")[0]["受理时间"] == f"{NINE}:00"
    assert not path.exists()
    settled(office, "2026-11-04 09:00")


def test_a_form_saved_while_open_waits_anew(office: Office) -> None:
    """Somebody does work on it: the day begins again with every save."""
    path = office.send(JIA, [lead(1)], "甲店.xlsx")
    owner = path.with_name("~$甲店.xlsx")
    owner.write_bytes(b"\x06Wang L")
    office.run(NINE)
    path.unlink()
    office.send(JIA, [lead(1), lead(2)], "甲店.xlsx")
    assert office.run("2026-11-04 08:00")["files"]["waiting"] == 1
    assert office.run("2026-11-05 07:59:59")["files"]["waiting"] == 1
    assert office.run("2026-11-05 08:00")["rows"]["accepted"] == 2
    settled(office, "2026-11-05 08:00")


def test_a_file_whose_status_cannot_be_asked(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = office.send(JIA, [lead(1)], "甲店.xlsx")
    owner = path.with_name("~$甲店.xlsx")
    owner.write_bytes(b"x")
    office.run(NINE)
    with monkeypatch.context() as patch:
        _refuse(patch, "lstat", path)
        assert office.run(TEN)["files"]["ignored"] == 2  # it and the owner file
    owner.unlink()
    office.run(ELEVEN)
    assert office.master("台账")[0]["受理时间"] == f"{NINE}:00"
    settled(office, ELEVEN)


# --- names and kinds ---

NAMES = [
    "信息表é.xlsx",
    unicodedata.normalize("NFD", "信息表é.xlsx"),
    "九月" + "表" * 76 + ".xlsx",  # 255 bytes with the extension
    "CON.xlsx",
    "aux",
    "换\n行.xlsx",
    "=cmd|' 'A1.xlsx",
    "%s %d {0}.xlsx",
    "尾 .xlsx ",
    "尾点.xlsx.",
    "😀🚗.xlsx",
    "\u202egnp.xlsx",
    "A.XLSX",
    "a.xlsx",
    "..xlsx",
    "<b>&amp;.xlsx",
    "‮'; DROP TABLE leads; --.xlsx",
    "name - 副本.xlsx",
    "name (1).xlsx",
]


def test_a_member_without_a_name(office: Office) -> None:
    """A zip as nobody packs it: quarantined, and the form beside it is taken."""
    form = office.send(JIA, [lead(1)], "甲店.xlsx")
    with zipfile.ZipFile(office.inbox / "包.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo(""), b"x")
        archive.write(form, form.name)
    form.unlink()
    report = office.run(NINE, 1)
    assert (report["files"]["accepted"], report["files"]["quarantined"]) == (1, 1)
    settled(office, NINE)


def test_names_of_all_kinds(office: Office) -> None:
    first = office.send(JIA, [lead(1)], "模板.xlsx")
    data = first.read_bytes()
    first.unlink()
    assert len(os.fsencode(NAMES[2])) <= 255
    made = []
    for number, name in enumerate(NAMES, 2):
        path = office.inbox / name
        try:
            path.write_bytes(data)
        except OSError:  # this file system does not take the name
            continue
        office.send(JIA, [lead(number)], "x.xlsx").replace(path)
        made.append(name)
    assert len(made) >= len(NAMES) - 2
    gbk = os.fsencode(office.inbox) + b"/" + "芜湖甲店.xlsx".encode("gb18030")
    with open(gbk, "wb") as handle:
        handle.write(office.send(JIA, [lead(90)], "x.xlsx").read_bytes())
    (office.inbox / "x.xlsx").unlink()
    report = office.run(NINE)
    assert report["files"]["accepted"] == len(made) + 1
    assert report["leads"]["待甄别"] == len(made) + 1
    assert len(receipts(office)) == len(made) + 1
    assert sorted(p for p in office.inbox.rglob("*") if p.name != "README.md") == []
    archived = list((office.root / "archive" / "2026" / "11").glob("*_*"))
    assert len(archived) == len(made) + 1
    assert all(len(os.fsencode(p.name)) <= 255 for p in archived)
    assert "芜湖甲店" in "".join(row["文件名"] for row in office.master("收文登记"))
    settled(office, NINE)


def test_links_pipes_and_folders(office: Office, tmp_path: Path) -> None:
    """Never opened, never followed, told in one line each; the run ends."""
    outside = office.send(JIA, [lead(1)], "甲店.xlsx").rename(tmp_path / "outside.xlsx")
    (office.inbox / "链接.xlsx").symlink_to(outside)
    (office.inbox / "断链.xlsx").symlink_to(tmp_path / "nothing")
    (office.inbox / "圈").symlink_to(office.inbox)
    os.mkfifo(office.inbox / "管道.xlsx")
    (office.inbox / "文件夹.xlsx").mkdir()
    shutil.copyfile(outside, office.inbox / "文件夹.xlsx" / "乙.xlsx")
    report = office.run(NINE)
    assert (report["files"]["accepted"], report["files"]["ignored"]) == (1, 4)
    assert sum("未打开" in words for words in report["warnings"]) == 4
    assert outside.exists()
    assert len([p for p in office.inbox.iterdir() if not p.is_dir() or p.is_symlink()]) == 4
    settled(office, NINE)


def test_a_placeholder_of_a_cloud_drive(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """OneDrive's attribute (recall on data access): it waits, it is never read as zeros."""
    path = office.send(JIA, [lead(1)], "甲店.xlsx")
    real = os.lstat

    class Away:
        """A status with the attributes Windows gives."""

        def __init__(self, status: os.stat_result) -> None:
            self.status = status
            self.st_file_attributes = 0x400000

        def __getattr__(self, name: str) -> Any:
            return getattr(self.status, name)

    def lstat(place: Any, *more: Any, **named: Any) -> Any:
        status = real(place, *more, **named)
        return Away(status) if os.fspath(place) == str(path) else status

    with monkeypatch.context() as patch:
        patch.setattr(os, "lstat", lstat)
        report = office.run(NINE)
    assert report["files"]["waiting"] == 1
    assert any("云端" in words for words in report["warnings"])
    assert office.run(TEN)["files"]["accepted"] == 1
    settled(office, TEN)


# --- zips and repeats ---


def test_members_of_a_zip_that_are_not_unpacked(office: Office) -> None:
    """Escaping and repeated members of two zips: each a file, the zip's bytes kept for them."""
    form = office.send(JIA, [lead(1)], "甲店.xlsx")
    data = form.read_bytes()
    form.unlink()
    for number in (1, 2):
        with zipfile.ZipFile(office.inbox / f"包{number}.zip", "w") as pack:
            pack.writestr("../逃.xlsx", data)
            pack.writestr("同.xlsx", data)
            pack.writestr("同.XLSX", data[: number * 1000])
    report = office.run(NINE, 1)
    assert report["files"] == {
        "accepted": 1, "duplicate": 1, "refused": 2, "quarantined": 2, "waiting": 0, "ignored": 0,
    }  # fmt: skip
    assert list(office.inbox.glob("*.zip")) == []
    rows = office.master("收文登记")
    assert len({row["归档路径"] for row in rows}) >= 5
    settled(office, NINE)


def test_equal_files_and_equal_names(office: Office) -> None:
    """Same bytes twice: one accepted, always the same one. Same name, other bytes: two files."""
    first = office.send(JIA, [lead(1)], "甲店.xlsx")
    shutil.copyfile(first, office.inbox / "乙副本.xlsx")
    office.send(QUYU, [lead(2)], "甲店.xlsx", folder="区域")
    report = office.run(NINE)
    assert (report["files"]["accepted"], report["files"]["duplicate"]) == (2, 1)
    office.send(JIA, [lead(3)], "甲店.xlsx")
    assert office.run(TEN)["files"]["accepted"] == 1
    settled(office, TEN)
    once_each(office)


def test_an_archived_file_that_was_damaged_is_mended(office: Office) -> None:
    """The archive's copy is known by its bytes, not by name and size."""
    path = office.send(JIA, [lead(1)], "甲店.xlsx")
    data = path.read_bytes()
    office.run(NINE)
    (kept,) = (office.root / "archive" / "2026" / "11").glob("*_甲店.xlsx")
    kept.write_bytes(b"\0" * len(data))
    path.write_bytes(data)
    assert office.run(TEN)["files"]["duplicate"] == 1
    assert kept.read_bytes() == data
    settled(office, TEN)
