"""Certificates of all profiles by quantity: which parameters and stocks hold, and how well."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from proda.arrays import FloatArray, Mask
from proda.inference.certificate import STOCKS, Certified, Thresholds
from proda.inference.site import Status
from proda.netcdf import open_netcdf

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ALL", "certificate_table"]

ALL = "all"
"""Row of the certificate as a whole."""

STATISTICS = ("rhat", "ess_bulk", "ess_tail", "mcse")
WHOLE = {
    "rhat": "max_rhat",
    "ess_bulk": "min_ess_bulk",
    "ess_tail": "min_ess_tail",
    "mcse": "max_mcse",
}


def certificate_table(path: str | Path, thresholds: Thresholds) -> pd.DataFrame:
    """Evidence of the certificates of the fitted profiles.

    Parameters
    ----------
    path
        Gathered file of site posteriors.
    thresholds
        Limits of the certificate.

    Returns
    -------
    DataFrame
        A row for the certificate as a whole (quantity ``all``), per parameter and per stock:
        quantity; profiles, that have the statistics; fraction_held, of them, within the limits;
        median_ and max_rhat; median_ and min_ess_bulk and ess_tail; max_mcse; named, profiles that
        fail by this quantity most; median_contraction of a parameter. A stock that is the same in
        all draws has no statistics.
    """
    import pandas as pd  # not needed to assimilate

    with open_netcdf(path, "site posteriors", ["certified", *WHOLE.values()]) as file:
        fitted = np.asarray(file["status"][:] == Status.FITTED)

        def read(name: str) -> FloatArray:
            return np.ma.filled(file[name][:].astype(float), np.nan)[fitted]

        names = [str(name) for name in file["parameter"][:]]
        failed = np.asarray(file["failed_quantity"][:])[fitted]
        certified = read("certified") == Certified.CERTIFIED
        rows = [_row(ALL, {name: read(WHOLE[name]) for name in STATISTICS}, certified)]
        rows[0]["named"] = int((~certified).sum())
        for prefix, group in (("", names), ("stock_", STOCKS)):
            values = {name: read(prefix + name) for name in STATISTICS}
            for i, name in enumerate(group):
                one = {key: value[:, i] for key, value in values.items()}
                rows.append(_row(name, one, _holds(one, thresholds)))
                rows[-1]["named"] = int((failed == name).sum())
        contraction = read("contraction")
    for row, column in zip(rows[1:], contraction.T, strict=False):
        row["median_contraction"] = _of_known(np.median, column)
    return pd.DataFrame(rows)


def _holds(values: dict[str, FloatArray], limits: Thresholds) -> Mask:
    """Which profiles hold the limits in one quantity."""
    held: Mask = (
        (values["rhat"] < limits.rhat)
        & (values["ess_bulk"] >= limits.ess)
        & (values["ess_tail"] >= limits.ess)
        & (values["mcse"] < limits.mcse)
    )
    return held


def _row(name: str, values: dict[str, FloatArray], held: Mask) -> dict[str, object]:
    """A row of the table but for the last columns."""
    known = ~np.isnan(values["rhat"])
    row: dict[str, object] = {
        "quantity": name,
        "profiles": int(known.sum()),
        "fraction_held": _of_known(np.mean, np.where(known, held, np.nan)),
    }
    row |= {"median_rhat": _of_known(np.median, values["rhat"])}
    row |= {"max_rhat": _of_known(np.max, values["rhat"])}
    for size in ("ess_bulk", "ess_tail"):
        row |= {f"median_{size}": _of_known(np.median, values[size])}
        row |= {f"min_{size}": _of_known(np.min, values[size])}
    row["max_mcse"] = _of_known(np.max, values["mcse"])
    return row


def _of_known(statistic: Callable[[FloatArray], Any], values: FloatArray) -> float:
    """A statistic of the values that are not NaN, NaN if there is none."""
    known = values[~np.isnan(values)]
    return float(statistic(known)) if known.size else np.nan
