"""An office as an outsider sees it: official forms go into the inbox, workbooks are read back.

Nothing here imports the product but its command line: what these tests know of the product is what
its users know.
"""

from __future__ import annotations

import io
import itertools
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import msoffcrypto
import openpyxl
from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook

Cells = Mapping[str, object]

_SAVED = itertools.count(1)

LEADS = "大客户信息记录表"
CONTRACTS = "合同登记汇总表"
APPLICATION = "大客户项目申报表"
SCREENING = "甄别反馈表"
RULINGS = "疑似重复裁定表"
TARGETS = "目标信息量分解调整表"
LEAKS = "信息泄漏登记表"

JIA = "芜湖甲汽车销售有限公司"  # dealer D01
YI = "合肥乙汽车销售有限公司"  # dealer D02
BING = "安庆丙汽车销售有限公司"  # dealer D03
QUYU = "区域营销部"  # department B01
WANGLUO = "网络发展部"  # department B02
STOPPED = "蚌埠停网汽车销售有限公司"  # dealer D09, suspended

UNITS: tuple[Cells, ...] = (
    {"单位编码": "D01", "单位全称": JIA, "简称或别名": "芜湖甲;甲店", "类型": "经销商",
     "省": "安徽省", "市": "芜湖市", "状态": "在网", "启用日期": date(2020, 1, 1),
     "负责人": "甲总", "收款户名": JIA},
    {"单位编码": "D02", "单位全称": YI, "类型": "经销商", "省": "安徽省", "市": "合肥市",
     "状态": "在网", "启用日期": date(2020, 1, 1), "收件目录名": "合肥乙店"},
    {"单位编码": "D03", "单位全称": BING, "类型": "经销商", "省": "安徽省", "市": "安庆市",
     "状态": "在网", "启用日期": date(2020, 1, 1)},
    {"单位编码": "D09", "单位全称": STOPPED, "类型": "经销商", "省": "安徽省", "市": "蚌埠市",
     "状态": "停网", "启用日期": date(2020, 1, 1)},
    {"单位编码": "B01", "单位全称": QUYU, "简称或别名": "区域部", "类型": "部门", "状态": "在网",
     "启用日期": date(2020, 1, 1), "分管领导": "区总"},
    {"单位编码": "B02", "单位全称": WANGLUO, "类型": "部门", "状态": "在网",
     "启用日期": date(2020, 1, 1)},
    {"单位编码": "K01", "单位全称": "业务开发一科", "类型": "业务开发科室", "状态": "在网",
     "启用日期": date(2020, 1, 1)},
    {"单位编码": "K02", "单位全称": "业务开发二科", "类型": "业务开发科室", "状态": "在网",
     "启用日期": date(2020, 1, 1)},
    {"单位编码": "Z01", "单位全称": "市场策略科", "类型": "职能科室", "状态": "在网",
     "启用日期": date(2020, 1, 1)},
    {"单位编码": "Z02", "单位全称": "销售支持科", "类型": "职能科室", "状态": "在网",
     "启用日期": date(2020, 1, 1)},
)  # fmt: skip
PEOPLE: tuple[Cells, ...] = (
    {"姓名": "周策", "科室": "市场策略科", "角色": "策略科责任人"},
    {"姓名": "赵丽", "科室": "销售支持科", "角色": "销售支持责任人"},
    {"姓名": "孙工", "科室": "业务开发一科", "角色": "项目责任人", "代理人": "李代"},
    {"姓名": "李代", "科室": "业务开发一科", "角色": "项目责任人"},
    {"姓名": "钱工", "科室": "业务开发二科", "角色": "项目责任人"},
)
DUTIES: tuple[Cells, ...] = (
    {"采购类别": "公检法司", "科室": "业务开发一科", "项目责任人": "孙工", "代理人": "李代"},
    {"采购类别": "", "省": "*", "科室": "业务开发二科", "项目责任人": "钱工"},
)

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"


