"""Pandera models of the official forms, built from their field records.

Cells are parsed before they come here: the frame is typed (None where a cell is missing or could
not be read), so no coercion happens and one bad cell never hides another's error. Every check works
on one column; a condition on another column (`Field.when`, `Field.unless`) becomes a helper column
first, because pandera repeats the failures of a frame-wide check once per column.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING, Any

from schemas.fields import Field, Form, Kind, Need

if TYPE_CHECKING:
    import pandas as pd

CHECKS = (
    "missing_required",
    "not_allowed",
    "too_short",
    "too_long",
    "not_positive",
    "too_small",
    "too_large",
    "bad_check_digit",
)
"""Names of the checks, in the order in which the errors of a cell are reported."""

_REQUIRED = (Need.GATE, Need.REMIND)
_GIVEN = "?"  # suffix of the helper column: False where a required cell is missing
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VIN_VALUES = dict(
    zip(
        "0123456789ABCDEFGHJKLMNPRSTUVWXYZ",
        map(int, "012345678912345678123457923456789"),
        strict=True,
    )
)


def validate(form: Form, frame: pd.DataFrame) -> list[tuple[Hashable, str, str]]:
    """All errors of a typed frame: (row id, field name, check), in the order of rows and fields.

    Columns are field names, one row per form row, the index a unique row id; block values are
    expected to have been laid into the rows. A column that is not in the frame counts as empty,
    SYSTEM fields are never judged, other columns are ignored. A cell that could not be parsed is
    None here and so `missing_required` where it is required: the caller knows better and drops it.

    Raises ValueError when the row ids are not unique.
    """
    import pandera.pandas as pa

    if not frame.index.is_unique:
        raise ValueError("row ids are not unique")
    if not len(frame):
        return []
    prepared = _prepare(form, frame)
    try:
        model(form).validate(prepared, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        found = {
            (row, str(column).removesuffix(_GIVEN), str(check))
            for row, column, check in zip(
                cases["index"], cases["column"], cases["check"], strict=True
            )
        }
    else:
        return []
    place = {row: n for n, row in enumerate(frame.index)}
    order = {f.name: n for n, f in enumerate((*form.block, *form.fields))}
    rank = {check: n for n, check in enumerate(CHECKS)}
    return sorted(found, key=lambda e: (place[e[0]], order[e[1]], rank[e[2]]))


@cache
def model(form: Form) -> Any:
    """The pandera DataFrameSchema of a form, over the frame that `_prepare` makes."""
    import pandera.pandas as pa

    columns: dict[str, Any] = {}
    for field in _judged(form):
        checks = [
            pa.Check(check, name=name, error=name, ignore_na=True) for name, check in _checks(field)
        ]
        if checks:
            columns[field.name] = pa.Column(None, checks, nullable=True, coerce=False)
        if field.need in _REQUIRED:
            given = pa.Check(
                lambda s: s, name="missing_required", error="missing_required", ignore_na=False
            )
            columns[field.name + _GIVEN] = pa.Column(bool, given, coerce=False)
    return pa.DataFrameSchema(columns, coerce=False, strict=False)


def _judged(form: Form) -> list[Field]:
    return [f for f in (*form.block, *form.fields) if f.need is not Need.SYSTEM]


def _prepare(form: Form, frame: pd.DataFrame) -> pd.DataFrame:
    """Blanks become None, and a helper column says where a required cell is missing."""
    import pandas as pd

    columns: dict[str, Any] = {}
    blank = [None] * len(frame)
    for field in (*form.block, *form.fields):
        values = frame[field.name].tolist() if field.name in frame.columns else blank
        columns[field.name] = [None if _missing(v) else v for v in values]
    for field in _judged(form):
        if field.need not in _REQUIRED:
            continue
        given = [v is not None for v in columns[field.name]]
        if field.when[0]:
            other = columns[field.when[0]]
            given = [g or v not in field.when[1] for g, v in zip(given, other, strict=True)]
        if field.unless[0]:
            other = columns[field.unless[0]]
            given = [g or v in field.unless[1] for g, v in zip(given, other, strict=True)]
        columns[field.name + _GIVEN] = given
    data = {
        name: pd.Series(values, index=frame.index, dtype=bool if name.endswith(_GIVEN) else object)
        for name, values in columns.items()
    }
    return pd.DataFrame(data, index=frame.index)


def _missing(value: object) -> bool:
    if value is None or value == "":
        return True
    return value != value  # NaN and NaT alone are unlike themselves


def _each(test: Callable[[Any], bool]) -> Callable[[pd.Series[Any]], pd.Series[Any]]:
    """A test of one value as a check of a column."""

    def check(series: pd.Series[Any]) -> pd.Series[Any]:
        import pandas as pd

        return pd.Series([test(v) for v in series], index=series.index, dtype=bool)

    return check


def _checks(field: Field) -> list[tuple[str, Callable[[pd.Series[Any]], pd.Series[Any]]]]:
    """The checks of a field's value, named as in `CHECKS`."""
    tests: list[tuple[str, Callable[[Any], bool]]] = []
    if field.allowed and not field.free:
        allowed = frozenset(field.allowed)
        if field.kind is Kind.CHOICES:
            tests.append(("not_allowed", lambda v: all(part in allowed for part in _parts(v))))
        else:
            tests.append(("not_allowed", lambda v: v in allowed))
    if field.min_length:
        tests.append(("too_short", lambda v: len(str(v)) >= field.min_length))
    if field.max_length:
        tests.append(("too_long", lambda v: len(str(v)) <= field.max_length))
    if field.positive:
        tests.append(("not_positive", lambda v: _number(v) > 0))
    if field.minimum is not None:
        lowest = field.minimum
        tests.append(("too_small", lambda v: _number(v) >= lowest))
    if field.maximum is not None:
        highest = field.maximum
        tests.append(("too_large", lambda v: _number(v) <= highest))
    if field.check_digit:
        right = {"uscc": _credit_code_right, "vin": _vins_right}[field.check_digit]
        tests.append(("bad_check_digit", right))
    return [(name, _each(test)) for name, test in tests]


def _parts(value: object) -> Iterable[str]:
    """The parts of a CHOICES value: a sequence, or text joined by 「;」."""
    if isinstance(value, str):
        return [p.strip() for p in value.replace("；", ";").split(";") if p.strip()]
    return [str(p) for p in value] if isinstance(value, Iterable) else [str(value)]


def _number(value: object) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise TypeError(f"not a number in a typed frame: {value!r}") from None


def _credit_code_right(value: object) -> bool:
    """Check digit of a 统一社会信用代码; a code of another length is another error."""
    code = str(value).strip().upper()
    if len(code) != 18:
        return True
    from stdnum.cn import uscc

    return bool(uscc.is_valid(code))


def _vins_right(value: object) -> bool:
    """Every VIN of a list has 17 characters and the check digit of its ninth place."""
    return all(vin_right(part.upper()) for part in _parts(value))


def vin_right(vin: str) -> bool:
    """Whether a VIN has 17 characters and the check digit of its ninth place."""
    if len(vin) != 17 or any(c not in _VIN_VALUES for c in vin):
        return False
    rest = sum(_VIN_VALUES[c] * w for c, w in zip(vin, _VIN_WEIGHTS, strict=True)) % 11
    return vin[8] == ("X" if rest == 10 else str(rest))
