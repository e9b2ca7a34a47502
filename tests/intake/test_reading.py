"""Reading: faithful cells from every format; hostile files cost themselves a refusal, no more."""

from __future__ import annotations

import random
import struct
import sys
import time
from datetime import date, datetime, timedelta
from datetime import time as clock
from pathlib import Path

import pytest

from processor.intake import biff, ooxml, reading, worker
from processor.intake.guard import Refused, Safe
from processor.intake.limits import UnreadableError
from processor.intake.raw import RawBook, RawSheet
from processor.model import FileState
from tests.intake.files import (
    BOOK,
    BOOK_RELS,
    MAIN,
    RELATIONS,
    ROOT_RELS,
    ROWS,
    STRINGS,
    TYPES,
    judge,
    judge_all,
    pack,
    sheet_xml,
    xls,
    xlsx,
)

GRID = [["甲", "乙"], [1, 13812345678]]
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def sheet(verdict: RawBook | Refused, number: int = 0) -> RawSheet:
    assert isinstance(verdict, RawBook), verdict
    return verdict.sheets[number]


def inline(text: str, place: str = "A1") -> str:
    return f'<row r="1"><c r="{place}" t="inlineStr"><is><t>{text}</t></is></c></row>'


class TestFaithful:
    """What is in the cells, whatever wrote them."""

    def test_whole_numbers_are_integers(self, tmp_path: Path) -> None:
        rows = sheet(judge(tmp_path, xlsx())).rows
        assert rows == GRID
        assert [type(value) for value in rows[1]] == [int, int]

    def test_row_one_is_row_one(self, tmp_path: Path) -> None:
        cells = '<row r="3"><c r="C3"><v>1.5</v></c></row>'
        assert sheet(judge(tmp_path, xlsx(sheet_xml(cells)))).rows == [
            ["", "", ""],
            ["", "", ""],
            ["", "", 1.5],
        ]

    def test_cells_without_references(self, tmp_path: Path) -> None:
        cells = "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"
        assert sheet(judge(tmp_path, xlsx(sheet_xml(cells)))).rows == [[1, 2], [3, ""]]

    def test_kinds_of_values(self, tmp_path: Path) -> None:
        import xlsxwriter

        path = tmp_path / "made.xlsx"
        for start, serial in ((False, 46329.5), (True, 46329.5)):
            with xlsxwriter.Workbook(path, {"date_1904": start}) as book:
                page = book.add_worksheet()
                day = book.add_format({"num_format": "yyyy-mm-dd"})
                page.write_datetime(0, 0, datetime(2026, 11, 3), day)
                moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
                page.write_datetime(0, 1, datetime(2026, 11, 3, 9, 12), moment)
                page.write_datetime(0, 2, clock(9, 12), book.add_format({"num_format": "hh:mm"}))
                page.write_datetime(
                    0, 3, timedelta(hours=30), book.add_format({"num_format": "[h]:mm"})
                )
                page.write_boolean(0, 4, True)
                page.write_string(0, 5, "007")
                page.write_number(0, 6, serial)
            read = sheet(judge(tmp_path, path.read_bytes()))
            assert read.rows == [
                [
                    date(2026, 11, 3),
                    datetime(2026, 11, 3, 9, 12),
                    clock(9, 12),
                    timedelta(hours=30),
                    True,
                    "007",
                    serial,
                ]
            ]
            assert read.date1904 is start

    @pytest.mark.parametrize(
        "text", ["𠮷野家𪚥", "  两端空格  ", "=1+1", "NA", "None", "长" * 40_000, "a\tb"]
    )
    def test_texts_come_as_they_are(self, tmp_path: Path, text: str) -> None:
        if text.startswith(" "):
            data = xlsx(sheet_xml(inline(text).replace("<t>", '<t xml:space="preserve">')))
        else:
            data = xlsx(sheet_xml(inline(text)))
        assert sheet(judge(tmp_path, data)).rows == [[text]]

    def test_control_characters_do_not_stop_the_reader(self, tmp_path: Path) -> None:
        for text in ("甲\x01乙", "甲_x0001_乙"):
            assert sheet(judge(tmp_path, xlsx(sheet_xml(inline(text))))).rows == [["甲\x01乙"]]

    def test_blank_rows_at_the_end_are_cut_and_lone_spaces_are_blank(self, tmp_path: Path) -> None:
        cells = ROWS + '<row r="9"><c r="A9" t="inlineStr"><is><t> </t></is></c></row>'
        assert sheet(judge(tmp_path, xlsx(sheet_xml(cells)))).rows == GRID

    def test_hidden_rows_and_sheets(self, tmp_path: Path) -> None:
        cells = ROWS.replace('<row r="2">', '<row r="2" spans="1:2" hidden="1">')
        book = BOOK.replace('sheetId="1"', 'sheetId="1" state="veryHidden"')
        read = sheet(judge(tmp_path, xlsx(sheet_xml(cells), book)))
        assert read.hidden_rows == {1}
        assert not read.visible
        assert read.rows == GRID

    def test_merged_ranges_are_clipped_to_what_is_there(self, tmp_path: Path) -> None:
        after = (
            '<mergeCells><mergeCell ref="A1:XFD1048576"/><mergeCell ref="Z90:Z99"/></mergeCells>'
        )
        assert sheet(judge(tmp_path, xlsx(sheet_xml(ROWS, after=after)))).merged == [(0, 0, 1, 1)]

    def test_error_cells_are_told(self, tmp_path: Path) -> None:
        cells = '<row r="2"><c r="B2" s="1" t="e"><v>#REF!</v></c><c r="C2"><v>1</v></c></row>'
        assert sheet(judge(tmp_path, xlsx(sheet_xml(cells)))).error_cells == {(1, 1)}

    def test_formulas_never_calculated_are_told(self, tmp_path: Path) -> None:
        cells = (
            '<row r="1"><c r="A1"><f>1+1</f></c><c r="B1"><f>1+1</f><v></v></c>'
            '<c r="C1"><f>1+1</f><v>2</v></c><c r="D1"><f t="shared" si="0"/></c>'
            '<c r="E1" t="str"><f>""</f><v></v></c></row>'
        )
        verdict = judge(tmp_path, xlsx(sheet_xml(cells)))
        assert sheet(verdict).rows == [["", "", 2, "", ""]]
        assert isinstance(verdict, RawBook)
        assert sheet(verdict).error_cells == {(0, 0), (0, 1), (0, 3)}
        assert "A1、B1、D1" in verdict.notes[0]

    def test_macros_are_not_run_and_told(self, tmp_path: Path) -> None:
        data = xlsx(more={"xl/vbaProject.bin": b"\xcc\x61"})
        verdict = judge(tmp_path, data, "a.xlsm")
        assert sheet(verdict).rows == GRID
        assert isinstance(verdict, RawBook)
        assert "宏" in verdict.notes[0]

    def test_prefixed_xml(self, tmp_path: Path) -> None:
        cells = ROWS.replace('<row r="2">', '<row r="2" hidden="true">')
        cells += '<row r="3"><c r="A3" t="e"><v>#N/A</v></c></row>'
        text = sheet_xml(cells).replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?")
        read = sheet(judge(tmp_path, xlsx(text.replace("xmlns=", "xmlns:x="))))
        assert read.rows[:2] == GRID
        assert (read.hidden_rows, read.error_cells) == ({1}, {(2, 0)})

    @pytest.mark.parametrize("encoding", ["utf-16", "gb18030", "utf-8-sig"])
    def test_sheets_in_other_encodings(self, tmp_path: Path, encoding: str) -> None:
        """calamine alone reads a UTF-16 sheet as empty, without a word."""
        text = sheet_xml(inline("客户单位全称")).replace("UTF-8", encoding.removesuffix("-sig"))
        read = sheet(judge(tmp_path, xlsx(text.encode(encoding))))
        assert read.rows == [["客户单位全称"]]

    def test_strict_open_xml(self, tmp_path: Path) -> None:
        def strict(text: str) -> str:
            text = text.replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")
            return text.replace(
                RELATIONS, "http://purl.oclc.org/ooxml/officeDocument/relationships"
            )

        cells = ROWS.replace("</row>", '<c r="C1" t="d"><v>2026-11-03</v></c></row>', 1)
        data = pack(
            {
                "[Content_Types].xml": TYPES,
                "_rels/.rels": strict(ROOT_RELS),
                "xl/workbook.xml": strict(BOOK),
                "xl/_rels/workbook.xml.rels": strict(BOOK_RELS),
                "xl/sharedStrings.xml": strict(STRINGS),
                "xl/worksheets/sheet1.xml": strict(sheet_xml(cells)),
            }
        )
        read = sheet(judge(tmp_path, data))
        assert read.rows == [["甲", "乙", date(2026, 11, 3)], [1, 13812345678, ""]]

    @pytest.mark.parametrize("dimension", ["A1", "A1:XFD1048576"])
    def test_the_dimension_is_not_believed(self, tmp_path: Path, dimension: str) -> None:
        data = xlsx(sheet_xml(ROWS, f'<dimension ref="{dimension}"/>'))
        assert sheet(judge(tmp_path, data)).rows == GRID

    def test_members_named_with_backslashes(self, tmp_path: Path) -> None:
        data = xlsx(sheet_xml(ROWS.replace('<row r="2">', '<row r="2" hidden="1">')))
        read = sheet(judge(tmp_path, data.replace(b"xl/", b"xl\\").replace(b"_rels/", b"_rels\\")))
        assert (read.rows, read.hidden_rows) == (GRID, {1})

    def test_two_sheets_of_one_name_are_not_guessed_at(self, tmp_path: Path) -> None:
        one = '<sheet name="表" sheetId="1" r:id="rId1"/>'
        verdict = judge(tmp_path, xlsx(book=BOOK.replace(one, one + one.replace("1", "2"))))
        assert isinstance(verdict, Refused)
        assert verdict.code == "damaged"

    def test_names_with_markup_find_their_sheet(self, tmp_path: Path) -> None:
        book = BOOK.replace('name="表"', 'name="A &amp; B &lt;1&gt;"')
        cells = '<row r="1" hidden="1"><c r="A1"><v>1</v></c></row>'
        read = sheet(judge(tmp_path, xlsx(sheet_xml(cells), book)))
        assert (read.name, read.hidden_rows) == ("A & B <1>", {0})


