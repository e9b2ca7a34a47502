"""Forms damaged and poisoned by seeds: every one must end in exactly one state, within the limits.

    python -m tests.wild.fuzz 20 150

plays the seeds 1 to 20 with 150 files each and prints one JSON object: files tried, in which states
they ended, what was wrong, the slowest and the hungriest reading. The files come from `files/` and
from official forms as the people of an office fill them in, so that what is still a form after the
damage is also decided upon.
"""

from __future__ import annotations

import hashlib
import io
import json
import random
import re
import sqlite3
import sys
import tempfile
import time
import warnings
import zipfile
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape

from processor.intake import guard, reading, worker
from processor.intake.guard import Safe
from tests.acceptance.office import JIA, QUYU, WANGLUO, YI, Office, lead, new_office
from tests.crash.settled import settled

FILES = Path(__file__).parent / "files"
AT, LATER = "2026-11-10 18:30", "2026-11-11 09:00"
STATES = ("accepted", "duplicate", "refused", "quarantined")

POISON = (
    "", " ", "0", "-1", "1e308", "9" * 400, "0.1", "NaN", "TRUE", "#REF!", "2958466", "-657435",
    "2026-02-30", "9999-12-31", "1900-02-29", "=cmd|' /C calc'!A0", "@SUM(1)", "%s %d {0}",
    "'; DROP TABLE leads; --", "<b>&amp;", "]]>", "&#0;", "&#xD800;", "&x;", "\x00", "\x1b[2J",
    "\u202e\u200b\ufeff", "𠮷😀", "XFD1048576", "A0", "A1:XFD1048576", "99999999999", "甲" * 33000,
    "DKH202611-0001", "CD202611-0001", "13800138000；13900139000", "..\\..\\a", "null", "\r\n\t",
    "<!DOCTYPE x [<!ENTITY a 'b'>]>", "<c/>", "</row>", "<sheetData/>",
)  # fmt: skip
_VALUE = re.compile(r'(?<=>)[^<>]+(?=<)|(?<=")[^"<>]*(?=")')
_TEXT = re.compile(r"(?<=>)[^<>]+(?=<)")
_TAG = re.compile(r"<[^<>]+>")
_FIELD = re.compile(r"[^,;\t\r\n]+")


@dataclass(slots=True)
class Outcome:
    """What the seeds brought to light."""

    files: int = 0
    states: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")  # seconds of reading
    hungriest: tuple[int, str] = (0, "")  # MB of the reading process
    largest: tuple[int, str] = (0, "")  # bytes


# --- damage ---


def mutants(seed: int, count: int, sources: dict[str, bytes]) -> dict[str, bytes]:
    """So many files by name, the same for the same seed."""
    dice = random.Random(seed)
    names = sorted(sources)
    made = {}
    for number in range(count):
        name = dice.choice(names)
        data = sources[name]
        for _ in range(dice.choice((1, 1, 1, 1, 2, 4))):
            data = _mutant(dice, data) or b"x"
        made[f"{number:03d}_{name}"] = data
    return made


def _mutant(dice: random.Random, data: bytes) -> bytes:
    if data[:2] == b"PK" and dice.random() < 0.75:
        try:
            return _repacked(dice, data)
        except Exception:  # damaged before, in whatever way
            return _damaged(dice, data)
    if data[:2] not in (b"PK", b"\xd0\xcf") and dice.random() < 0.75:
        return _poisoned(dice, data)
    return _damaged(dice, data)


def _damaged(dice: random.Random, data: bytes) -> bytes:
    """Bytes flipped, cut out, doubled, zeroed; the end missing or empty."""
    broken = bytearray(data)
    how = dice.randrange(6)
    if how == 0:
        return data[: dice.randrange(len(data) + 1)]
    if how == 1:
        keep = dice.randrange(len(data) + 1)
        return data[:keep] + bytes(len(data) - keep)
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(len(broken) or 1)
        length = dice.randint(1, 64)
        part = bytes(broken[at : at + length])
        broken[at : at + length] = dice.choice(
            [b"", bytes(length), dice.randbytes(length), part * 2, b"\xff" * length, part[::-1]]
        )
    return bytes(broken)