def lead(number: int = 1, **more: object) -> dict[str, object]:
    """A complete, acceptable row; another `number` is another customer with another contact.

    Headings that are no identifiers are given by `**{"标的量(台)": 3}`.
    """
    return {
        "客户单位全称": f"{_customer(number)}",
        "采购类别": "企事业单位",
        "省": "安徽省",
        "市": "芜湖市",
        "县(区)": "南陵县",
        "意向车型": "瑞虎8",
        "标的量(台)": 5,
        "预计采购时间": date(2026, 12, 1),
        "客户联系人(第三方)": f"{_SURNAMES[number % len(_SURNAMES)]}主任",
        "联系方式": f"1395531{2000 + number:04d}",
        "信息内容及进展": f"已走访第{number}次，年内采购计划已报批",
        **more,
    }


_TRADE_NAMES = (
    *("瑞祥", "安泰", "恒丰", "永昌", "盛隆", "广源", "德润", "华茂"),
    *("金鼎", "东升", "南峰", "西岭", "北辰", "中兴", "长青", "开元"),
    *("福林", "万利", "百川", "千禾", "天宝", "地博", "同济", "仁和"),
    *("义顺", "礼达", "智联", "信诚", "春晖", "夏荷", "秋实", "冬梅"),
    *("松柏", "竹海", "兰亭", "菊园", "江淮", "河畔", "湖光", "海纳"),
)  # fmt: skip
_TRADES = ("纺织", "食品", "机械", "医药", "建材")


def _customer(number: int) -> str:
    """Clearly different customers: two hundred of them."""
    row, column = divmod(number - 1, len(_TRADE_NAMES))
    return f"南陵县{_TRADE_NAMES[column]}{_TRADES[row]}有限公司"


