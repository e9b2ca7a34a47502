"""The folder people and schedulers know: paths, settings, lock, whole-file replacement."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from processor.settings import Settings, SettingsError, parse_settings

SETTINGS_FILE = "processor.toml"
MASTER = Path("master/大客户信息台账.xlsx")
ROSTER = Path("master/单位名录.xlsx")
ISSUED = Path("archive/发布")  # the bytes of every issue and assessment as they were published
FOLDERS = ("inbox", "outbox", "master", "archive", "backups", "state", "templates")
WRITTEN = ("outbox", "master", "archive", "backups", "state")  # where a run writes
PURGE_OPEN = Path("state/purge-open.json")  # what a committed purge still has to destroy
SENTINEL = Path("state/workspace.id")
MARKER = Path("archive/.workspace")

_REPLACE_WAITS = (0.05, 0.1, 0.2, 0.4, 0.8)  # seconds; a virus scanner lets go within a second
_SHARING = (5, 32, 33)  # Windows: access denied, sharing violation, lock violation
_UNSYNCABLE = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF, errno.EACCES, errno.EPERM)
_BEGINNING = "建立中"
_SHARES = "共享文件夹："
_TEMPORARY = ".tmp"


class UnusableWorkspace(Exception):
    """The folder cannot be used (exit 4); the message is for a person."""


class Busy(Exception):
    """Another run holds the workspace (exit 3)."""


class Pending(Exception):
    """A file cannot be replaced now (open in Excel, read-only): try again in a later run."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """An opened workspace: root folder and settings."""

    root: Path
    settings: Settings

    def path(self, relative: str | Path) -> Path:
        return self.root / relative

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def outbox(self) -> Path:
        return self.root / "outbox"

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def ledger_url(self) -> str:
        return self.settings.ledger.url or f"sqlite:///{self.state / 'ledger.sqlite'}"


def open_workspace(root: Path, *, lost_state: bool = False) -> Workspace:
    """The workspace at `root`. `lost_state`: it is opened to be mended, whatever has gone.

    Raises UnusableWorkspace when it holds no `inbox/` or a part of it has gone (a share not
    mounted): nothing is written then. SettingsError when `processor.toml` is wrong.
    """
    if not (root / "inbox").is_dir():
        raise UnusableWorkspace(
            f"{root} 不是工作区（缺少 inbox 文件夹）。请先运行 processor init 建立工作区，"
            "或用 --workspace 指明正确的文件夹。"
        )
    settings = Settings()
    file = root / SETTINGS_FILE
    if file.exists():
        try:
            settings = parse_settings(tomllib.loads(file.read_text("utf-8-sig")), str(file))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{file} 不是合法的 TOML 文件：{error}") from error
        except OSError as error:
            raise UnusableWorkspace(f"设置文件 {file} 读不出（{error.strerror}）。") from error
    if not lost_state:
        _refuse_gone(root)
        _refuse_lost(root, settings)
    for name in WRITTEN:
        folder = root / name
        try:
            folder.mkdir(exist_ok=True)
            probe = (
                folder / ".probe"
            )  # always the same name: a run that is killed leaves one at most
            probe.touch()
            probe.unlink(missing_ok=True)
        except OSError as error:
            raise UnusableWorkspace(
                f"文件夹 {folder} 不能写入（{error.strerror}）。"
                "请检查磁盘空间、权限或共享是否已连接。"
            ) from error
    return Workspace(root, settings)


def _refuse_gone(root: Path) -> None:
    """State and archive know of each other, and which folders were mounted: one that has gone is
    a share not connected, never a new beginning."""
    known = _sentinel(root)
    if known is None and (root / MARKER).exists():
        raise UnusableWorkspace(
            f"{root / 'state'} 是空的，而归档中已有记录：可能共享未连接。"
            "确认无误后可运行 processor rebuild 由归档重建。"
        )
    if known is None or known[0] == _BEGINNING:
        return
    if not (root / MARKER).exists():
        raise UnusableWorkspace(
            f"{root / 'archive'} 中没有本工作区的归档：可能共享未连接。请连接后再运行。"
        )
    for line in known:
        for name in line.removeprefix(_SHARES).split("、") if line.startswith(_SHARES) else ():
            if not os.path.ismount(root / name):
                raise UnusableWorkspace(
                    f"{root / name} 原是共享文件夹，现在没有连接。请连接后再运行；"
                    f"如已改为本机文件夹，请删去 {root / SENTINEL} 中“{_SHARES}”一行。"
                )


def _refuse_lost(root: Path, settings: Settings) -> None:
    """A ledger that has been there is never begun anew in silence."""
    known = _sentinel(root)
    if known is None or known[0] == _BEGINNING or settings.ledger.url:
        return
    if not (root / "state" / "ledger.sqlite").exists():
        raise UnusableWorkspace(
            f"账本 {root / 'state' / 'ledger.sqlite'} 不在原处。"
            "请运行 processor rebuild 由归档重建，或用 processor restore 恢复备份。"
        )


def _sentinel(root: Path) -> list[str] | None:
    try:
        return (root / SENTINEL).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnusableWorkspace(f"{root / SENTINEL} 读不出（{error.strerror}）。") from error


def begun(workspace: Workspace) -> bool:
    """Whether a run has been here: state and archive carry their marks."""
    known = _sentinel(workspace.root)
    return known is not None and known[0] != _BEGINNING


def mark_begun(workspace: Workspace) -> None:
    """Mark state and archive as belonging together. A crash in between leaves a beginning, which
    is simply begun again."""
    if not begun(workspace):
        _put_text(workspace.root / SENTINEL, f"{_BEGINNING}\n")
        _put_text(workspace.root / MARKER, "本文件夹保存全部来文原件，请勿修改。\n")
    mounted = [n for n in FOLDERS if os.path.ismount(workspace.root / n)]
    text = "大客户信息处理程序工作区\n" + (f"{_SHARES}{'、'.join(mounted)}\n" if mounted else "")
    if _sentinel(workspace.root) != text.splitlines():
        _put_text(workspace.root / SENTINEL, text)


def _put_text(target: Path, text: str) -> None:
    put_bytes(target, text.encode("utf-8"))


def put_bytes(target: Path, data: bytes) -> None:
    """Write `target` whole or not at all, durable. Raises OSError."""

    def write(path: Path) -> None:
        path.write_bytes(data)

    make_folder(target.parent)
    place(target, write)
    fsync_folder(target.parent)


@contextlib.contextmanager
def hold(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace alone. The kernel lets go when the process dies. Raises Busy."""
    from filelock import FileLock, Timeout

    lock = FileLock(workspace.state / "run.lock", blocking=False)
    try:
        lock.acquire()
    except Timeout as error:
        raise Busy("另一个处理任务正在使用本工作区，请稍后再试。") from error
    try:
        yield
    finally:
        lock.release()