def _repacked(dice: random.Random, data: bytes) -> bytes:
    """A zip with one part poisoned, missing, there twice, exchanged or renamed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [(i.filename, archive.read(i)) for i in archive.infolist()]
    cells = [n for n, (name, _) in enumerate(parts) if "sheet" in name or "Strings" in name]
    at = dice.choice(cells) if cells and dice.random() < 0.7 else dice.randrange(len(parts))
    name, content = parts[at]
    how = dice.random()
    if how < 0.7:
        parts[at] = (name, _poisoned(dice, content))
    elif how < 0.76:
        del parts[at]
    elif how < 0.82:
        parts.insert(dice.randrange(len(parts)), (name, _damaged(dice, content)))
    elif how < 0.9:
        other = dice.randrange(len(parts))
        parts[at], parts[other] = (name, parts[other][1]), (parts[other][0], content)
    else:
        parts[at] = (dice.choice(("../a.xml", "/etc/a", "a\\b", "", name.upper())), content)
    target = io.BytesIO()
    method = zipfile.ZIP_BZIP2 if dice.random() < 0.05 else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in parts:
            with warnings.catch_warnings():  # of names there twice
                warnings.simplefilter("ignore")
                archive.writestr(zipfile.ZipInfo(name), content, method)
    return target.getvalue()


def _poisoned(dice: random.Random, data: bytes) -> bytes:
    """Text with values and tags replaced, doubled or taken out, or in another encoding."""
    text = data.decode("utf-8", "surrogateescape")
    gentle = dice.random() < 0.7  # it stays well-formed, and only what lies between tags changes
    for _ in range(dice.choice((1, 1, 3, 10))):
        pattern = _TEXT if gentle else dice.choice((_VALUE, _VALUE, _TAG))
        if "<" not in text:
            pattern = _FIELD
        found = list(pattern.finditer(text))
        if not found:
            continue
        hit = dice.choice(found)
        new = dice.choice((*POISON, hit[0] * 2, hit[0][::-1], dice.choice(found)[0]))
        new = escape(new) if gentle and pattern is _TEXT else new
        text = text[: hit.start()] + new + text[hit.end() :]
    if dice.random() < 0.05:
        code = dice.choice(("utf-16", "gb18030", "utf-8-sig", "big5"))
        return text.encode(code, "replace")
    return text.encode("utf-8", "surrogateescape")


# --- trial ---


def prepare(root: Path) -> tuple[Office, dict[str, bytes]]:
    """An office that waits for answers of every kind, and the forms to be damaged."""
    office = new_office(root)
    office.send(JIA, [lead(n) for n in range(1, 6)], name="甲店.xlsx")
    office.send(YI, [lead(1, 采购类别="政府采购")], name="乙店.xlsx")
    office.run("2026-11-02 09:00")
    one, two, *_ = sorted(office.states())
    day = date(2027, 3, 20)
    valid = {"甄别结论": "有效", "到期日期": day, "核实方式": "电话", "甄别人": "钱工"}
    office.screen({one: valid, two: {**valid, "核实标的量": 4}}, name="甄别.xlsx")
    office.send(QUYU, [lead(n) for n in range(11, 18)], name="区域.xlsx")
    office.send(JIA, [lead(2, 更正原信息编号=two, **{"标的量(台)": 8})], name="更正.xlsx")
    office.rule("CD202611-0001", "重复")
    office.targets(2026, {QUYU: 4, WANGLUO: 2})
    office.register_of(one)
    sources = {p.name: p.read_bytes() for p in sorted(FILES.iterdir()) if p.suffix != ".json"}
    for path in sorted(office.inbox.glob("*.xlsx")):
        sources |= {f"{n}{path.name}": path.read_bytes() for n in "甲乙丙"}  # drawn more often
        path.unlink()
    for path in (*office.files("回执/*/甲*.xlsx"), *office.files("甄别/*/*.xlsx")):
        sources[path.name] = path.read_bytes()
    return office, sources


def trial(root: Path, seed: int, count: int, outcome: Outcome) -> None:
    """Everything of one seed in one run; what is wrong is put down with the file's name."""
    office, sources = prepare(root)
    files = mutants(seed, count, sources)
    meant: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        safe = []
        for number, (name, data) in enumerate(files.items()):
            path = Path(folder) / str(number)
            path.write_bytes(data)
            for verdict in guard.examine(path, name):
                meant[verdict.sha256 or hashlib.sha256(data).hexdigest()] += 1
                if isinstance(verdict, Safe):
                    safe.append((name, verdict))
            (office.inbox / name).write_bytes(data)
        _measure(seed, safe, outcome)
    result = office.call("run", "--as-of", AT, "--json")
    outcome.files += len(files)
    largest = max(files, key=lambda n: len(files[n]))
    outcome.largest = max(outcome.largest, (len(files[largest]), f"{seed}/{largest}"))
    if result.exit_code not in (0, 1):
        log = office.root / "state" / "fault.log"
        told = log.read_text("utf-8")[-1500:] if log.exists() else result.stderr
        outcome.wrong.append(f"seed {seed}: exit {result.exit_code}: {told}")
        return
    report = json.loads(result.stdout)
    outcome.states.update({state: report["files"][state] for state in STATES})
    with sqlite3.connect(office.root / "state" / "ledger.sqlite") as ledger:
        got = Counter(
            row[0] for row in ledger.execute("SELECT sha256 FROM files WHERE run = 2").fetchall()
        )
    ledger.close()
    for sha in (meant - got) | (got - meant):
        names = [n for n, d in files.items() if hashlib.sha256(d).hexdigest() == sha]
        outcome.wrong.append(f"seed {seed}: {names or sha}: {got[sha]} states, not {meant[sha]}")
    left = [p.name for p in office.inbox.rglob("*") if p.is_file() and p.name != "README.md"]
    if left or report["pending"]:
        outcome.wrong.append(f"seed {seed}: left {left}, pending {report['pending']}")
    try:
        settled(office, AT)
        office.run(LATER)
    except AssertionError as error:
        outcome.wrong.append(f"seed {seed}: {str(error)[:1500]}")


