"""Tables of runs through time: changes by pool and depth, their parts, the truth, the claim.

All amounts are of the cells that every set has. A spread is the 5th and the 95th percentile over
the members of a set, none for a single one.

The claim that is tested, stated by Luo et al. (2020) of CLM5: *with heterogeneous parameters, the
land gains soil organic carbon under climate change; with homogeneous ones it loses*. Here a set
gains if the mean over its members of

    change of soil organic carbon of the region under all minus that under static

is positive; it is homogeneous if one distribution of parameters holds for every place. The claim
holds if all heterogeneous sets gain and all homogeneous ones lose.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from proda.arrays import Cells, FloatArray
from proda.projection.process_maps import weighted_median
from proda.transient.parameter_sets import TRUTH, is_heterogeneous
from proda.transient.reduce import DEPTHS, GROUPS, SOC_GROUPS
from proda.transient.results import BlockResult, Status
from proda.transient.scenarios import ALL, SCENARIOS, STATIC, attribution

__all__ = [
    "CLAIM",
    "SOC",
    "WHOLE",
    "age_table",
    "attribution_table",
    "cell_table",
    "change_table",
    "changes_of_maps",
    "claim_table",
    "has_parts",
    "truth_table",
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

CLAIM = "heterogeneous sets gain and homogeneous ones lose soil organic carbon, all minus static"


def has_parts(result: BlockResult) -> bool:
    """Whether there are the scenarios from which the parts of a change follow."""
    return set(result.scenarios) == set(SCENARIOS)


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
                            **_spread("change_pg", part[-1] - part[0]),
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
                    row |= _spread(f"{part}_pg", values)
                row |= _spread("total_pg", change[ALL.name] - change[STATIC.name])
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


def truth_table(result: BlockResult) -> pd.DataFrame:
    """Predicted against true change of soil organic carbon, of a synthetic world.

    Parameters
    ----------
    result
        Of all blocks, with the truth among the sets.

    Returns
    -------
    pandas.DataFrame
        set, scenario; start and change of truth and set in Pg, spread of the set, whether the sign
        is right and the truth within the spread; over the common cells weighted by land: fraction
        of the land where the mean over members has the right sign, r and slope on the truth, and
        rmse and standard deviation of the true change in kg m-2. A change of less than 1e-9 of the
        start is none and has no sign.
    """
    rows = []
    common = result.common
    area = result.cells.area_m2[common]
    true_maps = changes_of_maps(result, TRUTH)
    for name in result.sets:
        if name == TRUTH:
            continue
        maps = changes_of_maps(result, name)
        for s, scenario in enumerate(result.scenarios):
            soc = result.stocks[s, ..., SOC_GROUPS, :].sum(axis=(-2, -1))
            true, own = soc[:, result.runs(TRUTH)], soc[:, result.runs(name)]
            spread = _spread("change_pg", own[-1] - own[0])
            true_change = float((true[-1] - true[0]).mean())
            signs = _sign(true_change, true[0].mean()), _sign(spread["change_pg"], own[0].mean())
            low, high = spread["change_pg_p05"], spread["change_pg_p95"]
            rows.append(
                {
                    "set": name,
                    "scenario": scenario,
                    "true_start_pg": true[0].mean(),
                    "start_pg": own[0].mean(),
                    "true_change_pg": true_change,
                    **spread,
                    "sign_right": bool(signs[0] == signs[1]),
                    "truth_within_spread": bool(low <= true_change <= high),
                    **_compared(
                        true_maps[scenario][0, common],
                        maps[scenario].mean(axis=0)[common],
                        result.initial_soc[result.runs(TRUTH)][0, common].sum(axis=-1),
                        area,
                    ),
                }
            )
    return pd.DataFrame(rows)


def claim_table(result: BlockResult) -> pd.DataFrame:
    """The claim of the head of this module, set by set.

    Parameters
    ----------
    result
        Of all blocks, with the scenarios static and all.

    Returns
    -------
    pandas.DataFrame
        set, parameters (heterogeneous, homogeneous, given or true), change_pg with its spread,
        gains, fraction_of_members_that_gain, as_claimed (empty for sets of which nothing is
        claimed), true_change_pg (of a synthetic world) and claim_holds, the same in every row.
    """
    place = {name: s for s, name in enumerate(result.scenarios)}
    soc = result.stocks[..., SOC_GROUPS, :].sum(axis=(-2, -1))
    of_members = (soc[:, -1] - soc[:, 0])[place[ALL.name]]
    of_members = of_members - (soc[:, -1] - soc[:, 0])[place[STATIC.name]]
    rows: list[dict[str, object]] = []
    for name in result.sets:
        change = of_members[result.runs(name)]
        spread = _spread("change_pg", change)
        heterogeneous = is_heterogeneous(name)
        gains = spread["change_pg"] > 0.0
        rows.append(
            {
                "set": name,
                "parameters": _kind(name, heterogeneous),
                **spread,
                "gains": bool(gains),
                "fraction_of_members_that_gain": float((change > 0.0).mean()),
                "as_claimed": "" if heterogeneous is None else _yes(gains == heterogeneous),
            }
        )
    table = pd.DataFrame(rows)
    if TRUTH in result.sets:
        table["true_change_pg"] = float(of_members[result.runs(TRUTH)].mean())
    judged = table.loc[table["as_claimed"] != "", "as_claimed"]
    table["claim_holds"] = _yes(bool((judged == "yes").all())) if len(judged) else ""
    return table


def _kind(name: str, heterogeneous: bool | None) -> str:
    if heterogeneous is None:
        return "true" if name == TRUTH else "given"
    return "heterogeneous" if heterogeneous else "homogeneous"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _spread(name: str, values: FloatArray) -> dict[str, float]:
    """Mean and spread over members."""
    low, high = np.quantile(values, QUANTILES) if len(values) > 1 else (np.nan, np.nan)
    return {name: float(values.mean()), f"{name}_p05": float(low), f"{name}_p95": float(high)}


def _sign(change: float, start: float) -> int:
    return int(np.sign(change)) if abs(change) > 1e-9 * abs(start) else 0


def _compared(true: Cells, found: Cells, start: Cells, area: Cells) -> Mapping[str, float]:
    """Scores of a map of change, weighted by area; (cells,) each."""
    weight = area / area.sum()
    none = 1e-9 * start
    signs = [np.where(np.abs(change) > none, np.sign(change), 0.0) for change in (true, found)]
    t, f = weight @ true, weight @ found
    variances = weight @ (true - t) ** 2, weight @ (found - f) ** 2
    covariance = weight @ ((true - t) * (found - f))
    varies = bool(np.sqrt(variances[0]) > weight @ none)
    both = varies and bool(np.sqrt(variances[1]) > weight @ none)
    return {
        "land_with_right_sign": float(weight @ (signs[0] == signs[1])),
        "r": float(covariance / np.sqrt(variances[0] * variances[1])) if both else np.nan,
        "slope": float(covariance / variances[0]) if varies else np.nan,
        "rmse_kg_m2": float(np.sqrt(weight @ (found - true) ** 2)),
        "true_sd_kg_m2": float(np.sqrt(variances[0])),
    }


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