class TestXls:
    def test_values_of_every_sheet(self, tmp_path: Path) -> None:
        verdict = judge(tmp_path, xls(sheets=2), "a.xls")
        assert isinstance(verdict, RawBook)
        assert [(s.name, s.rows) for s in verdict.sheets] == [("表1", GRID), ("表2", GRID)]

    def test_facts_beside_the_values(self, tmp_path: Path) -> None:
        import xlwt

        book = xlwt.Workbook()
        page = book.add_sheet("表")
        page.write(0, 0, "甲")
        page.row(1).write(0, 5)
        page.row(1).hidden = True
        page.row(2).set_cell_error(1, 0x2A)
        page.write_merge(3, 4, 0, 1, "合")
        page.write(5, 0, "末")
        book.dates_1904 = True
        hidden = book.add_sheet("藏")
        hidden.write(0, 0, 1)
        hidden.visibility = 1
        book.save(tmp_path / "made.xls")
        verdict = judge(tmp_path, (tmp_path / "made.xls").read_bytes(), "a.xls")
        first = sheet(verdict)
        assert (first.hidden_rows, first.error_cells, first.date1904) == ({1}, {(2, 1)}, True)
        assert first.merged == [(3, 0, 4, 1)]
        assert [s.visible for s in (first, sheet(verdict, 1))] == [True, False]

    @pytest.mark.parametrize("size", [512, 4096])
    def test_a_hole_is_never_read_as_wrong_rows(self, size: int) -> None:
        """Calamine and xlrd read most of these without a word, with dozens of wrong rows."""
        data = xls([[f"客户{r}-{c}" if c % 3 else r * c for c in range(10)] for r in range(300)])
        whole = worker.read(data, "ole")
        for start in range(0, len(data) - size, size):
            holed = data[:start] + bytes(size) + data[start + size :]
            found = worker.read(holed, "ole")
            assert found == whole or found[:2] == ("refused", "damaged"), start

    def test_every_cut_and_every_zero_tail_is_damaged(self) -> None:
        data = xls([[f"客户{r}-{c}" for c in range(10)] for r in range(200)])
        whole = worker.read(data, "ole")
        for cut in range(8, len(data) - 1, 499):
            assert worker.read(data[:cut], "ole")[:2] == ("refused", "damaged")
            found = worker.read(data[:cut] + bytes(len(data) - cut), "ole")
            # the last directory sector may be zeros anyway
            assert found == whole or found[:2] == ("refused", "damaged"), cut

    def test_an_encrypted_workbook_is_known_by_its_records(self) -> None:
        start, end = struct.pack("<HH16x", 0x0809, 16), struct.pack("<HH", 0x000A, 0)
        locked = start + struct.pack("<HH6x", 0x002F, 6) + b"\x99" * 40
        assert biff.walk(locked).encrypted
        assert not biff.walk(start + end).encrypted
        assert not biff.walk(start + end + bytes(512)).encrypted
        for broken in (b"", start, start + end + b"\x01" * 8, start + bytes(8) + end):
            with pytest.raises(UnreadableError):
                biff.walk(broken)

    def test_an_ole_file_without_a_workbook(self, tmp_path: Path) -> None:
        data = xls()
        for old, new in (("Workbook", "WordDocu"),):
            data = data.replace(old.encode("utf-16-le"), new.encode("utf-16-le"))
        verdict = judge(tmp_path, data, "a.wps")
        assert isinstance(verdict, Refused)
        assert verdict.code == "unsupported_type"


