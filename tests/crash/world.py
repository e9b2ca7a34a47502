"""A small office in which one run publishes every kind of workbook.

`prepare` plays the weeks before; what `deliver` then puts into the inbox makes the run at `AT`
take, refuse, quarantine, correct, screen, ask for a ruling, publish and mail all at once.
"""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import zipfile
from datetime import date
from pathlib import Path

from tests.acceptance.office import (
    JIA,
    PEOPLE,
    QUYU,
    STOPPED,
    UNITS,
    WANGLUO,
    YI,
    Office,
    fill_roster,
    lead,
    new_office,
)

AT = "2026-10-10 18:30"  # a bulletin is due, and so is the assessment of 2026Q3


def prepare(root: Path, port: int = 0) -> Office:
    """September: leads, targets, a screening answer, the bulletin of the 30th.

    `port`: a mail server on this machine to which the later run sends. With the secrets of
    encrypted storage in the environment, it is switched on.
    """
    office = new_office(root)
    units = [{**u, "负责人邮箱": f"{u['单位编码']}@example.com"} for u in UNITS]
    people = [{**p, "邮箱": f"p{n}@example.com"} for n, p in enumerate(PEOPLE)]
    fill_roster(root / "master" / "单位名录.xlsx", units=units, people=people)
    intranet = root.parent / "intranet"
    intranet.mkdir(exist_ok=True)
    settings = root / "processor.toml"
    settings.write_text(
        f"[intake]\nsettle_seconds = 0\n[bulletin]\npublish_dir = '{intranet}'\n", "utf-8"
    )
    if "PROCESSOR_STORAGE_KEY" in os.environ:
        with settings.open("a", encoding="utf-8") as handle:
            handle.write("[storage]\nencrypt = true\n")
    first = office.send(JIA, [lead(1), lead(2), lead(3)], name="九月提报.xlsx", folder="芜湖甲")
    shutil.copyfile(first, root / "first.xlsx")
    office.send(QUYU, [lead(11), lead(12)], name="区域九月.xlsx")
    office.targets(2026, {QUYU: 4, WANGLUO: 2})
    office.run("2026-09-21 09:00")
    office.screen(
        {
            office.number(str(lead(1)["客户单位全称"])): VALID,
            office.number(str(lead(2)["客户单位全称"])): VALID,
        },
        name="甄别九月.xlsx",
    )
    office.run("2026-09-22 15:00")
    office.run("2026-09-30 18:30")
    if port:
        with settings.open("a", encoding="utf-8") as handle:
            handle.write(
                f"[mail]\nsend = true\nserver = '127.0.0.1'\nport = {port}\nsecurity = 'none'\n"
                "sender = 'batch@example.com'\n"
            )
    _forget_clock(root)
    return office


VALID = {"甄别结论": "有效", "到期日期": date(2027, 3, 20), "核实方式": "电话"}


def deliver(office: Office) -> None:
    """Everything the run at `AT` finds in the inbox."""
    inbox = office.inbox
    office.send(
        YI,
        [
            lead(21),
            lead(22),
            lead(2),
            {**lead(1), "采购类别": "政府采购"},  # perhaps another purchase: a ruling
            lead(24, **{"客户联系人(第三方)": ""}),
        ],
        name="乙店十月.xlsx",
    )
    shutil.copyfile(office.root / "first.xlsx", inbox / "再发一次.xlsx")
    office.send(STOPPED, [lead(31)], name="停网店.xlsx")
    whole = (office.root / "first.xlsx").read_bytes()
    (inbox / "半截.xlsx").write_bytes(whole[: len(whole) // 2])
    office.screen(
        {
            office.number(str(lead(2)["客户单位全称"])): {
                "甄别结论": "无效", "无效原因": "非真实需求", "核实方式": "走访"},
            office.number(str(lead(3)["客户单位全称"])): VALID,
        },
        name="甄别十月.xlsx",
    )  # fmt: skip
    office.register("2026-09")
    _pack(office)
    (inbox / "~$别人开着.xlsx").write_bytes(b"\x05owner")
    office.send(JIA, [lead(51)], name="别人开着.xlsx")
    (inbox / "说明.txt").write_text("十月的表格已放好", "utf-8")
    os.symlink(office.root / "first.xlsx", inbox / "链接.xlsx")


def _pack(office: Office) -> None:
    """A zip of two forms, one of them for a unit nobody knows."""
    parts = [
        office.send(WANGLUO, [lead(41), lead(42)], name="网络部.xlsx"),
        office.send("不存在的单位", [lead(43)], name="谁.xlsx"),
    ]
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for part in parts:
            archive.write(part, part.name)
            part.unlink()
    (office.inbox / "两份.zip").write_bytes(data.getvalue())


def _forget_clock(root: Path) -> None:
    """The file system's evidence of copies made by tests says nothing: it is from before a look."""
    with sqlite3.connect(root / "state" / "ledger.sqlite") as ledger:
        ledger.execute("UPDATE runs SET wall = 4e9")
    ledger.close()
