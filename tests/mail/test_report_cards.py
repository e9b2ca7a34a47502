"""A unit's own report of the quarter goes to its head alone."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance import office as o
from tests.mail.people import attached, drafts, office_with_mail, text


def test_each_head_gets_the_own_report(tmp_path: Path) -> None:
    office = office_with_mail(tmp_path / "w")
    office.run("2026-09-01 09:00")
    office.send(o.JIA, [o.lead(1)])
    office.send(o.YI, [o.lead(2)])
    office.run("2026-09-02 09:00")
    office.run("2026-10-12 09:00")
    found = drafts(office)
    for address, name in (("jia", f"{o.JIA}_2026Q3.xlsx"), ("yi", "合肥乙店_2026Q3.xlsx")):
        last = found[f"{address}@example.com"][-1]
        assert last["Subject"] == "大客户信息：2026Q3 单位报告（2026-10-12）"
        card = office.one(f"考核/2026Q3/单位报告/{name}")
        assert attached(last) == {name: card.read_bytes()}
        assert o.lead(1)["客户单位全称"] not in text(last)
    elsewhere = [a for a in found if a.split("@")[0] not in ("jia", "yi")]
    assert all("单位报告" not in m["Subject"] for a in elsewhere for m in found[a])
