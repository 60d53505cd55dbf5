"""Facts of the skill of methods and of their intervals, from Table 1 and the predictive checks."""

import numpy as np
import pandas as pd

from proda.evaluation.table_1 import BLOCKS, ranked_methods
from proda.files import StrPath
from proda.parameters.methods import Kind, method_of
from proda.summary.facts import Coverage, Estimate, MethodSkill, Skill
from proda.tables import read_table

__all__ = ["estimate", "read_coverage", "read_skill"]

TEXTS = ["sites", "method", "label", "other", "note", "certificate"]


def estimate(row: pd.Series, name: str, low: str = "_low", high: str = "_high") -> Estimate:
    """A value of a table with the ends of its interval, where it has one."""
    ends = [float(row[f"{name}{end}"]) for end in (low, high)]
    if not np.isfinite(ends).all():
        return Estimate(float(row[name]))
    return Estimate(float(row[name]), *ends)


def read_skill(table: StrPath, differences: StrPath) -> Skill:
    """Skill of the methods, the best first, on held-out blocks if there are learners.

    Parameters
    ----------
    table
        tables/table_1.csv.
    differences
        tables/table_1_differences.csv, with the best method against all others.
    """
    rows = read_table(table, TEXTS)
    sites, order = ranked_methods(rows)
    rows = rows[rows["sites"] == sites].set_index("method")
    pairs = read_table(differences, TEXTS)
    pairs = pairs[pairs["sites"] == sites].set_index(["method", "other"])
    lead = []
    for other in order[1:]:
        # Of the other minus the best: a table may hold a pair in either order.
        if (order[0], other) in pairs.index:
            found = estimate(pairs.loc[(order[0], other)], "rmse_difference")
            low, high = (None if end is None else -end for end in (found.high, found.low))
            found = Estimate(-found.value, low, high)
        else:
            found = estimate(pairs.loc[(other, order[0])], "rmse_difference")
        lead.append((str(rows.loc[other, "label"]), found))
    of_sites = [name for name in rows.index if method_of(name).kind is Kind.PER_SITE]
    first = rows.iloc[0]
    return Skill(
        held_out=sites == BLOCKS,
        profiles=int(first["profiles"]),
        excluded=int(first["excluded"]),
        ranking=tuple(_method_skill(rows, name) for name in order),
        lead=tuple(lead),
        of_sites=_method_skill(rows, of_sites[0]) if of_sites else None,
    )


def read_coverage(checks: StrPath) -> tuple[Coverage, ...]:
    """Coverage of 90 % intervals at all depths: at held-out blocks where the method has these.

    Parameters
    ----------
    checks
        tables/predictive_checks.csv.
    """
    rows = read_table(checks, ["method", "label", "sites", "depth", "certificate"])
    rows = rows[rows["depth"] == "all"]
    found = []
    for name in rows["method"].unique():
        if method_of(name).kind is Kind.PER_SITE:
            continue
        own = rows[rows["method"] == name].set_index("sites")
        held_out = BLOCKS in own.index
        row = own.loc[BLOCKS] if held_out else own.iloc[0]
        factor = float(row["factor"])
        found.append(
            Coverage(
                str(row["label"]),
                held_out,
                float(row["coverage_90"]),
                factor if np.isfinite(factor) else None,
            )
        )
    return tuple(found)


def _method_skill(rows: pd.DataFrame, name: str) -> MethodSkill:
    row = rows.loc[name]
    return MethodSkill(
        name,
        str(row["label"]),
        rmse=estimate(row, "rmse"),
        r2=estimate(row, "r2_one_to_one"),
        bias=estimate(row, "bias"),
    )
