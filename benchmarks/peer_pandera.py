"""The plain script in its other usual shape: pandas reads each form, pandera checks each file.

    python -m benchmarks.peer_pandera INBOX OUT

Everything else, and the decisions, are those of `benchmarks.peer`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa

from benchmarks.peer import CATEGORIES, PHONE, REQUIRED, TITLE, Form, Row, main


def _filled(column: pd.Series[Any]) -> pd.Series[bool]:
    return column.notna() & (column != "")


SCHEMA = pa.DataFrameSchema(
    {
        **{
            name: pa.Column(
                object, pa.Check(_filled, error=f"未填{name}", ignore_na=False), nullable=True
            )
            for name in REQUIRED
        },
        "采购类别": pa.Column(
            object,
            [
                pa.Check(_filled, error="未填采购类别", ignore_na=False),
                pa.Check.isin(CATEGORIES, error="采购类别不在规定范围"),
            ],
            nullable=True,
        ),
        "标的量(台)": pa.Column(
            object,
            [
                pa.Check(_filled, error="未填标的量(台)", ignore_na=False),
                pa.Check(
                    lambda value: isinstance(value, int) and value > 0,
                    element_wise=True,
                    error="标的量(台)无法识别",
                ),
            ],
            nullable=True,
        ),
        "联系方式": pa.Column(
            object,
            [
                pa.Check(_filled, error="未填联系方式", ignore_na=False),
                pa.Check(
                    lambda value: PHONE.match(str(value).replace(" ", "")) is not None,
                    element_wise=True,
                    error="联系方式无法识别",
                ),
            ],
            nullable=True,
        ),
    }
)


def read_frame(path: Path) -> Form:
    """The submitter and the rows under the headings."""
    whole = pd.read_excel(path, sheet_name=TITLE, header=None, dtype=object, engine="openpyxl")
    first = whole[0]
    unit = str(whole.loc[first == "提报单位", 1].iloc[0])
    at = int(first.index[first == "序号"][0])
    body = whole.iloc[at + 1 :].set_axis(whole.iloc[at], axis=1)
    body = body.loc[:, body.columns.notna()]
    body = body[body[list(REQUIRED)].notna().any(axis=1)]
    clean = body.where(body.notna(), None)
    records = clean.to_dict("records")
    return unit, [
        Row(path.name, unit, int(number) + 1, {str(k): _plain(v) for k, v in record.items()})
        for number, record in zip(clean.index, records, strict=True)
    ]


def _plain(value: Any) -> Any:
    return value.to_pydatetime() if isinstance(value, pd.Timestamp) else value


def check_frame(rows: list[Row]) -> None:
    """The gate, a file at a time."""
    frame = pd.DataFrame([row.cells for row in rows], columns=list(rows[0].cells), dtype=object)
    try:
        SCHEMA.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as found:
        for at, words in found.failure_cases[["index", "check"]].itertuples(index=False):
            if words not in rows[int(at)].reasons:
                rows[int(at)].reasons.append(words)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), read_frame, check_frame)
