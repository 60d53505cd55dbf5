"""Bootstrap of spatial blocks: a learner trained again and again on resampled blocks.

Neighbouring profiles share covariates and errors, so that single profiles are no independent
sample; blocks are closer to one. Of B blocks with used profiles a member draws B with replacement
and is trained on their profiles, as often as drawn; profiles of the blocks that were not drawn
validate. It predicts parameters on all cells, whose bulk processes have means and totals of the
region; the spread over the members is what these owe to the choice of places and to training. It
does not hold the uncertainty of the sites' own posteriors, of the model or of its forcing.

A member depends on (seed, learner, its number) only, and not on which members a job trains.
"""

import numpy as np
import pandas as pd

from proda.arrays import Counts, Theta
from proda.config.sections.learning import EncodingOptions
from proda.errors import InputError
from proda.evaluation.process_totals import TOTALS
from proda.learning.data import LearningData
from proda.learning.features import fit_encoder
from proda.learning.learners import get_learner
from proda.learning.splits import Splits
from proda.learning.train import predict_feasible, training_set
from proda.model import SoilModel
from proda.model.mechanisms import MECHANISMS
from proda.model.processes import PROCESS_NAMES, PROCESSES
from proda.projection.inputs import Grid
from proda.projection.process_maps import DrawnProcesses, ProcessMaps, map_processes
from proda.projection.soc import DrawnSoc
from proda.projection.stocks import PETAGRAM
from proda.streams import named_stream

__all__ = ["bootstrap_table", "member_totals", "resample_blocks", "train_member"]

QUANTILES = {"p2_5": 0.025, "p16": 0.16, "p84": 0.84, "p97_5": 0.975}
MECHANISM_ITEMS = ("area_mean", "cell_mean")


def resample_blocks(block: Counts, rng: np.random.Generator) -> tuple[Counts, Counts]:
    """Profiles of blocks drawn with replacement, and those of the blocks that were not drawn.

    Parameters
    ----------
    block
        (n,) block of each profile.
    rng
        Random numbers.

    Returns
    -------
    tuple
        Positions of the drawn profiles, as often as drawn, and of the others.

    Raises
    ------
    InputError
        For fewer than two blocks.
    """
    labels, place = np.unique(block, return_inverse=True)
    n = len(labels)
    if n < 2:
        hint = "smaller blocks (learning.block_size)"
        raise InputError("bootstrap", "two blocks with used profiles", str(n), hint)
    times = np.ones(n, dtype=np.int64)
    while times.min() > 0:
        times = np.bincount(rng.integers(n, size=n), minlength=n)
    of_profiles = times[place]
    return np.repeat(np.arange(len(block)), of_profiles), np.flatnonzero(of_profiles == 0)


def train_member(
    learner: str,
    member: int,
    data: LearningData,
    splits: Splits,
    options: EncodingOptions,
    seed: int,
    model: SoilModel,
) -> Theta:
    """Parameters (cells, parameters) that a member predicts, NaN where a covariate is missing.

    Parameters
    ----------
    learner
        Name.
    member
        Number of the resample.
    data, splits
        Of all accepted profiles.
    options
        Of the learner.
    seed
        Of the run.
    model
        Decides which parameter sets are feasible.
    """
    rng = named_stream(seed, f"{learner} bootstrap", member)
    complete = data.sites.notna().all(axis=1).to_numpy()
    usable = np.flatnonzero(splits.used & complete)
    drawn, others = (usable[rows] for rows in resample_blocks(splits.block[usable], rng))
    encoder = fit_encoder(data.kinds, data.sites.iloc[drawn], data.grid, options)
    training = training_set(encoder.encode(data.sites), data, splits, drawn, others)
    fitted = get_learner(learner).load()(training, options.of_member(member), rng)
    centre = training.y.mean(axis=0)
    return predict_feasible(fitted, encoder.encode(data.grid), centre, model)[0]


def member_totals(theta: Theta, grid: Grid, model: SoilModel) -> pd.DataFrame:
    """Totals and means of the region for the parameters of a member.

    Parameters
    ----------
    theta
        (cells, parameters).
    grid
        The cells and their forcing.
    model
        The soil carbon model.

    Returns
    -------
    pandas.DataFrame
        quantity, item, unit, value: those of ``proda.evaluation.process_totals.TOTALS``, and means
        of the mechanisms.
    """
    source = DrawnSoc(
        model, lambda first, count: theta[first : first + count, None], 1, grid.forcing, grid.column
    )
    maps = map_processes(DrawnProcesses(source), grid.cells.land_area_m2)
    rows = [
        (quantity, item, unit, _statistic(maps, process, statistic, unit, grid))
        for (quantity, item, unit), (process, statistic) in TOTALS.items()
    ]
    units = {process.name: process.units for process in PROCESSES}
    rows += [
        (one.value, item, units[one.value], _statistic(maps, one.value, item, "", grid))
        for one in MECHANISMS
        for item in MECHANISM_ITEMS
    ]
    return pd.DataFrame(rows, columns=["quantity", "item", "unit", "value"])


def _statistic(maps: ProcessMaps, process: str, statistic: str, unit: str, grid: Grid) -> float:
    k = PROCESS_NAMES.index(process)
    values = getattr(maps, statistic)
    value = float(values[0, k] if values.ndim > 1 else values[k])
    if unit == "Pg":
        known = np.isfinite(maps.values[0, :, k])
        value *= float(grid.cells.land_area_m2[known].sum()) / PETAGRAM
    return value


def bootstrap_table(members: pd.DataFrame) -> pd.DataFrame:
    """Spread of the members' totals.

    Parameters
    ----------
    members
        learner, member, quantity, item, unit, value.

    Returns
    -------
    pandas.DataFrame
        learner, quantity, item, unit, members, mean, median, sd (n - 1), p2_5, p16, p84, p97_5.

    Raises
    ------
    InputError
        For a member that is there twice.
    """
    keys = ["learner", "quantity", "item"]
    double = members[members.duplicated([*keys, "member"])]
    if len(double):
        row = double.iloc[0]
        raise InputError(f"bootstrap of {row['learner']}, member {row['member']}", "one", "two")
    rows = []
    for (learner, quantity, item), part in members.groupby(keys, sort=False):
        values = part.sort_values("member")["value"].to_numpy(float)
        spread = {name: np.quantile(values, level) for name, level in QUANTILES.items()}
        rows.append(
            {
                "learner": learner,
                "quantity": quantity,
                "item": item,
                "unit": part["unit"].iloc[0],
                "members": len(values),
                "mean": values.mean(),
                "median": np.median(values),
                "sd": values.std(ddof=1) if len(values) > 1 else np.nan,
                **spread,
            }
        )
    return pd.DataFrame(rows)
