"""The inbox: every entry listed once, in one state, never touched; only whole files are taken."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import stat
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.intake import inbox as room
from processor.intake.filenames import display_name, is_litter, safe_name
from processor.intake.inbox import EntryKind, Gone, Snapshot, Waiting
from processor.intake.owners import owned_name

ZIP = b"PK\x03\x04" + b"\0" * 60 + b"PK\x05\x06" + b"\0" * 18
OLE = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504

posix = pytest.mark.skipif(os.name == "nt", reason="POSIX file types and names")


@pytest.fixture
def box(tmp_path: Path) -> Path:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "staging").mkdir()
    return tmp_path / "inbox"


def listed(box: Path) -> dict[str, EntryKind]:
    return {entry.rel: entry.kind for entry in room.list_inbox(box)}


def only(box: Path, rel: str) -> room.Entry:
    return next(entry for entry in room.list_inbox(box) if entry.rel == rel)


def take(box: Path, rel: str) -> Snapshot | Waiting | Gone:
    return room.snapshot(box, only(box, rel), box.parent / "staging")


LITTER = [
    "~$大客户.xlsx", ".~大客户.xlsx", ".~lock.大客户.xlsx#", "a.tmp", "~WRL0001.tmp", "Cedd4100",
    "a.xlsx.part", "a.xlsx.crdownload", "._a.xlsx", "Thumbs.db", "THUMBS.DB", "desktop.ini",
    ".DS_Store",
]  # fmt: skip
FORMS = ["大客户.xlsx", "a.xls", "Cedd41001", "cedd410g", "readme", "~大客户.xlsx", "x.tmp.xlsx"]


@pytest.mark.parametrize("name", LITTER)
def test_names_of_other_programs_are_ignored(name: str) -> None:
    assert is_litter(name)


@pytest.mark.parametrize("name", FORMS)
def test_other_names_are_candidates(name: str) -> None:
    assert not is_litter(name)


def test_every_entry_below_the_inbox_is_listed_once_and_in_order(box: Path) -> None:
    (box / "乙店").mkdir()
    (box / "甲店" / "十一月.xlsx").mkdir(parents=True)  # a folder may be called so
    for rel in (
        "b.xlsx",
        "a.xlsx",
        "乙店/1.xls",
        "甲店/十一月.xlsx/2.csv",
        "README.md",
        "~$a.xlsx",
    ):
        (box / rel).write_bytes(b"x")
    assert listed(box) == {
        "README.md": EntryKind.IGNORED,
        "a.xlsx": EntryKind.CANDIDATE,
        "b.xlsx": EntryKind.CANDIDATE,
        "~$a.xlsx": EntryKind.IGNORED,
        "乙店/1.xls": EntryKind.CANDIDATE,
        "甲店/十一月.xlsx/2.csv": EntryKind.CANDIDATE,
    }
    assert list(listed(box)) == sorted(listed(box), key=os.fsencode)
    assert [entry.folder for entry in room.list_inbox(box)][-1] == "甲店"


def test_folders_of_other_programs_are_one_ignored_entry(box: Path) -> None:
    (box / "@eaDir").mkdir()
    (box / "@eaDir" / "a.xlsx").write_bytes(b"x")
    assert listed(box) == {"@eaDir": EntryKind.IGNORED}


def test_a_missing_inbox_is_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        room.list_inbox(tmp_path / "away")


@posix
def test_links_pipes_and_sockets_are_reported_and_never_opened(box: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.xlsx"
    outside.write_bytes(ZIP)
    (box / "link.xlsx").symlink_to(outside)
    (box / "dangling.xlsx").symlink_to(box / "nothing")
    (box / "loop").symlink_to(box)
    os.mkfifo(box / "pipe.xlsx")
    with socket.socket(socket.AF_UNIX) as listener:
        home = Path.cwd()
        os.chdir(box)  # socket paths are short
        try:
            listener.bind("socket.xlsx")
        finally:
            os.chdir(home)
        assert set(listed(box).values()) == {EntryKind.ODD}
        assert len(listed(box)) == 5
        assert room.snapshot_all(box, room.list_inbox(box), tmp_path / "staging", 0) == []


@posix
def test_a_name_in_gbk_bytes_is_kept_and_shown_decoded(box: Path) -> None:
    raw = "芜湖报表.xlsx".encode("gbk")
    with open(os.path.join(os.fsencode(box), raw), "wb") as handle:
        handle.write(ZIP)
    (entry,) = room.list_inbox(box)
    assert os.fsencode(entry.rel) == raw
    assert entry.display == "芜湖报表.xlsx"
    taken = room.snapshot(box, entry, box.parent / "staging")
    assert isinstance(taken, Snapshot)
    assert safe_name(entry.rel) == "芜湖报表.xlsx"


def test_arrival_evidence_is_not_the_modification_time(box: Path) -> None:
    path = box / "old.xlsx"
    path.write_bytes(ZIP)
    before = time.time() - 60
    os.utime(path, (315_532_800, 315_532_800))  # a copy keeps its old time: 1980
    entry = only(box, "old.xlsx")
    assert entry.mtime_ns == 315_532_800 * 10**9
    assert entry.evidence > before
    os.utime(path, (4_102_444_800, 4_102_444_800))  # and 2100
    assert only(box, "old.xlsx").evidence < time.time() + 60


OWNERS = [
    ("报表.xlsx", "~$报表.xlsx", True),
    ("报表.xlsx", ".~报表.xlsx", True),
    ("报表.xlsx", ".~lock.报表.xlsx#", True),
    ("大客户报表.xls", "~$户报表.xls", True),
    ("大客户报表.xls", ".~客户报表.xls", True),
    ("大客户报表.xls", "~$报表.xls", False),  # three characters cut: another file
    ("报表.xlsx", "~$报表2.xlsx", False),
    ("ab.xls", "~$.xls", False),
]


@pytest.mark.parametrize(("name", "owner", "is_open"), OWNERS)
def test_an_owner_file_beside_it_means_open(
    box: Path, name: str, owner: str, is_open: bool
) -> None:
    (box / name).write_bytes(ZIP)
    (box / owner).write_bytes(b"")
    assert bool(only(box, name).open_by) is is_open
    assert isinstance(take(box, name), Waiting if is_open else Snapshot)


def test_a_cut_owner_name_speaks_of_the_file_that_bears_it(box: Path) -> None:
    for name in ("报表.xlsx", "A报表.xlsx"):
        (box / name).write_bytes(ZIP)
    (box / "~$报表.xlsx").write_bytes(b"")
    assert [bool(only(box, name).open_by) for name in ("报表.xlsx", "A报表.xlsx")] == [True, False]


def test_the_person_who_has_it_open_is_named(box: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        (box / name).write_bytes(ZIP)
    user = "王明".encode("gbk")
    (box / "~$a.xlsx").write_bytes(bytes((len(user),)) + user.ljust(54) + b"\0" * 110)
    (box / ".~lock.b.xlsx#").write_text(",赵丽,office-pc,03.11.2026 09:00,file:///;", "utf-8")
    assert (only(box, "a.xlsx").open_by, only(box, "b.xlsx").open_by) == ("王明", "赵丽")


def test_owned_name_of_a_form_is_nothing() -> None:
    assert owned_name("大客户.xlsx") == ""


def test_a_snapshot_is_the_bytes_under_their_own_hash(box: Path) -> None:
    (box / "a.xlsx").write_bytes(ZIP)
    taken = take(box, "a.xlsx")
    assert isinstance(taken, Snapshot)
    assert taken.path.read_bytes() == ZIP
    assert taken.sha256 == hashlib.sha256(ZIP).hexdigest()
    assert taken.size == len(ZIP)
    assert (box / "a.xlsx").read_bytes() == ZIP
    assert [path.name for path in taken.path.parent.iterdir()] == [taken.sha256]


def test_withdrawn_before_the_copy(box: Path) -> None:
    (box / "a.xlsx").write_bytes(ZIP)
    entry = only(box, "a.xlsx")
    (box / "a.xlsx").unlink()
    assert room.snapshot(box, entry, box.parent / "staging") == Gone(entry)


def test_changed_or_replaced_after_the_listing_waits(box: Path) -> None:
    (box / "a.xlsx").write_bytes(ZIP)
    grown = only(box, "a.xlsx")
    with open(box / "a.xlsx", "ab") as handle:
        handle.write(b"more")
    assert isinstance(room.snapshot(box, grown, box.parent / "staging"), Waiting)
    entry = only(box, "a.xlsx")
    shutil.copy(box / "a.xlsx", box / "new")
    os.utime(box / "new", ns=(entry.mtime_ns, entry.mtime_ns))
    (box / "new").replace(box / "a.xlsx")  # as Excel saves: the same name is another file
    assert isinstance(room.snapshot(box, entry, box.parent / "staging"), Waiting)
    assert list((box.parent / "staging").iterdir()) == []


@posix
def test_replaced_by_a_link_or_a_pipe_after_the_listing(box: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(ZIP)
    for make in (lambda p: p.symlink_to(tmp_path / "secret"), os.mkfifo):
        (box / "a.xlsx").write_bytes(ZIP)
        entry = only(box, "a.xlsx")
        (box / "a.xlsx").unlink()
        make(box / "a.xlsx")
        assert isinstance(room.snapshot(box, entry, box.parent / "staging"), Waiting)
        assert not room.still_same(box, entry, hashlib.sha256(ZIP).hexdigest())
        (box / "a.xlsx").unlink()


@posix
def test_no_permission_waits_with_a_reason(box: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (box / "a.xlsx").write_bytes(ZIP)
    (box / "a.xlsx").chmod(0)
    if os.access(
        box / "a.xlsx", os.R_OK
    ):  # as root nothing is forbidden: refuse as the system does

        def denied(*_: object) -> int:
            raise PermissionError(13, "denied")

        monkeypatch.setattr(os, "open", denied)
    taken = take(box, "a.xlsx")
    assert isinstance(taken, Waiting)
    assert "权限" in taken.reason


def test_a_placeholder_of_a_cloud_drive_waits(box: Path) -> None:
    (box / "a.xlsx").write_bytes(ZIP)
    entry = only(box, "a.xlsx")
    away = room.Entry(entry.rel, entry.display, entry.kind, 10, 1, 1, 1, cloud=True)
    assert isinstance(room.snapshot(box, away, box.parent / "staging"), Waiting)


class TestSettling:
    """What cannot prove itself whole is read twice, with one wait for all."""

    def run(self, box: Path, seconds: float) -> dict[str, Snapshot | Waiting | Gone]:
        taken = room.snapshot_all(box, room.list_inbox(box), box.parent / "staging", seconds)
        return {item.entry.rel: item for item in taken}

    def test_whole_zips_need_no_wait(self, box: Path) -> None:
        for n in range(3):
            (box / f"{n}.xlsx").write_bytes(ZIP)
        start = time.monotonic()
        assert all(isinstance(item, Snapshot) for item in self.run(box, 30).values())
        assert time.monotonic() - start < 5

    @pytest.mark.parametrize("first", [OLE, b"a,b\n1,2\n", b"", ZIP[:40], b"\0" * 512])
    def test_still_being_written(self, box: Path, first: bytes) -> None:
        (box / "a.xls").write_bytes(first)
        (box / "b.xls").write_bytes(OLE)
        timer = threading.Timer(0.1, (box / "a.xls").write_bytes, [first + b"tail"])
        timer.start()
        start = time.monotonic()
        found = self.run(box, 0.5)
        timer.join()
        assert isinstance(found["a.xls"], Waiting)
        assert isinstance(found["b.xls"], Snapshot)
        assert 0.5 <= time.monotonic() - start < 5  # one wait for both

    def test_same_size_and_time_but_other_bytes(self, box: Path) -> None:
        """A copy may have its size and its old time long before its bytes."""
        path = box / "a.xls"
        path.write_bytes(OLE)
        entry = only(box, "a.xls")
        timer = threading.Timer(0.1, self._fill, [path, entry.mtime_ns])
        timer.start()
        found = self.run(box, 0.5)
        timer.join()
        assert isinstance(found["a.xls"], Waiting)

    def _fill(self, path: Path, mtime_ns: int) -> None:
        path.write_bytes(OLE[:-1] + b"!")
        os.utime(path, ns=(mtime_ns, mtime_ns))

    def test_withdrawn_during_the_wait(self, box: Path) -> None:
        (box / "a.xls").write_bytes(OLE)
        timer = threading.Timer(0.1, (box / "a.xls").unlink)
        timer.start()
        found = self.run(box, 0.4)
        timer.join()
        assert isinstance(found["a.xls"], Waiting)


def test_still_same(box: Path) -> None:
    (box / "a.xlsx").write_bytes(ZIP)
    entry, digest = only(box, "a.xlsx"), hashlib.sha256(ZIP).hexdigest()
    assert room.still_same(box, entry, digest)
    (box / "a.xlsx").write_bytes(ZIP + b"!")
    assert not room.still_same(box, entry, digest)
    (box / "a.xlsx").unlink()
    assert not room.still_same(box, entry, digest)


SAFE = [
    ("大客户.xlsx", "大客户.xlsx"),
    ("CON.xlsx", "_CON.xlsx"),
    ("con.tar.xlsx", "_con.tar.xlsx"),
    ("CONTRACT.xlsx", "CONTRACT.xlsx"),
    ("com1", "_com1"),
    ("COM¹.xlsx", "_COM¹.xlsx"),
    ("a\nb.xlsx", "a_b.xlsx"),
    ("a.xlsx. . ", "a.xlsx"),
    ("报表 .xlsx", "报表.xlsx"),
    ('a<b>:"|?*%.xlsx', "a_b_______.xlsx"),
    ("../../etc/passwd", "_.._etc_passwd"),
    ("a\\b.xlsx", "a_b.xlsx"),
    ("\u202exslx.txt", "xslx.txt"),
    ("=cmd.xlsx", "cmd.xlsx"),
    ("~$a.xlsx", "a.xlsx"),
    (".xlsx", "xlsx"),
    ("", "未命名"),
    ("...", "未命名"),
    ("名字.附件说明很长很长很长很长很长", "名字.附件说明很长很长很长很长很长"),
    ("e\u0301.xlsx", "é.xlsx"),
    ("🚗🚗.xlsx", "🚗🚗.xlsx"),
    ("𠮷野家.xlsx", "𠮷野家.xlsx"),
]


@pytest.mark.parametrize(("name", "expected"), SAFE)
def test_safe_names(name: str, expected: str) -> None:
    assert safe_name(name) == expected


def test_a_long_name_is_cut_and_keeps_its_extension() -> None:
    assert len("客".encode() * 86) == 258  # legal on NTFS, impossible on ext4
    cut = safe_name("客" * 86 + ".xlsx")
    assert cut == "客" * 65 + ".xlsx"
    assert len(safe_name("a" * 251 + ".xlsx", 100).encode()) == 100


@given(st.text(max_size=120))
def test_a_safe_name_is_always_a_safe_name(text: str) -> None:
    name = safe_name(text)
    assert 0 < len(name.encode()) <= 200
    assert not set('<>:"/\\|?*\n\r\t\0%') & set(name)
    assert name[-1] not in ". "
    assert name[0] not in ".~-="
    assert safe_name(name) == name


@given(st.binary(min_size=1, max_size=40))
def test_any_bytes_can_be_shown(raw: bytes) -> None:
    shown = display_name(os.fsdecode(raw))
    assert shown.encode()  # no lone surrogates
    assert "\n" not in shown


def test_the_mode_of_an_inbox_file_is_left_alone(box: Path) -> None:
    (box / "a.xlsx").write_bytes(ZIP)
    (box / "a.xlsx").chmod(0o444)
    before = (box / "a.xlsx").stat()
    assert isinstance(take(box, "a.xlsx"), Snapshot)
    after = (box / "a.xlsx").stat()
    assert stat.S_IMODE(after.st_mode) == 0o444
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
    (box / "a.xlsx").chmod(0o644)
