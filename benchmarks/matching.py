"""Is it the same customer? Accuracy on labelled pairs and speed against a million leads.

    python -m benchmarks.matching [--quick] [--leads N]

Labelled pairs: folder in MATCHING_DATA, else ../shared/data beside the checkout; without it that
part is skipped. The hand-written pairs of tests/matching/cases are always measured. Plain peers are
measured on the same pairs in the same run.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

from benchmarks.composed import incoming, leads
from processor.matching.command import party as party_of
from processor.matching.judge import Outcome, Party, compare

ROOT = Path(__file__).resolve().parent.parent
Pair = tuple[str, Party, Party]
Verdict = Callable[[Party, Party], Outcome]


def main(argv: list[str] | None = None) -> int:
    """Runs all parts and prints their tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="50,000 leads instead of a million")
    parser.add_argument("--leads", type=int, default=0, help="number of leads on record")
    options = parser.parse_args(argv)
    accuracy()
    scale(options.leads or (50_000 if options.quick else 1_000_000))
    return 0


def accuracy() -> None:
    """Accuracy of the rules and of the peers."""
    folder = Path(os.environ.get("MATCHING_DATA", ROOT.parent / "shared" / "data"))
    pairs_csv = folder / "name_pairs.csv"
    if pairs_csv.exists():
        pairs = list(labelled(pairs_csv))
        print(f"\nname_pairs.csv ({len(pairs):,} pairs)")
        heading()
        report("rules", pairs, judge)
        report("exact match", pairs, exact)
        best_ratio(pairs)
        splink(pairs)
    else:
        print(f"{pairs_csv} is absent: the labelled pairs are skipped.")
    for path in sorted((ROOT / "tests" / "matching" / "cases").glob("hand_pairs*.tsv")):
        pairs = list(hand(path))
        print(f"\n{path.name} ({len(pairs):,} pairs)")
        heading()
        report("rules", pairs, judge)
        report("exact match", pairs, exact)
        best_ratio(pairs)


def labelled(path: Path) -> Iterator[Pair]:
    """Pairs of a table with the columns of name_pairs.csv."""
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield row["label"], party_of(row, "a_"), party_of(row, "b_")


