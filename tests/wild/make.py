"""Make the forms of `files/`: the same invented leads as many programs save them.

    python -m tests.wild.make

What was planted is written beside each file as JSON; `test_wild.py` compares what is read. The
files are committed, so that the test needs neither LibreOffice nor the writing libraries.
"""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

from msoffcrypto.format.ooxml import OOXMLFile
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.styles import Border, Side

from tests.wild.writers import (
    BLOCK,
    HEADINGS,
    LEADS,
    ROWS,
    TEMPLATES,
    by_csv,
    by_openpyxl,
    by_pandas,
    by_xlsxwriter,
    by_xlwt,
    grid,
    office,
    rewritten,
    template,
    texts,
)

FILES = Path(__file__).parent / "files"
FIRST = {
    "customer": "南陵县公安局",
    "category": "公检法司",
    "county": "南陵县",
    "model": "瑞虎8",
    "quantity": 12,
    "expected": "2026-12-01",
    "contact": "李强",
    "contact_phone": "0553-6812345",
}
LAST = {"customer": "繁昌区平安出租汽车有限公司", "quantity": 30, "remark": "𠮷祥路营业点"}


def expect(name: str, data: bytes, **planted: Any) -> None:
    """Write one file and what is in it."""
    (FILES / name).write_bytes(data)
    text = json.dumps(planted, ensure_ascii=False, indent=1)
    (FILES / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def leads(name: str, data: bytes, **planted: Any) -> None:
    """The usual expectation: three rows, the first and the last as planted."""
    usual: dict[str, Any] = {
        "kind": LEADS,
        "rows": 3,
        "submitter": BLOCK["提报单位"],
        "first": FIRST,
        "last": LAST,
    }
    expect(name, data, **(usual | planted))


def plain() -> None:
    """One layout, many writers."""
    leads("xlsxwriter.xlsx", by_xlsxwriter(grid()))
    leads("xlsxwriter_inline_strings.xlsx", by_xlsxwriter(grid(), constant_memory=True))
    leads("xlsxwriter_1904.xlsx", by_xlsxwriter(grid(), date_1904=True))
    leads("openpyxl.xlsx", by_openpyxl(grid()))
    leads("pandas.xlsx", by_pandas())
    leads("xlwt.xls", by_xlwt(grid()))
    leads("xlwt_1904.xls", by_xlwt(grid(), old_dates=True))
    leads("wps.et", by_xlwt(grid()))
    leads("misnamed.xls", by_xlsxwriter(grid()))
    leads("misnamed.xlsx", by_xlwt(grid()))
    leads("utf8_mark.csv", by_csv(grid(), "utf-8-sig"))
    leads("gb18030.csv", by_csv(grid(), "gb18030"))
    leads("unicode_text.csv", by_csv(grid(), "utf-16", "\t"))
    leads("semicolons.csv", by_csv(grid(), "utf-8", ";"))
    leads("tabs_called.xls", by_csv(grid(), "gb18030", "\t"))
    cells = "".join(
        "<tr>" + "".join(f"<td>{value}</td>" for value in row) + "</tr>\r\n"
        for row in texts(grid())
    )
    head = '<meta http-equiv=Content-Type content="text/html; charset=gb18030">'
    page = f'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head>{head}</head>'
    page += f"<body><table border=1>{cells}</table></body></html>"
    leads("html_called.xls", page.encode("gb18030"))
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    cells = "".join(
        "<Row>"
        + "".join(f'<Cell><Data ss:Type="String">{value}</Data></Cell>' for value in row)
        + "</Row>"
        for row in texts(grid())
    )
    page = f'<?xml version="1.0"?>\n<Workbook xmlns="{space}" xmlns:ss="{space}">'
    page += f'<Worksheet ss:Name="{LEADS}"><Table>{cells}</Table></Worksheet></Workbook>'
    leads("xml2003_called.xls", page.encode())


def by_office() -> None:
    """LibreOffice's formats, and a file saved over and over by different programs."""
    made = by_openpyxl(grid())
    leads("libreoffice.xlsx", office(made, "xlsx"))
    leads("libreoffice_97.xls", office(made, "xls"))
    leads("libreoffice.csv", office(made, "csv:Text - txt - csv (StarCalc):44,34,76,1"))
    leads("libreoffice_html.xls", office(made, "html"))
    twice = office(office(office(made, "xls"), "xlsx", "xls"), "xlsx")
    leads("saved_three_times.xlsx", twice)
    expect("libreoffice.ods", office(made, "ods"), refused="unsupported_type")
    filled = template(LEADS, BLOCK, [dict(zip(HEADINGS, row, strict=True)) for row in ROWS])
    leads("official_by_openpyxl.xlsx", filled)
    leads("official_by_libreoffice.xlsx", office(filled, "xlsx"))
    leads("official_by_libreoffice.xls", office(filled, "xls"))


def layouts() -> None:
    """What people do to a form."""
    order = [7, 1, 10, 12, 0, 2, 15, 8, 3, 4, 5, 6, 9, 11, 14, 13]
    shuffled = [[row[i] for i in order] for row in [list(HEADINGS), *ROWS]]
    leads("shuffled.xlsx", by_openpyxl(grid(tuple(shuffled[0]), shuffled[1:])))

    names = {
        "客户单位全称": "客户名称",
        "采购类别": "客户类别",
        "县(区)": "区县",
        "意向车型": "需求车型",
        "标的量(台)": "数量",
        "客户联系人(第三方)": "联系人",
        "联系方式": "联系电话",
    }
    renamed = tuple(names.get(heading, heading) for heading in HEADINGS)
    leads("renamed.xlsx", by_openpyxl(grid(renamed)))

    starred = tuple(f"※ {heading.replace('(', '（').replace(')', '）')}\n" for heading in HEADINGS)
    leads("starred_full_width.xlsx", by_openpyxl(grid(starred)))

    more = (*HEADINGS, "我店编号", "客户等级")
    wide = [[*row, f"JC-{n}", "A"] for n, row in enumerate(ROWS, 1)]
    leads("extra_columns.xlsx", by_openpyxl(grid(more, wide)))

    def title(_: Any, page: Any) -> None:
        page.insert_rows(1, 3)
        page["A1"] = "芜湖江城汽车 2026年11月"
        page.merge_cells("A1:P1")
        page.merge_cells("A4:P4")
        page.merge_cells("B5:C5")

    leads("titles_above_merged.xlsx", by_openpyxl(grid(), title))

    upper = list(HEADINGS)
    upper[3:6] = ["客户所在地区", "", ""]
    lower = [""] * len(HEADINGS)
    lower[3:6] = ["省", "市", "县(区)"]

    def two_rows(_: Any, page: Any) -> None:
        page.merge_cells("D4:F4")
        for column in [1, 2, 3, *range(7, 17)]:
            page.merge_cells(start_row=4, end_row=5, start_column=column, end_column=column)

    leads("two_row_headings.xlsx", by_openpyxl(grid(tuple(upper), [lower, *ROWS]), two_rows))

    def hide(_: Any, page: Any) -> None:
        page.row_dimensions[6].hidden = True

    leads("hidden_row.xlsx", by_openpyxl(grid(), hide))

    def second(book: Any, _: Any) -> None:
        page = book.create_sheet("补充")
        for row in [list(HEADINGS), [4, *ROWS[1][1:]]]:
            page.append(row)
        page["B2"] = "湾沚区方正驾驶员培训有限公司"

    leads("two_sheets.xlsx", by_openpyxl(grid(), second), rows=4, last={})

    def blank(_: Any, page: Any) -> None:
        for row in range(8, 500):
            for column in range(1, 17):
                page.cell(row, column).border = Border(left=Side(style="thin"))

    leads("framed_to_row_500.xlsx", by_openpyxl(grid(), blank))

    def stray(_: Any, page: Any) -> None:
        page["XFD1048576"] = " "

    leads("stray_far_cell.xlsx", by_openpyxl(grid(), stray), notes=["XFD1048576"])

    def rich(_: Any, page: Any) -> None:
        page["B5"] = CellRichText(TextBlock(InlineFont(b=True), "南陵县"), "公安局")
        page["B5"].comment = Comment("重点客户", "王明")

    leads("rich_text_and_comment.xlsx", by_openpyxl(grid(), rich))

    typed = [list(row) for row in ROWS]
    typed[0][7], typed[0][8] = "十二台", "2026年12月"
    typed[1][7], typed[1][12] = "５", 13855362018
    typed[2][7], typed[2][8] = "30辆", "2027.3"
    leads("typed_by_hand.xlsx", by_openpyxl(grid(rows=typed)))

    spaced = [[f"  {v}\u3000" if isinstance(v, str) and v else v for v in row] for row in ROWS]
    spaced[0][1] = "南陵县\u200b公安局\x0b"
    leads("stray_spaces.csv", by_csv(grid(rows=spaced), "utf-8"))

    spread = [ROWS[0], [""] * 16, [9, *[""] * 15], ROWS[1], ROWS[2]]
    spread.append(["合计", *[""] * 6, 47, *[""] * 8])
    leads("gaps_and_total.xlsx", by_openpyxl(grid(rows=spread)))

    dated = [list(row) for row in ROWS]
    dated[0][8] = (date(2026, 12, 1) - date(1899, 12, 30)).days
    leads("dates_as_serials.xlsx", by_openpyxl(grid(rows=dated)))

    totals = [list(row) for row in ROWS]
    totals[0][7] = "=10+2"
    made = by_openpyxl(grid(rows=totals))
    leads("formula_calculated.xlsx", office(made, "xlsx"))
    first = {key: value for key, value in FIRST.items() if key != "quantity"}
    leads("formula_never_calculated.xlsx", made, first=first, notes=["H5"])


def odd() -> None:
    """Containers and dialects."""
    made = by_openpyxl(grid())

    def strict(_: str, content: bytes) -> bytes:
        main, links = b"spreadsheetml", b"officeDocument"
        for old, new in (
            (main + b"/2006/main", main + b"/main"),
            (links + b"/2006/relationships", links + b"/relationships"),
        ):
            content = content.replace(
                b"http://schemas.openxmlformats.org/" + old, b"http://purl.oclc.org/ooxml/" + new
            )
        return content

    leads("strict_open_xml.xlsx", rewritten(made, strict))

    def prefixed(name: str, content: bytes) -> bytes:
        if "worksheets/sheet" not in name or name.endswith(".rels"):
            return content
        text = content.decode().replace("</", "</x:").replace("<", "<x:")
        text = text.replace("<x:/x:", "</x:").replace("<x:?", "<?").replace("<x:!", "<!")
        return text.replace("xmlns=", "xmlns:x=", 1).encode()

    leads("prefixed_xml.xlsx", rewritten(made, prefixed))

    def utf16(name: str, content: bytes) -> bytes:
        if "sheet1.xml" not in name:
            return content
        text = content.decode()
        head = '<?xml version="1.0" encoding="UTF-16"?>'
        return (head + text.partition("?>")[2] if text.startswith("<?xml") else head + text).encode(
            "utf-16"
        )

    leads("utf16_sheet.xlsx", rewritten(made, utf16))

    with_macro = io.BytesIO(made)
    with zipfile.ZipFile(with_macro, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"not a project")
    leads("macros.xlsm", with_macro.getvalue(), notes=["宏"])

    target = io.BytesIO()
    OOXMLFile(io.BytesIO(made)).encrypt("chery2026", target)
    expect("password.xlsx", target.getvalue(), refused="encrypted")

    pack = io.BytesIO()
    with zipfile.ZipFile(pack, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("AAAA.xlsx", made)
        archive.writestr("BBBB.xls", by_xlwt(grid()))
    data = pack.getvalue()
    for old, new in ((b"AAAA", "芜湖"), (b"BBBB", "无为")):
        data = data.replace(old, new.encode("gbk"))
    leads("pack_with_gbk_names.zip", data, members=["芜湖.xlsx", "无为.xls"])

    page = "MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html><table></table></html>"
    expect("web_archive_called.xls", page.encode(), refused="unsupported_type")
    expect("blank_official.xlsx", (TEMPLATES / f"{LEADS}.xlsx").read_bytes(), kind=LEADS, rows=0)


def other_forms() -> None:
    """The other official forms, filled in and saved again by LibreOffice."""
    contract = {
        "信息编号": "DKH202609-0012",
        "合同编号": "HT-2026-0881",
        "客户单位全称": "南陵县公安局",
        "执行经销商": "芜湖江城汽车销售有限公司",
        "合同签订日期": date(2026, 10, 12),
        "车型": "瑞虎8",
        "合同数量(台)": 12,
        "本月实际提车(台)": 5,
        "累计实际提车(台)": 5,
        "执行状态": "执行中",
    }
    block = {"统计月份": "2026-10", "填报人": "赵丽", "填报日期": date(2026, 11, 2)}
    title = "合同登记汇总表"
    data = template(title, block, [contract])
    expect("contracts.xlsx", office(data, "xlsx"), kind=title, rows=1, found=["HT-2026-0881"])
    expect("contracts.xls", office(data, "xls"), kind=title, rows=1, found=["HT-2026-0881"])
    title = "大客户项目申报表"
    application = {
        "关联信息编号": "DKH202611-0007",
        "客户单位全称": "南陵县公安局",
        "采购类别": "公检法司",
        "省": "安徽省",
        "市": "芜湖市",
        "县(区)": "南陵县",
        "车型": "瑞虎8",
        "数量(台)": 12,
        "预计签约日期": date(2026, 12, 20),
        "客户联系人": "李强",
        "联系方式": "0553-6812345",
    }
    block = {
        "申报单位": "芜湖江城汽车销售有限公司",
        "申报人": "王明",
        "申报日期": date(2026, 11, 11),
    }
    data = template(title, block, [application])
    expect("application.xlsx", office(data, "xlsx"), kind=title, rows=1, found=["DKH202611-0007"])


def main() -> None:
    shutil.rmtree(FILES, ignore_errors=True)
    FILES.mkdir()
    for part in (plain, layouts, odd, by_office, other_forms):
        part()
    total = sum(path.stat().st_size for path in FILES.iterdir())
    print(f"{len(list(FILES.glob('*.json')))} files, {total / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
