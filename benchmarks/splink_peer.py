"""Splink on the labelled pairs: names parsed by this product, usual comparisons, no labels used.

Importing this fails where Splink is not installed (extra `bench`); the benchmark then says so.
"""

from __future__ import annotations

import pandas as pd
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from processor.matching.judge import Party, prepare

_COLUMNS = ("core", "place", "unit", "branch", "phone")


def probabilities(pairs: list[tuple[Party, Party]]) -> list[float]:
    """Match probability of each pair, in order; pairs Splink does not score count as 0."""
    engine = DuckDBAPI()
    tables = [engine.register(frame([pair[side] for pair in pairs], f"{side}-")) for side in (0, 1)]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("core", [0.95, 0.88]),
            cl.ExactMatch("place"),
            cl.ExactMatch("unit"),
            cl.ExactMatch("branch"),
            cl.ExactMatch("phone"),
        ],
        blocking_rules_to_generate_predictions=[block_on("pair")],
        additional_columns_to_retain=["pair"],
    )
    linker = Linker(tables, settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match([block_on("core")], recall=0.5)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("pair"))
    scored = linker.inference.predict().as_pandas_dataframe()
    found = dict(zip(scored["pair_l"], scored["match_probability"], strict=True))
    return [float(found.get(str(number), 0.0)) for number in range(len(pairs))]


def frame(parties: list[Party], prefix: str) -> pd.DataFrame:
    """The parsed names as a table; "" becomes missing."""
    rows = []
    for number, party in enumerate(parties):
        side = prepare(party)
        parts = side.parts
        place = parts.seat or parts.field
        cells = (parts.core, str(place.county or place.city or place.province or ""))
        cells += (parts.unit, parts.branch, " ".join(sorted(side.phones)))
        rows.append((f"{prefix}{number}", str(number), *(cell or None for cell in cells)))
    return pd.DataFrame(rows, columns=["unique_id", "pair", *_COLUMNS])