def make_folder(folder: Path) -> None:
    """The folder and those above it, each made durable in the one that holds it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    fsync_folder(folder.parent)


def fsync_folder(folder: Path) -> None:
    """Make what was renamed or removed there durable. Windows and some shares cannot; that is
    tolerated. Raises OSError when the disk fails."""
    if sys.platform == "win32":
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _UNSYNCABLE:
            raise


def owner_file(target: Path) -> Path | None:
    """The file by which Excel, WPS or LibreOffice says that `target` is open."""
    name = target.name
    for other in (f"~${name}", f"~${name[1:]}", f"~${name[2:]}", f".~{name}", f".~lock.{name}#"):
        candidate = target.with_name(other)
        if len(other) > len("~$.xlsx") and candidate.exists():
            return candidate
    return None


def replace_file(target: Path, write: Callable[[Path], None]) -> None:
    """Write `target` whole or not at all: temporary beside it, fsync, replace, fsync folder.

    Raises Pending when the target is open elsewhere or cannot be written now.
    """
    opened = owner_file(target)
    if opened is not None:
        raise Pending(f"文件正被打开（{opened.name}）")
    try:
        make_folder(target.parent)
        place(target, write)
        fsync_folder(target.parent)
    except OSError as error:
        raise Pending(f"不能写入（{error.strerror or error}）") from error


def place(target: Path, write: Callable[[Path], None]) -> None:
    """Write `target` whole or not at all: temporary beside it, synced, moved into place.

    Its folder is not synced yet. Raises OSError.
    """
    temporary = target.with_name(f".{target.name[:60]}.{os.getpid()}{_TEMPORARY}")
    try:
        write(temporary)
        with temporary.open("rb+") as handle:
            os.fsync(handle.fileno())
        _replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def sweep(*folders: Path) -> None:
    """Remove the temporaries that a killed run left beside its targets; overwritten first, for they
    may hold what a purge was about to destroy."""
    from processor.erasing import destroy

    for folder in folders:
        for path, _, names in os.walk(folder):
            for name in names:
                if name.startswith(".") and name.endswith(_TEMPORARY):
                    with contextlib.suppress(OSError):
                        destroy(Path(path) / name)


def _replace(source: Path, target: Path) -> None:
    for wait in (*_REPLACE_WAITS, None):
        try:
            source.replace(target)
            return
        except OSError as error:
            if wait is None or getattr(error, "winerror", None) not in _SHARING:
                raise
            time.sleep(wait)


def write_bytes(target: Path, data: bytes) -> None:
    """`replace_file` for bytes at hand."""

    def write(path: Path) -> None:
        with path.open("wb") as handle:
            handle.write(data)

    replace_file(target, write)
