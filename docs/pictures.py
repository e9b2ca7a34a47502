"""The pictures of the documentation, from the workbooks of a real run.

`python docs/pictures.py WORKSPACE [NAME…]` renders the workbooks of a demonstration workspace
(`processor demo WORKSPACE`) through LibreOffice and pdftoppm into docs/images/. For the receipt it
first drops one form with typical mistakes into that workspace and runs it, two days later. All
people, units and customers are invented.
"""

from __future__ import annotations

import email
import struct
import subprocess
import sys
import tempfile
import zlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from openpyxl import load_workbook

from processor.batch import run
from processor.workspace import open_workspace

IMAGES = Path(__file__).parent / "images"
DPI = 84
COLOURS = 48
MARGIN = 10  # pixels left around the content
FOOTER = 0.08  # of a page's height: the page number

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Picture:
    """One picture: which workbook of a pattern (the last; `fullest`: the one with most to show),
    which page, how much of its height."""

    name: str
    pattern: str
    page: int = 1
    height: float = 1.0
    dpi: int = DPI
    fullest: bool = False


MIXED = "十月第二批"
LATER = datetime(2026, 10, 12, 9, 30)
BLOCK = {
    "提报单位": "九江启航",
    "提报人": "王明",
    "提报人电话": "13807921126",
    "提报日期": date(2026, 10, 12),
}
GOOD: dict[str, Any] = {
    "采购类别": "企事业单位",
    "省": "江西省",
    "市": "九江市",
    "县(区)": "浔阳区",
    "意向车型": "瑞虎8",
    "标的量(台)": 12,
    "预计采购时间": "2026-12",
    "客户联系人(第三方)": "李强",
    "联系方式": "0792-8123456",
    "信息内容及进展": "已立项，12月上旬挂网招标。",
}
ROWS: tuple[dict[str, Any], ...] = (
    {"客户单位全称": "九江长河化工有限公司", "标的量(台)": "十五台"},
    {"客户单位全称": "九江启明中学", "联系方式": "13800000000"},
    {"客户单位全称": "湖口县水务有限公司", "县(区)": "湖口县", "标的量(台)": 2},
    {"客户单位全称": "九江春晖职业学院", "采购类别": "其他"},
    {"客户单位全称": "德安县第二人民医院", "县(区)": "德安县", "客户联系人(第三方)": None},
)

PICTURES = (
    Picture("bulletin", "outbox/通报/2026-08/*_2026-08-30.xlsx", height=0.62, dpi=100),
    Picture("bulletin-chart", "outbox/通报/2026-08/*_2026-08-30.xlsx", page=3),
    Picture("receipt", f"outbox/回执/*/*_{MIXED}_回执.xlsx", height=0.85),
    Picture("receipt-detail", f"outbox/回执/*/*_{MIXED}_回执.xlsx", page=3),
    Picture("screening", "outbox/甄别/政府业务科/*.xlsx", height=0.6, fullest=True),
    Picture("rulings", "outbox/裁定/*.xlsx", fullest=True),
    Picture("today", "outbox/今日待办.xlsx"),
    Picture("owed", "outbox/今日待办.xlsx", page=2, height=0.6),
    Picture("plan", "outbox/开发计划/大客户开发计划.xlsx", height=0.4),
    Picture("rewards", "outbox/考核/2026Q3/经销商奖励_2026Q3.xlsx", page=2),
    Picture("completion", "outbox/考核/2026Q3/内部考核_2026Q3.xlsx", page=2),
    Picture("penalties", "outbox/考核/2026Q3/内部考核_2026Q3.xlsx", page=8, height=0.5),
    Picture("report-card", "outbox/考核/2026Q3/单位报告/*.xlsx", fullest=True),
    Picture("register", "outbox/回执/销售支持科/*.xlsx", height=0.85),
    Picture("roster", "master/单位名录.xlsx", height=0.55),
    Picture("form", "templates/大客户信息记录表.xlsx"),
)


MAILS = "outbox/邮件/20260830-*部（分管领导）*.eml"


def mail_chart(workspace: Path) -> bytes:
    """The chart inside the mail of a bulletin. Raises SystemExit when there is none."""
    for path in sorted(workspace.glob(MAILS)):
        for part in email.message_from_bytes(path.read_bytes()).walk():
            if part.get_content_type() == "image/png":
                return bytes(part.get_payload(decode=True))  # type: ignore[arg-type]
    raise SystemExit(f"no picture in {MAILS}")