def _measure(seed: int, files: list[tuple[str, Safe]], outcome: Outcome) -> None:
    """Time and memory of each reading, one after the other in one process while it lives."""
    child = None
    for name, item in files:
        if child is None:
            child = reading._Child()
            assert child.answer() == "ready"
        started = time.perf_counter()
        child.ask(item)
        child.send()
        try:
            answer = child.answer()
            assert answer[0] in ("book", "refused"), answer
            peak = _peak(child.process.pid)
        except EOFError:  # it killed its reader, at the limit of time or memory
            child.end()
            child, peak = None, worker.MEMORY_BYTES // 1_000_000
        seconds = round(time.perf_counter() - started, 2)
        outcome.slowest = max(outcome.slowest, (seconds, f"{seed}/{name}"))
        outcome.hungriest = max(outcome.hungriest, (peak, f"{seed}/{name}"))
    if child is not None:
        child.end()


def _peak(process: int) -> int:
    """The most memory the process ever had, in MB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1000


def campaign(seeds: range, count: int) -> Outcome:
    outcome = Outcome()
    for seed in seeds:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
            trial(Path(folder) / "w", seed, count, outcome)
        print(seed, outcome.files, len(outcome.wrong), file=sys.stderr, flush=True)
    return outcome


def main() -> int:
    seeds, count = map(int, sys.argv[1:3])
    outcome = campaign(range(1, seeds + 1), count)
    print(json.dumps(asdict(outcome), ensure_ascii=False))
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
