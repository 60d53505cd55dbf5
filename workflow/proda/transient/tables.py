"""Tables of runs through time: changes by pool and depth, their parts, cells, ages.

All amounts are of the cells that every set has. A spread is the 5th and the 95th percentile over
the members of a set, none for a single one.
"""

import numpy as np
import pandas as pd

from proda.arrays import FloatArray
from proda.projection.process_maps import weighted_median
from proda.transient.reduce import DEPTHS, GROUPS, SOC_GROUPS
from proda.transient.results import BlockResult, Status
from proda.transient.scenarios import ALL, STATIC, attribution

__all__ = [
    "SOC",
    "WHOLE",
    "age_table",
    "attribution_table",
    "cell_table",
    "change_table",
    "changes_of_maps",
    "spread",
]

QUANTILES = (0.05, 0.95)
WHOLE, SOC = "all", "soc"
# Groups of pools in tables: each, those of soil organic carbon, and all.
POOLS = {
    **{name: slice(k, k + 1) for k, name in enumerate(GROUPS)},
    SOC: SOC_GROUPS,
    WHOLE: slice(None),
}
LEVELS = {**{name: slice(k, k + 1) for k, name in enumerate(DEPTHS)}, WHOLE: slice(None)}


def change_table(result: BlockResult) -> pd.DataFrame:
    """Change of carbon through the years, by set, scenario, pool and depth.

    Parameters
    ----------
    result
        Of all blocks.

    Returns
    -------
    pandas.DataFrame
        set, scenario, pool, depth, first_year, last_year, start_pg, change_pg, change_pg_p05,
        change_pg_p95, members, cells. The start is that of the first year, the change that to the
        end of the last.
    """
    rows = []
    for name in result.sets:
        members = result.runs(name)
        for s, scenario in enumerate(result.scenarios):
            for pool, groups in POOLS.items():
                for depth, levels in LEVELS.items():
                    part = result.stocks[s, :, members, groups, levels].sum(axis=(-2, -1))
                    rows.append(
                        {
                            "set": name,
                            "scenario": scenario,
                            "pool": pool,
                            "depth": depth,
                            "first_year": result.years[0],
                            "last_year": result.years[-1],
                            "start_pg": part[0].mean(),
                            **spread("change_pg", part[-1] - part[0]),
                            "members": int(result.members[result.sets.index(name)]),
                            "cells": int(result.common.sum()),
                        }
                    )
    return pd.DataFrame(rows)


def attribution_table(result: BlockResult) -> pd.DataFrame:
    """Parts of the change of carbon by set, pool (soc, all) and depth.

    Parameters
    ----------
    result
        Of all blocks, with all scenarios.

    Returns
    -------
    pandas.DataFrame
        set, pool, depth; per part of PARTS, for all minus static (``total_pg``) and for the
        linearity residual, (input only) + (climate only) - static - all, which is the interaction
        with the opposite sign: mean and spread over members, Pg.
    """
    rows = []
    for name in result.sets:
        members = result.runs(name)
        for pool in (SOC, WHOLE):
            for depth, levels in LEVELS.items():
                stocks = result.stocks[:, :, members, POOLS[pool], levels].sum(axis=(-2, -1))
                change = dict(zip(result.scenarios, stocks[:, -1] - stocks[:, 0], strict=True))
                parts = attribution(change)
                row: dict[str, object] = {"set": name, "pool": pool, "depth": depth}
                for part, values in parts.items():
                    row |= spread(f"{part}_pg", values)
                row |= spread("total_pg", change[ALL.name] - change[STATIC.name])
                row["residual_pg"] = -float(parts["interaction"].mean())
                rows.append(row)
    return pd.DataFrame(rows)


def changes_of_maps(result: BlockResult, name: str) -> dict[str, FloatArray]:
    """Change of soil organic carbon of the cells in each scenario, members of a set.

    Parameters
    ----------
    result
        Of all blocks.
    name
        Of the set.

    Returns
    -------
    dict
        (members, cells) kg m-2 by scenario.
    """
    members = result.runs(name)
    start = result.initial_soc[members].sum(axis=-1)
    return {
        scenario: result.final_soc[s, members].sum(axis=-1) - start
        for s, scenario in enumerate(result.scenarios)
    }


def spread(name: str, values: FloatArray) -> dict[str, float]:
    """Mean of values of members, and their 5th and 95th percentile.

    Parameters
    ----------
    name
        Of the mean, and with _p05 and _p95 of the others.
    values
        (members,); a single one has no spread, NaN.
    """
    low, high = np.quantile(values, QUANTILES) if len(values) > 1 else (np.nan, np.nan)
    return {name: float(values.mean()), f"{name}_p05": float(low), f"{name}_p95": float(high)}


def cell_table(result: BlockResult) -> pd.DataFrame:
    """What became of the cells, by set, status and reason.

    Parameters
    ----------
    result
        Of all blocks.

    Returns
    -------
    pandas.DataFrame
        set, status, reason (of cells without forcing), cells, land_million_km2, and the largest
        drift of a cell in a repetition of the base years, relative to its stock.
    """
    rows = []
    for k, name in enumerate(result.sets):
        for status in Status:
            of_status = result.status[k] == status
            for reason in sorted(set(result.cells.reason[of_status])):
                which = of_status & (result.cells.reason == reason)
                drift = result.drift[k, which]
                drift = drift[np.isfinite(drift)]
                rows.append(
                    {
                        "set": name,
                        "status": status.name.lower(),
                        "reason": reason,
                        "cells": int(which.sum()),
                        "land_million_km2": float(result.cells.area_m2[which].sum() / 1e12),
                        "largest_drift": float(drift.max()) if drift.size else np.nan,
                    }
                )
    return pd.DataFrame(rows)


def age_table(result: BlockResult) -> pd.DataFrame:
    """Transit time of carbon and age of soil organic carbon in the climate of the base years.

    Parameters
    ----------
    result
        Of all blocks.

    Returns
    -------
    pandas.DataFrame
        set; over the common cells, area-weighted mean and median of the transit time of all carbon
        and of the mean age of soil organic carbon by depth, yr.
    """
    rows = []
    common = result.common
    area = result.cells.area_m2[common]
    for k, name in enumerate(result.sets):
        values = {"transit_time": result.transit_time[k]}
        values |= {f"soc_age {depth}": result.soc_age[k, :, d] for d, depth in enumerate(DEPTHS)}
        for quantity, of_cells in values.items():
            known = np.isfinite(of_cells[common])
            of_common, weight = of_cells[common][known], area[known]
            mean = float(weight @ of_common / weight.sum()) if known.any() else np.nan
            rows.append(
                {
                    "set": name,
                    "quantity": quantity,
                    "mean_yr": mean,
                    "median_yr": weighted_median(of_common, weight),
                    "cells": int(known.sum()),
                }
            )
    return pd.DataFrame(rows)
