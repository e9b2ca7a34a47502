"""The guard: what a file is by its bytes, zips of forms, and the words of every refusal."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processor.intake import guard, problems
from processor.intake.guard import Refused, Safe, examine
from processor.intake.kinds import kind_of
from processor.model import FileState
from tests.intake.files import pack, xls, xlsx

OLE = bytes.fromhex("d0cf11e0a1b11ae1")
CSV = "客户单位全称,标的量(台)\n南陵县公安局,12\n".encode()
WORD = pack({"[Content_Types].xml": "<Types/>", "word/document.xml": "<d/>"})
XLSB = pack({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": b"x"})


def verdicts(folder: Path, data: bytes, name: str = "表.xlsx") -> list[Safe | Refused]:
    path = folder / "snapshot"
    path.write_bytes(data)
    return examine(path, name)


def outcome(item: Safe | Refused) -> str:
    return item.kind if isinstance(item, Safe) else item.code


KINDS = [
    ("xlsx", xlsx(), "a.xlsx", "zip"),
    ("an xlsx called .xls", xlsx(), "a.xls", "zip"),
    ("an xlsx called .et", xlsx(), "a.et", "zip"),
    ("xlsm", xlsx(more={"xl/vbaProject.bin": b"x"}), "a.xlsm", "zip"),
    ("xls", xls(), "a.xls", "ole"),
    ("an xls called .xlsx", xls(), "a.xlsx", "ole"),
    ("csv", CSV, "a.csv", "text"),
    ("csv with mark", b"\xef\xbb\xbf" + CSV, "a.csv", "text"),
    ("csv in GB18030", CSV.decode().encode("gb18030"), "a.csv", "text"),
    ("csv in UTF-16", CSV.decode().encode("utf-16"), "a.csv", "text"),
    ("tabs called .xls", CSV.replace(b",", b"\t"), "a.xls", "text"),
    ("html called .xls", b"<html><table><tr><td>1</td></tr></table></html>", "a.xls", "html"),
    ("html with mark", b"\xef\xbb\xbf\r\n<TABLE><tr><td>1</TABLE>", "a.xls", "html"),
    ("html by Excel", b'<html xmlns:o="urn:schemas-microsoft-com:office:office">', "a.xls", "html"),
    (
        "xml 2003",
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
        "a.xls",
        "xml",
    ),
    ("other xml", b'<?xml version="1.0"?><note/>', "a.xml", "unsupported_type"),
    ("pdf", b"%PDF-1.7\n", "a.pdf", "unsupported_type"),
    ("pdf called .xls", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1, 2; 3", "a.xls", "unsupported_type"),
    ("rtf called .xls", b"{\\rtf1\\ansi 1, 2; 3}", "a.xls", "unsupported_type"),
    ("text in no known encoding", b"a,b\n\xff\xff,\x80\n", "a.csv", "unsupported_type"),
    ("png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a.png", "unsupported_type"),
    ("jpeg called .xls", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 4, "a.xls", "unsupported_type"),
    ("rar", b"Rar!\x1a\x07\x00" + bytes(range(64)), "a.rar", "unsupported_type"),
    ("prose", "您好,附件请查收".encode(), "a.md", "unsupported_type"),
    ("a letter called .txt", "您好".encode(), "a.txt", "unsupported_type"),
    ("Word", WORD, "a.docx", "unsupported_type"),
    ("OpenDocument", pack({"mimetype": "x", "content.xml": "<o/>"}), "a.ods", "unsupported_type"),
    ("binary workbook", XLSB, "a.xlsb", "unsupported_type"),
    ("nothing", b"", "a.xlsx", "file_empty"),
    ("zeros", bytes(4096), "a.xlsx", "damaged"),
    ("half a zip", xlsx()[:700], "a.xlsx", "damaged"),
    ("zip with a zero tail", xlsx()[:700] + bytes(800), "a.xlsx", "damaged"),
    ("a zip's first bytes", b"PK\x03\x04", "a.xlsx", "damaged"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "name", "kind"), [row[1:] for row in KINDS], ids=[row[0] for row in KINDS])  # fmt: skip # noqa: E501
def test_content_decides_the_kind(tmp_path: Path, data: bytes, name: str, kind: str) -> None:
    assert [outcome(item) for item in verdicts(tmp_path, data, name)] == [kind]


def test_every_refusal_has_words_and_a_state(tmp_path: Path) -> None:
    item = Safe(tmp_path / "x", "经销商/十一月.xlsx", "zip", "ab", 3)
    for code, state in guard.STATES.items():
        assert code in problems.catalogue()
        refused = guard.refuse(code, item, "detail")
        assert refused.state is state
        assert state in (FileState.REFUSED, FileState.QUARANTINED)
        assert len(refused.message) > 10
        assert "{" not in refused.message
        assert (refused.name, refused.sha256, refused.size) == (item.name, "ab", 3)


def test_a_large_file_is_refused_unread_and_names_its_size(tmp_path: Path) -> None:
    path = tmp_path / "big"
    with path.open("wb") as handle:
        handle.truncate(guard.MAX_FILE_BYTES + 1)
    (item,) = examine(path, "大.xlsx")
    assert isinstance(item, Refused)
    assert (item.code, item.state) == ("too_large", FileState.REFUSED)
    assert "50 MB" in item.message
    assert len(item.sha256) == 64


def test_the_limit_itself_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "big"
    with path.open("wb") as handle:
        handle.truncate(guard.MAX_FILE_BYTES)
    (item,) = examine(path, "大.xlsx")
    assert outcome(item) == "damaged"  # nothing but zeros, yet looked at


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(xlsx())
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (item,) = examine(tmp_path / "link", "a.xlsx")
    assert outcome(item) == "unsupported_type"


class TestEncrypted:
    DATA = OLE + bytes(1000) + "EncryptedPackage".encode("utf-16-le") + bytes(1000)

    def test_without_a_password_it_is_refused_with_its_own_reason(self, tmp_path: Path) -> None:
        (item,) = verdicts(tmp_path, self.DATA)
        assert isinstance(item, Refused)
        assert (item.code, item.state) == ("encrypted", FileState.REFUSED)
        assert "密码" in item.message

    def test_a_known_password_goes_along_unseen(self, tmp_path: Path) -> None:
        path = tmp_path / "a"
        path.write_bytes(self.DATA)
        asked: list[str] = []

        def passwords(name: str) -> tuple[str, ...]:
            asked.append(name)
            return ("s3cret",)

        (item,) = examine(path, "甲店/表.xlsx", passwords)
        assert isinstance(item, Safe)
        assert (item.passwords, asked) == (("s3cret",), ["甲店/表.xlsx"])
        assert "s3cret" not in repr(item)


class TestPack:
    """A zip of forms: its members are the files."""

    def test_members_are_judged_one_by_one(self, tmp_path: Path) -> None:
        data = pack(
            {"甲.xlsx": xlsx(), "子目录/乙.xls": xls(), "丙.csv": CSV, "丁.pdf": b"%PDF-1.7"}
        )
        found = verdicts(tmp_path, data, "十一月.zip")
        assert [outcome(item) for item in found] == ["zip", "ole", "text", "unsupported_type"]
        assert [item.name for item in found] == ["甲.xlsx", "子目录/乙.xls", "丙.csv", "丁.pdf"]
        assert {item.container for item in found} == {"十一月.zip"}
        assert found[0].path.read_bytes() == xlsx()
        assert len({item.sha256 for item in found}) == 4
        assert found[2].size == len(CSV)

    def test_names_in_gbk(self, tmp_path: Path) -> None:
        data = pack({"xxxx.xlsx": xlsx()}).replace(b"xxxx.xlsx", "芜湖".encode("gbk") + b".xlsx")
        (item,) = verdicts(tmp_path, data, "a.zip")
        assert (item.name, outcome(item)) == ("芜湖.xlsx", "zip")

    def test_litter_and_folders_are_not_members(self, tmp_path: Path) -> None:
        data = pack({"__MACOSX/._a.xlsx": b"x", "~$a.xlsx": b"x", "目录/": b"", ".DS_Store": b"x", "a.xlsx": xlsx()})  # fmt: skip # noqa: E501
        assert [item.name for item in verdicts(tmp_path, data, "a.zip")] == ["a.xlsx"]

    @pytest.mark.parametrize(
        "name",
        [
            "../a.xlsx",
            "x/../../a.xlsx",
            "/etc/a.xlsx",
            "C:/a.xlsx",
            "..\\a.xlsx",
            "x\\..\\a.xlsx",
            "",
        ],
    )
    def test_paths_that_lead_out(self, tmp_path: Path, name: str) -> None:
        found = verdicts(tmp_path, pack({name: xlsx(), "b.xlsx": xlsx()}), "a.zip")
        assert [outcome(item) for item in found] == ["path_in_zip", "zip"]
        assert {path.name for path in tmp_path.iterdir()} == {"snapshot", found[1].sha256}

    def test_what_surprises_a_library_costs_its_own_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def surprised(*_: object) -> None:
            raise IndexError("string index out of range")

        monkeypatch.setattr(guard, "inflate", surprised)
        (found,) = verdicts(tmp_path, pack({"a.xlsx": xlsx()}), "a.zip")
        assert isinstance(found, guard.Refused)
        assert (found.code, found.name) == ("damaged", "a.zip")
        assert "IndexError" in found.detail

    def test_the_same_name_twice(self, tmp_path: Path) -> None:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as archive, pytest.warns(UserWarning):
            archive.writestr("a.xlsx", xlsx())
            archive.writestr("a.xlsx", xls())
        found = verdicts(tmp_path, target.getvalue(), "a.zip")
        assert [outcome(item) for item in found] == ["zip", "duplicate_in_zip"]

    def test_names_that_differ_in_case_only_are_one_on_windows(self, tmp_path: Path) -> None:
        found = verdicts(tmp_path, pack({"a.xlsx": xlsx(), "A.XLSX": xls()}), "a.zip")
        assert [outcome(item) for item in found] == ["zip", "duplicate_in_zip"]

    def test_a_zip_in_a_zip(self, tmp_path: Path) -> None:
        inner = pack({"a.xlsx": xlsx()})
        found = verdicts(tmp_path, pack({"内.zip": inner, "b.xlsx": xlsx()}), "a.zip")
        assert [outcome(item) for item in found] == ["nested_zip", "zip"]

    def test_an_empty_zip(self, tmp_path: Path) -> None:
        assert [outcome(item) for item in verdicts(tmp_path, pack({}), "a.zip")] == ["no_rows"]

    def test_members_with_a_password(self, tmp_path: Path) -> None:
        data = bytearray(pack({"a.xlsx": xlsx()}))
        data[6] |= 1
        data[data.rindex(b"PK\x01\x02") + 8] |= 1
        assert [outcome(i) for i in verdicts(tmp_path, bytes(data), "a.zip")] == ["encrypted"]

    def test_a_damaged_member_costs_only_itself(self, tmp_path: Path) -> None:
        data = bytearray(pack({"a.csv": CSV, "b.csv": CSV}, zipfile.ZIP_STORED))
        data[40] ^= 0xFF
        found = verdicts(tmp_path, bytes(data), "a.zip")
        assert [outcome(item) for item in found] == ["damaged", "text"]

    def test_a_bomb_of_one_member(self, tmp_path: Path) -> None:
        data = pack({"a.csv": b"1,2\n" * (guard.MAX_FILE_BYTES // 4 + 1)})
        (item,) = verdicts(tmp_path, data, "a.zip")
        assert isinstance(item, Refused)
        assert (item.code, item.state, item.name) == ("bomb", FileState.QUARANTINED, "a.zip")

    def test_a_bomb_of_many_members(self, tmp_path: Path) -> None:
        member = b"1,2\n" * (10 << 20)
        data = pack({f"{n}.csv": member for n in range(6)})
        assert [outcome(item) for item in verdicts(tmp_path, data, "a.zip")] == ["bomb"]

    def test_declared_sizes_are_not_believed(self, tmp_path: Path) -> None:
        data = pack({"a.csv": b"1,2\n" * (guard.MAX_FILE_BYTES // 4 + 1)})
        size = (guard.MAX_FILE_BYTES // 4 + 1) * 4
        lying = data.replace(size.to_bytes(4, "little"), (8).to_bytes(4, "little"))
        assert lying != data
        assert [outcome(item) for item in verdicts(tmp_path, lying, "a.zip")] == ["bomb"]

    def test_overlapping_members_are_counted_as_they_come_out(self, tmp_path: Path) -> None:
        """One body under many names, as the best-known bombs do it."""
        data = pack({"a.csv": b"1,2\n" * (10 << 20)})
        at, end = data.rindex(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
        record = data[at:end]
        many = b"".join(record.replace(b"a.csv", f"{n:05d}".encode()) for n in range(20))
        tail = bytearray(data[end:])
        tail[8:10] = tail[10:12] = (20).to_bytes(2, "little")
        tail[12:16] = len(many).to_bytes(4, "little")
        bomb = data[:at] + many + bytes(tail)
        assert [outcome(item) for item in verdicts(tmp_path, bomb, "a.zip")] == ["bomb"]

    def test_too_many_members(self, tmp_path: Path) -> None:
        data = pack({f"{n}.csv": CSV for n in range(guard.MAX_MEMBERS + 1)})
        assert [outcome(item) for item in verdicts(tmp_path, data, "a.zip")] == ["bomb"]
        data = pack({f"{n}.csv": CSV for n in range(guard.MAX_MEMBERS)})
        assert len(verdicts(tmp_path, data, "a.zip")) == guard.MAX_MEMBERS

    def test_a_hundred_thousand_entries_are_not_even_listed(self, tmp_path: Path) -> None:
        data = pack({"a.csv": CSV})
        end = data.rindex(b"PK\x05\x06")
        entry = data[data.rindex(b"PK\x01\x02") : end]
        bomb = data[:end] + entry * 100_000 + data[end:]
        assert [outcome(item) for item in verdicts(tmp_path, bomb, "a.zip")] == ["bomb"]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=300), name=st.sampled_from(["a.xlsx", "a.csv", "a.zip", "a.pdf"]))
def test_any_bytes_get_a_verdict(tmp_path: Path, data: bytes, name: str) -> None:
    for head in (b"", b"PK\x03\x04", OLE, b"\xff\xfe", b"<html"):
        assert verdicts(tmp_path, head + data, name)
        assert kind_of(head + data, name)
