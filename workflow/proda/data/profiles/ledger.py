"""The ledger: every profile and horizon of the source is accepted or excluded for one reason.

A row keeps the first reason for which it is excluded; reasons are tried in the order of REASONS. If
a profile is excluded as a whole, so are its horizons that were still accepted; a horizon excluded
by itself keeps its own reason.
"""

from collections.abc import Hashable, Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from proda.arrays import Counts
from proda.errors import InputError
from proda.tables import read_table, write_table

__all__ = ["ACCEPTED", "REASONS", "Ledger", "accepted_sites", "read_ledger"]

ACCEPTED = "accepted"
REASONS = {
    # profiles, before their horizons are examined
    "no_horizons": "the source lists no horizon of the profile",
    "no_site": "the table of sites lacks the profile of the horizons",
    "missing_code_coordinates": "a coordinate is a code for a missing value, such as -9999",
    "several_places": "rows of one id lie at different places, as of ids of several data sets",
    "invalid_coordinates": "coordinates missing, unreadable, impossible or contradictory",
    "outside_region": "the profile is not in the region",
    # horizons
    "organic_or_litter": "litter or organic material, flagged or above the zero of depth",
    "unreadable_value": "a cell that should hold a number or a flag holds something else",
    "missing_code_depth": "a depth is a code for a missing value, such as -9999",
    "missing_code_carbon": "organic carbon is a code for a missing value",
    "missing_code_density": "bulk density is a code for a missing value",
    "missing_code_fragments": "coarse fragments are a code for a missing value",
    "no_carbon_value": "organic carbon was not measured",
    "open_depth": "the interval of depth has no lower end, as 80+ or > 80",
    "invalid_depths": "a depth is missing or beyond 30 m, or the lower is not below the upper",
    "no_bulk_density": "bulk density was not measured and no pedotransfer function is chosen",
    "rounding_residue": "organic carbon below 0.0001 g kg-1 but not 0: rounding of a difference",
    "below_detection": "organic carbon is below the detection limit, but not 0",
    "implausible_value": "organic carbon, bulk or SOC density, or coarse fragments out of range",
    "zero_carbon": "no organic carbon, or no fine earth to hold it",
    "below_model_bottom": "middle of the horizon below the bottom of the model",
    "duplicate_horizon": "a copy of another horizon of the profile, or passed over for it",
    "averaged_replicate": "its values are in the mean that another horizon at its depth holds",
    # profiles, after their horizons
    "no_valid_horizon": "all horizons were excluded, for different reasons",
    "too_few_horizons": "fewer accepted horizons than required",
    "duplicate_in_source": "the same pit as a profile of an earlier source (duplicate_of)",
    "duplicate_profile": "same place and same horizons as a profile earlier in order of id",
    # rules of Tao et al. 2023, if they are chosen
    "tao_2023_rises_with_depth": "Tao et al. 2023: SOC correlates positively with depth",
    "tao_2023_most_at_bottom": "Tao et al. 2023: the maximum of SOC is in the last layer",
    "tao_2023_least_at_top": "Tao et al. 2023: no more SOC in the first layer than in the last",
    "tao_2023_shallow": "Tao et al. 2023: deepest observation not below 50 cm",
    # profiles, by later stages
    "no_forcing": "no forcing at the profile's place",
    "no_steady_state": "carbon enters soil there that can never lose it",
    "below_model_bedrock": "middle of the horizon below the bedrock of the model's column",
    "no_covariates": "a covariate is missing at the profile's place",
}
# Reasons that only some configurations use; the summary has them where they occur.
_OPTIONAL = (
    "no_site",
    "open_depth",
    "duplicate_in_source",
    *(name for name in REASONS if name.startswith("tao_2023_")),
)
# Reasons of profiles whose horizons are counted but not examined.
_ONLY_COUNTED = (
    "no_horizons",
    "no_site",
    "missing_code_coordinates",
    "several_places",
    "invalid_coordinates",
    "outside_region",
)
_STATUS = pd.CategoricalDtype([ACCEPTED, *REASONS])
_TOTAL = "total"
_TEXTS = ("profile_id", "status")
# Columns of profiles of several sources: the source, and the profile of another one that is the
# same pit, or an empty text.
_OF_SEVERAL = ("source", "duplicate_of")


