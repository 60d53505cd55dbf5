"""Effects of component control: on the global stock, and on skill at held-out sites.

Stock: deviation of the component's run from the full run of the same draw, by depth, summed over
the cells with their area (what the global stock errs by) and as a sum of absolute deviations (what
carbon is in the wrong place or missing).

Skill: explained variation 1 - sum (m - o)^2 / sum (o - mean o)^2 of SOC at the horizons of sites
that were held out with their spatial block, in the full run and with each component held. Constants
are those of the other folds' sites. Intervals are of resampled blocks, since neighbours share their
error; each resample scores all runs, so that the interval of a difference to the full run is that
of the difference.

Unexplained variation: var(h - f) / var(f) of the stocks of those sites in the observed horizons, h
in the run with a component held and f in the full run. Of the same stocks the loss of explained
variation is, but for what the means err by,

    (var(o - h) - var(o - f)) / var(o) = var(h - f) / var(o) + 2 cov(f - h, o - f) / var(o).

The first term is what the component makes of the map. The second one vanishes where the errors
o - f are independent of the map, as those of the true parameters are. A learner that predicts too
little contrast has errors that go with its map, and the second term then favours whatever adds to
the contrast, be it the governing mechanism or not.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from proda.analysis.control import COMPONENTS, RANKED, Component, Constant, component_soc
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
    thickness: Horizons,
    profile: Counts,
    block: Counts,
    members: Mask,
    seed: int,
    resamples: int,
) -> pd.DataFrame:
    """Skill of runs at sites, its difference to that of the full run, and variation they leave.

    Parameters
    ----------
    runs
        {(choice, component): (horizons,) kg m-3, NaN where there is none}; the first is the full
        run, with which the others are compared.
    observed, depth, thickness
        (horizons,) kg m-3, m and m.
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
        <score>_difference to the full run, each with _low and _high (95 %); unexplained_variation
        of the full run's stocks, with _low and _high; and for the mechanisms of
        ``proda.analysis.control.RANKED`` first_percent, the share of the resamples in which it
        exceeds that of all others with the same constant.
    """
    modelled = np.column_stack(list(runs.values()))
    gaps = ~np.isfinite(modelled).all(axis=1) | ~np.isfinite(observed)
    scored = members & (np.bincount(profile, gaps, minlength=len(members)) == 0)
    rows = []
    for name, (top, bottom) in DEPTH_CLASSES.items():
        here = scored[profile] & (depth >= top) & (depth < bottom)
        profiles, place = np.unique(profile[here], return_inverse=True)
        blocks, cluster = np.unique(block[profiles], return_inverse=True)
        draws = Resamples(max(len(blocks), 1), seed, resamples)
        values = resampled_scores(cluster[place], observed[here], modelled[here], draws)
        stocks = np.zeros((len(profiles), len(runs)))
        np.add.at(stocks, place, thickness[here, None] * modelled[here])
        unexplained, of_resamples = _unexplained_variation(cluster, stocks, draws)
        first = _first_percent(list(runs), of_resamples)
        found = [skill(observed[here], one) for one in modelled[here].T]
        for k, (choice, component) in enumerate(runs):
            row: dict[str, object] = {"constant": choice, "component": component, "depth": name}
            row["profiles"] = len(profiles)
            row |= {"blocks": len(blocks), "horizons": int(here.sum())}
            for score in COMPARED:
                of_run, of_full = values[score][:, k], values[score][:, 0]
                value, reference = getattr(found[k], score), getattr(found[0], score)
                low, high = interval(of_run)
                row |= {score: value, f"{score}_low": low, f"{score}_high": high}
                low, high = interval(of_run - of_full)
                row |= {f"{score}_difference": value - reference}
                row |= {f"{score}_difference_low": low, f"{score}_difference_high": high}
            low, high = interval(of_resamples[:, k])
            name_of = "unexplained_variation"
            row |= {name_of: unexplained[k], f"{name_of}_low": low, f"{name_of}_high": high}
            rows.append(row | {"first_percent": first[k]})
    return pd.DataFrame(rows)


def _unexplained_variation(
    block: Counts, stocks: FloatArray, draws: Resamples
) -> tuple[FloatArray, FloatArray]:
    """Variance of the change from the first run, relative to the variance of that run.

    Parameters
    ----------
    block
        (profiles,) number of the spatial block.
    stocks
        (profiles, runs) kg m-2.
    draws
        Of the blocks.

    Returns
    -------
    tuple
        (runs,) of all profiles, NaN without variance of the first run; and (resamples, runs), NaN
        for fewer than two blocks, too.
    """
    nothing = np.full((len(draws), stocks.shape[1]), np.nan)
    if not len(stocks) or np.ptp(stocks[:, 0]) == 0.0:
        return nothing[0], nothing
    # First the full run itself, then the changes. Means are subtracted, or rounding of the squares
    # would hide a small variance.
    values = np.column_stack([stocks[:, :1], stocks - stocks[:, :1]])
    values = values - values.mean(axis=0)
    terms = np.column_stack([np.ones(len(values)), values, values**2])
    sums = np.column_stack([np.bincount(block, term, draws.n_profiles) for term in terms.T])

    def ratio(sums: FloatArray) -> FloatArray:
        count, total, squares = np.split(sums, [1, 1 + values.shape[1]], axis=-1)
        variance = np.maximum(squares / count - (total / count) ** 2, 0.0)
        full = variance[..., :1]
        return np.divide(
            variance[..., 1:], full, out=np.full(variance[..., 1:].shape, np.nan), where=full > 0.0
        )

    if draws.n_profiles < 2:
        return ratio(sums.sum(axis=0)), nothing
    resampled = np.concatenate([drawn @ sums for drawn in draws.counts()])
    return ratio(sums.sum(axis=0)), ratio(resampled)


def _first_percent(runs: Sequence[tuple[str, str]], values: FloatArray) -> FloatArray:
    """Percentage of resamples (resamples, runs) in which a ranked mechanism has the largest value.

    NaN for runs that are not ranked, and where none has a value.
    """
    percent = np.full(len(runs), np.nan)
    ranked = [k for k, (_, name) in enumerate(runs) if name in RANKED]
    for k in ranked:
        others = [i for i in ranked if i != k and runs[i][0] == runs[k][0]]
        known = np.isfinite(values[:, k])
        if others and known.any():
            exceeds = values[known, k] > values[known][:, others].max(axis=1)
            percent[k] = 100.0 * exceeds.mean()
    return percent
