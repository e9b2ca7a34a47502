"""完成率 in words is what the bulletin's cell shows."""

from __future__ import annotations

import pytest

from processor.decisions.counting_up import rate_text


@pytest.mark.parametrize(
    ("counted", "target", "shown"),
    [
        (2, 3, "66.7%"),
        (1, 3, "33.3%"),
        (1, 16, "6.3%"),  # 6.25: half up
        (1, 8, "12.5%"),
        (3, 2, "150.0%"),
        (0, 5, "0.0%"),
        (5, 0, "—"),
        (5, None, "—"),
    ],
)
def test_one_decimal_as_excel_rounds(counted: int, target: int | None, shown: str) -> None:
    assert rate_text(counted, target) == shown