def drop_mixed_form(workspace: Path) -> None:
    """One form as people fill them, run; nothing when it was dropped before."""
    if any(workspace.glob(f"outbox/回执/*/*_{MIXED}_回执.xlsx")):
        return
    book = load_workbook(workspace / "templates" / "大客户信息记录表.xlsx")
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(min_row=2, max_row=3):
        for cell in row:
            if cell.value in BLOCK:
                sheet.cell(cell.row, cell.column + 1, BLOCK[str(cell.value)])
    columns = {cell.value: cell.column for cell in sheet[4]}
    for number, values in enumerate(ROWS, start=5):
        for heading, value in (GOOD | values).items():
            sheet.cell(number, columns[heading], value)
    book.save(workspace / "inbox" / f"{MIXED}.xlsx")
    run(open_workspace(workspace), LATER, settle_seconds=0)


def workbook(workspace: Path, picture: Picture) -> Path:
    """The workbook of a picture. Raises SystemExit when there is none."""
    found = sorted(workspace.glob(picture.pattern))
    if not found:
        raise SystemExit(f"no {picture.pattern} in {workspace}")
    return max(found, key=lambda book: book.stat().st_size) if picture.fullest else found[-1]


def page_of(book: Path, page: int, dpi: int) -> Pixels:
    """One printed page of a workbook, as RGB pixels."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["soffice", "--headless", f"-env:UserInstallation=file://{folder}/profile",
             "--convert-to", "pdf", "--outdir", folder, str(book)],
            check=True, capture_output=True,
        )  # fmt: skip
        subprocess.run(
            ["pdftoppm", "-r", str(dpi), "-f", str(page), "-l", str(page), "-singlefile",
             f"{folder}/{book.stem}.pdf", f"{folder}/page"],
            check=True, capture_output=True,
        )  # fmt: skip
        data = (Path(folder) / "page.ppm").read_bytes()
    _, size, _, rest = data.split(b"\n", 3)
    width, height = (int(part) for part in size.split())
    return np.frombuffer(rest, np.uint8).reshape(height, width, 3)


def trimmed(pixels: Pixels, height: float) -> Pixels:
    """Without footer and the white around; of the height only the given share from the top."""
    pixels = pixels[: int(len(pixels) * (1 - FOOTER))]
    ink = (pixels < 250).any(axis=2)
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    top, left = max(rows[0] - MARGIN, 0), max(columns[0] - MARGIN, 0)
    bottom = top + int((rows[-1] + MARGIN - top) * height)
    return pixels[top:bottom, left : columns[-1] + MARGIN]


def png(pixels: Pixels) -> bytes:
    """A paletted PNG: the commonest colours, every other pixel takes the nearest of them."""
    coarse = pixels & 0xF0 | pixels >> 4
    flat = coarse.reshape(-1, 3)
    colours, inverse, counts = np.unique(flat, axis=0, return_inverse=True, return_counts=True)
    palette = colours[np.argsort(-counts)[:COLOURS]]
    apart = (colours[:, None, :].astype(int) - palette[None, :, :].astype(int)) ** 2
    index = apart.sum(axis=2).argmin(axis=1)[inverse.ravel()].astype(np.uint8)
    rows = index.reshape(pixels.shape[:2])
    raw = np.insert(rows, 0, 0, axis=1).tobytes()  # filter 0 before each row
    head = struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], 8, 3, 0, 0, 0)
    chunks = (
        (b"IHDR", head),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(raw, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def main() -> None:
    workspace, wanted = Path(sys.argv[1]), set(sys.argv[2:])
    drop_mixed_form(workspace)
    for picture in PICTURES:
        if wanted and picture.name not in wanted:
            continue
        book = workbook(workspace, picture)
        image = png(trimmed(page_of(book, picture.page, picture.dpi), picture.height))
        (IMAGES / f"{picture.name}.png").write_bytes(image)
        print(f"{picture.name}.png {len(image) // 1024} KB from {book.name}, page {picture.page}")
    if not wanted or "mail-chart" in wanted:
        (IMAGES / "mail-chart.png").write_bytes(mail_chart(workspace))


if __name__ == "__main__":
    main()