class TestText:
    ROWS = (("客户单位全称", "电话", "备注"), ("南陵县公安局", "0553-6812345", 'a,"b"\n二行'))

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    @pytest.mark.parametrize("delimiter", [",", "\t", ";"])
    def test_csv(self, tmp_path: Path, encoding: str, delimiter: str) -> None:
        import csv
        import io

        text = io.StringIO()
        csv.writer(text, delimiter=delimiter).writerows(self.ROWS)
        verdict = judge(tmp_path, text.getvalue().encode(encoding), "a.csv")
        assert sheet(verdict).rows == [list(row) for row in self.ROWS]

    def test_csv_cells_stay_text(self, tmp_path: Path) -> None:
        data = b'a,b,c\n007,="0012",13812345678\n1E5,,2026-11-03\n'
        assert sheet(judge(tmp_path, data, "a.csv")).rows == [
            ["a", "b", "c"],
            ["007", "0012", "13812345678"],
            ["1E5", "", "2026-11-03"],
        ]

    def test_csv_rows_of_unequal_length(self, tmp_path: Path) -> None:
        rows = sheet(judge(tmp_path, "标题\na,b,c\n1,2\n,,\n".encode(), "a.csv")).rows
        assert rows == [["标题", "", ""], ["a", "b", "c"], ["1", "2", ""]]

    def test_csv_naming_its_separator(self, tmp_path: Path) -> None:
        assert sheet(judge(tmp_path, b"sep=;\r\na;b,c\r\n", "a.csv")).rows == [["a", "b,c"]]

    def test_csv_too_wide_and_too_long(self, tmp_path: Path) -> None:
        for data in (b"," * 300, b"a,b\n" * 100_001):
            verdict = judge(tmp_path, data, "a.csv")
            assert isinstance(verdict, Refused)
            assert verdict.code == "too_large"
        assert len(sheet(judge(tmp_path, b"a,b\n" * 100_000, "a.csv")).rows) == 100_000

    @pytest.mark.parametrize(
        ("encoding", "meta"), [("utf-8", ""), ("gbk", '<meta charset="gb2312">'), ("gbk", "")]
    )
    def test_html_called_xls(self, tmp_path: Path, encoding: str, meta: str) -> None:
        page = (
            f"<html><head>{meta}</head><body><table><tr><td colspan=2>大客户&nbsp;表</td></tr>"
            "<tr><th>客户</th><th>台数<br>(台)</th></tr>"
            "<tr><td rowspan='2'>南陵</td><td>1</td></tr><tr><td>2</td></tr></table></body></html>"
        )
        verdict = judge(tmp_path, page.encode(encoding), "a.xls")
        read = sheet(verdict)
        assert read.rows == [["大客户\xa0表", ""], ["客户", "台数(台)"], ["南陵", "1"], ["", "2"]]
        assert read.merged == [(0, 0, 0, 1), (2, 0, 3, 0)]
        assert isinstance(verdict, RawBook)
        assert "HTML" in verdict.notes[0]

    def test_html_layout_tables_are_not_data(self, tmp_path: Path) -> None:
        page = b"<table><tr><td><table><tr><td>1</td></tr></table></td></tr></table>"
        verdict = judge(tmp_path, page, "a.xls")
        assert isinstance(verdict, RawBook)
        assert [s.rows for s in verdict.sheets] == [[["1"]]]

    def test_html_spans_cannot_ask_for_memory(self, tmp_path: Path) -> None:
        page = b"<table><tr><td colspan=99999999 rowspan=99999999>a</td></tr><tr><td>b</table>"
        verdict = judge(tmp_path, page, "a.xls")
        assert isinstance(verdict, RawBook) or verdict.code == "too_large"

    def test_xml_2003(self, tmp_path: Path) -> None:
        space = "urn:schemas-microsoft-com:office:spreadsheet"
        page = (
            f'<?xml version="1.0"?><Workbook xmlns="{space}" xmlns:ss="{space}">'
            '<Worksheet ss:Name="表"><Table>'
            '<Row><Cell ss:MergeAcross="1"><Data>题</Data></Cell></Row>'
            '<Row ss:Index="3"><Cell><Data ss:Type="Number">7</Data></Cell>'
            '<Cell ss:Index="3"><Data>x</Data></Cell></Row></Table></Worksheet></Workbook>'
        )
        read = sheet(judge(tmp_path, page.encode(), "a.xls"))
        assert (read.name, read.merged) == ("表", [(0, 0, 0, 1)])
        assert read.rows == [["题", "", ""], ["", "", ""], ["7", "", "x"]]


