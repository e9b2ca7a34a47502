"""Least knowledge, checked from outside: what must never stand in a file of the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from processor.demo.records import Key


def check_secrecy(root: Path, key: Key) -> list[str]:
    """Names and phones where they may not be: public and internal issues, money, receipts, lists.

    Restricted customers are named only in the master, the section's list, the ruling sheet, the
    development plan and their reporter's own receipt; nobody's receipt shows another's customer.
    """
    outbox = root / "outbox"
    own: dict[str, set[str]] = {}
    for lead in key.planted:
        own.setdefault(lead.unit, set()).add(lead.customer)
    names = {lead.customer for lead in key.planted if lead.accepted}
    secret = {lead.customer for lead in key.planted if lead.restricted and lead.accepted}
    everyone = {lead.customer for lead in key.planted}
    phones = {lead.phone for lead in key.planted if lead.accepted}
    found: list[str] = []
    for path in sorted((outbox / "通报").rglob("*.xlsx")):
        public = not path.stem.endswith("_内部版")
        found += _leaks(path, (names if public else secret) | phones, everyone)
    for folder in ("考核", "今日待办.xlsx"):
        where = outbox / folder
        for path in sorted(where.rglob("*.xlsx")) if where.is_dir() else [where]:
            if path.exists():
                found += _leaks(path, secret | phones, everyone)
    units = {unit.name: unit.code for unit in key.units}
    for path in sorted((outbox / "回执").rglob("*.xlsx")):
        cells = set(_cells(path))
        mine = next((units[c] for c in cells if c in units), "")
        if mine:
            others = {n for n, code in units.items() if code != mine}
            found += _told(path, cells, names - own.get(mine, set()) | others, everyone)
    sections: dict[str, set[str]] = {}
    for lead in key.planted:
        sections.setdefault(lead.section, set()).add(lead.customer)
    for path in sorted((outbox / "甄别").rglob("*.xlsx")):
        found += _leaks(path, names - sections.get(path.parent.name, set()), everyone)
    return found + _mails(outbox / "邮件", secret | phones)


def _cells(path: Path) -> Iterator[str]:
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_path(str(path))
    for name in book.sheet_names:
        for row in book.get_sheet_by_name(name).to_python(skip_empty_area=True):
            yield from (str(cell) for cell in row if isinstance(cell, str) and cell)


def _leaks(path: Path, forbidden: set[str], names: set[str]) -> list[str]:
    return _told(path, set(_cells(path)), forbidden, names)


def _told(path: Path, cells: set[str], forbidden: set[str], names: set[str]) -> list[str]:
    """One sentence a file: a word stands alone or inside a longer text."""
    text = "\n".join(cells)
    shown = {word for word in forbidden if word and word in text}
    real = {word for word in shown if word in cells or _stands(word, cells, names)}
    return [f"{path.name}出现不应出现的内容：{'、'.join(sorted(real)[:3])}"] if real else []


def _stands(word: str, cells: set[str], names: set[str]) -> bool:
    """Is it `word` itself, not the tail of a longer name (丰县… in 长丰县…)?"""
    longer = [name for name in names if word in name and name != word]
    for cell in cells:
        for name in longer:
            cell = cell.replace(name, "")
        if word in cell:
            return True
    return False


def _mails(folder: Path, forbidden: set[str]) -> list[str]:
    """Bodies of mails; attachments are the files checked above."""
    import email
    import email.policy

    found = []
    for path in sorted(folder.glob("*.eml")):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        body = message.get_body(("plain", "html"))
        text = f"{message['subject']} {body.get_content() if body else ''}"
        if any(word in text for word in forbidden):
            found.append(f"{path.name}：邮件正文出现不应出现的内容")
    return found
