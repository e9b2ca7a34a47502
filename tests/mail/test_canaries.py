"""Every mailed copy with contacts has an invented row of its own: a leaked list names its copy."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from processor.canary import PHONE, Canary, invent
from processor.encryption import decrypted
from processor.workbooks.canary_row import with_canary
from tests.acceptance import office as o
from tests.mail.people import attached, drafts, office_with_mail, settings, text, units
from tests.mail.servers import PASSWORD, Sink, smtp_server
from tests.workbooks.office import convert, needs_office

UNIT, SECTION = "甲店-2026", "二科-2026"
LIST, RECEIPT = "甄别反馈表", "明细"
NAMES = {LIST: ("客户全称", "客户联系人(第三方)"), RECEIPT: ("客户单位全称", "客户联系人(第三方)")}


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> o.Office:
    monkeypatch.setenv("PROCESSOR_PASSWORD_D01", UNIT)
    monkeypatch.setenv("PROCESSOR_PASSWORD_K02", SECTION)
    return office_with_mail(tmp_path / "w")


def reported(office: o.Office, count: int = 3) -> None:
    office.send(o.JIA, [o.lead(n) for n in range(1, count + 1)], name="甲.xlsx")
    office.run("2026-11-03 09:00")


def mailed(office: o.Office, to: str, password: str) -> bytes:
    """The one attachment of the last mail to somebody, as its reader opens it."""
    ((_, data),) = attached(drafts(office)[to][-1]).items()
    return decrypted(data, password)


def rows(data: bytes, sheet: str) -> list[dict[str, Any]]:
    path = io.BytesIO(data)
    return o.tables(path)[sheet]  # type: ignore[arg-type]


def added(copy: bytes, original: bytes, sheet: str) -> dict[str, Any]:
    """The one row of a copy that the original has not; all others are as they were, in order."""
    here, there = rows(copy, sheet), rows(original, sheet)
    new = [row for row in here if row not in there]
    assert len(new) == 1
    assert [row for row in here if row in there] == there
    return new[0]


def marks(row: dict[str, Any], sheet: str) -> tuple[str, ...]:
    names = (*NAMES[sheet], "联系方式", "信息编号")
    return tuple(str(row[name]) for name in names)


def screening_copy(office: o.Office) -> tuple[bytes, dict[str, Any]]:
    copy = mailed(office, "keer@example.com", SECTION)
    return copy, added(copy, office.one("甄别/*/*.xlsx").read_bytes(), LIST)


def receipt_copy(office: o.Office) -> tuple[bytes, dict[str, Any]]:
    copy = mailed(office, "jia@example.com", UNIT)
    return copy, added(copy, office.receipt("甲.xlsx").read_bytes(), RECEIPT)


def told(office: o.Office, what: str) -> list[dict[str, Any]]:
    return [e for e in office.master("变更记录") if e["事项"] == what]


# --- what goes out ---


def test_every_copy_has_a_row_of_its_own(office: o.Office) -> None:
    both = units(D01=("jia@example.com；second@example.com", ""))
    o.fill_roster(office.root / "master/单位名录.xlsx", both)
    reported(office)
    _, listed = screening_copy(office)
    _, first = receipt_copy(office)
    second = added(
        mailed(office, "second@example.com", UNIT), office.receipt("甲.xlsx").read_bytes(), RECEIPT
    )
    found = [marks(listed, LIST), marks(first, RECEIPT), marks(second, RECEIPT)]
    for place in (0, 2, 3):  # customer, phone, number: all different
        assert len({row[place] for row in found}) == 3
    for customer, contact, phone, number in found:
        assert customer.endswith("有限公司") and contact and phone.startswith(PHONE)
        assert len(phone) == 11 and number.startswith("DKH202610-")  # a month that is over
    assert listed["甄别结论"] == "无效"  # nobody sets out to call it
    assert first["处理结果"] == "已知"
    # our own copies have none
    for path in office.outbox.rglob("*.xlsx"):
        assert "CANARY:" not in o.text_of(path)


def test_counts_drop_downs_and_tables_are_as_they_were(office: o.Office) -> None:
    reported(office)
    copy, row = screening_copy(office)
    book, original = (openpyxl.load_workbook(x) for x in (io.BytesIO(copy), office.one("甄别/*/*")))
    sheet, before = book[LIST], original[LIST]
    assert [c.value for c in sheet[2]] == [c.value for c in before[2]]  # 待反馈 3 条 …
    ((top, bottom),) = {
        tuple(str(v.sqref).replace(":", " ").split()[i][1:] for i in (0, 1))
        for v in sheet.data_validations.dataValidation
        if not str(v.sqref).startswith("A")
    }
    assert (top, bottom) == ("6", "9")
    assert sheet.tables[LIST].ref == "A5:AA9" and before.tables[LIST].ref == "A5:AA8"
    notes = [c.value for r in sheet.iter_rows(min_row=10) for c in r if c.value]
    assert notes == [c.value for r in before.iter_rows(min_row=9) for c in r if c.value]
    assert sheet.row_dimensions[10].height == before.row_dimensions[9].height
    (at,) = (c.row for r in sheet.iter_rows() for c in r if c.value == row["客户全称"])
    assert sheet.row_dimensions[at].height == sheet.row_dimensions[6].height
    (mark,) = (c for c in sheet[at] if str(c.value).startswith("CANARY:"))
    assert mark.number_format == ";;;" and mark.protection.locked and mark.protection.hidden
    # the answer on the first page counts what was sent
    copy, _ = receipt_copy(office)
    assert o.text_of(io.BytesIO(copy), "回执") == o.text_of(  # type: ignore[arg-type]
        office.receipt("甲.xlsx"), "回执"
    )


@needs_office
def test_other_programs_open_it(office: o.Office, tmp_path: Path) -> None:
    """Saved by LibreOffice and returned, the row is still ours."""
    reported(office)
    copy, row = screening_copy(office)
    (tmp_path / "in").mkdir()
    source = tmp_path / "in" / "甄别反馈表.xlsx"
    source.write_bytes(copy)
    (saved,) = convert([source], "xlsx", tmp_path)
    answer(saved, {})
    shutil.copy(saved, office.inbox / "返回.xlsx")
    office.run("2026-11-04 09:00")
    assert set(office.states().values()) == {"无效"}
    assert row["信息编号"] not in o.text_of(office.receipt("返回.xlsx"))


def test_a_list_of_the_restricted_invents_no_office_of_theirs(
    office: o.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROCESSOR_PASSWORD_K01", "一科-2026")
    office.send(o.JIA, [o.lead(9, 客户单位全称="南陵县公安局", 采购类别="公检法司")])
    office.run("2026-11-03 09:00")
    copy = mailed(office, "sun@example.com", "一科-2026")
    row = added(copy, office.one("甄别/*/*.xlsx").read_bytes(), LIST)
    assert row["采购类别"] == "企事业单位"


def test_a_refused_file_has_no_row_to_stand_among(office: o.Office) -> None:
    office.send(o.JIA, [o.lead(1)], name="甲.xlsx", 提报单位="无此单位", folder=o.JIA)
    office.run("2026-11-03 09:00")
    copy = mailed(office, "jia@example.com", UNIT)
    assert copy == office.receipt("甲.xlsx").read_bytes()
    assert told(office, "副本标识") == []


def test_a_list_that_begins_with_a_row_without_a_customer(office: o.Office) -> None:
    office.send(o.JIA, [o.lead(1, 客户单位全称=""), o.lead(2)], name="甲.xlsx")
    office.run("2026-11-03 09:00")
    _, row = receipt_copy(office)
    assert row["处理结果"] == "已知"


def test_what_is_no_list_of_customers_is_left_alone() -> None:
    book = openpyxl.Workbook()
    book.active.append(["姓名", "金额"])
    data = io.BytesIO()
    book.save(data)
    canary = Canary("FB-1", "D01", "甲乙丙有限公司", "赵一", f"{PHONE}00000001", "DKH202610-0001")
    assert with_canary(data.getvalue(), canary) is None


def test_the_same_copy_is_the_same_bytes(office: o.Office) -> None:
    reported(office)
    data = office.one("甄别/*/*.xlsx").read_bytes()
    canary = Canary("FB-1", "D01", "甲乙丙有限公司", "赵一", f"{PHONE}00000001", "DKH202610-0001")
    once, twice = with_canary(data, canary), with_canary(data, canary)
    assert once is not None and once == twice
    with zipfile.ZipFile(io.BytesIO(once)) as archive:
        assert archive.testzip() is None


def test_the_mail_says_that_copies_are_marked_but_not_how(office: o.Office) -> None:
    reported(office)
    _, row = screening_copy(office)
    body = text(drafts(office)["keer@example.com"][0])
    assert "每一份都带有识别该份的标记" in body
    assert not [mark for mark in marks(row, LIST) if mark in body]


# --- the record ---


def test_the_record_tells_of_every_copy(office: o.Office) -> None:
    reported(office)
    _, row = screening_copy(office)
    events = [e for e in told(office, "副本标识") if e["新值"].endswith("；K02")]
    assert len(events) == 1
    assert events[0]["新值"] == "；".join((*marks(row, LIST), "K02"))
    assert "业务开发二科（负责人）" in events[0]["原因"]
    token = events[0]["编号"]
    assert any(token in e["原因"] for e in told(office, "发送含联系方式文件"))
    assert (office.root / "state/canary.key").stat().st_mode & 0o077 == 0
    # nothing of a person in the journal: the names are invented, the recipient is unit and role
    journal = "".join(p.read_text("utf-8") for p in office.root.glob("archive/2026/*/*after*.json"))
    assert token in journal and "@" not in journal.replace("@processor", "")


def test_a_rebuild_knows_the_copies_without_the_secret(office: o.Office) -> None:
    reported(office)
    _, row = screening_copy(office)
    before = told(office, "副本标识")
    (office.root / "state/canary.key").unlink()
    for source in ("archive", "master"):
        (office.root / "state/ledger.sqlite").unlink()
        assert office.call("rebuild", "--from", source).exit_code == 0
        assert told(office, "副本标识") == before
        assert office.json("explain", row["联系方式"])["number"].startswith("FB-")
    assert office.call("verify").exit_code == 0
    # a new secret begins; no copy of it is one of before
    office.send(o.JIA, [o.lead(7)], name="再.xlsx")
    office.run("2026-11-04 09:00")
    assert len({e["编号"] for e in told(office, "副本标识")}) == len(before) + 2


@pytest.fixture
def sink(tmp_path: Path, office: o.Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    monkeypatch.setenv("PROCESSOR_MAIL_PASSWORD", PASSWORD)
    found = Sink()
    with smtp_server(tmp_path, found) as port:
        settings(office, port)
        yield found


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_sent_again_it_is_the_same_copy(office: o.Office, sink: Sink) -> None:
    """Refused for a time, then sent: what is recorded is what the reader has."""
    reported(office)
    _, in_draft = screening_copy(office)
    assert (
        told(office, "副本标识") == []
    )  # nothing has gone out yet, unless somebody sent the draft
    assert "尚未发出" in office.json("explain", in_draft["联系方式"])["state"]
    sink.data = lambda _to, _data: "451 later"
    assert office.call("mail", "--send").exit_code == 1
    sink.data = lambda _to, _data: ""
    assert office.call("mail", "--send").exit_code == 0
    (mail,) = (m for m in sink.messages() if m["To"] == "keer@example.com")
    ((_, data),) = attached(mail).items()
    sent = added(decrypted(data, SECTION), office.one("甄别/*/*.xlsx").read_bytes(), LIST)
    assert marks(sent, LIST) == marks(in_draft, LIST)
    (event,) = (e for e in told(office, "副本标识") if e["新值"].endswith("；K02"))
    assert event["新值"].startswith(sent["客户全称"]) and "随邮件发送至" in event["原因"]


# --- what comes back ---


def answer(path: Path, cleared: dict[str, Any]) -> None:
    """Every row judged 无效, as a screener fills the list in; some cells of ours changed."""
    book = openpyxl.load_workbook(path)
    sheet = book[LIST]
    top = next(r for r in range(1, 15) if sheet.cell(r, 1).value == "信息编号")
    at = {c.value: c.column for c in sheet[top]}
    number = top + 1
    while str(sheet.cell(number, 1).value or "").startswith("DKH"):
        sheet.cell(number, at["甄别结论"]).value = "无效"
        sheet.cell(number, at["无效原因"]).value = "无采购计划"
        sheet.cell(number, at["甄别人"]).value = "钱工"
        if str(sheet.cell(number, at["备注"]).value or "").startswith("CANARY:"):
            for heading, value in cleared.items():
                sheet.cell(number, at[heading]).value = value
        number += 1
    book.save(path)


@pytest.mark.parametrize(
    "cleared",
    [
        {},
        {"备注": None},
        {"备注": "电话空号", "客户联系人(第三方)": None},
        {"备注": None, "信息编号": None, "客户联系人(第三方)": "王"},
        {"备注": None, "联系方式": None},
    ],
    ids=["as it was", "mark gone", "two gone", "name and phone left", "phone gone"],
)
def test_a_returned_list_is_read_without_it(
    office: o.Office, cleared: dict[str, Any], tmp_path: Path
) -> None:
    reported(office)
    copy, row = screening_copy(office)
    path = office.inbox / "返回.xlsx"
    path.write_bytes(copy)
    if "信息编号" in cleared:  # so that the filling goes on below
        cleared = cleared | {"信息编号": "DKH202610-9999"}
    answer(path, cleared)
    report = office.run("2026-11-04 09:00")
    assert report["warnings"] == [] and report["files"]["accepted"] == 1
    assert list(office.states().values()) == ["无效"] * 3
    shown = o.text_of(office.receipt("返回.xlsx"))
    assert row["客户全称"] not in shown and "没有信息编号" not in shown
    assert told(office, "泄漏线索") == []


def test_a_receipt_dropped_back_by_its_unit_is_no_trace(office: o.Office) -> None:
    reported(office)
    copy, _ = receipt_copy(office)
    (office.inbox / "更正.xlsx").write_bytes(copy)
    report = office.run("2026-11-04 09:00")
    assert report["rows"] == {"read": 3, "blank": 0, "accepted": 0, "refused": 0, "known": 3}
    assert len(office.states()) == 3
    assert told(office, "泄漏线索") == []


def retyped(row: dict[str, Any], **more: object) -> dict[str, object]:
    person = "客户联系人(第三方)"
    kept = {"客户单位全称": row["客户全称"], "联系方式": row["联系方式"], person: row[person]}
    return o.lead(30, **kept | more)


@pytest.mark.parametrize("slip", [{}, {"客户单位全称": "某某通信有限公司"}])
def test_a_row_in_the_report_of_another_unit_is_a_trace(
    office: o.Office, slip: dict[str, object]
) -> None:
    reported(office)
    _, row = screening_copy(office)
    office.send(o.YI, [o.lead(20), retyped(row, **slip)], name="乙.xlsx")
    report = office.run("2026-11-04 09:00")
    (warning,) = report["warnings"]
    assert o.YI in warning and row["客户全称"] not in warning and row["联系方式"] not in warning
    assert report["rows"]["accepted"] == 1 and len(office.states()) == 4  # and it is no lead
    assert row["联系方式"] not in o.text_of(office.receipt("乙.xlsx"))  # nobody is warned
    (trace,) = told(office, "泄漏线索")
    assert (trace["来源文件"], trace["依据条款"]) == ("乙.xlsx", "7.3.4")
    assert "核查泄漏线索" in o.text_of(office.outbox / "今日待办.xlsx")
    # registered, the trace is a case; the case stays until it is closed
    case: dict[str, object] = {
        "登记日期": date(2026, 11, 4), "发现日期": date(2026, 11, 4), "发现人": "周策",
        "发现方式": "水印比对", "涉及信息编号": row["信息编号"], "泄漏途径": trace["编号"],
        "是否大客户部内部人员": "待查", "调查结论": "调查中",
    }  # fmt: skip
    office.form(o.LEAKS, {}, [case], "泄漏.xlsx")
    office.run("2026-11-05 09:00")
    todo = o.text_of(office.outbox / "今日待办.xlsx")
    assert "核查泄漏线索" not in todo and "XL2026-0001（调查中）" in todo
    answer_to_clerk = o.text_of(office.receipt("泄漏.xlsx"))
    assert trace["编号"] in answer_to_clerk and "没有信息编号" not in answer_to_clerk
    story = office.json("explain", trace["编号"])
    assert [e["what"] for e in story["events"]] == ["副本标识", "泄漏线索", "泄漏登记"]
    closed = {**case, "登记编号": "XL2026-0001", "关闭日期": date(2026, 11, 6)}
    office.form(o.LEAKS, {}, [closed], "泄漏二.xlsx")
    office.run("2026-11-06 09:00")
    assert "信息泄漏" not in o.text_of(office.outbox / "今日待办.xlsx", "今日待办")
    before = office.master("变更记录")
    (office.root / "state/ledger.sqlite").unlink()
    assert office.call("rebuild", "--from", "archive").exit_code == 0
    assert office.master("变更记录") == before


def test_a_whole_copy_from_another_unit_is_a_trace(office: o.Office) -> None:
    """With its mark and nothing else in it: refused as empty, noted all the same."""
    reported(office)
    token = told(office, "副本标识")[0]["编号"]
    office.send(o.YI, [o.lead(1, 备注=f"CANARY:{token}")], name="乙.xlsx")
    office.run("2026-11-04 09:00")
    assert [e["编号"] for e in told(office, "泄漏线索")] == [token]


def test_a_real_customer_with_one_mark_in_common_is_a_lead(office: o.Office) -> None:
    reported(office)
    _, row = screening_copy(office)
    office.send(o.YI, [o.lead(20, 联系方式=row["联系方式"])], name="乙.xlsx")
    office.run("2026-11-04 09:00")
    assert len(office.states()) == 4 and told(office, "泄漏线索") == []


# --- who had this copy ---


def test_a_word_of_the_row_names_the_copy(office: o.Office) -> None:
    reported(office)
    _, row = screening_copy(office)
    (event,) = (e for e in told(office, "副本标识") if e["新值"].endswith("；K02"))
    customer, contact, phone, number = marks(row, LIST)
    spoken, dashed = (s.join((phone[:3], phone[3:7], phone[7:])) for s in " -")
    words = (event["编号"], event["编号"].lower(), customer, contact, phone, spoken, dashed, number)
    for word in (*words, customer[:3]):
        story = office.json("explain", word)
        assert story["number"] == event["编号"]
        assert story["facts"]["收件单位"] == "业务开发二科"
        assert story["facts"]["发出时间"] == "2026-11-03 09:00:00"
    said = office.call("explain", phone)
    assert "业务开发二科（负责人）" in said.stdout and customer in said.stdout
    assert office.call("explain", "13955312001").exit_code == 2  # a customer's: nobody's copy


def test_a_word_of_several_copies_names_them_all(office: o.Office) -> None:
    reported(office)
    story = office.json("explain", "有限公司")
    assert len(story["facts"]) == 2 and "2 份" in story["state"]


@pytest.mark.parametrize("kind", ["xlsx", "retyped.xlsx", "gb.csv", "utf8.txt", "zip", "eml"])
def test_a_leaked_file_names_its_copy(office: o.Office, tmp_path: Path, kind: str) -> None:
    reported(office)
    copy, row = screening_copy(office)
    (event,) = (e for e in told(office, "副本标识") if e["新值"].endswith("；K02"))
    path = tmp_path / f"外泄.{kind}"
    if kind == "xlsx":
        path.write_bytes(copy)
    elif kind == "retyped.xlsx":
        book = openpyxl.Workbook()
        book.active.append(["单位", "电话"])
        book.active.append(["某单位", int(row["联系方式"])])
        book.save(path)
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("名单.xlsx", copy)
    elif kind == "eml":
        from email.message import EmailMessage

        message = EmailMessage()
        message.set_content(f"另有 {row['客户全称']} 等")
        path.write_bytes(message.as_bytes())
    else:
        code = "gb18030" if kind == "gb.csv" else "utf-8"
        path.write_bytes(f"序号,客户\n1,{row['客户全称']}\n".encode(code))
    found = json.loads(office.call("explain", "--file", str(path), "--json").stdout)
    assert [c["number"] for c in found["copies"]] == [event["编号"]]


def test_files_that_name_nothing(office: o.Office, tmp_path: Path) -> None:
    reported(office)
    plain = office.one("甄别/*/*.xlsx")
    result = office.call("explain", "--file", str(plain))
    assert result.exit_code == 1 and "没有邮件副本的标识" in result.stdout
    assert office.call("explain", "--file", str(tmp_path / "无.xlsx")).exit_code == 2
    assert office.call("explain").exit_code == 2
    assert office.call("explain", "DKH202611-0001", "--file", str(plain)).exit_code == 2


# --- inventing ---


def test_no_two_copies_share_a_name() -> None:
    taken: set[str] = set()
    made = []
    for number in range(3000):
        canary = invent(b"geheim", f"copy {number}", "D01", "202610", 40, taken)
        assert taken.isdisjoint(canary.names)
        taken.update(canary.names)
        made.append(canary)
    assert len({c.customer for c in made}) == len({c.phone for c in made}) == 3000
    assert min(int(c.number[10:]) for c in made) == 41  # behind the last lead of that month


def test_names_depend_on_the_secret_and_the_copy_alone() -> None:
    first = invent(b"a", "copy", "D01", "202610", 40, frozenset())
    assert invent(b"a", "copy", "D01", "202610", 40, frozenset()) == first
    assert invent(b"b", "copy", "D01", "202610", 40, frozenset()).names != first.names
    assert invent(b"a", "copy2", "D01", "202610", 40, frozenset()).names != first.names
    assert invent(b"a", "copy", "D01", "202610", 40, frozenset({first.phone})).phone != first.phone