def styled(rows: int) -> str:
    return "".join(
        f'<row r="{r}">' + "".join(f'<c r="{c}{r}" s="1"/>' for c in LETTERS) + "</row>"
        for r in range(3, rows + 3)
    )


def column(letters: str, rows: int) -> str:
    """A number in every row of one column."""
    return "".join(
        f'<row r="{r}"><c r="{letters}{r}"><v>1</v></c></row>' for r in range(1, rows + 1)
    )


def entities(declarations: str, text: str) -> str:
    return sheet_xml(inline(text)).replace("?>", f"?><!DOCTYPE w [{declarations}]>", 1)


def shared(index: int) -> str:
    return f'<row r="1"><c r="A1" t="s"><v>{index}</v></c></row>'


def flipped() -> bytes:
    """One byte of the sheet's packed data is another."""
    data = bytearray(xlsx())
    data[data.index(b"xl/worksheets/sheet1.xml") + 40] ^= 0x55
    return bytes(data)


FAR = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
DISGUISED = FAR.replace("r=", "r =")
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
XXE = '<!ENTITY a SYSTEM "file:///etc/passwd">'
FULL = ooxml.MAX_UNPACKED_BYTES
UTF16 = entities(XXE, "&a;").replace("UTF-8", "UTF-16")

LOSS = [
    ("xml bomb", lambda: xlsx(entities(LAUGHS, "&a8;")), "hostile_xml"),
    ("xxe", lambda: xlsx(entities(XXE, "&a;")), "hostile_xml"),
    ("xxe in utf-16", lambda: xlsx(UTF16.encode("utf-16")), "hostile_xml"),
    ("zip bomb", lambda: xlsx(sheet_xml(" " * (FULL + 1))), "bomb"),
    ("bomb beside the sheet", lambda: xlsx(more={"xl/media/a.png": bytes(FULL)}), "bomb"),
    ("negative shared string", lambda: xlsx(sheet_xml(shared(-1))), "damaged"),
    ("shared string out of range", lambda: xlsx(sheet_xml(shared(9))), "damaged"),
    ("cut xml", lambda: xlsx(sheet_xml(ROWS)[:-80]), "damaged"),
    ("no workbook", lambda: pack({"[Content_Types].xml": TYPES, "xl/x.xml": "<x/>"}), "damaged"),
    ("wrong checksum", flipped, "damaged"),
    ("no cells", lambda: xlsx(sheet_xml("")), "no_rows"),
    ("only blanks", lambda: xlsx(sheet_xml(inline(" "))), "no_rows"),
    ("a table too long", lambda: xlsx(sheet_xml(column("A", 101_001))), "too_large"),
    ("a table far to the right", lambda: xlsx(sheet_xml(column("ZZ", 1_001))), "too_large"),
    ("a far cell in disguise", lambda: xlsx(sheet_xml(ROWS + DISGUISED)), "parser_died"),
]