class Ledger:
    """Profiles and horizons with their status.

    Parameters
    ----------
    profiles
        By ``profile_id``: ``longitude``, ``latitude`` (degrees), ``n_horizons`` (rows in the
        source), and ``status`` if there is one; with several sources also ``source``, its name, and
        ``duplicate_of``, a profile of another one that is the same pit, or an empty text.
    horizons
        Those that were examined, sorted by profile and depth; at least ``profile_id`` and
        ``lower_depth`` (m), and ``status`` if there is one. Horizons of profiles without valid
        coordinates or outside the region are only counted, under the reason of their profile.

    Attributes
    ----------
    profiles
        The same, sorted by id, with a ``status`` each.
    horizons
        The same, with a ``status`` each; ``profile_id`` is categorical.
    """

    def __init__(self, profiles: pd.DataFrame, horizons: pd.DataFrame) -> None:
        if not profiles.index.is_unique:
            raise ValueError("profile ids must be unique")
        self.profiles = profiles.sort_index().assign(status=_status(profiles))
        self.horizons = horizons.assign(
            profile_id=pd.Categorical(horizons["profile_id"], categories=self.profiles.index),
            status=_status(horizons),
        )

    def reject_horizons(self, rows: npt.ArrayLike, reason: str) -> None:
        """Exclude those of some horizons that are still accepted.

        Parameters
        ----------
        rows
            Boolean, one per horizon.
        reason
            One of the ledger's reasons.
        """
        _known(reason)
        accepted = self.horizons["status"] == ACCEPTED
        self.horizons.loc[accepted & np.asarray(rows, dtype=bool), "status"] = reason

    def reject_profiles(self, ids: Iterable[Hashable], reason: str) -> None:
        """Exclude those of some profiles that are still accepted, and their horizons.

        Parameters
        ----------
        ids
            Identifiers of the profiles.
        reason
            One of the ledger's reasons.

        Raises
        ------
        InputError
            For a reason or an id that the ledger does not have.
        """
        _known(reason)
        rejected = pd.Index(ids)
        unknown = rejected.difference(self.profiles.index)
        if len(unknown):
            raise InputError(
                "ids", "profiles of the ledger", f"{len(unknown)} others, e.g. {unknown[0]!r}"
            )
        status = self.profiles["status"]
        self.profiles.loc[status.index.isin(rejected) & (status == ACCEPTED), "status"] = reason
        self.reject_horizons(self.horizons["profile_id"].isin(rejected), reason)

    def reject_profiles_without_horizons(self) -> None:
        """Exclude profiles without accepted horizons, for their common reason if there is one."""
        left = self.horizons.loc[self._count_accepted()[self._codes()] == 0]
        statuses = left.groupby("profile_id", observed=True)["status"]
        common = statuses.first().astype(str).where(statuses.nunique() == 1, "no_valid_horizon")
        for reason in REASONS:
            ids = common.index[common == reason]
            if len(ids):
                self.reject_profiles(ids, reason)

    def accepted_profiles(self) -> pd.DataFrame:
        """The accepted profiles, in order of id."""
        return self.profiles[self.profiles["status"] == ACCEPTED]

    def accepted_horizons(self) -> pd.DataFrame:
        """The accepted horizons, in order of profile id and depth."""
        return self.horizons[self.horizons["status"] == ACCEPTED]

    def require_accepted(self, where: str) -> None:
        """Raise InputError that counts the reasons if no profile is accepted."""
        counts = self.profiles["status"].value_counts()
        if counts[ACCEPTED] == 0:
            reasons = ", ".join(f"{reason} {n}" for reason, n in counts.items() if n)
            found = f"none of {len(self.profiles)}"
            hint = "the log counts the horizons too; docs/data.md explains the reasons"
            raise InputError(
                where,
                "at least one accepted profile",
                found + (f": {reasons}" if reasons else ""),
                hint if reasons else None,
            )

    def profile_table(self) -> pd.DataFrame:
        """One row per profile of the source; ``max_depth_m`` is that of accepted horizons."""
        deepest = (
            self.accepted_horizons().groupby("profile_id", observed=False)["lower_depth"].max()
        )
        table = pd.DataFrame(
            {
                "longitude": self.profiles["longitude"],
                "latitude": self.profiles["latitude"],
                "n_horizons": self.profiles["n_horizons"],
                "n_accepted_horizons": self._count_accepted(),
                "max_depth_m": deepest.reindex(self.profiles.index).to_numpy(),
                "status": self.profiles["status"].astype(str),
            },
            index=self.profiles.index.rename("profile_id"),
        )
        of_several = [name for name in _OF_SEVERAL if name in self.profiles]
        return table.assign(**{name: self.profiles[name] for name in of_several})

    def summary(self) -> pd.DataFrame:
        """Numbers of profiles and horizons by status, all reasons, and the totals of the source."""
        self.check()
        examined = self._count(np.ones(len(self.horizons), dtype=bool))
        counted_only = (
            (self.profiles["n_horizons"] - examined)
            .groupby(self.profiles["status"], observed=False)
            .sum()
        )
        horizons = self.horizons["status"].value_counts().add(counted_only, fill_value=0)
        table = (
            pd.DataFrame(
                {
                    "profiles": self.profiles["status"].value_counts(),
                    "horizons": horizons,
                }
            )
            .reindex(_STATUS.categories)
            .astype(int)
        )
        table.loc[_TOTAL] = [len(self.profiles), self.profiles["n_horizons"].sum()]
        table["meaning"] = ["used", *REASONS.values(), "in the source"]
        absent = (table["profiles"] == 0) & (table["horizons"] == 0)
        table = table[~(table.index.isin(_OPTIONAL) & absent)]
        return table.rename_axis("status")

    def check(self) -> None:
        """Raise RuntimeError unless the accepted and the excluded add up to the source."""
        examined = self._count(np.ones(len(self.horizons), dtype=bool))
        n_horizons, status = self.profiles["n_horizons"].to_numpy(), self.profiles["status"]
        uncounted = status.isin(_ONLY_COUNTED).to_numpy()
        problems = {
            "without a status": status.isna().to_numpy(),
            "with horizons without a status": self._count(self.horizons["status"].isna()) > 0,
            "whose horizons do not add up": (examined != n_horizons)
            & ~(uncounted & (examined == 0)),
            "accepted without accepted horizons or the reverse": (
                (status == ACCEPTED).to_numpy() != (self._count_accepted() > 0)
            ),
        }
        for problem, rows in problems.items():
            if rows.any():
                ids = ", ".join(self.profiles.index[rows][:5])
                raise RuntimeError(f"the ledger has {rows.sum()} profiles {problem}: {ids}")
        if self.horizons["profile_id"].isna().any():
            raise RuntimeError("the ledger has horizons of profiles it does not know")

    def write(self, profiles: Path, horizons: Path, summary: Path) -> None:
        """Write the ledger as csv; a path that ends in .gz is compressed.

        Parameters
        ----------
        profiles, horizons, summary
            Files of the three tables.
        """
        self.check()
        write_table(profiles, self.profile_table().reset_index())
        others = [name for name in self.horizons if name != "profile_id"]
        write_table(horizons, self.horizons[["profile_id", *others]])
        write_table(summary, self.summary().reset_index())

    def _codes(self) -> npt.NDArray[np.int_]:
        """Position of the profile of each horizon."""
        return self.horizons["profile_id"].cat.codes.to_numpy()

    def _count(self, rows: npt.ArrayLike) -> Counts:
        """Number of the horizons ``rows`` in each profile."""
        return np.bincount(self._codes()[np.asarray(rows)], minlength=len(self.profiles))

    def _count_accepted(self) -> Counts:
        return self._count(self.horizons["status"] == ACCEPTED)


