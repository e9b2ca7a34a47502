"""What a workspace says when a run is over: two workspaces are compared by meaning."""

from __future__ import annotations

import hashlib
import io
import os
import sqlite3
from pathlib import Path
from typing import Any

# which run published an issue is not a business fact; the chain and the check digits hang on it
_TECHNICAL = {"events": ("seq", "run", "chain")}
_SKIPPED = ("runs", "sqlite_sequence")
_SHEET_COLUMNS = ("运行序号", "链校验", "序号")
_TECHNICAL_META = (
    "chain",
    "decided",
    "master_sha",
    "master_sheets",
    "lead_counts",
    "pending_shown",
)
# a plan published before its copy in state/ was renewed is read like one with edits: it has none
_TECHNICAL_META += ("plan_handled",)
_STATS = ("master_stat", "plan_stat")  # size and time of a file, noted when it is next looked at
_TECHNICAL_SHEETS = ("运行情况", "说明")  # the last runs; the ledger's own marks
_LITTER = (".tmp", "-journal")


def end_state(root: Path, more: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Ledger, master, archive, outbox, inbox by meaning: small texts by name."""
    found: dict[str, Any] = {}
    found |= _ledger(root / "state" / "ledger.sqlite")
    for folder in (root / "outbox", root / "master", *more):
        for path in sorted(folder.rglob("*")):
            if path.suffix == ".xlsx":
                found[f"book {path.relative_to(root.parent)}"] = _book(root, path)
            elif path.is_file():
                found[f"file {path.relative_to(root.parent)}"] = path.name
    for path in sorted((root / "archive").rglob("*")):
        if path.is_file() and path.suffix == ".json":
            continue  # the journal is read as one below
        if path.name == ".storage.keys":
            continue  # other keys every time
        if path.is_file() and path.parent.name != "发布":
            data = _content(root, path)
            found[f"file {path.relative_to(root)}"] = hashlib.sha256(data).hexdigest()
        elif path.is_file():
            found[f"book {path.relative_to(root)}"] = _book(root, path)
    for path in sorted((root / "inbox").rglob("*")):
        if not path.is_dir():
            found[f"left {path.relative_to(root)}"] = "link" if path.is_symlink() else _sha(path)
    found["journal"] = _journal(root)
    return found


def facts(root: Path) -> dict[str, Any]:
    """What must hold even when a file had to wait for a later run: nothing lost, nothing twice."""
    with sqlite3.connect(root / "state" / "ledger.sqlite") as ledger:
        ask = lambda words: sorted(ledger.execute(words).fetchall(), key=repr)  # noqa: E731
        found = {
            "files": ask("SELECT sha256, name, state FROM files"),
            "leads": ask("SELECT customer, unit, content FROM leads"),
            "refusals": ask("SELECT customer, unit FROM refusals"),
            "publications": ask("SELECT number, kind, issue FROM publications"),
            "pending": ask("SELECT path FROM intents WHERE state = 'due'"),
            "receipts": ask("SELECT count(*) FROM intents WHERE kind = 'receipt'"),
            "looks": ask("SELECT path, batch FROM looks"),
        }
    ledger.close()
    found["inbox"] = sorted(p.name for p in (root / "inbox").rglob("*") if not p.is_dir())
    return found


def litter(root: Path) -> list[str]:
    """What a dead run left and the next one should have swept."""
    wrong = []
    for folder, folders, files in os.walk(root):
        wrong += [os.path.join(folder, f) for f in files if f.endswith(_LITTER) or ".probe" in f]
        wrong += [os.path.join(folder, d) for d in folders if d in ("staging", "发送中")]
    return [os.path.relpath(w, root) for w in wrong]


def differences(meant: dict[str, Any], got: dict[str, Any]) -> list[str]:
    wrong = []
    for name in sorted(meant.keys() | got.keys()):
        if name not in got:
            wrong.append(f"missing: {name}")
        elif name not in meant:
            wrong.append(f"too many: {name}")
        elif meant[name] != got[name]:
            wrong.append(f"differs: {name}: {_first_difference(meant[name], got[name])}")
    return wrong


def tree(root: Path, but: tuple[str, ...] = ()) -> dict[str, str]:
    """Every file's bytes, to see that something changed nothing."""
    return {
        path.relative_to(root).as_posix(): _sha(path)
        for path in sorted(root.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.name not in ("run.lock", *but)
    }


def ledger_rows(path: Path) -> dict[str, Any]:
    """Every table but that of the runs, to the letter."""
    with sqlite3.connect(path) as ledger:
        names = [r[0] for r in ledger.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        rows: dict[str, Any] = {
            name: sorted(ledger.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for name in names
            if name not in _SKIPPED
        }
    ledger.close()
    rows["meta"] = [row for row in rows["meta"] if row[0] not in _STATS]
    return rows


def _ledger(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    with sqlite3.connect(path) as ledger:
        ledger.row_factory = sqlite3.Row
        names = [r[0] for r in ledger.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        for name in names:
            if name in _SKIPPED:
                continue
            rows = [dict(r) for r in ledger.execute(f"SELECT * FROM {name}")]
            rows = [r for r in rows if name != "meta" or r["key"] not in _STATS + _TECHNICAL_META]
            found[f"ledger {name}"] = sorted((_row(name, row) for row in rows), key=repr)
        # a workbook that shows the record may be written once more: to list what is pending
        found["ledger intents"] = sorted(set(found["ledger intents"]))
        (check,) = ledger.execute("PRAGMA integrity_check").fetchone()
        found["ledger check"] = [check]
    ledger.close()
    return found


def _row(name: str, row: dict[str, Any]) -> Any:
    if name == "intents":  # how often it was tried does not matter
        return (row["kind"], row["path"], row["state"])
    if name == "looks":
        return (row["path"], row["batch"])
    return {k: v for k, v in row.items() if k not in _TECHNICAL.get(name, ())}


def _content(root: Path, path: Path) -> bytes:
    """What a file holds: where the world is encrypted, decrypted."""
    from processor.storage import content_of
    from processor.workspace import open_workspace

    return content_of(open_workspace(root), path)


def _book(root: Path, path: Path) -> Any:
    from python_calamine import CalamineWorkbook

    found = {}
    book = CalamineWorkbook.from_filelike(io.BytesIO(_content(root, path)))
    for name in book.sheet_names:
        if name in _TECHNICAL_SHEETS:
            continue
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        if name == "变更记录":
            heads = [str(c) for c in rows[0]]
            keep = [n for n, h in enumerate(heads) if h not in _SHEET_COLUMNS]
            rows = sorted(([row[n] for n in keep] for row in rows), key=repr)
        found[name] = [[str(cell) for cell in row] for row in rows]
    return found


def _journal(root: Path) -> list[Any]:
    from processor.ledger import journal
    from processor.workspace import open_workspace

    entries, wrong = journal.read_entries(open_workspace(root))
    said = [(e.kind, e.run if e.kind == "run" else 0, len(e.arrivals), e.data) for e in entries]
    return [*map(repr, said), *wrong]


def _sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _first_difference(meant: Any, got: Any) -> str:
    if isinstance(meant, dict) and isinstance(got, dict):
        for key in [*meant, *got]:
            if meant.get(key) != got.get(key):
                return f"{key}: {_first_difference(meant.get(key), got.get(key))}"
    if isinstance(meant, list) and isinstance(got, list):
        for one, other in zip(meant, got, strict=False):
            if one != other:
                return _first_difference(one, other)
        return (
            f"{len(meant)} / {len(got)} entries: {(meant + got)[min(len(meant), len(got))]!r:.300}"
        )
    return f"{meant!r:.300} / {got!r:.300}"