@pytest.mark.parametrize(("make", "code"), [row[1:] for row in LOSS], ids=[row[0] for row in LOSS])
def test_hostile_and_broken_workbooks_cost_only_themselves(
    tmp_path: Path, make: object, code: str
) -> None:
    assert callable(make)
    start = time.monotonic()
    before, found, after = judge_all(
        tmp_path, {"前.xlsx": xlsx(), "坏.xlsx": make(), "后.xlsx": xlsx()}, workers=1
    )
    assert time.monotonic() - start < 20
    assert isinstance(found, Refused)
    assert found.code == code, found.detail
    assert found.name == "坏.xlsx"
    assert sheet(before).rows == sheet(after).rows == GRID


class TestFarCells:
    def test_a_stray_cell_in_the_last_corner(self, tmp_path: Path) -> None:
        verdict = judge(tmp_path, xlsx(sheet_xml(ROWS + FAR)))
        assert sheet(verdict).rows == GRID
        assert isinstance(verdict, RawBook)
        assert "XFD1048576" in verdict.notes[0]

    def test_a_lone_space_in_the_last_row(self, tmp_path: Path) -> None:
        cells = ROWS + inline(" ", "A1048576").replace('r="1"', 'r="1048576"')
        assert sheet(judge(tmp_path, xlsx(sheet_xml(cells)))).rows == GRID

    def test_a_hundred_thousand_styled_rows(self, tmp_path: Path) -> None:
        verdict = judge(tmp_path, xlsx(sheet_xml(ROWS + styled(100_000))))
        assert sheet(verdict).rows == GRID
        assert isinstance(verdict, RawBook)
        assert verdict.notes == []

    @pytest.mark.parametrize(
        ("row", "column", "kept"),
        [
            (100_000, "AX", True),
            (100_001, "A", False),
            (20_000, "IV", True),
            (20_001, "IV", False),
            (1, "IW", False),
        ],
    )
    def test_the_edges_of_the_two_shapes(
        self, tmp_path: Path, row: int, column: str, kept: bool
    ) -> None:
        cells = ROWS + f'<row r="{row + 2}"/><row r="{row}"><c r="{column}{row}"><v>7</v></c></row>'
        verdict = judge(tmp_path, xlsx(sheet_xml(cells)))
        assert isinstance(verdict, RawBook)
        assert (verdict.notes == []) is kept
        assert (sheet(verdict).rows[-1][-1] == 7) is kept

    def test_a_table_of_a_hundred_thousand_rows_is_read(self, tmp_path: Path) -> None:
        cells = "".join(
            f'<row r="{r}">' + "".join(f'<c r="{c}{r}"><v>{r}</v></c>' for c in LETTERS) + "</row>"
            for r in range(1, 100_001)
        )
        read = sheet(judge(tmp_path, xlsx(sheet_xml(cells))))
        assert (len(read.rows), read.rows[-1]) == (100_000, [100_000] * 26)


