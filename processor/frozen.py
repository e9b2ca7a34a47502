"""Workbooks made from what was decided and from nothing else: packed, unpacked, written.

Receipts come by the hundred, so the writing is shared by a few processes; what they import is kept
light: no ledger, no SQL.
"""

from __future__ import annotations

import gc
import hashlib
import os
import traceback
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from processor.interrupts import sheltered
from processor.workspace import Pending, replace_file

if TYPE_CHECKING:
    from concurrent.futures import Executor

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


@contextmanager
def writers(size: int) -> Iterator[Executor | None]:
    """Processes to share the writing of so many bytes of payloads; None if they would not pay."""
    workers = os.cpu_count() or 1
    if size < MANY or workers < 2:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    context = get_context("spawn")
    with ProcessPoolExecutor(min(workers, 8), context, _begin) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # nobody waits for the rest
            raise


def _begin() -> None:
    from processor.children import go_with_parent

    go_with_parent()
    gc.set_threshold(50_000, 10, 10)


class Start(Protocol):
    """Starts a piece of work; calling what it returns waits for the result."""

    def __call__(self, work: Callable[..., Written], *arguments: Any) -> Callable[[], Written]: ...


def starter(pool: Executor | None) -> Start:
    """Work is done in the pool; without one, or when it broke down, here and when asked for."""

    def start(work: Callable[..., Written], *arguments: Any) -> Callable[[], Written]:
        here = partial(work, *arguments)
        if pool is None:
            return here
        try:
            with sheltered():  # the first pieces of work start the processes
                future = pool.submit(work, *arguments)
        except BrokenExecutor:
            return here

        def result() -> Written:
            try:
                return future.result()
            except BrokenExecutor:  # a process was killed: for want of memory, by a person
                return here()

        return result

    return start
