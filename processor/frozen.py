"""Workbooks made from what was decided and from nothing else: packed, unpacked, written.

Receipts come by the hundred, so the writing is shared by a few processes; what they import is kept
light: no ledger, no SQL.
"""

from __future__ import annotations

import hashlib
import traceback
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from processor.workspace import Pending, replace_file

if TYPE_CHECKING:
    from processor.workbooks.sheets import Book

MANY = 120_000  # bytes of payload from which starting processes pays: some fifty receipts


@dataclass(frozen=True, slots=True)
class Job:
    """One workbook to write: its kind, what it is made from, where it goes (and its copies)."""

    kind: str
    payload: bytes
    targets: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """The SHA-256 of the bytes written, or why the file must wait."""

    sha256: str = ""
    pending: str = ""
    fault: str = ""  # of the program: its kind and frames


_ADAPTERS: dict[type[Any], Any] = {}  # building one takes longer than a hundred uses of it


def _adapter(kind: type[Any]) -> Any:
    from pydantic import TypeAdapter

    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def pack(data: Any) -> bytes:
    """A described record as compressed JSON."""
    return zlib.compress(_adapter(type(data)).dump_json(data), 1)


def unpack(kind: type[Any], payload: bytes) -> Any:
    """The record a frozen workbook is made from."""
    return _adapter(kind).validate_json(zlib.decompress(payload))


def book_of(kind: str, payload: bytes) -> Book:
    """The described workbook of a frozen kind (`receipt`, `bulletin:public`, …)."""
    name, _, part = kind.partition(":")
    if name == "receipt":
        from processor.workbooks import receipt

        return receipt.plan(unpack(receipt.Receipt, payload))
    if name == "bulletin":
        from processor.workbooks import bulletin
        from processor.workbooks.bulletin_data import BulletinData

        return bulletin.plan(unpack(BulletinData, payload), internal=part == "internal")
    if name == "report_card":
        from processor.workbooks import report_card

        return report_card.plan(unpack(report_card.ReportCard, payload))
    if part == "DealerAssessment":
        from processor.workbooks import assessment_dealers
        from processor.workbooks.assessment_data import DealerAssessment

        return assessment_dealers.plan(unpack(DealerAssessment, payload))
    from processor.workbooks import assessment_internal
    from processor.workbooks.assessment_data import InternalAssessment

    return assessment_internal.plan(unpack(InternalAssessment, payload))


def write_book(book: Book, targets: Sequence[Path]) -> Written:
    """Write a workbook whole, read it back, compare, replace; then its copies.

    Raises RuntimeError when what was read is not what was meant.
    """
    from processor.workbooks.layout import place
    from processor.workbooks.sheets import render, verify_written

    data = render(book)

    def compared(path: Path) -> None:
        path.write_bytes(data)
        wrong = verify_written(book, path)
        if wrong:
            raise RuntimeError(f"回读不一致：{'；'.join(wrong[:3])}")

    def plain(path: Path) -> None:
        path.write_bytes(data)

    try:
        for number, target in enumerate(targets):
            replace_file(target, plain if number else compared)
    except Pending as error:
        return Written(pending=str(error))
    finally:
        place.cache_clear()
    return Written(hashlib.sha256(data).hexdigest())


def write_job(job: Job) -> Written:
    """A workbook that cannot be made must not keep the others waiting."""
    try:
        return write_book(book_of(job.kind, job.payload), job.targets)
    except Exception as error:
        return failed(error)


def write_safely(book: Book, targets: Sequence[Path]) -> Written:
    """`write_book`; a fault becomes the reason why the file waits."""
    try:
        return write_book(book, targets)
    except Exception as error:
        return failed(error)


def failed(error: Exception) -> Written:
    """Why a workbook must wait, when making it raised."""
    if isinstance(error, Pending):
        return Written(pending=str(error))
    if isinstance(error, OSError):
        return Written(pending=f"{error.filename or '文件'}：{error.strerror or error}")
    frames = "".join(traceback.format_tb(error.__traceback__))
    words = f"程序内部错误 {type(error).__name__}，详情见 state/fault.log"
    return Written(pending=words, fault=f"{type(error).__name__}\n{frames}")
