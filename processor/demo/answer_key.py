"""The answer key beside the workspace, as JSON for programs and as a workbook for people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from processor.demo import papers, recount, recount_money
from processor.demo.records import Key, Planted

if TYPE_CHECKING:
    from pydantic import TypeAdapter

NAME = "答案"


def _adapter() -> TypeAdapter[Key]:
    from pydantic import TypeAdapter

    return TypeAdapter(Key)


def write_key(key: Key, folder: Path, stem: str = NAME) -> list[Path]:
    """Writes `答案.json` and `答案.xlsx` into `folder`; returns their paths."""
    data = folder / f"{stem}.json"
    data.write_bytes(_adapter().dump_json(key, indent=1))
    book = folder / f"{stem}.xlsx"
    book.write_bytes(papers.workbook_bytes(_sheets(key)))
    return [data, book]


def load_key(path: Path) -> Key:
    """The key as written. Raises pydantic.ValidationError when the file is not one."""
    return _adapter().validate_json(path.read_bytes())


def _sheets(key: Key) -> dict[str, list[list[object]]]:
    names = {u.code: u.name for u in key.units}
    rows: list[list[object]] = [_row(key, names, lead) for lead in key.planted]
    printed = []
    for issue in recount.issues(key):
        for unit in key.units:
            line = recount.issue_line(key, unit, issue)
            printed.append([issue, unit.name, *line.values()])
    headings = list(recount.issue_line(key, key.units[0], key.start))
    rewards, fines = _money(key, names)
    files: list[list[object]] = [[name, state] for name, state in key.files]
    return {
        "逐条答案": [
            ["样例编号", "情形", "提报单位", "文件", "受理时间", "应否接收", "客户", "采购类别",
             "标的量(台)", "最后状态", "依据条款", "应反馈时间", "首次答复", "到期日期",
             "核实标的量", "项目责任人", "计入提报量"],
            *rows,
        ],
        "通报应有数": [["期号", "提报单位", *headings], *printed],
        "奖励应有数": [["季度", "提报单位", "依据条款", "项目或完成率", "金额"], *rewards],
        "处罚应有数": [["季度", "条款", "责任人", "事项", "金额"], *fines],
        "文件": [["文件名", "应有结果"], *files],
    }  # fmt: skip


def _row(key: Key, names: dict[str, str], lead: Planted) -> list[object]:
    clause = lead.steps[-1].clause if lead.steps else lead.clause
    due, answered = (str(x) if x else "" for x in (lead.due, lead.answered))
    counted = "是" if lead.accepted and recount.counts(key, lead, key.last) else "否"
    return [
        lead.tag, lead.case, names.get(lead.unit, ""), lead.file, str(lead.received),
        "接收" if lead.accepted else "不予接收", lead.customer, lead.category, lead.quantity,
        lead.state_at(key.last), clause, due, answered, lead.expiry, lead.confirmed,
        lead.screener, counted,
    ]  # fmt: skip


def _money(key: Key, names: dict[str, str]) -> tuple[list[list[object]], list[list[object]]]:
    rewards: list[list[object]] = []
    fines: list[list[object]] = []
    for quarter, at in recount_money.quarters(key):
        for department, clause, each in ((False, "7.1.1", 1000), (True, "7.2.2", 200)):
            for unit, tags in recount_money.project_rewards(key, department)[quarter].items():
                rewards += [[quarter, names[unit], clause, tag, each] for tag in tags]
        for who in key.units:
            if who.department:
                done, goal = recount_money.completion(key, who.code, quarter, at)
                reward = recount_money.completion_reward(done, goal)
                rewards.append([quarter, who.name, "7.2.1", f"{done}/{goal}", reward])
        fines += [
            [quarter, p.clause, p.person, p.matter, p.amount]
            for p in recount_money.penalties(key, quarter)
        ]
    return rewards, fines
