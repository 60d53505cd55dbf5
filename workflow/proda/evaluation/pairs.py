"""Observed and modelled SOC side by side, from which Table 1 and Figures 2 and 5 are made.

Two tables. Pairs: a row per horizon of the accepted profiles, SOC density in kg m-3. Profiles: a
row per accepted profile, and its storage over the observed horizons in kg m-2. Both have a column
per method, and one per blocked variant of a learner (``<learner>_blocks``).
Profiles are in the order of the horizons file; all other files must hold the same profiles.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from proda.arrays import Counts, FloatArray, Mask
from proda.data.covariates import load_site_covariates, require_kind, site_table
from proda.data.order import check_profiles
from proda.data.profiles import read_horizons
from proda.errors import InputError
from proda.evaluation.vegetation_groups import vegetation_names
from proda.inference.summary import profile_summary, require_used, used_profiles
from proda.learning.splits import read_splits
from proda.netcdf import open_netcdf
from proda.projection.stocks import KILOGRAM
from proda.tables import read_table, write_table

__all__ = ["Pairs", "build_pairs", "read_blocks", "read_pairs", "read_profiles", "write_pairs"]

DIGITS = 8
PAIR_COLUMNS = ("profile", "depth_m", "thickness_m", "observed")
PROFILE_COLUMNS = (
    "profile_id",
    "longitude",
    "latitude",
    "used",
    "certified",
    "role",
    "fold",
    "vegetation",
)
MASKS = ("used", "certified")
STORAGE = "_kg_m2"
SOURCE = "source"  # last column, of profiles of several sources


@dataclass(frozen=True)
class Pairs:
    """Observed and modelled SOC of the accepted profiles.

    Attributes
    ----------
    horizons
        A row per horizon: profile (index into ``profiles``), depth_m (middle), thickness_m,
        observed, and a column per method, kg m-3; NaN where a method has no value.
    profiles
        A row per profile: profile_id, longitude, latitude, used and certified (bool), role
        (training, validation, test; empty where not used), fold, vegetation (empty where in no
        group), observed_kg_m2, <method>_kg_m2.
    """

    horizons: pd.DataFrame
    profiles: pd.DataFrame

    @property
    def methods(self) -> tuple[str, ...]:
        """Names of the columns of methods, in order."""
        return tuple(self.horizons.columns[len(PAIR_COLUMNS) :])

    def complete(self, methods: Iterable[str]) -> Mask:
        """Profiles (profiles,) with a value of all these methods at each of their horizons."""
        gaps = self.horizons[["observed", *methods]].isna().any(axis=1)
        count = np.bincount(self.horizons["profile"], gaps, minlength=len(self.profiles))
        return count == 0


def build_pairs(
    horizons_path: str | Path,
    posteriors_path: str | Path,
    splits_path: str | Path | None,
    covariates_path: str | Path,
    projections: Mapping[str, str | Path],
    vegetation: Mapping[str, Any] | None,
    exclude_flags: Sequence[str],
    require_certified: bool = False,
) -> Pairs:
    """Build the Pairs of all accepted profiles.

    Parameters
    ----------
    horizons_path, posteriors_path, covariates_path
        Accepted horizons, posteriors of the sites and covariates of the sites.
    splits_path
        Splits of the profiles for learning; None where nothing is learned, and then no profile has
        a role or a fold (-1).
    projections
        {method: path of its projection to the sites}, in the order of the columns.
    vegetation
        Mapping with ``covariate`` and ``groups`` as for ``vegetation_names``, or None.
    exclude_flags
        Flags for which a fitted profile is not used.
    require_certified
        Whether a used profile without certificate is an error.

    Raises
    ------
    InputError
        When two files differ in their profiles or horizons, when the splits are those of other used
        profiles, when no profile is used, and as ``vegetation_names``.
    """
    data = read_horizons(horizons_path)
    ids = [str(name) for name in data["profile_id"].to_numpy()]
    sizes = data["row_size"].to_numpy()
    thickness = (data["lower_depth"] - data["upper_depth"]).to_numpy()
    pairs = pd.DataFrame(
        {
            "profile": np.repeat(np.arange(len(ids)), sizes),
            "depth_m": data["node_depth"].to_numpy(),
            "thickness_m": thickness,
            "observed": data["soc_density"].to_numpy() / KILOGRAM,
        }
    )
    for method, path in projections.items():
        pairs[method] = _predicted(path, ids, sizes, horizons_path) / KILOGRAM

    summary = profile_summary(posteriors_path)
    check_profiles(posteriors_path, summary["profile_id"], ids, horizons_path)
    require_used(posteriors_path, summary, exclude_flags, require_certified)
    used = used_profiles(summary, exclude_flags)
    role, fold = _splits(splits_path, ids, used, horizons_path) if splits_path else ("", -1)
    dataset = load_site_covariates(covariates_path)
    if vegetation:
        reason = "as vegetation groups are made of its codes"
        require_kind(covariates_path, dataset, {vegetation["covariate"]: "class"}, reason)
    covariates = site_table(dataset)
    check_profiles(covariates_path, covariates.index, ids, horizons_path)
    profiles = pd.DataFrame(
        {
            "profile_id": ids,
            "longitude": data["longitude"].to_numpy(),
            "latitude": data["latitude"].to_numpy(),
            "used": used,
            "certified": (summary["certified"] == 1).to_numpy(),
            "role": role,
            "fold": fold,
            "vegetation": (
                vegetation_names(covariates, vegetation, covariates_path) if vegetation else ""
            ),
        }
    )
    for name in ("observed", *projections):
        mass = pairs[name] * pairs["thickness_m"]
        profiles[name + STORAGE] = np.bincount(pairs["profile"], mass, minlength=len(ids))
    if SOURCE in data:
        profiles[SOURCE] = [str(name) for name in data[SOURCE].to_numpy()]
    return Pairs(pairs, profiles)


def write_pairs(pairs: Pairs, pairs_path: str | Path, profiles_path: str | Path) -> None:
    """Write both tables as csv, the first one compressed; the same bytes for the same values."""
    write_table(pairs_path, pairs.horizons, DIGITS)
    profiles = pairs.profiles.astype(dict.fromkeys(MASKS, int))
    write_table(profiles_path, profiles, DIGITS)


def read_pairs(pairs_path: str | Path, profiles_path: str | Path) -> Pairs:
    """Read the tables that ``write_pairs`` wrote.

    Raises
    ------
    InputError
        Where the tables do not belong together.
    """
    horizons, profiles = _read(pairs_path, PAIR_COLUMNS), read_profiles(profiles_path)
    pairs = Pairs(horizons, profiles)
    wanted = [*PROFILE_COLUMNS, *(name + STORAGE for name in ("observed", *pairs.methods))]
    if list(profiles) not in (wanted, [*wanted, SOURCE]):
        raise InputError(profiles_path, f"columns {', '.join(wanted)}", ", ".join(profiles))
    last = int(horizons["profile"].max()) if len(horizons) else -1
    if last >= len(profiles):
        found = f"{len(profiles)} of them in {Path(profiles_path).name}"
        raise InputError(pairs_path, f"at least {last + 1} profiles", found)
    return pairs


def read_profiles(path: str | Path) -> pd.DataFrame:
    """Read the table of profiles that ``write_pairs`` wrote."""
    profiles = _read(path, PROFILE_COLUMNS)
    return profiles.astype(dict.fromkeys(MASKS, bool))


def read_blocks(splits_path: str | Path, pairs: Pairs) -> Counts:
    """Number of the spatial block of each profile of the pairs, (profiles,).

    Raises
    ------
    InputError
        For splits of other profiles.
    """
    splits = read_splits(splits_path)
    check_profiles(splits_path, splits.profile_id, pairs.profiles["profile_id"], "the pairs")
    return splits.block


def _predicted(
    path: str | Path, ids: Sequence[str], sizes: Counts, horizons_path: str | Path
) -> FloatArray:
    """Mean prediction at the horizons, g m-3, NaN where there is none."""
    needed = ("profile_id", "row_size", "predicted_mean")
    with open_netcdf(path, "a projection to the profiles", needed) as file:
        check_profiles(path, file["profile_id"][:], ids, horizons_path)
        other = np.flatnonzero(np.asarray(file["row_size"][:]) != sizes)
        if other.size:
            i = other[0]
            where = f"{path}, row_size[{i}]"
            raise InputError(where, f"{sizes[i]} horizons", str(file["row_size"][i]))
        return np.ma.filled(file["predicted_mean"][:].astype(np.float64), np.nan)


def _splits(
    path: str | Path, ids: Sequence[str], used: Mask, horizons_path: str | Path
) -> tuple[npt.NDArray[np.str_], Counts]:
    """Role and fold of every profile, (n,) each."""
    splits = read_splits(path)
    check_profiles(path, splits.profile_id, ids, horizons_path)
    wrong = np.flatnonzero(splits.used != used)
    if wrong.size:
        name, found = ids[wrong[0]], f"used = {int(splits.used[wrong[0]])}"
        expected = f"used = {int(used[wrong[0]])}, as the assimilation has it"
        raise InputError(f"{path}, profile {name}", expected, found, "make the splits again")
    return splits.role, splits.fold


def _read(path: str | Path, columns: Sequence[str]) -> pd.DataFrame:
    """Read a table whose first columns are these."""
    table = read_table(path, ["profile_id", "role", "vegetation", SOURCE])
    if list(table.columns[: len(columns)]) != list(columns):
        raise InputError(path, f"first columns {', '.join(columns)}", ", ".join(table))
    return table