class TestEncrypted:
    @pytest.fixture
    def locked(self) -> bytes:
        import io

        from msoffcrypto.format.ooxml import OOXMLFile

        target = io.BytesIO()
        noise: dict[str, str | bytes] = {"xl/media/a.png": random.Random(1).randbytes(9_000)}
        OOXMLFile(io.BytesIO(xlsx(more=noise))).encrypt("芜湖2026", target)
        return target.getvalue()

    @pytest.mark.parametrize("known", [("芜湖2026",), ("hunter2", "芜湖2026", "x")])
    def test_with_the_right_password(
        self, tmp_path: Path, locked: bytes, known: tuple[str, ...]
    ) -> None:
        verdict = judge(tmp_path, locked, passwords=lambda _: known)
        assert sheet(verdict).rows == GRID
        assert isinstance(verdict, RawBook)
        assert "密码" in verdict.notes[0]

    def test_without_or_with_a_wrong_one(self, tmp_path: Path, locked: bytes) -> None:
        for known in ((), ("",), ("hunter2",), ("hunter2", "芜湖2025")):
            verdict = judge(tmp_path, locked, passwords=lambda _, p=known: p)
            assert isinstance(verdict, Refused)
            assert (verdict.code, verdict.state) == ("encrypted", FileState.REFUSED)
            assert "hunter2" not in f"{verdict}"