def hand(path: Path) -> Iterator[Pair]:
    """Pairs of a hand-written table: label, a, b, place_a, place_b."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith(("#", "label\t")):
            continue
        label, a, b, *places = line.split("\t")
        where = [[*place.split(), "", "", ""][:3] for place in (*places, "", "")]
        yield label, Party(a, *where[0]), Party(b, *where[1])


def judge(a: Party, b: Party) -> Outcome:
    return compare(a, b).outcome


def exact(a: Party, b: Party) -> Outcome:
    return Outcome.DUPLICATE if a.name.strip() == b.name.strip() else Outcome.DISTINCT


def heading() -> None:
    columns = ("auto P", "auto R", "caught", "clerk", "passing", "wrong", "µs/pair")
    print(f"{'method':<34}" + "".join(f"{column:>8}" for column in columns))


def report(name: str, pairs: list[Pair], method: Verdict) -> None:
    """One line of figures, in the order of `heading`."""
    start = time.perf_counter()
    found = [(label, method(a, b)) for label, a, b in pairs]
    took = (time.perf_counter() - start) / len(pairs) * 1e6
    auto = [label for label, outcome in found if outcome is Outcome.DUPLICATE]

    def share(label: str, *wanted: Outcome) -> float:
        of = [outcome for one, outcome in found if one == label]
        return sum(outcome in wanted for outcome in of) / len(of) if of else 1.0

    precision = auto.count("same") / len(auto) if auto else 1.0
    figures = (
        precision,
        share("same", Outcome.DUPLICATE),
        share("same", Outcome.DUPLICATE, Outcome.SUSPECTED),
        share("suspected", Outcome.SUSPECTED),
        share("different", Outcome.DISTINCT),
    )
    wrong = auto.count("different")
    print(
        f"{name:<34}" + "".join(f"{figure:8.4f}" for figure in figures) + f"{wrong:>8}{took:8.1f}"
    )


def best_ratio(pairs: list[Pair]) -> None:
    """RapidFuzz WRatio at the threshold with the best F1 on these very pairs: its best case."""
    from rapidfuzz.fuzz import WRatio

    scored = [(WRatio(a.name, b.name), label) for label, a, b in pairs]
    same = sum(label == "same" for _, label in scored)
    best = (0.0, 0.0)
    for threshold in range(50, 101):
        auto = [label for score, label in scored if score >= threshold]
        right = auto.count("same")
        if right:
            best = max(best, (2 * right / (len(auto) + same), float(threshold)))
    cut = best[1]
    report(
        f"RapidFuzz WRatio >= {cut:.0f} (best F1)",
        pairs,
        lambda a, b: Outcome.DUPLICATE if WRatio(a.name, b.name) >= cut else Outcome.DISTINCT,
    )


def splink(pairs: list[Pair]) -> None:
    """Splink on the parsed names, where it is installed (extra `bench`)."""
    try:
        from benchmarks.splink_peer import probabilities
    except ImportError:
        print(f"{'Splink':<34}not installed (pip install '.[bench]')")
        return
    found = probabilities([(a, b) for _, a, b in pairs])
    lookup = {(id(a), id(b)): value for (_, a, b), value in zip(pairs, found, strict=True)}

    def verdict(a: Party, b: Party) -> Outcome:
        value = lookup[id(a), id(b)]
        return (
            Outcome.DUPLICATE
            if value >= 0.99
            else Outcome.SUSPECTED
            if value >= 0.5
            else Outcome.DISTINCT
        )

    report("Splink >= 0.99 (scoring untimed)", pairs, verdict)


def scale(count: int) -> None:
    """Index of `count` composed leads: build, then 5,000 new rows with reasons."""
    import sqlalchemy as sa

    from processor.matching.index import Index, create_tables, rebuild

    print(f"\n{count:,} leads on record, 5,000 new rows")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "leads.tsv"
        write_leads(file, leads(count))
        engine = sa.create_engine(f"sqlite:///{folder}/ledger.sqlite")
        with engine.begin() as conn:
            create_tables(conn)
            start = time.perf_counter()
            rebuild(conn, read_leads(file), processes=2)
            print(f"  build on 2 processes      {time.perf_counter() - start:8.2f} s")
        size = (Path(folder) / "ledger.sqlite").stat().st_size / 1e6
        print(f"  index on disk             {size:8.0f} MB")
        base = list(islice(read_leads(file), 0, None, max(1, count // 2_500)))[:2_500]
        rows = incoming(base, unknown(file, 2_500))
        with engine.begin() as conn:
            start = time.perf_counter()
            index = Index(conn)
            index.load([party for party, _ in rows])
            loaded = time.perf_counter() - start
            slowest, caught, automatic, alarms, compared = [], 0, 0, 0, 0
            for party, number in rows:
                begin = time.perf_counter()
                found = index.matches(party)
                slowest.append(time.perf_counter() - begin)
                compared += len(index.candidates(party))
                hit = [judged for lead, _, judged in found if lead == number]
                caught += bool(number and hit)
                automatic += any(judged.outcome is Outcome.DUPLICATE for judged in hit)
                alarms += not number and any(j.outcome is Outcome.DUPLICATE for _, _, j in found)
        engine.dispose()
    repeats = sum(bool(number) for _, number in rows)
    slowest.sort()
    p99, worst = slowest[int(len(slowest) * 0.99)] * 1000, slowest[-1] * 1000
    judged_in = sum(slowest)
    own, helper = (
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(f"  load (prefetch of the run){loaded:8.2f} s")
    print(f"  judging 5,000 rows        {judged_in:8.2f} s, with load {loaded + judged_in:.2f} s")
    print(f"  one row, p99              {p99:8.2f} ms, worst {worst:.2f} ms")
    print(f"  candidates a row          {compared / len(rows):8.1f}")
    print(
        f"  repeats caught            {caught / repeats:8.4f}, automatic {automatic / repeats:.4f}"
    )
    print(f"  new called duplicate      {alarms:8d} of {len(rows) - repeats:,}")
    print(f"  peak memory               {own:8.0f} MB, largest helper {helper:.0f} MB")


def write_leads(file: Path, rows: Iterable[tuple[str, Party]]) -> None:
    """The record as a table on disk, so that building reads it as it would read a ledger."""
    with file.open("w", encoding="utf-8") as out:
        for who, p in rows:
            cells = (
                who,
                p.name,
                p.province,
                p.city,
                p.county,
                p.category,
                p.contact,
                p.phone,
                p.address,
            )
            out.write("\t".join(cells) + "\n")


def read_leads(file: Path) -> Iterator[tuple[int, Party]]:
    """Number and party of each lead of the table."""
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            yield number, Party(*line.rstrip("\n").split("\t")[1:])


def unknown(file: Path, count: int) -> list[Party]:
    """`count` composed leads of customers that are not on record."""
    fresh = dict(leads(count * 4, seed=99))
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            fresh.pop(line[: line.index("\t")], None)
    return list(fresh.values())[:count]


if __name__ == "__main__":
    raise SystemExit(main())
