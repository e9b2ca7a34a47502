"""A record of many leads, put into the ledger directly: what a year of runs would have left.

The leads are spread evenly over the twelve months before `until`; their states are those of an
ordinary year: a few days' leads pending, others valid with an expiry date, expired, invalid,
repeated, converted. Everything follows from the number of the lead: no random state, no clock.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.customers import report
from benchmarks.workspaces import unit_code, unit_name

_AT_ONCE = 5_000
REPEATS = 12  # one lead in so many repeats the customer of an earlier one
BACK = 1_013  # … reported so many leads earlier

Row = dict[str, Any]


def make_record(root: Path, leads: int, dealers: int, until: datetime) -> None:
    """Fill the ledger of an initialised workspace; its first run (empty inbox) is made here."""
    from processor.batch import run
    from processor.workspace import open_workspace

    workspace = open_workspace(root)
    run(workspace, until - timedelta(days=366))
    from processor.opening import open_ledger

    engine = open_ledger(workspace)
    with engine.begin() as connection:
        _Maker(connection, leads, dealers, until).fill()
    engine.dispose()


class _Maker:
    def __init__(self, connection: Any, leads: int, dealers: int, until: datetime) -> None:
        from processor.ledger import tables as t

        self.connection = connection
        self.count = leads
        self.dealers = dealers
        self.until = until
        self.first = until - timedelta(days=365)
        self.t = t
        self.series: Counter[str] = Counter()
        self.numbers: dict[int, str] = {}  # of the last BACK leads
        self.seq = connection.exec_driver_sql("select max(seq) from events").scalar() or 0
        self.chain = self._meta("chain") or ""
        self.states: Counter[str] = Counter()

    def fill(self) -> None:
        from processor.decisions.content import lead_id
        from processor.ledger.bulk import insert
        from processor.matching.index import rebuild
        from processor.matching.judge import Party

        parts: dict[str, list[Row]] = {}

        def parties() -> Iterator[tuple[int, Party]]:
            for index in range(self.count):
                lead = self._lead(index)
                self._put(parts, index, lead)
                if index % _AT_ONCE == _AT_ONCE - 1:
                    self._flush(parts, insert)
                yield (
                    lead_id(lead["number"]),
                    Party(
                        name=lead["customer"], province=lead["province"], city=lead["city"],
                        county=lead["county"], category=lead["category"],
                        contact=lead["contact"], phone=lead["contact_phone"],
                        model=lead["model"], quantity=lead["quantity"], expected=lead["expected"],
                    ),
                )  # fmt: skip

        rebuild(self.connection, parties(), processes=2 if self.count > 20_000 else 1)
        self._flush(parts, insert)
        self._finish()

    def _lead(self, index: int) -> Row:
        at = self.first + (self.until - self.first) * index / self.count
        at = at.replace(microsecond=0)
        month = f"{at:%Y%m}"
        self.series[f"lead-{month}"] += 1
        number = f"DKH{month}-{self.series[f'lead-{month}']:04d}"
        repeat = index % REPEATS == 5 and index >= BACK
        said = report(index - BACK if repeat else index)
        unit = (index * 7 + (3 if repeat else 0)) % self.dealers
        first = self.numbers.pop(index - BACK, "")
        self.numbers[index] = number
        row: Row = dict.fromkeys(column.name for column in self.t.leads.c)
        row |= {
            "number": number, "unit_code": unit_code(unit), "unit": unit_name(unit),
            "unit_kind": "经销商", "reporter": "王明远", "reporter_phone": "13855312045",
            "reported_on": at.date(), "customer": said.customer, "category": said.category,
            "province": said.province, "city": said.city, "county": said.county,
            "model": said.model, "quantity": said.quantity, "expected": said.expected,
            "method": "公开招标", "contact": said.contact, "contact_title": said.title,
            "contact_phone": said.phone, "rivals": "哈弗H6", "origin": said.origin,
            "content": said.content, "batch": f"SW{at:%Y%m%d}-{index // 20 % 9999 + 1:04d}",
            "source_file": f"提报_{index // 20:05d}.xlsx", "source_sheet": "大客户信息记录表",
            "source_row": 7 + index % 20, "received_at": at, "file_print": f"{index // 20:064x}",
            "row_prints": f"{index:020x}", "place_at": at, "place_seq": index + 1,
            "evidence": f"{at.timestamp():.3f}", "customer_id": f"KH{index + 1:06d}",
            "customer_key": said.customer, "month": f"{at:%Y-%m}",
            "quarter": f"{at.year}Q{(at.month + 2) // 3}", "acceptance": "接收",
            "state_since": at, "counted": "不适用", "ruleset": "DKHW080004-v4",
            "sensitivity": "内部", "updated_at": at,
        }  # fmt: skip
        _state(row, index, first if repeat else "", at, self.until)
        if row["project_no"] == "":
            self.series["project"] += 1
            row["project_no"] = f"LX{at.year}-{self.series['project']:04d}"
        last_issue = _issue_before(self.until)
        row["issue"] = min(_issue_after(at), last_issue) if at <= _cutoff(last_issue) else None
        self.states[row["state"]] += 1
        return row

    def _put(self, parts: dict[str, list[Row]], index: int, lead: Row) -> None:
        from processor.ledger.store import chain_link

        parts.setdefault("leads", []).append(lead)
        parts.setdefault("row_prints", []).append(
            {"unit_code": lead["unit_code"], "print": lead["row_prints"], "lead": lead["number"]}
        )
        if lead["project_no"]:
            project: Row = dict.fromkeys(column.name for column in self.t.projects.c)
            project |= {
                "number": lead["project_no"], "opened_on": lead["received_at"].date(),
                "lead": lead["number"], "dealer": lead["unit"], "stage": "立项",
                "updated_at": lead["received_at"],
            }  # fmt: skip
            parts.setdefault("projects", []).append(project)
        if lead["duplicate_of"]:
            pair: Row = dict.fromkeys(column.name for column in self.t.pairs.c)
            pair |= {
                "number": f"{lead['number']}~{lead['duplicate_of']}", "score": 100,
                "earlier": lead["duplicate_of"], "later": lead["number"], "advice": "重复",
                "kind": "客户", "rule": "text_equal", "reason": "名称相同，地点一致",
            }  # fmt: skip
            parts.setdefault("pairs", []).append(pair)
        if index % 20 == 0:
            parts.setdefault("files", []).append(_file(self.t.files, lead, index))
        told = [
            ("受理", "", "待甄别", "screening"),
            ("状态变更", "待甄别", lead["state"], "screening"),
        ]
        for what, old, new, rule in told:
            self.seq += 1
            event: Row = {
                "seq": self.seq, "at": lead["received_at"], "number": lead["number"],
                "what": what, "rule": rule, "clause": "6.3", "reason": "首次提报，等待业务科室甄别",
                "old": old, "new": new, "source_file": lead["source_file"],
                "source_sheet": lead["source_sheet"], "source_row": lead["source_row"], "run": 1,
            }  # fmt: skip
            self.chain = event["chain"] = chain_link(self.chain, event)
            parts.setdefault("events", []).append(event)

    def _flush(self, parts: dict[str, list[Row]], insert: Any) -> None:
        for name, rows in parts.items():
            insert(self.connection, self.t.metadata.tables[name], rows)
            rows.clear()

    def _finish(self) -> None:
        """Counters, what was issued, the counts kept between runs."""
        t = self.t
        counters = {name: n for name, n in self.series.items() if name != "project"}
        years = {self.first.year, self.until.year}
        counters |= {f"project-{year}": self.series["project"] for year in years}
        counters |= {"place": self.count, "customer": self.count, "event": self.seq}
        for name, value in counters.items():
            self.connection.execute(t.counters.delete().where(t.counters.c.name == name))
            self.connection.execute(t.counters.insert(), {"name": name, "value": value})
        counts = dict.fromkeys(("待甄别", "待裁定", "有效", "无效", "重复"), 0)
        counts |= {k: v for k, v in self.states.items() if k in counts}
        self._set_meta("chain", self.chain)
        self._set_meta("lead_counts", json.dumps(counts, ensure_ascii=False))
        self._set_meta("last_issue", _issue_before(self.until))
        self.connection.execute(
            t.runs.update().values(as_of=self.until, wall=self.until.timestamp())
        )
        for kind, issue in self._issued():
            row: Row = dict.fromkeys(column.name for column in t.publications.c)
            row |= {
                "number": f"{kind}-{issue}", "kind": kind, "issue": issue,
                "generated_at": self.until, "published_at": self.until,
                "published_how": "自动复制到内网文件夹", "due_at": self.until,
                "due_tentative": "否",
            }  # fmt: skip
            self.connection.execute(
                t.publications.delete().where(t.publications.c.number == row["number"])
            )
            self.connection.execute(t.publications.insert(), row)

    def _issued(self) -> Iterator[tuple[str, str]]:
        issue = _issue_after(self.first)
        while issue <= _issue_before(self.until):
            yield "通报", issue
            issue = _issue_after(_cutoff(issue) + timedelta(seconds=1))
        quarter = (self.first.year, (self.first.month + 2) // 3)
        while quarter < (self.until.year, (self.until.month + 2) // 3):
            months_after = datetime(quarter[0] + quarter[1] // 4, quarter[1] % 4 * 3 + 1, 10)
            if self.until >= months_after:
                yield "考核", f"{quarter[0]}Q{quarter[1]}"
            quarter = (quarter[0] + quarter[1] // 4, quarter[1] % 4 + 1)

    def _meta(self, key: str) -> str | None:
        from sqlalchemy import select

        query = select(self.t.meta.c.value).where(self.t.meta.c.key == key)
        return self.connection.execute(query).scalar()

    def _set_meta(self, key: str, value: str) -> None:
        meta = self.t.meta
        self.connection.execute(meta.delete().where(meta.c.key == key))
        self.connection.execute(meta.insert(), {"key": key, "value": value})


def _state(row: Row, index: int, first: str, at: datetime, until: datetime) -> None:
    """What became of a lead by `until`."""
    if row["quantity"] < 3 or index % 50 == 9:
        row |= {"state": "无效", "state_rule": "minimum_quantity", "quantity": 2,
                "state_reason": "标的量 2 台，不足 3 台", "counted": "否"}  # fmt: skip
        return
    if first:
        row |= {"state": "重复", "state_rule": "first_come", "duplicate_of": first,
                "state_reason": f"与先报信息 {first} 重复", "counted": "否"}  # fmt: skip
        return
    row |= {"section": "业务开发二科", "screener": "钱工", "deputised": "否", "transferred_at": at,
            "due_at": at + timedelta(days=3), "due_tentative": "否",
            "state_rule": "screening", "state_reason": "首次提报，等待业务科室甄别"}  # fmt: skip
    if until - at < timedelta(days=2):
        row["state"] = "待甄别"
        return
    answered = at + timedelta(days=1)
    row |= {"answered_at": answered, "late": "否", "verdict_at": answered, "verdict_by": "钱工",
            "verified_by": "电话", "state_since": answered}  # fmt: skip
    if index % 20 in (3, 11, 16):
        row |= {"state": "无效", "verdict": "无效", "verdict_reason": "查无此事",
                "state_reason": "甄别为无效：查无此事", "counted": "否"}  # fmt: skip
        return
    expires = (at + timedelta(days=180)).date()
    row |= {"verdict": "有效", "expires_on": expires, "expiry_at": answered, "counted": "是",
            "project_no": "", "state_reason": "甄别为有效"}  # fmt: skip
    if index % 40 == 20:
        row |= {"state": "已转化", "converted_at": answered + timedelta(days=30),
                "picked_total": row["quantity"]}  # fmt: skip
    elif expires < until.date():
        row["state"], row["state_rule"] = "到期", "expiry_date"
    else:
        row["state"] = "有效"


def _file(table: Any, lead: Row, index: int) -> Row:
    row: Row = dict.fromkeys(column.name for column in table.c)
    return row | {
        "batch": f"SW{lead['received_at']:%Y%m%d}-{index:07d}", "received_at": lead["received_at"],
        "name": lead["source_file"], "path": lead["source_file"], "form": "大客户信息记录表",
        "state": "accepted", "unit_code": lead["unit_code"], "unit": lead["unit"],
        "sha256": lead["file_print"], "read": 20, "blank": 0, "accepted": 20, "refused": 0,
        "known": 0, "superseded": "否", "run": 1, "processed_at": lead["received_at"],
        "archived": f"archive/2026/01/{lead['file_print'][:12]}_{lead['source_file']}",
    }  # fmt: skip


def _cutoff(issue: str) -> datetime:
    from processor.calendar import parse_issue

    return parse_issue(issue).cutoff


def _issue_after(at: datetime) -> str:
    from processor.calendar import issue_for

    return issue_for(at).id


def _issue_before(at: datetime) -> str:
    from processor.calendar import issue_for, previous_issue

    return previous_issue(issue_for(at)).id