class TestChildren:
    def test_nothing_to_read_starts_nothing(self) -> None:
        assert reading.read_all([]) == []

    def test_order_and_names_with_many_files(self, tmp_path: Path) -> None:
        files = {f"{n}.xlsx": xlsx(sheet_xml(inline(f"第{n}号"))) for n in range(60)}
        for number, verdict in enumerate(judge_all(tmp_path, files, workers=3)):
            assert isinstance(verdict, RawBook)
            assert verdict.name == f"{number}.xlsx"
            assert sheet(verdict).rows == [[f"第{number}号"]]

    def test_every_killer_is_replaced(self, tmp_path: Path) -> None:
        killer = xlsx(sheet_xml(ROWS + FAR.replace("XFD", "xfd")))
        files = {f"{n}": killer if n % 5 == 2 else xlsx() for n in range(20)}
        for number, verdict in enumerate(judge_all(tmp_path, files, workers=2)):
            if number % 5 == 2:
                assert isinstance(verdict, Refused)
                assert (verdict.code, verdict.state) == ("parser_died", FileState.QUARANTINED)
            else:
                assert sheet(verdict).rows == GRID

    def test_a_reader_that_is_killed_from_outside_costs_nothing(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The system was short of memory: the file is read once more by another reader."""
        mark = tmp_path / "killed"
        fall = (
            "import os, signal, sys\n"
            "from pathlib import Path\n"
            "sys.path[:0] = sys.argv[1:]\n"
            "from processor.intake import worker\n"
            f"mark, real = Path({str(mark)!r}), worker.read\n"
            "def read(data, *more):\n"
            "    if not mark.exists():\n"
            "        mark.touch()\n"
            "        os.kill(os.getpid(), signal.SIGKILL)\n"
            "    return real(data, *more)\n"
            "worker.read = read\n"
            "worker.main()\n"
        )
        monkeypatch.setattr(reading, "_BOOT", fall)
        files = {f"{n}.xlsx": xlsx() for n in range(3)}
        assert [sheet(v).rows for v in judge_all(tmp_path, files, workers=1)] == [GRID] * 3
        assert mark.exists()

    def test_a_file_that_takes_too_long(self, tmp_path: Path) -> None:
        slow = xlsx(sheet_xml(ROWS + styled(100_000)))
        files = {"前": xlsx(), "慢": slow, "后": xlsx()}
        before, late, after = judge_all(tmp_path, files, workers=1, seconds=0.3)
        assert isinstance(late, Refused)
        assert (late.code, late.state) == ("parser_timeout", FileState.QUARANTINED)
        assert sheet(before).rows == sheet(after).rows == GRID

    @pytest.mark.skipif(sys.platform == "win32", reason="no limit of processor time there")
    def test_a_file_that_keeps_the_processor_busy(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        busy = (
            "import sys\n"
            "sys.path[:0] = sys.argv[1:]\n"
            "from processor.intake import worker\n"
            "real, worker.CPU_SECONDS = worker.read, 1\n"
            "def read(data, *more):\n"
            "    while len(data) > 100_000:\n"
            "        pass\n"
            "    return real(data, *more)\n"
            "worker.read = read\n"
            "worker.main()\n"
        )
        monkeypatch.setattr(reading, "_BOOT", busy)
        slow = xlsx(more={"xl/media/a.png": random.Random(1).randbytes(200_000)})
        before, late, after = judge_all(
            tmp_path, {"前": xlsx(), "慢": slow, "后": xlsx()}, workers=1
        )
        assert isinstance(late, Refused)
        assert (late.code, late.state) == ("parser_timeout", FileState.QUARANTINED)
        assert sheet(before).rows == sheet(after).rows == GRID

    def test_our_own_copy_gone_is_a_fault(self, tmp_path: Path) -> None:
        with pytest.raises(OSError, match="gone"):
            reading.read_all([Safe(tmp_path / "gone", "a.xlsx", "zip", "", 1)])

    def test_children_that_cannot_start_are_a_fault(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "a").write_bytes(xlsx())
        monkeypatch.setattr(reading, "_BOOT", "raise SystemExit(3)")
        with pytest.raises(RuntimeError, match="does not start"):
            reading.read_all([Safe(tmp_path / "a", "a.xlsx", "zip", "", 1)])

    def test_the_staging_path_may_be_chinese(self, tmp_path: Path) -> None:
        folder = tmp_path / "暂存 目录"
        folder.mkdir()
        assert sheet(judge(folder, xlsx())).rows == GRID


def test_damaged_at_random_every_file_ends_in_one_state(tmp_path: Path) -> None:
    """Bytes flipped, cut out, doubled, zeroed: a book or a refusal, within the limits, always."""
    dice = random.Random(20261103)
    sources = {
        "a.xlsx": xlsx(),
        "b.xls": xls(),
        "c.csv": "甲,乙\n1,2\n".encode("gb18030"),
        "d.xls": "<table><tr><td>甲</td><td>1</td></tr></table>".encode(),
    }
    files: dict[str, bytes] = {}
    for name, data in sources.items():
        for number in range(60):
            broken = bytearray(data)
            for _ in range(dice.randint(1, 4)):
                at = dice.randrange(len(broken))
                length = dice.randint(1, min(64, len(broken)))
                broken[at : at + length] = dice.choice(
                    [b"", bytes(length), dice.randbytes(length), broken[at : at + length] * 2]
                )
                broken = broken or bytearray(b"x")
            files[f"{number}/{name}"] = bytes(broken)
    start = time.monotonic()
    found = judge_all(tmp_path, files)
    assert time.monotonic() - start < 60
    assert len(found) >= len(files)  # a broken workbook may look like a zip of files
    assert any(isinstance(item, Refused) for item in found)
    assert any(isinstance(item, RawBook) for item in found)
