"""What no program that does this job can avoid, part by part: the bare library calls.

    python -m benchmarks.floor imports|read|write|keep|back FOLDER

FOLDER is prepared by `prepare` from a finished run: the forms as they came in, the workbooks that
came out, and their cells. Each part does its work once, in one process (and one reading child, as
submitted files must not be parsed in the process that holds the ledger), and nothing else: no
layout, no decision, no ledger.
"""

from __future__ import annotations

import importlib
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import Any

PARTS = {
    "imports": "导入所用的库",
    "read": "calamine 在受限子进程中读取全部来文",
    "write": "最快的写入库（rustpy-xlsxwriter）写同样的单元格，无格式",
    "keep": "归档与输出逐个写入、fsync、改名、fsync 文件夹",
    "back": "calamine 读回全部输出",
}
LIBRARIES = (
    "click", "filelock", "sqlalchemy", "pydantic", "pandas", "pandera.pandas", "python_calamine",
    "rapidfuzz", "xlsxwriter", "rustpy_xlsxwriter",
)  # fmt: skip

Sheets = list[tuple[str, list[dict[str, Any]]]]


def prepare(workspace: Path, folder: Path) -> None:
    """Set aside what a finished run read and wrote."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "in").mkdir(parents=True)
    (folder / "out").mkdir()
    archived = sorted((workspace / "archive").rglob("*.xlsx"))
    for number, path in enumerate(archived):
        shutil.copyfile(path, folder / "in" / f"{number:05d}.xlsx")
    outputs = [*(workspace / "outbox").rglob("*.xlsx"), workspace / "master/大客户信息台账.xlsx"]
    books: list[Sheets] = []
    for number, path in enumerate(sorted(outputs)):
        shutil.copyfile(path, folder / "out" / f"{number:05d}.xlsx")
        books.append(_cells(path))
    with (folder / "cells.pickle").open("wb") as handle:
        pickle.dump(books, handle, pickle.HIGHEST_PROTOCOL)


def _cells(path: Path) -> Sheets:
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(str(path))
    found = []
    for name in book.sheet_names:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        width = max((len(row) for row in rows), default=1)
        names = [f"c{n}" for n in range(width)]
        records = [
            dict(zip(names, (v if v != "" else None for v in r), strict=False)) for r in rows
        ]
        found.append((name, records or [dict.fromkeys(names)]))
    return found


def imports(_folder: Path) -> None:
    for name in LIBRARIES:
        importlib.import_module(name)


_CHILD = """
import pickle, resource, sys
from io import BytesIO
from python_calamine import CalamineWorkbook
resource.setrlimit(resource.RLIMIT_AS, (1_500_000_000,) * 2)
for line in sys.stdin:
    book = CalamineWorkbook.from_filelike(BytesIO(open(line.rstrip(), "rb").read()))
    cells = [book.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in book.sheet_names]
    pickle.dump(cells, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
"""


def read(folder: Path) -> None:
    paths = sorted((folder / "in").iterdir())
    with subprocess.Popen(
        [sys.executable, "-c", _CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        for path in paths:
            child.stdin.write(f"{path}\n".encode())
            child.stdin.flush()
            pickle.load(child.stdout)
        child.stdin.close()


def write(folder: Path) -> None:
    from rustpy_xlsxwriter import FastExcel

    with (folder / "cells.pickle").open("rb") as handle:
        books: Iterable[Sheets] = pickle.load(handle)
    for sheets in books:
        book = FastExcel(BytesIO())
        for name, records in sheets:
            book.sheet(name, records)
        book.save()


def keep(folder: Path) -> None:
    """Archived forms in one folder; receipts each in the folder of its unit."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        for number, path in enumerate(sorted((folder / "in").iterdir())):
            _keep(Path(place), path.read_bytes(), f"a{number}")
        _fsync_folder(Path(place))
        for number, path in enumerate(sorted((folder / "out").iterdir())):
            home = Path(place) / str(number)
            home.mkdir()
            _keep(home, path.read_bytes(), "b")
            _fsync_folder(home)


def _keep(home: Path, data: bytes, name: str) -> None:
    with (home / f"{name}.tmp").open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    (home / f"{name}.tmp").replace(home / name)


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def back(folder: Path) -> None:
    from python_calamine import CalamineWorkbook

    for path in sorted((folder / "out").iterdir()):
        book = CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python(skip_empty_area=False)


if __name__ == "__main__":
    {"imports": imports, "read": read, "write": write, "keep": keep, "back": back}[sys.argv[1]](
        Path(sys.argv[2])
    )
