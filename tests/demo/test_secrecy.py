"""The check on least knowledge sees what it looks for, in the files where it must not stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from processor.demo.papers import workbook_bytes
from processor.demo.records import PENDING, Key, KeyUnit, Planted, Step
from processor.demo.secrecy import check_secrecy

AT = datetime(2026, 7, 6, 9, 30)
MINE = Planted(
    "样例1", "样例1", "", "J1", "甲.xlsx", AT, True, "南陵县公安局", "公检法司", 10,
    phone="19812345678", restricted=True, steps=(Step(AT, PENDING),), section="政府业务科",
)  # fmt: skip
THEIRS = replace(
    MINE, tag="样例2", mark="样例2", unit="J2", customer="泾县凯飞食品有限公司", restricted=False,
    phone="19187654321", section="企事业科",
)  # fmt: skip
KEY = Key(
    date(2026, 7, 1), (AT,), {}, (KeyUnit("J1", "甲店", False), KeyUnit("J2", "乙店", False)),
    "", "", (MINE, THEIRS), (), (), (), (),
)  # fmt: skip
PUBLIC = "通报/2026-07/大客户信息提报情况通报_2026-07-10.xlsx"
INTERNAL = "通报/2026-07/大客户信息提报情况通报_2026-07-10_内部版.xlsx"


@pytest.mark.parametrize(
    ("path", "words", "seen"),
    [
        (PUBLIC, "受限客户", False),
        (PUBLIC, "泾县凯飞食品有限公司", True),
        (INTERNAL, "泾县凯飞食品有限公司", False),
        (INTERNAL, "南陵县公安局", True),
        (INTERNAL, "198****5678", False),
        (INTERNAL, "联系人电话19187654321，请回复", True),
        ("考核/2026Q3/经销商奖励_2026Q3.xlsx", "客户：南陵县公安局（10台）", True),
        ("考核/2026Q3/经销商奖励_2026Q3.xlsx", "泾县凯飞食品有限公司", False),
        ("今日待办.xlsx", "南陵县公安局", True),
        ("回执/甲店/20260706-093000_甲_回执.xlsx", "南陵县公安局", False),
        ("回执/甲店/20260706-093000_甲_回执.xlsx", "泾县凯飞食品有限公司", True),
        ("回执/甲店/20260706-093000_甲_回执.xlsx", "该客户已由乙店先行提报", True),
        ("甄别/政府业务科/甄别反馈表_2026-07-06.xlsx", "南陵县公安局", False),
        ("甄别/政府业务科/甄别反馈表_2026-07-06.xlsx", "泾县凯飞食品有限公司", True),
    ],
)
def test_words_in_a_file(tmp_path: Path, path: str, words: str, seen: bool) -> None:
    target = tmp_path / "outbox" / path
    target.parent.mkdir(parents=True)
    target.write_bytes(workbook_bytes({"表": [["甲店" if "回执" in path else "通报"], [words]]}))
    assert bool(check_secrecy(tmp_path, KEY)) is seen


def test_body_of_a_mail(tmp_path: Path) -> None:
    folder = tmp_path / "outbox/邮件"
    folder.mkdir(parents=True)
    head = "Subject: =?utf-8?b?5Zue5omn?=\nContent-Type: text/plain; charset=utf-8\n\n"
    (folder / "1.eml").write_text(head + "请查收受限客户的回执。", "utf-8")
    assert check_secrecy(tmp_path, KEY) == []
    (folder / "2.eml").write_text(head + "南陵县公安局的信息已受理。", "utf-8")
    assert len(check_secrecy(tmp_path, KEY)) == 1