class Office:
    """A workspace and the people around it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.inbox = root / "inbox"
        self.outbox = root / "outbox"

    # --- commands ---

    def call(self, *words: str) -> Result:
        from processor.cli import cli

        result = CliRunner().invoke(cli, ["--workspace", str(self.root), *words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def run(self, as_of: str, code: int = 0, *words: str) -> dict[str, Any]:
        """One batch run; its JSON object."""
        result = self.call("run", "--as-of", as_of, "--json", *words)
        assert result.exit_code == code, (result.exit_code, result.stdout, result.stderr)
        report: dict[str, Any] = json.loads(result.stdout)
        return report

    def json(self, *words: str) -> dict[str, Any]:
        result = self.call(*words, "--json")
        assert result.exit_code == 0, (result.exit_code, result.stdout, result.stderr)
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    # --- forms into the inbox ---

    def form(
        self, title: str, block: Cells, rows: Iterable[Cells], name: str, folder: str = ""
    ) -> Path:
        """The official blank, filled in: value right of its label, rows under the headings."""
        target = self.inbox / folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        fill(self.root / "templates" / f"{title}.xlsx", target, block, rows)
        return target

    def send(
        self, unit: str, rows: Iterable[Cells], name: str = "", folder: str = "", **block: object
    ) -> Path:
        """A unit's 大客户信息记录表."""
        header = {"提报单位": unit, "提报人": "王明", "提报人电话": "13855312345", **block}
        return self.form(LEADS, header, rows, name or f"提报_{self._next():03d}.xlsx", folder)

    _sent = 0

    def _next(self) -> int:
        self._sent += 1
        return self._sent

    def targets(self, year: int, rows: Mapping[str, Sequence[int] | int], **block: object) -> Path:
        table = []
        for department, months in rows.items():
            twelve = [months] * 12 if isinstance(months, int) else list(months)
            cells: dict[str, object] = {"部门": department, "全年目标": sum(twelve)}
            cells |= {f"{n}月": value for n, value in enumerate(twelve, 1)}
            table.append(cells)
        header = {"年度": year, "版本号": 1, "生效月份": f"{year}-01", "批准人": "总经理",
                  "批准日期": date(year, 1, 4), **block}  # fmt: skip
        return self.form(TARGETS, header, table, f"目标_{self._next():03d}.xlsx")

    def register(self, month: str, rows: Iterable[Cells] = (), **block: object) -> Path:
        table = list(rows)
        header: dict[str, object] = {"统计月份": month, "填报人": "赵丽", **block}
        if not table:
            header.setdefault("本月无合同", "是")
        return self.form(CONTRACTS, header, table, f"合同_{self._next():03d}.xlsx")

    def register_of(self, number: str) -> Path:
        """November's register with one contract, five of twelve vehicles picked up."""
        row = {
            "信息编号": number,
            "合同编号": "HT-0001",
            "客户单位全称": self.lead(number)["客户单位全称"],
            "执行经销商": JIA,
            "合同签订日期": date(2026, 11, 12),
            "车型": "瑞虎8",
            "合同数量(台)": 12,
            "本月实际提车(台)": 5,
            "累计实际提车(台)": 5,
            "执行状态": "执行中",
        }
        return self.register("2026-11", [row])

    def apply(self, unit: str, rows: Iterable[Cells]) -> Path:
        header = {"申报单位": unit, "申报人": "王明"}
        return self.form(APPLICATION, header, rows, f"申报_{self._next():03d}.xlsx")

    def screen(self, answers: Mapping[str, Cells], name: str = "") -> Path:
        """Answers to 甄别反馈表 on the official blank: by lead number."""
        rows = [{"信息编号": n, "甄别人": "孙工", **cells} for n, cells in answers.items()]
        return self.form(SCREENING, {}, rows, name or f"甄别_{self._next():03d}.xlsx")

    def rule(self, number: str, ruling: str, **more: object) -> Path:
        row = {"裁定编号": number, "裁定": ruling, "理由": "已电话核实", "裁定人": "周策",
               "日期": date(2026, 11, 5), **more}  # fmt: skip
        return self.form(RULINGS, {}, [row], f"裁定_{self._next():03d}.xlsx")

    # --- what comes out ---

    def files(self, pattern: str) -> list[Path]:
        return sorted(self.outbox.glob(pattern))

    def one(self, pattern: str) -> Path:
        found = self.files(pattern)
        assert len(found) == 1, (pattern, found, [str(p) for p in self.outbox.rglob("*")])
        return found[0]

    def master(self, sheet: str) -> list[dict[str, Any]]:
        """Rows of a sheet of the master, by heading; empty cells are ""."""
        data = (self.root / "master" / "大客户信息台账.xlsx").read_bytes()
        if not data.startswith(b"PK"):  # under its password
            bare = io.BytesIO()
            workbook = msoffcrypto.OfficeFile(io.BytesIO(data))
            workbook.load_key(password=os.environ["PROCESSOR_MASTER_PASSWORD"])
            workbook.decrypt(bare)
            data = bare.getvalue()
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        rows = book.get_sheet_by_name(sheet).to_python()
        return [dict(zip(map(str, rows[0]), row, strict=True)) for row in rows[1:] if any(row)]

    def lead(self, number: str) -> dict[str, Any]:
        return next(row for row in self.master("台账") if row["信息编号"] == number)

    def states(self) -> dict[str, str]:
        """State of every lead by number."""
        return {row["信息编号"]: row["状态"] for row in self.master("台账")}

    def number(self, customer: str, unit: str = "") -> str:
        """信息编号 of a customer's (only) lead."""
        found = [
            row["信息编号"]
            for row in self.master("台账")
            if row["客户单位全称"] == customer and unit in ("", row["提报单位"])
        ]
        assert len(found) == 1, found
        return str(found[0])

    def receipt(self, name: str) -> Path:
        """The receipt of the file sent under a name."""
        return self.one(f"回执/*/*_{Path(name).stem}_回执*.xlsx")

    def workspace_files(self) -> dict[str, bytes]:
        """Everything but the lock, to see that something changed nothing."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and path.suffix != ".lock"
        }


def fill(template: Path, target: Path, block: Cells, rows: Iterable[Cells]) -> None:
    """Fill a blank form as a person does. Every label and heading must exist to the letter."""
    book = openpyxl.load_workbook(template)
    sheet = book.worksheets[0]
    table = list(rows)
    top, columns = heading_row(sheet, table[0] if table else {})
    for label, value in block.items():
        cell = next(
            c for r in sheet.iter_rows(max_row=top - 1) for c in r if plain(c.value) == label
        )
        sheet.cell(cell.row, cell.column + 1).value = value
    for number, cells in enumerate(table, top + 1):
        for heading, value in cells.items():
            if value not in ("", None):
                sheet.cell(number, columns[heading]).value = value
    book.properties.identifier = str(next(_SAVED))  # saved twice is never the same bytes
    book.save(target)


def heading_row(sheet: Any, wanted: Cells) -> tuple[int, dict[str, int]]:
    for row in sheet.iter_rows(max_row=15):
        names = {plain(cell.value): cell.column for cell in row if cell.value is not None}
        if len(names) > 2 and (wanted.keys() <= names.keys() if wanted else len(names) > 8):
            return row[0].row, names
    raise AssertionError(f"no heading row with {list(wanted)}")


def plain(value: object) -> str:
    return str(value or "").strip().strip("※* ")


def tables(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The native Excel tables of a workbook by sheet (the first of each), as rows by heading."""
    book = openpyxl.load_workbook(path, data_only=True)
    found = {}
    for sheet in book.worksheets:
        for table in list(sheet.tables.values())[:1]:
            cells = [[c.value for c in row] for row in sheet[table.ref]]
            last = len(cells) - (table.totalsRowCount or 0)
            rows = [dict(zip(map(str, cells[0]), row, strict=True)) for row in cells[1:last]]
            found[sheet.title] = [r for r in rows if any(v not in (None, "") for v in r.values())]
    return found


