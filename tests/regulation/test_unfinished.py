"""Screenings answered in time are left out of a quarter's fines: nothing else may be."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from processor.calendar import WorkCalendar
from processor.regulation.deadlines import Screening, screening_obligations, unfinished
from processor.regulation.edition import load_all
from processor.regulation.penalties import overdue

EDITION = load_all()[-1]
CALENDAR = WorkCalendar({})
TUESDAY = datetime(2026, 11, 3, 9, 30)  # due on Thursday the 5th at 17:30

moments = st.one_of(
    st.none(),
    st.sampled_from(
        [
            datetime(2026, 11, 4, 10),
            datetime(2026, 11, 5, 17, 29, 59),
            datetime(2026, 11, 5, 17, 30),
            datetime(2026, 11, 5, 17, 30, 1),
            datetime(2026, 11, 9, 8),
        ]
    ),
)
screenings = st.builds(
    Screening,
    lead=st.sampled_from(["DKH202611-0001", "DKH202611-0002"]),
    person=st.sampled_from(["孙工", "钱工"]),
    section=st.just("业务开发一科"),
    transferred=st.sampled_from([TUESDAY, TUESDAY - timedelta(days=1)]),
    answered=moments,
    valid=st.booleans(),
    dated=moments,
)


@given(st.lists(screenings, max_size=6), st.sampled_from(["lead", "batch"]))
def test_the_fines_are_the_same(items: list[Screening], unit: str) -> None:
    switch = EDITION.switches["penalty.unit"]
    edition = EDITION.with_switches({"penalty.unit": unit if unit in switch.values else "batch"})
    now = datetime(2026, 11, 20)

    def fines(some: tuple[Screening, ...]) -> object:
        owed = [o for s in some for o in screening_obligations(s, CALENDAR, edition)]
        return overdue(owed, now, CALENDAR, edition)

    assert fines(tuple(items)) == fines(unfinished(items, CALENDAR, edition))


def test_on_the_second_is_in_time() -> None:
    def answered(at: datetime) -> int:
        item = Screening("DKH202611-0001", "孙工", "一科", TUESDAY, at, False, None)
        return len(unfinished([item], CALENDAR, EDITION))

    assert answered(datetime(2026, 11, 5, 17, 30)) == 0
    assert answered(datetime(2026, 11, 5, 17, 30, 1)) == 1
