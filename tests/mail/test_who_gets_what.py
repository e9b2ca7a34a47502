"""Who is told what after a run, read from the drafts an office without a server finds."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from processor.mail_chart import Bar, picture
from tests.acceptance import office as o
from tests.mail.people import PEOPLE, attached, drafts, html, office_with_mail, text, units


@pytest.fixture
def office(tmp_path: Path) -> o.Office:
    return office_with_mail(tmp_path / "w")


def test_receipts_screening_and_todo_one_mail_each(office: o.Office) -> None:
    office.send(o.JIA, [o.lead(1), o.lead(2)], name="甲一.xlsx")
    office.send(o.JIA, [o.lead(3, 联系方式="")], name="甲二.xlsx")
    office.send(o.YI, [o.lead(4)], name="乙.xlsx")
    office.send(o.BING, [o.lead(5)], name="丙.xlsx")  # no address in the roster
    report = office.run("2026-11-03 09:00")
    found = drafts(office)
    assert set(found) == {"jia@example.com", "yi@example.com", "keer@example.com"}
    assert all(len(mails) == 1 for mails in found.values())
    assert len(report["mailed"]) == 3
    body = text(found["jia@example.com"][0])
    assert "甲一.xlsx" in body and "甲二.xlsx" in body and "乙.xlsx" not in body
    assert found["jia@example.com"][0]["Subject"] == "大客户信息：回执 2 份（2026-11-03）"
    # 钱工 has no address: the section's head is written to
    screening = text(found["keer@example.com"][0])
    assert screening.count("DKH202611-") == 4
    assert "2026-11-05 17:30" in screening


def test_bodies_name_no_customer_and_no_contact(office: o.Office) -> None:
    police = o.lead(9, 客户单位全称="南陵县公安局", 采购类别="公检法司")
    office.send(o.JIA, [o.lead(1), police], name="南陵县公安局采购.xlsx")
    office.run("2026-11-03 09:00")
    found = drafts(office)
    assert "sun@example.com" in found  # screens 公检法司
    for mails in found.values():
        for mail in mails:
            for body in (text(mail), html(mail), mail["Subject"]):
                for word in ("公安", "公检法", "南陵", "139553", "主任", "13855312345"):
                    assert word not in body
    assert "受限" in text(found["sun@example.com"][0])
    assert "（文件名从略）" in text(found["jia@example.com"][0])


def test_without_a_password_contacts_stay_at_home(office: o.Office) -> None:
    office.send(o.JIA, [o.lead(1)], name="甲.xlsx")
    office.run("2026-11-03 09:00")
    mail = drafts(office)["jia@example.com"][0]
    assert attached(mail) == {}
    place = office.receipt("甲.xlsx").relative_to(office.root).as_posix()
    assert place in text(mail)
    assert not [e for e in office.master("变更记录") if e["事项"] == "发送含联系方式文件"]


def test_leaks_are_never_mailed(office: o.Office) -> None:
    row = {
        "登记日期": date(2026, 11, 3),
        "发现日期": date(2026, 11, 2),
        "发现人": "周策",
        "涉及信息编号": "DKH202611-0001",
        "是否大客户部内部人员": "否",
        "调查结论": "调查中",
    }
    office.form(o.LEAKS, {}, [row], "泄漏.xlsx", folder=o.JIA)
    office.run("2026-11-03 09:00")
    ((to, (mail,)),) = drafts(office).items()  # the clerk's own list says that a case is open
    assert to == "zhou@example.com" and set(attached(mail)) == {"今日待办_2026-11-03.xlsx"}
    for body in (text(mail), html(mail)):
        assert "办理信息泄漏" in body and "XL2026" not in body and "DKH" not in body


def test_bulletins_go_to_leaders_with_their_own_line(office: o.Office) -> None:
    office.targets(2026, {o.QUYU: 4, o.WANGLUO: 3})
    office.send(o.QUYU, [o.lead(1)])
    office.send(o.JIA, [o.lead(2)])
    office.send(o.YI, [o.lead(3)])
    office.run("2026-11-03 09:00")
    office.run("2026-11-10 17:00")
    found = drafts(office)
    leader, dealer, boss = (
        found[f"{name}@example.com"][-1] for name in ("quzong", "jia.boss", "boss")
    )
    name = "大客户信息提报情况通报_2026-11-10.xlsx"
    assert set(attached(leader)) == {name} == set(attached(boss))
    issued = office.one(f"通报/2026-11/{name}").read_bytes()
    assert attached(leader)[name] == issued
    assert "信息总量 | 1 | 1" in text(leader)
    assert "本月目标 |  | 4" in text(leader)
    assert "贵单位" not in text(boss)
    # a dealer sees the own line and nobody else's name
    assert attached(dealer) == {}
    for mail_text in (text(dealer), html(dealer)):
        assert o.QUYU not in mail_text and o.YI not in mail_text
    assert "信息总量 | 1 | 1" in text(dealer)
    # the chart: drawn where there is a Chinese font, in words for whoever cannot see it
    assert "各部门本月信息构成（条）" in html(leader) and o.QUYU in html(leader)
    pictures = [p for p in leader.walk() if p.get_content_type() == "image/png"]
    drawn = picture((Bar("甲", (("有效", 1),)),), "图") is not None
    assert len(pictures) == ('<img src="cid:' in html(leader)) == drawn
    assert not [p for p in dealer.walk() if p.get_content_type() == "image/png"]


def test_assessments_go_to_those_who_carry_them_out(office: o.Office) -> None:
    office.run("2026-09-01 09:00")
    office.run("2026-10-12 09:00")
    found = drafts(office)
    assert set(attached(found["cai@example.com"][-1])) == {"经销商奖励_2026Q3.xlsx"}
    assert set(attached(found["zong@example.com"][-1])) == {"内部考核_2026Q3.xlsx"}
    assert "应付合计 | 0" in text(found["cai@example.com"][-1])


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-04 09:00", None),  # the day before
        ("2026-11-05 09:00", "今日到期 1 项"),
        ("2026-11-05 17:31", "逾期 1 项"),
        ("2026-11-06 09:00", "逾期 1 项"),
        ("2026-11-07 09:00", None),  # Saturday
        ("2026-11-09 09:00", "逾期 1 项"),
    ],
)
def test_reminders(office: o.Office, moment: str, expected: str | None) -> None:
    police = o.lead(9, 客户单位全称="南陵县公安局", 采购类别="公检法司")
    office.send(o.JIA, [police])
    office.run("2026-11-03 09:00")
    office.run(moment)
    mails = drafts(office)["sun@example.com"]
    subjects = [m["Subject"] for m in mails[1:]]
    assert subjects == ([f"大客户信息：{expected}（{moment[:10]}）"] if expected else [])


def test_a_day_reminds_once(office: o.Office) -> None:
    office.send(o.JIA, [o.lead(1, 采购类别="公检法司")])
    office.run("2026-11-03 09:00")
    for moment in ("2026-11-05 08:00", "2026-11-05 08:10", "2026-11-05 16:00"):
        office.run(moment)
    assert len(drafts(office)["sun@example.com"]) == 2
    clerk = drafts(office)["zhou@example.com"]
    assert len(clerk) == 1
    assert set(attached(clerk[0])) == {"今日待办_2026-11-05.xlsx"}
    assert "已逾期 0 项" in text(clerk[0])


def test_running_again_writes_nothing(office: o.Office) -> None:
    office.send(o.JIA, [o.lead(1)])
    office.run("2026-11-03 09:00")
    before = {p: p.read_bytes() for p in office.outbox.rglob("*.eml")}
    report = office.run("2026-11-03 09:00")
    assert report["mailed"] == []
    assert {p: p.read_bytes() for p in office.outbox.rglob("*.eml")} == before


def test_a_release_is_told_to_the_loser(office: o.Office) -> None:
    office.send(o.JIA, [o.lead(1)])
    office.run("2026-11-03 09:00")
    number = office.number(o.lead(1)["客户单位全称"])  # type: ignore[arg-type]
    office.send(o.YI, [o.lead(1, 信息内容及进展="另一家的走访情况，计划已报批")])
    office.run("2026-11-03 15:00")
    office.screen({number: {"甄别结论": "有效", "到期日期": date(2026, 11, 30)}})
    office.run("2026-11-04 09:00")
    office.run("2026-12-01 09:00")
    last = drafts(office)["yi@example.com"][-1]
    assert last["Subject"] == "大客户信息：客户释放 1 条（2026-12-01）"
    assert number not in text(last)  # the first one's number is not the loser's business
    assert o.JIA not in text(last)


def test_more_is_asked_of_the_reporter(office: o.Office) -> None:
    office.send(o.JIA, [o.lead(1)])
    office.run("2026-11-03 09:00")
    (row,) = office.master("台账")
    office.screen({row["信息编号"]: {"甄别结论": "需补充"}})
    office.run("2026-11-04 09:00")
    last = drafts(office)["jia@example.com"][-1]
    assert last["Subject"] == "大客户信息：需补充 1 条（2026-11-04）"
    assert row["信息编号"] in text(last)


@pytest.mark.parametrize(
    ("sun", "deputy", "expected"),
    [
        ({"邮箱": "sun@example.com"}, {"邮箱": "li@example.com"}, "sun@example.com"),
        ({"邮箱": ""}, {"邮箱": "li@example.com"}, "li@example.com"),
        ({"邮箱": ""}, {"邮箱": ""}, "keyi@example.com"),
        # away since: the lead itself goes to the deputy
        (
            {"邮箱": "sun@example.com", "在岗止": date(2026, 11, 2)},
            {"邮箱": "li@example.com"},
            "li@example.com",
        ),
    ],
)
def test_deputy_and_head_stand_in(
    office: o.Office, sun: dict[str, object], deputy: dict[str, object], expected: str
) -> None:
    section = {"科室": "业务开发一科", "角色": "项目责任人"}
    people = [
        *(p for p in PEOPLE if p["姓名"] not in ("孙工", "李代")),
        {"姓名": "孙工", "代理人": "李代", **section, **sun},
        {"姓名": "李代", **section, **deputy},
    ]
    o.fill_roster(office.root / "master/单位名录.xlsx", units(), people)
    office.send(o.YI, [o.lead(1, 采购类别="公检法司")])
    office.run("2026-11-03 09:00")
    assert set(drafts(office)) == {"yi@example.com", expected}


def test_a_person_with_two_duties_gets_one_mail(office: o.Office) -> None:
    people = [*PEOPLE, {"姓名": "王明", "科室": "业务开发二科", "角色": "项目责任人",
                        "邮箱": "jia@example.com"}]  # fmt: skip
    duties = [{"采购类别": "", "省": "*", "科室": "业务开发二科", "项目责任人": "王明"}]
    o.fill_roster(office.root / "master/单位名录.xlsx", units(), people, duties)
    office.send(o.JIA, [o.lead(1)])
    office.run("2026-11-03 09:00")
    (mail,) = drafts(office)["jia@example.com"]
    assert mail["Subject"] == "大客户信息：回执 1 份、待甄别 1 条（2026-11-03）"


def test_two_addresses_in_a_cell_are_two_mails(office: o.Office) -> None:
    both = units(D01=("jia@example.com；second@example.com、无", ""))
    o.fill_roster(office.root / "master/单位名录.xlsx", both, PEOPLE)
    office.send(o.JIA, [o.lead(1)])
    office.run("2026-11-03 09:00")
    assert {"jia@example.com", "second@example.com"} <= set(drafts(office))


def test_drafts_open_as_drafts(office: o.Office) -> None:
    office.send(o.JIA, [o.lead(1)])
    office.run("2026-11-03 09:00")
    (mail,) = drafts(office)["jia@example.com"]
    assert mail["X-Unsent"] == "1"
    assert mail["Date"] == "Tue, 03 Nov 2026 09:00:00 +0800"
    assert mail["Message-ID"].endswith("@processor.invalid>")
    names = [p.name for p in office.outbox.glob("邮件/*.eml")]
    assert all("@" not in name for name in names)
    result = office.call("mail", "--json")
    assert result.exit_code == 0
    assert "@" not in result.stdout.replace("@processor", "")
    assert "芜湖甲汽车销售有限公司（负责人）" in result.stdout


def test_no_addresses_in_json_and_state(office: o.Office) -> None:
    office.send(o.JIA, [o.lead(1)])
    result = office.call("run", "--as-of", "2026-11-03 09:00", "--json")
    assert "@example.com" not in result.stdout
    assert "@example.com" not in (office.root / "state/last-run.json").read_text("utf-8")


def test_send_without_a_server_is_wrong_usage(office: o.Office) -> None:
    result = office.call("mail", "--send")
    assert result.exit_code == 2
    assert "[mail]" in result.stderr
