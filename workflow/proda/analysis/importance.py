"""Importance of groups of covariates for the mechanisms and for SOC, on spatial blocks held out.

A learner that was trained without a fold predicts parameters at the profiles of the fold; their
bulk values P_m and SOC at the observed depths follow from the forcing of each profile. Errors are
of logarithms, as values are positive and multiply:

    e_im = (ln P_im - ln Q_im)^2         Q_im posterior mean of the mechanism at profile i
    e_is = mean over the horizons h of profile i of (ln c_ih - ln o_ih)^2,   o_ih observed SOC

With a group of covariates replaced (``proda.analysis.permutation``) the errors become e'. Over all
folds, each profile once,

    importance = sum e' / sum e,    increase = sum (e' - e) / (n var),   var of ln Q, ln o

so that an increase of 1 is the loss of as much as the whole variance. e' is the mean over the
repeats. A profile counts where all of its values are finite; kept are sums by spatial block, from
which intervals follow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from proda.analysis.permutation import replacement
from proda.analysis.plan import VARIANTS
from proda.analysis.site_mechanisms import read_site_mechanisms
from proda.arrays import Counts, Features, FloatArray, Mask, Members
from proda.data.forcing import load_site_columns, site_forcing_portions
from proda.data.order import check_profiles
from proda.errors import InputError
from proda.learning.data import LearningData
from proda.learning.splits import Splits
from proda.learning.train import EncodedSplit, encode_split, fit_members, training_set
from proda.model import SoilModel
from proda.model.mechanisms import MECHANISMS, Mechanism, parameters_of
from proda.model.processes import PROCESS_NAMES, processes_in
from proda.model.structures import get_structure
from proda.netcdf import open_netcdf
from proda.streams import named_stream

__all__ = [
    "SOC",
    "BlockErrors",
    "SiteTargets",
    "fold_errors",
    "groups_of_features",
    "learned_mechanisms",
    "read_site_targets",
    "site_targets",
]

SOC = "soc"
SETS = 4096  # parameter sets that are solved at a time, which bounds memory


@dataclass(frozen=True, eq=False)
class SiteTargets:
    """What predictions at the n accepted profiles are compared with.

    Attributes
    ----------
    names
        Mechanisms, then SOC.
    mechanisms
        (n, mechanisms) ln of the posterior mean, NaN where there is none.
    horizon_profile
        (horizons,) profile of each observed horizon with carbon.
    horizon_value
        (horizons,) ln of observed SOC.
    operator
        (horizons, layers) takes SOC at the nodes to the horizons.
    columns
        Prepared forcing of the profiles.
    usable
        (n,) profiles with a steady state, mechanisms and a horizon.
    """

    names: tuple[str, ...]
    mechanisms: FloatArray
    horizon_profile: Counts
    horizon_value: FloatArray
    operator: FloatArray
    columns: FloatArray
    usable: Mask


@dataclass(frozen=True, eq=False)
class BlockErrors:
    """Sums over the profiles of each spatial block of a fold.

    Attributes
    ----------
    targets, groups, variants
        Names.
    block
        (b,) numbers of the blocks.
    profiles
        (b,) profiles that count.
    benchmark
        (b, targets) sums of e.
    replaced
        (variants, groups, repeats, b, targets) sums of e'.
    moments
        (2, b, targets) sums of what is predicted, and of its squares.
    """

    targets: tuple[str, ...]
    groups: tuple[str, ...]
    variants: tuple[str, ...]
    block: Counts
    profiles: Counts
    benchmark: FloatArray
    replaced: FloatArray
    moments: FloatArray


def learned_mechanisms(structure: str) -> tuple[Mechanism, ...]:
    """Mechanisms that have parameters in a structure."""
    record = get_structure(structure)
    return tuple(one for one in MECHANISMS if parameters_of(record, one).size)


def site_targets(
    mechanisms: Sequence[Mechanism],
    posterior_mean: FloatArray,
    row_size: Counts,
    operator: FloatArray,
    observed: FloatArray,
    columns: FloatArray,
    without_steady_state: Sequence[int] = (),
) -> SiteTargets:
    """Prepare what predictions are compared with.

    Parameters
    ----------
    mechanisms
        Those that are compared.
    posterior_mean
        (n, mechanisms) of the profiles.
    row_size
        (n,) their numbers of horizons.
    operator
        (horizons, layers) takes SOC at the nodes to the horizons.
    observed
        (horizons,) SOC density in g m-3.
    columns
        Prepared forcing of the profiles.
    without_steady_state
        Profiles whose forcing has none.
    """
    n = len(row_size)
    profile = np.repeat(np.arange(n), row_size)
    positive = observed > 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.log(posterior_mean)
    logs = np.where(np.isfinite(logs), logs, np.nan)
    usable = ~np.isnan(logs).any(axis=1)
    usable &= np.bincount(profile[positive], minlength=n) > 0
    usable[np.asarray(without_steady_state, dtype=np.int64)] = False
    return SiteTargets(
        (*(mechanism.name for mechanism in mechanisms), SOC),
        logs,
        profile[positive],
        np.log(observed[positive]),
        operator[positive],
        columns,
        usable,
    )


def read_site_targets(
    model: SoilModel,
    mechanisms: Sequence[Mechanism],
    observations_path: str | Path,
    forcing_path: str | Path,
    mechanisms_path: str | Path,
    profile_id: Sequence[str] | npt.NDArray[np.str_],
    columns: FloatArray | None = None,
) -> SiteTargets:
    """Read what predictions are compared with.

    Parameters
    ----------
    model
        The soil carbon model.
    mechanisms
        Those that are compared.
    observations_path, forcing_path, mechanisms_path
        Paths of observations.nc, site_forcing.nc and site_mechanisms.nc.
    profile_id
        Identifiers of the profiles that they must be of.
    columns
        Prepared forcing of the profiles; None to read it.

    Raises
    ------
    InputError
        For files of other profiles.
    """
    needed = ("profile_id", "row_size", "value", "operator")
    with open_netcdf(observations_path, "observations", needed) as file:
        ids, row_size, observed, operator = (np.ma.filled(file[name][:]) for name in needed)
    check_profiles(observations_path, ids, profile_id, "the posteriors")
    values = read_site_mechanisms(mechanisms_path)
    check_profiles(mechanisms_path, values["profile_id"].values, ids, observations_path)
    names = [str(name) for name in values["mechanism"].values]
    chosen = [names.index(mechanism.name) for mechanism in mechanisms]
    if columns is None:
        forced, columns = load_site_columns(forcing_path, model)
        check_profiles(forcing_path, forced, ids, observations_path)
    stuck, first = [], 0
    for some, forcing in site_forcing_portions(forcing_path):
        stuck += [first + found.row for found in model.without_steady_state(forcing)]
        first += len(some)
    means = values["mean"].values[:, chosen]
    return site_targets(mechanisms, means, row_size, operator, observed, columns, stuck)


def groups_of_features(
    names: Sequence[str], groups: Mapping[str, str]
) -> dict[str, npt.NDArray[np.bool_]]:
    """Features of each group of covariates.

    Parameters
    ----------
    names
        Of the encoded features; those of a class are ``name=code``.
    groups
        {covariate: its group}.

    Returns
    -------
    dict
        {group: (features,) mask}, in the order of their first covariate.
    """
    owners = [name if name in groups else name.rpartition("=")[0] for name in names]
    found = np.array([groups[owner] for owner in owners])
    return {group: found == group for group in dict.fromkeys(map(str, found))}


def fold_errors(
    learner: str,
    split: str,
    data: LearningData,
    splits: Splits,
    targets: SiteTargets,
    groups: Mapping[str, str],
    options: object,
    model: SoilModel,
    seed: int,
    validation_fraction: float,
    members: int,
    repeats: int,
    variants: Sequence[str] = VARIANTS,
) -> BlockErrors:
    """Train a learner without a fold, and measure its errors there with groups replaced.

    Parameters
    ----------
    learner, split
        Names of the learner and of the fold.
    data, splits
        Of all accepted profiles.
    targets
        What is predicted, of the same profiles.
    groups
        {covariate: its group}.
    options
        Of the learner.
    model
        The soil carbon model.
    seed, validation_fraction
        As for ``proda.learning.train.train_split``; the members are the same as there.
    members
        Number of members, whose predicted values are averaged.
    repeats
        How often each group is replaced.
    variants
        Ways to replace it.

    Raises
    ------
    InputError
        As ``proda.learning.train.train_split``, and if no profile of the fold can be compared.
    """
    encoded: EncodedSplit = encode_split(data, splits, split, options, seed, validation_fraction)  # type: ignore[arg-type]
    rows = encoded.rows
    training = training_set(
        encoded.sites, data, splits, np.flatnonzero(rows.training), np.flatnonzero(rows.validation)
    )
    fitted = list(fit_members(learner, split, training, options, seed, members))
    centre = training.y.mean(axis=0)
    held_out = np.flatnonzero(rows.held_out & targets.usable)
    # By name, so that what is drawn does not depend on the order of the profiles.
    held_out = held_out[np.argsort(data.profile_id[held_out], kind="stable")]
    if not held_out.size:
        raise InputError(f"split {split}", "profiles with mechanisms and observations", "none")
    outside = np.flatnonzero(rows.training)
    outside = outside[np.argsort(data.profile_id[outside], kind="stable")]
    features = encoded.sites.values
    x = features[held_out]

    def predicted(of: Features) -> Members:
        return np.stack([model.prior.pull_back(one.predict(of), centre)[0] for one in fitted])

    benchmark = _errors(predicted(x), held_out, targets, model)
    masks = groups_of_features(encoded.encoder.names, groups)
    shape = (len(variants), len(masks), repeats)
    replaced = np.empty((*shape, *benchmark.shape))
    for v, variant in enumerate(variants):
        for g, (group, mask) in enumerate(masks.items()):
            replace = replacement(variant, mask, features[outside], x)
            for repeat in range(repeats):
                rng = named_stream(seed, f"{learner} {split} {variant} {group}", repeat)
                theta = predicted(replace(rng))
                replaced[v, g, repeat] = _errors(theta, held_out, targets, model)
    first, second = _moments(held_out, targets)
    known = np.isfinite(benchmark).all(axis=1) & np.isfinite(replaced).all(axis=(0, 1, 2, 4))
    label, of_known = np.unique(splits.block[held_out[known]], return_inverse=True)
    # Not a choice of rows, which would be a second copy of the largest array.
    place = np.full(len(held_out), -1)
    place[known] = of_known
    return BlockErrors(
        targets.names,
        tuple(masks),
        tuple(variants),
        label,
        np.bincount(of_known, minlength=len(label)),
        _by_block(benchmark, place, len(label)),
        _by_block(replaced, place, len(label)),
        np.stack([_by_block(one, place, len(label)) for one in (first, second)]),
    )


def _by_block(values: FloatArray, place: Counts, blocks: int) -> FloatArray:
    """Sums (..., blocks, targets) of values (..., profiles, targets); place -1 is none."""
    sums = np.zeros((*values.shape[:-2], blocks, values.shape[-1]))
    for k in range(blocks):
        sums[..., k, :] = values[..., place == k, :].sum(axis=-2)
    return sums


def _errors(theta: Members, rows: Counts, targets: SiteTargets, model: SoilModel) -> FloatArray:
    """Errors (profiles, targets) of the mean over the members; NaN where a value is not finite."""
    values, soc = _run(theta, rows, targets, model)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_mechanisms = (np.log(values) - targets.mechanisms[rows]) ** 2
        place = _place_of_horizons(rows, targets)
        chosen = place >= 0
        at_depth = (targets.operator[chosen] * soc[place[chosen]]).sum(axis=1)
        squares = (np.log(at_depth) - targets.horizon_value[chosen]) ** 2
    count = np.bincount(place[chosen], minlength=len(rows))
    of_soc = np.bincount(place[chosen], squares, minlength=len(rows)) / count
    return np.column_stack([of_mechanisms, of_soc])


def _moments(rows: Counts, targets: SiteTargets) -> tuple[FloatArray, FloatArray]:
    """What is predicted and its square (profiles, targets), of SOC means over the horizons."""
    place = _place_of_horizons(rows, targets)
    chosen = place >= 0
    count = np.bincount(place[chosen], minlength=len(rows))
    value, known = targets.horizon_value[chosen], targets.mechanisms[rows]
    first, second = (
        np.bincount(place[chosen], one, minlength=len(rows)) / count for one in (value, value**2)
    )
    return np.column_stack([known, first]), np.column_stack([known**2, second])


def _place_of_horizons(rows: Counts, targets: SiteTargets) -> Counts:
    """Place among the chosen profiles of the profile of each horizon, -1 for others."""
    place = np.full(len(targets.usable), -1)
    place[rows] = np.arange(len(rows))
    return place[targets.horizon_profile]


def _run(
    theta: Members, rows: Counts, targets: SiteTargets, model: SoilModel
) -> tuple[FloatArray, FloatArray]:
    """Mechanisms (profiles, mechanisms) and SOC (profiles, layers), means over the members."""
    columns = [PROCESS_NAMES.index(one.value) for one in MECHANISMS if one.name in targets.names]
    members, n = theta.shape[:2]
    step = max(1, SETS // members)
    values = np.empty((n, len(columns)))
    soc = np.empty((n, targets.operator.shape[1]))
    for first in range(0, n, step):
        part = slice(first, first + step)
        sets = theta[:, part]
        physical = model.physical(sets.reshape(-1, sets.shape[-1]))
        column = np.tile(rows[part], members)
        pools = model.steady_state_in(physical, targets.columns, column)
        found = processes_in(model, physical, targets.columns, column, pools)
        values[part] = found.values[:, columns].reshape(*sets.shape[:2], -1).mean(axis=0)
        soc[part] = model.soc(pools).reshape(*sets.shape[:2], -1).mean(axis=0)
    return values, soc