def headings(path: Path, sheet: str) -> list[str]:
    book = openpyxl.load_workbook(path)
    table = next(iter(book[sheet].tables.values()))
    return [str(cell.value) for cell in book[sheet][table.ref][0]]


def sheet_names(path: Path) -> list[str]:
    return list(openpyxl.load_workbook(path, read_only=True).sheetnames)


def text_of(path: Path, sheet: str = "") -> str:
    """Everything written in a workbook (or one of its sheets), to look for words in."""
    book = openpyxl.load_workbook(path)
    chosen = [book[sheet]] if sheet else book.worksheets
    return "\n".join(
        str(c.value) for s in chosen for row in s.iter_rows() for c in row if c.value is not None
    )


def fill_roster(
    path: Path,
    units: Sequence[Cells] = UNITS,
    people: Sequence[Cells] = PEOPLE,
    duties: Sequence[Cells] = DUTIES,
    calendar: Sequence[Cells] = (),
    aliases: Sequence[Cells] = (),
) -> None:
    """The roster as the clerk fills it; rows there before are cleared."""
    book = openpyxl.load_workbook(path)
    parts = {
        "单位": units,
        "人员": people,
        "甄别分工": duties,
        "日历调整": calendar,
        "客户别名": aliases,
    }
    for name, rows in parts.items():
        sheet = book[name]
        top, columns = next(
            (row[0].row, {plain(c.value): c.column for c in row if c.value is not None})
            for row in sheet.iter_rows(max_row=8)
            if plain(row[0].value) in ("单位编码", "姓名", "采购类别", "日期", "别名")
        )
        for row in sheet.iter_rows(min_row=top + 1, max_row=top + 60):
            for cell in row:
                cell.value = None
        for number, cells in enumerate(rows, top + 1):
            for heading, value in cells.items():
                if value != "":
                    sheet.cell(number, columns[heading]).value = value
    book.save(path)


def new_office(root: Path) -> Office:
    """`processor init`, the roster filled, no waiting for half-copied files."""
    from processor.cli import cli

    result = CliRunner().invoke(cli, ["init", str(root)])
    assert result.exit_code == 0, result.output
    fill_roster(root / "master" / "单位名录.xlsx")
    (root / "processor.toml").write_text("[intake]\nsettle_seconds = 0\n", "utf-8")
    return Office(root)


def copied(pattern: Path, root: Path) -> Office:
    shutil.copytree(pattern, root)
    return Office(root)


def moment(value: object) -> datetime:
    """A moment as written in an output cell."""
    if isinstance(value, datetime):
        return value
    return datetime.fromisoformat(str(value))
