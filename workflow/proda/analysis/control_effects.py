"""Effects of component control: on the global stock, and on skill at held-out sites.

Stock: deviation of the component's run from the full run of the same draw, by depth, summed over
the cells with their area (what the global stock errs by) and as a sum of absolute deviations (what
carbon is in the wrong place or missing).

Skill: explained variation 1 - sum (m - o)^2 / sum (o - mean o)^2 of SOC at the horizons of sites
that were held out with their spatial block, in the full run and with each component held. Constants
are those of the other folds' sites. Intervals are of resampled blocks, since neighbours share their
error; each resample scores all runs, so that the interval of a difference to the full run is that
of the difference.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from proda.analysis.control import COMPONENTS, Component, Constant, component_soc
from proda.analysis.places import Portion
from proda.arrays import Cells, Counts, FloatArray, Horizons, Mask
from proda.evaluation.skill import Resamples, interval, resampled_scores, skill
from proda.model import SoilModel
from proda.model.processes.definitions import DEPTHS
from proda.projection.stocks import KILOGRAM, PETAGRAM

__all__ = [
    "DEPTH_CLASSES",
    "Deviations",
    "SiteRuns",
    "control_at_sites",
    "control_of_stock",
    "control_skill",
    "depth_thickness",
]

# Depths of horizons whose skill is shown, m.
DEPTH_CLASSES = {
    "all": (0.0, np.inf),
    "0_30cm": (0.0, 0.3),
    "30_100cm": (0.3, 1.0),
    "below_100cm": (1.0, np.inf),
}
COMPARED = ("r2_one_to_one", "r2", "rmse")


@dataclass(frozen=True)
class Deviations:
    """Stocks with components held, by draw.

    Attributes
    ----------
    cells
        Number of cells that take part.
    reasons
        Why others do not.
    stock, deviation, absolute
        (draws, choices, components, depths) Pg.
    """

    cells: int
    reasons: Counter[str]
    stock: FloatArray
    deviation: FloatArray
    absolute: FloatArray


def depth_thickness(model: SoilModel) -> FloatArray:
    """Thickness of the layers above DEPTHS and of the whole column, (depths, layers) m."""
    above = [model.grid.overlap(0.0, depth) for depth in DEPTHS.values()]
    return np.array([*above, model.grid.thickness])


def control_of_stock(
    model: SoilModel,
    places: Iterable[Portion],
    n_draws: int,
    land_area: Cells,
    constants: Sequence[Constant],
    climate: FloatArray,
    components: Sequence[Component] = COMPONENTS,
) -> Deviations:
    """Deviation of the global stock with each component held.

    Parameters
    ----------
    model
        The soil carbon model.
    places
        The cells of the method with their draws.
    n_draws
        Number of draws of each.
    land_area
        (n,) m2 of the cells.
    constants
        One for each choice.
    climate
        Of ``proda.analysis.control.mean_climate``.
    components
        What is held; the first is the full run.
    """
    thickness = depth_thickness(model)
    shape = n_draws, len(constants), len(components), len(thickness)
    stock, deviation, absolute = np.zeros((3, *shape))
    cells, reasons = 0, Counter[str]()
    for portion in places:
        reasons.update(portion.reasons)
        if not len(portion.places):
            continue
        same = np.zeros(len(portion.column), dtype=np.int64)
        every = [_held(model, portion, [one], same, climate, components) for one in constants]
        by_depth = (np.stack(every, axis=1)[..., None, :] * thickness).sum(axis=-1)
        by_place = portion.by_place(by_depth)
        usable = np.isfinite(by_place).all(axis=(1, 2, 3, 4))
        reasons["held_run_undefined"] += int((~usable).sum())
        for i in np.flatnonzero(usable):
            area = land_area[portion.places[i]] / PETAGRAM
            cells += 1
            error = by_place[i] - by_place[i][:, :, :1]
            stock += area * by_place[i]
            deviation += area * error
            absolute += area * np.abs(error)
    return Deviations(cells, +reasons, stock, deviation, absolute)


def _held(
    model: SoilModel,
    portion: Portion,
    constants: Sequence[Constant],
    of: Counts,
    climate: FloatArray,
    components: Sequence[Component],
) -> FloatArray:
    """SOC with each component held, (runs, components, layers)."""
    runs = portion.physical, portion.columns, portion.column
    every = [component_soc(model, one, *runs, constants, of, climate) for one in components]
    return np.stack(every, axis=1)


@dataclass(frozen=True)
class SiteRuns:
    """SOC at the horizons of sites, with components held.

    Attributes
    ----------
    modelled
        (choices, components, horizons) kg m-3, NaN where a site takes no part.
    reasons
        Why sites take no part.
    """

    modelled: FloatArray
    reasons: Counter[str]


def control_at_sites(
    model: SoilModel,
    places: Iterable[Portion],
    constants: Sequence[Sequence[Constant]],
    fold: Counts,
    climate: FloatArray,
    operator: FloatArray,
    row_size: Counts,
    components: Sequence[Component] = COMPONENTS,
) -> SiteRuns:
    """Predictions at sites with each component held, mean over the draws.

    Parameters
    ----------
    model
        The soil carbon model.
    places
        The sites with the draws that were predicted without them.
    constants
        For each choice those of every fold, made without its sites.
    fold
        (n,) of the sites.
    climate
        Of ``proda.analysis.control.mean_climate``.
    operator
        (horizons, layers), takes SOC to observed depths.
    row_size
        (n,) horizons of the sites.
    components
        What is held; the first is the full run.
    """
    modelled = np.full((len(constants), len(components), len(operator)), np.nan)
    ends, reasons = np.cumsum(row_size), Counter[str]()
    for portion in places:
        reasons.update(portion.reasons)
        of = np.repeat(fold[portion.places], portion.n_draws)
        for c, by_fold in enumerate(constants):
            if not len(portion.places):
                continue
            runs = _held(model, portion, by_fold, of, climate, components)
            soc = portion.by_place(runs).mean(axis=1)
            for i, place in enumerate(portion.places):
                rows = slice(ends[place] - row_size[place], ends[place])
                values = (soc[i][:, None] * operator[rows]).sum(axis=-1)
                modelled[c, :, rows] = values / KILOGRAM
    return SiteRuns(modelled, reasons)


def control_skill(
    runs: Mapping[tuple[str, str], Horizons],
    observed: Horizons,
    depth: Horizons,
    profile: Counts,
    block: Counts,
    members: Mask,
    seed: int,
    resamples: int,
) -> pd.DataFrame:
    """Skill of runs at sites, and its difference to that of the full run.

    Parameters
    ----------
    runs
        {(choice, component): (horizons,) kg m-3, NaN where there is none}; the first is the full
        run, with which the others are compared.
    observed, depth
        (horizons,) kg m-3 and m.
    profile
        (horizons,) number of the profile.
    block
        (profiles,) number of the spatial block.
    members
        (profiles,) that may be scored; those are scored that have a value of every run.
    seed, resamples
        Of the bootstrap of blocks.

    Returns
    -------
    pandas.DataFrame
        A row per run and depth class: constant, component, depth, profiles, blocks, horizons, and
        for r2_one_to_one (explained variation), r2 and rmse (kg m-3) the score and
        <score>_difference to the full run, each with _low and _high (95 %).
    """
    modelled = np.column_stack(list(runs.values()))
    gaps = ~np.isfinite(modelled).all(axis=1) | ~np.isfinite(observed)
    scored = members & (np.bincount(profile, gaps, minlength=len(members)) == 0)
    rows = []
    for name, (top, bottom) in DEPTH_CLASSES.items():
        here = scored[profile] & (depth >= top) & (depth < bottom)
        blocks, cluster = np.unique(block[profile[here]], return_inverse=True)
        draws = Resamples(max(len(blocks), 1), seed, resamples)
        values = resampled_scores(cluster, observed[here], modelled[here], draws)
        found = [skill(observed[here], one) for one in modelled[here].T]
        for k, (choice, component) in enumerate(runs):
            row: dict[str, object] = {"constant": choice, "component": component, "depth": name}
            row["profiles"] = int(np.unique(profile[here]).size)
            row |= {"blocks": len(blocks), "horizons": int(here.sum())}
            for score in COMPARED:
                of_run, of_full = values[score][:, k], values[score][:, 0]
                value, reference = getattr(found[k], score), getattr(found[0], score)
                low, high = interval(of_run)
                row |= {score: value, f"{score}_low": low, f"{score}_high": high}
                low, high = interval(of_run - of_full)
                row |= {f"{score}_difference": value - reference}
                row |= {f"{score}_difference_low": low, f"{score}_difference_high": high}
            rows.append(row)
    return pd.DataFrame(rows)
