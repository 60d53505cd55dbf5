"""Facts of the maps: totals beside references and truth, and where learners can be applied."""

import pandas as pd

from proda.files import StrPath
from proda.parameters.methods import METHODS
from proda.projection.stocks import INTERVALS
from proda.summary.facts import Applicability, Skill, Total, Totals, Validation
from proda.summary.read_skill import estimate
from proda.tables import read_table

__all__ = ["DEPTHS", "read_applicability", "read_totals", "read_validation"]

DEPTHS = INTERVALS[3]
"""Depths of the totals that a summary states: the first metre."""

METHOD = "method"


def read_totals(
    table: StrPath, skill: Skill | None, truth: StrPath | None, adjustment: StrPath | None
) -> Totals | None:
    """Totals of all maps to one metre; None for a run without maps.

    Parameters
    ----------
    table
        tables/table_s3.csv.
    skill
        Of the methods, the best first.
    truth
        tables/recovery_stocks.csv, of a synthetic world.
    adjustment
        tables/bias_adjustment.csv, of a run that holds profiles out.
    """
    rows = read_table(table, [METHOD, "label", "kind", "interval", "certificate"])
    rows = rows[rows["interval"] == DEPTHS.label]
    methods = rows[rows["kind"] == METHOD]
    if methods.empty:
        return None
    labels = methods.set_index(METHOD)["label"]
    ranked = [one.method for one in skill.ranking] if skill else []
    best = next((name for name in ranked if name in labels.index), None)
    return Totals(
        interval=DEPTHS.label,
        area=float(rows["common_area_million_km2"].iloc[0]),
        best="" if best is None else str(labels[best]),
        methods=_totals(methods),
        references=_totals(rows[rows["kind"] != METHOD]),
        truth=_truth(truth) if truth else None,
        adjusted=_adjusted(adjustment) if adjustment else (),
    )


def read_applicability(table: StrPath) -> tuple[Applicability, ...]:
    """Land and carbon of each learner outside its area of applicability.

    Parameters
    ----------
    table
        tables/applicable_area.csv.
    """
    rows = read_table(table, [METHOD, "label", "certificate"])
    return tuple(
        Applicability(str(row.label), 1 - float(row.area_inside), 1 - float(row.total_inside))
        for row in rows.itertuples()
    )


def read_validation(name: str, table: StrPath) -> Validation | None:
    """The method whose map is closest to stocks measured at points; None without any.

    Parameters
    ----------
    name
        Of the points.
    table
        tables/validation_<name>.csv.
    """
    rows = read_table(table, ["source", "label", "note", "certificate"])
    rows = rows[rows["source"].isin(METHODS.keys())].dropna(subset="rmse")
    if rows.empty:
        return None
    best = rows.loc[rows["rmse"].idxmin()]
    return Validation(
        name,
        int(best["points"]),
        str(best["label"]),
        rmse=estimate(best, "rmse"),
        r2=estimate(best, "r2_one_to_one"),
    )


def _totals(rows: pd.DataFrame) -> tuple[Total, ...]:
    renamed = rows.rename(columns={"low_pg": "total_pg_low", "high_pg": "total_pg_high"})
    return tuple(
        Total(str(row["label"]), estimate(row, "total_pg")) for _, row in renamed.iterrows()
    )


def _adjusted(path: StrPath) -> tuple[Total, ...]:
    rows = read_table(path, [METHOD, "label", "certificate"]).dropna(subset="mean_total_pg")
    return tuple(
        Total(str(row["label"]), estimate(row, "mean_total_pg")) for _, row in rows.iterrows()
    )


def _truth(path: StrPath) -> float | None:
    rows = read_table(path, ["where", METHOD, "quantity", "unit", "note", "certificate"])
    here = rows[(rows["where"] == "grid") & (rows["quantity"] == DEPTHS.label)]
    return None if here.empty else float(here["true_total_pg"].iloc[0])