def read_ledger(profiles: str | Path, horizons: str | Path) -> Ledger:
    """Read what `Ledger.write` wrote, so that a later stage can add reasons of its own.

    Parameters
    ----------
    profiles, horizons
        Files of the two tables.
    """
    profiles_table = _read_profiles(profiles)
    of_several = [name for name in _OF_SEVERAL if name in profiles_table]
    ledger = Ledger(
        profiles_table[["longitude", "latitude", "n_horizons", "status", *of_several]],
        read_table(horizons, [*_TEXTS, "horizon_id", "unreadable", "missing_code"]),
    )
    ledger.check()
    return ledger


def accepted_sites(profiles: str | Path) -> pd.DataFrame:
    """Longitude and latitude of the accepted profiles in the csv of profiles, by profile_id."""
    table = _read_profiles(profiles)
    return table.loc[table["status"] == ACCEPTED, ["longitude", "latitude"]]


def _read_profiles(path: str | Path) -> pd.DataFrame:
    return read_table(path, [*_TEXTS, *_OF_SEVERAL]).set_index("profile_id")


def _status(table: pd.DataFrame) -> pd.Categorical:
    if "status" not in table:
        return pd.Categorical([ACCEPTED] * len(table), dtype=_STATUS)
    return pd.Categorical(table["status"], dtype=_STATUS)


def _known(reason: str) -> None:
    if reason not in REASONS:
        raise InputError("reason", f"one of {', '.join(REASONS)}", repr(reason))
