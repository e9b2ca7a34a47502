"""The command line from outside: exit codes, JSON, paths, and answers to people's mistakes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from tests.acceptance.office import (
    APPLICATION,
    CONTRACTS,
    JIA,
    LEADS,
    LEAKS,
    RULINGS,
    SCREENING,
    TARGETS,
    YI,
    Office,
    fill_roster,
    lead,
    tables,
    text_of,
)

PROCESSOR = Path(sys.executable).with_name("processor")
VALID = {"甄别结论": "有效", "到期日期": date(2027, 3, 31)}


def spawn(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROCESSOR), *words],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_a_real_process_in_the_current_folder(office: Office) -> None:
    office.send(JIA, [lead(1), lead(2, 联系方式="")], "甲店.xlsx")
    done = spawn("run", "--as-of", "2026-11-03 09:00", "--json", cwd=office.root)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)  # one object and nothing else
    assert report["as_of"] == "2026-11-03 09:00:00"
    assert report["files"] == {
        "accepted": 1, "duplicate": 0, "refused": 0, "quarantined": 0, "waiting": 0, "ignored": 0,
    }  # fmt: skip
    assert report["rows"] == {"read": 2, "blank": 0, "accepted": 1, "refused": 1, "known": 0}
    assert report["leads"] == {"待甄别": 1, "待裁定": 0, "有效": 0, "无效": 0, "重复": 0}
    assert report["pending"] == []
    assert report["warnings"] == []
    for path in report["published"]:
        assert (office.root / path).is_file(), path


def test_workspace_by_option_and_by_environment(office: Office, tmp_path: Path) -> None:
    home = tmp_path / "elsewhere"
    home.mkdir()
    words = ("run", "--as-of", "2026-11-03", "--json")
    assert spawn("--workspace", str(office.root), *words, cwd=home).returncode == 0
    assert spawn(*words, "--workspace", str(office.root), cwd=home).returncode == 0
    found = spawn(*words, cwd=home, PROCESSOR_WORKSPACE=str(office.root))
    assert found.returncode == 0
    assert json.loads(found.stdout)["as_of"] == "2026-11-03 00:00:00"


def test_an_empty_run_twice_and_a_clock_that_goes_back(office: Office) -> None:
    office.run("2026-11-03 09:00")
    before = office.workspace_files()
    report = office.run("2026-11-03 09:00")
    assert report["published"] == []
    after = office.workspace_files()
    changed = {k for k in before if before[k] != after.get(k)}
    assert not {k for k in changed if k.startswith(("outbox", "master", "archive"))}
    result = office.call("run", "--as-of", "2026-11-03 08:59:59")
    assert result.exit_code == 2
    assert "早于上次运行" in result.stderr


def test_the_real_clock_lies_behind(office: Office) -> None:
    office.run("2099-01-01 09:00")
    result = office.call("run", "--json")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["as_of"] == "2099-01-01 09:00:00"
    assert any("时钟" in words for words in report["warnings"])


def test_two_files_of_one_name_and_one_moment_have_two_receipts(office: Office) -> None:
    for number in (1, 2):
        office.send(JIA, [lead(number)], "甲店.xlsx")
        office.run("2026-11-03 09:00")
    office.send(JIA, [lead(3)], "甲店.xlsx", folder="一")
    office.send(JIA, [lead(4)], "甲店.xlsx", folder="二")
    office.run("2026-11-03 09:00")
    names = [p.name for p in office.files("回执/*/*.xlsx")]
    assert len(names) == 4
    assert all(name.startswith("20261103-090000_甲店_回执") for name in names)


def test_dry_run_changes_nothing(office: Office) -> None:
    office.run("2026-11-03 08:00")
    office.send(JIA, [lead(1)], "甲店.xlsx")
    keep = {k: v for k, v in office.workspace_files().items() if not k.startswith("state")}
    report = office.run("2026-11-03 09:00", 0, "--dry-run")
    assert report["rows"]["accepted"] == 1
    assert report["leads"]["待甄别"] == 1
    now = {k: v for k, v in office.workspace_files().items() if not k.startswith("state")}
    assert now == keep
    assert office.run("2026-11-03 10:00")["rows"]["accepted"] == 1


MISTAKES: list[tuple[str, tuple[str, ...], int, str]] = [
    ("时间写错", ("run", "--as-of", "昨天"), 2, "2026-11-03"),
    ("日期不存在", ("run", "--as-of", "2026-02-30"), 2, "2026-02-30"),
    ("没有的命令", ("runn",), 2, "runn"),
    ("没有的选项", ("run", "--fast"), 2, "--fast"),
    ("查无此号", ("explain", "DKH209912-0001"), 2, "DKH209912-0001"),
    ("没有的期", ("bulletin", "2026-10-11"), 2, "2026-10-11"),
    ("未出具的期", ("published", "2026-11-10"), 2, "2026-11-10"),
    ("期号写错", ("published", "十一月上旬"), 2, "期"),
    ("没有的季度", ("assess", "2026Q5"), 2, "2026Q5"),
    ("季度写错", ("assess", "三季度"), 2, "2026Q3"),
    ("文件不存在", ("check", "没有这个文件.xlsx"), 2, "没有这个文件.xlsx"),
    ("检查文件夹", ("check", "inbox"), 2, "inbox"),
    ("一个名称", ("same", "芜湖市公安局"), 2, "两个名称"),
    ("没有输出", ("same", "--pairs", "x.csv"), 2, "--out"),
    ("名单不存在", ("same", "--pairs", "无.csv", "--out", "y.csv"), 2, "无.csv"),
]


@pytest.mark.parametrize(("words", "code", "said"), [m[1:] for m in MISTAKES],
                         ids=[m[0] for m in MISTAKES])  # fmt: skip
def test_mistakes_are_answered(
    office: Office, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, said: str
) -> None:
    monkeypatch.chdir(office.root)
    result = office.call(*words)
    assert result.exit_code == code, result.output
    assert said in result.stderr
    assert "Traceback" not in result.output
    assert result.stdout == ""


SETTINGS: list[tuple[str, str, str]] = [
    ("不认识的键", "[intake]\nsettle = 3\n", "settle"),
    ("不认识的节", "[inbox]\nx = 1\n", "inbox"),
    ("不是日期", '[workspace]\nstart_date = "昨天"\n', "start_date"),
    ("不是数", '[intake]\nsettle_seconds = "三秒"\n', "settle_seconds"),
    ("不是TOML", "[intake\n", "TOML"),
    ("不认识的开关", '[switches]\n"dup.mode" = "x"\n', "dup.mode"),
    ("没有的读法", '[switches]\n"taxi.dealer" = "maybe"\n', "taxi.dealer"),
    ("开关不是节", "switches = 3\n", "switches"),
    ("节不是节", "intake = 3\n", "intake"),
]


@pytest.mark.parametrize(("text", "said"), [s[1:] for s in SETTINGS], ids=[s[0] for s in SETTINGS])
def test_wrong_settings_are_two(office: Office, text: str, said: str) -> None:
    (office.root / "processor.toml").write_text(text, "utf-8")
    result = office.call("run", "--as-of", "2026-11-03 09:00")
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_no_workspace_is_four(tmp_path: Path) -> None:
    result = Office(tmp_path).call("run")
    assert result.exit_code == 4
    assert "init" in result.stderr
    for words in (("status",), ("explain", "X"), ("bulletin",), ("published", "2026-11-10")):
        assert Office(tmp_path / "nowhere").call(*words).exit_code == 4, words


def test_lost_state_is_four_and_changes_nothing(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    (office.root / "state").rename(office.root / "state-gone")
    office.send(JIA, [lead(2)], "甲店2.xlsx")
    result = office.call("run", "--as-of", "2026-11-03 10:00")
    assert result.exit_code == 4, result.output
    assert (office.inbox / "甲店2.xlsx").exists()


def test_another_run_holds_the_workspace(office: Office) -> None:
    from filelock import FileLock

    (office.root / "state").mkdir(exist_ok=True)
    with FileLock(office.root / "state" / "run.lock"):
        result = office.call("run", "--as-of", "2026-11-03 09:00")
    assert result.exit_code == 3
    assert result.stderr.strip()


def test_init_templates_and_folders_that_are_files(tmp_path: Path) -> None:
    root = tmp_path / "新工作区"
    office = Office(root)
    assert Office(tmp_path).call("init", str(root)).exit_code == 0
    for name in ("inbox", "outbox", "master", "archive", "backups", "state", "templates"):
        assert (root / name).is_dir(), name
    blanks = {p.name for p in (root / "templates").iterdir()}
    forms = (LEADS, CONTRACTS, APPLICATION, SCREENING, RULINGS, TARGETS, LEAKS)
    assert {f"{title}.xlsx" for title in forms} <= blanks
    assert (root / "master" / "单位名录.xlsx").is_file()
    assert "# start_date" in (root / "processor.toml").read_text("utf-8")
    (root / "processor.toml").write_text("[intake]\nsettle_seconds = 0\n", "utf-8")
    assert Office(tmp_path).call("init", str(root)).exit_code == 0  # again: nothing is touched
    assert (root / "processor.toml").read_text("utf-8").startswith("[intake]")
    assert office.run("2026-11-03 09:00")["files"]["accepted"] == 0
    target = tmp_path / "表格"
    assert office.call("templates", str(target)).exit_code == 0
    assert (target / "大客户信息记录表.xlsx").read_bytes() == (
        root / "templates" / "大客户信息记录表.xlsx"
    ).read_bytes()
    plain = tmp_path / "是文件"
    plain.write_text("x")
    for words in (("init", str(plain)), ("templates", str(plain))):
        result = office.call(*words)
        assert result.exit_code in (2, 4), words
        assert result.stderr.strip()


def test_check_judges_and_changes_nothing(office: Office, tmp_path: Path) -> None:
    office.send(YI, [lead(1)], "乙店.xlsx")
    office.run("2026-11-03 09:00")
    path = office.send(JIA, [lead(1), lead(2), lead(3, 联系方式=""), lead(4, **{"标的量(台)": 2})])
    path = path.rename(tmp_path / "待查.xlsx")
    before = office.workspace_files()
    found = office.json("check", str(path), "--as-of", "2026-11-03 10:00")
    assert office.workspace_files() == before
    (entry,) = found["files"]
    assert (entry["file"].endswith("待查.xlsx"), entry["kind"]) == (True, "大客户信息记录表")
    assert [r["outcome"] for r in entry["rows"]] == ["重复", "待甄别", "不予接收", "无效"]
    assert all(r["sheet"] == "大客户信息记录表" and r["row"] for r in entry["rows"])
    problem = entry["rows"][2]["problems"][0]
    assert {"code", "cell", "found", "message", "clause", "remedy"} <= problem.keys()
    assert (problem["clause"], problem["cell"][0]) == ("5.2", "R")
    assert entry["rows"][3]["problems"][0]["clause"] == "5.4"
    said = office.call("check", str(path), "--as-of", "2026-11-03 10:00")
    assert said.exit_code == 0
    assert "不予接收" in said.stdout
    bad = tmp_path / "坏.xlsx"
    bad.write_bytes(b"PK\x03\x04")
    found = office.json("check", str(bad), str(path), "--as-of", "2026-11-03 10:00")
    assert [f["kind"] for f in found["files"]] == [None, "大客户信息记录表"]


def test_check_before_the_first_run(office: Office, tmp_path: Path) -> None:
    path = office.send(JIA, [lead(1)]).rename(tmp_path / "待查.xlsx")
    found = office.json("check", str(path), "--as-of", "2026-11-03 10:00")
    assert [r["outcome"] for r in found["files"][0]["rows"]] == ["待甄别"]
    assert office.run("2026-11-01 09:00")["leads"]["待甄别"] == 0


def test_status(office: Office) -> None:
    assert office.json("status")["last_run"] is None
    office.send(JIA, [lead(1), lead(2)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    found = office.json("status")
    assert {"today", "overdue", "pending", "last_run"} <= found.keys()
    assert found["last_run"]["as_of"] == "2026-11-03 09:00:00"
    office.run("2026-11-06 09:00")
    found = office.json("status")
    owed = [x for x in found["overdue"] if x["matter"] == "甄别反馈"]
    assert [(x["responsible"], x["section"], x["amount"]) for x in owed] == [
        ("钱工", "业务开发二科", 100)
    ] * 2
    assert "已逾期" in office.call("status").stdout


def test_explain_a_lead_for_a_complaint(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    office.send(YI, [lead(1), lead(2, 联系方式="")], "乙店.xlsx")
    office.run("2026-11-03 10:00")
    one, two = sorted(office.states())
    office.screen({one: {"甄别结论": "无效", "无效原因": "联系不上", "原因说明": "三次去电无人接"}})
    office.run("2026-11-04 09:00")
    office.screen({two: {"甄别结论": "有效"}})
    office.run("2026-11-10 18:00")
    story = office.json("explain", two)
    assert (story["number"], story["kind"], story["state"]) == (two, "信息", "有效")
    events = story["events"]
    assert all(
        {"at", "rule", "clause", "reason", "source"} <= e.keys()
        and {"file", "sheet", "row"} <= e["source"].keys()
        for e in events
    )
    text = json.dumps(events, ensure_ascii=False)
    # received → duplicate of an earlier one → revived → handed over → verdict → project
    for words in ("乙店.xlsx", "5.1", "先报", "转业务开发二科", "甄别为有效", "LX2026-0001"):
        assert words in text, words
    received = events[0]
    assert (received["source"]["file"], received["source"]["row"]) == ("乙店.xlsx", 5)
    assert received["at"] == "2026-11-03 10:00:00"
    money = {m["clause"]: m["amount"] for m in story["money"]}
    assert money == {"7.3.1": -100, "7.3.2-甲": -100}
    assert "三次去电无人接" in json.dumps(office.json("explain", one), ensure_ascii=False)
    for number in ("LX2026-0001", "2026-11-10", "2026-11-上", "SW20261103-0001", "BJ202611-0001",
                   f"CF-screening_overdue-{two}", "2026-11-10/D02"):  # fmt: skip
        found = office.json("explain", number)
        assert found["kind"] and found["state"], number
        assert "events" in found, number
        assert office.call("explain", number).exit_code == 0
    line = office.json("explain", "2026-11-10/D02")
    assert two in json.dumps(line, ensure_ascii=False)


def test_publication_stays_pending_while_a_file_is_open(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    owner = office.root / "master" / "~$大客户信息台账.xlsx"
    owner.write_bytes(b"x")
    office.send(JIA, [lead(2)], "甲店2.xlsx")
    report = office.run("2026-11-03 10:00", 1)
    assert [p["path"] for p in report["pending"]] == ["master/大客户信息台账.xlsx"]
    assert report["pending"][0]["reason"]
    assert report["leads"]["待甄别"] == 2  # processing never stops
    assert len(office.master("台账")) == 1
    assert office.json("status")["pending"][0]["path"] == "master/大客户信息台账.xlsx"
    owner.unlink()
    report = office.run("2026-11-03 11:00")
    assert report["published"] == ["master/大客户信息台账.xlsx", "outbox/今日待办.xlsx"]
    assert len(office.master("台账")) == 2


def test_quarantine_is_one_and_odd_things_are_left_alone(office: Office) -> None:
    (office.inbox / "坏.xlsx").write_bytes(b"PK\x03\x04 broken")
    (office.inbox / "图片.jpg").write_bytes(b"\xff\xd8\xff\xe0 jpeg")
    (office.inbox / "~$甲店.xlsx").write_bytes(b"x")
    (office.inbox / "链接.xlsx").symlink_to(office.root / "processor.toml")
    report = office.run("2026-11-03 09:00", 1)
    assert report["files"]["quarantined"] >= 1
    assert sum(report["files"].values()) == 4
    assert (office.inbox / "链接.xlsx").is_symlink()
    assert (office.root / "processor.toml").exists()
    kept = list((office.root / "archive" / "隔离").iterdir())
    assert any(p.read_bytes() == b"PK\x03\x04 broken" for p in kept)


def test_roster_with_mistakes_and_a_roster_that_is_none(office: Office) -> None:
    path = office.root / "master" / "单位名录.xlsx"
    office.run("2026-11-03 08:00")
    units = [
        {"单位编码": "D01", "单位全称": JIA, "类型": "经销商", "状态": "在网",
         "启用日期": date(2020, 1, 1)},
        {"单位编码": "D01", "单位全称": YI, "类型": "经销商", "状态": "在网",
         "启用日期": date(2020, 1, 1)},
        {"单位编码": "D03", "单位全称": "某店", "类型": "专营店", "状态": "在网",
         "启用日期": date(2020, 1, 1)},
    ]  # fmt: skip
    fill_roster(path, units=units)
    office.send(JIA, [lead(1)], "甲店.xlsx")
    report = office.run("2026-11-03 09:00")
    assert report["rows"]["accepted"] == 1
    assert any("单位编码" in words for words in report["warnings"])
    assert any("类型" in words for words in report["warnings"])
    good = path.read_bytes()
    path.write_bytes(good[:2000])  # saved half-way: the last good copy stays in force
    office.send(JIA, [lead(2)], "甲店2.xlsx")
    report = office.run("2026-11-03 10:00", 1)
    assert report["rows"]["accepted"] == 1
    assert any("单位名录" in words for words in report["warnings"])
    path.unlink()
    office.send(JIA, [lead(3)], "甲店3.xlsx")
    report = office.run("2026-11-03 11:00", 1)
    assert report["rows"]["accepted"] == 1
    path.write_bytes(good)
    assert office.run("2026-11-03 12:00")["warnings"] != report["warnings"]


def test_same(tmp_path: Path, office: Office) -> None:
    found = office.json("same", "芜湖市公安局", "芜湖公安局", "--place", "安徽省芜湖市")
    assert found["outcome"] in ("重复", "疑似")
    assert found["rule"] and found["reason"]
    assert office.json("same", "南陵县公安局", "泾县公安局")["outcome"] == "不同"
    pairs, out = tmp_path / "in.csv", tmp_path / "out.csv"
    header = "name_a,name_b,province_a,city_a,county_a,province_b,city_b,county_b"
    pairs.write_text(
        f"{header}\n南陵县公安局,泾县公安局,,,,,,\n芜湖市公安局,芜湖市公安局,,,,,,\n", "utf-8"
    )
    result = office.call("same", "--pairs", str(pairs), "--out", str(out))
    if result.exit_code == 0:
        lines = out.read_text("utf-8-sig").splitlines()
        assert len(lines) == 3
        assert "distinct" in lines[1]
        assert "duplicate" in lines[2]
    else:
        assert result.stderr.strip()


def test_published_needs_a_sensible_moment(office: Office) -> None:
    office.run("2026-11-02 09:00")
    office.run("2026-11-10 17:00")
    result = office.call("published", "2026-11-10", "--at", "2026-11-09 10:00")
    assert result.exit_code == 2
    assert "17:00" in result.stderr
    assert office.call("published", "2026-11-上", "--at", "2026-11-10 18:00").exit_code == 0
    office.run("2026-11-10 19:00")
    row = next(r for r in office.master("发布") if r["类别"] == "通报")
    assert row["发布时间"] == "2026-11-10 18:00:00"
    # the first time counts
    office.call("published", "2026-11-10", "--at", "2026-11-12 18:00")
    office.run("2026-11-12 19:00")
    row = next(r for r in office.master("发布") if r["类别"] == "通报")
    assert row["发布时间"] == "2026-11-10 18:00:00"


def test_today_is_new_every_day(office: Office) -> None:
    office.send(JIA, [lead(1)], "甲店.xlsx")
    office.run("2026-11-03 09:00")
    book = office.one("今日待办.xlsx")
    assert openpyxl.load_workbook(book).sheetnames == ["今日待办", "逾期预警", "运行情况"]
    assert "未到期" in text_of(book, "逾期预警")
    office.run("2026-11-05 09:00")  # nothing new came in
    assert "今日到期" in text_of(book, "逾期预警")
    office.run("2026-11-05 17:31")
    row = next(r for r in tables(book)["逾期预警"] if "DKH" in str(r.values()))
    assert "100" in str(list(row.values()))


def test_an_empty_run_is_quick(office: Office) -> None:
    office.run("2026-11-03 09:00")
    seconds = []
    for minute in range(3):
        started = time.perf_counter()
        spawn("run", "--as-of", f"2026-11-03 09:0{minute + 1}", cwd=office.root)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < 2.0  # 0.6 s on a quiet machine


def test_an_empty_run_loads_no_heavy_library(office: Office) -> None:
    office.run("2026-11-03 09:00")
    code = (
        "import sys; from processor.cli import cli\n"
        "try: cli(['run', '--as-of', '2026-11-03 09:01'])\n"
        "except SystemExit: pass\n"
        "heavy = 'pandas pandera openpyxl xlsxwriter holidays rapidfuzz'.split()\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=office.root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"
