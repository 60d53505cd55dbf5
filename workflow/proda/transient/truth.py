"""What is true of a synthetic world, and a claim that is tested.

Predicted changes are compared with the true one over the cells that every set has.

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

from proda.arrays import Cells
from proda.transient.parameter_sets import TRUTH, is_heterogeneous
from proda.transient.reduce import SOC_GROUPS
from proda.transient.results import BlockResult
from proda.transient.scenarios import ALL, STATIC
from proda.transient.tables import changes_of_maps, spread

__all__ = ["claim_table", "truth_table"]


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
            found = spread("change_pg", own[-1] - own[0])
            true_change = float((true[-1] - true[0]).mean())
            signs = _sign(true_change, true[0].mean()), _sign(found["change_pg"], own[0].mean())
            low, high = found["change_pg_p05"], found["change_pg_p95"]
            rows.append(
                {
                    "set": name,
                    "scenario": scenario,
                    "true_start_pg": true[0].mean(),
                    "start_pg": own[0].mean(),
                    "true_change_pg": true_change,
                    **found,
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
        claimed), true_change_pg (of a synthetic world) and claim_holds, the same in every row and
        empty without sets of both kinds.
    """
    place = {name: s for s, name in enumerate(result.scenarios)}
    soc = result.stocks[..., SOC_GROUPS, :].sum(axis=(-2, -1))
    of_members = (soc[:, -1] - soc[:, 0])[place[ALL.name]]
    of_members = of_members - (soc[:, -1] - soc[:, 0])[place[STATIC.name]]
    rows: list[dict[str, object]] = []
    for name in result.sets:
        change = of_members[result.runs(name)]
        found = spread("change_pg", change)
        heterogeneous = is_heterogeneous(name)
        gains = found["change_pg"] > 0.0
        rows.append(
            {
                "set": name,
                "parameters": _kind(name, heterogeneous),
                **found,
                "gains": bool(gains),
                "fraction_of_members_that_gain": float((change > 0.0).mean()),
                "as_claimed": "" if heterogeneous is None else _yes(gains == heterogeneous),
            }
        )
    table = pd.DataFrame(rows)
    if TRUTH in result.sets:
        table["true_change_pg"] = float(of_members[result.runs(TRUTH)].mean())
    judged = table[table["as_claimed"] != ""]
    both = judged["parameters"].nunique() == 2
    table["claim_holds"] = _yes(bool((judged["as_claimed"] == "yes").all())) if both else ""
    return table


def _kind(name: str, heterogeneous: bool | None) -> str:
    if heterogeneous is None:
        return "true" if name == TRUTH else "given"
    return "heterogeneous" if heterogeneous else "homogeneous"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


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
