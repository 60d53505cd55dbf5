"""The ledger: every profile and horizon of the source is accepted or left out for one reason.

A row takes the first reason that removes it, and keeps it. Reasons are tried in the order of
REASONS. A profile that is left out as a whole takes along the horizons that were still accepted;
a horizon left out by itself keeps its own reason.
"""

import numpy as np
import pandas as pd

from proda.errors import InputError
from proda.tables import read_table, write_table

__all__ = ["ACCEPTED", "REASONS", "Ledger", "accepted_sites", "read_ledger"]

ACCEPTED = "accepted"
REASONS = {
    # profiles, before their horizons are looked at
    "no_horizons": "the source lists no horizon of the profile",
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
    "invalid_depths": "a depth is missing or beyond 30 m, or the lower is not below the upper",
    "no_bulk_density": "bulk density was not measured and no pedotransfer function is chosen",
    "below_detection": "organic carbon is below the detection limit, but not 0",
    "implausible_value": "organic carbon, bulk or SOC density, or coarse fragments out of range",
    "zero_carbon": "no organic carbon, or no fine earth to hold it",
    "below_model_bottom": "middle of the horizon below the bottom of the model",
    "duplicate_horizon": "a copy of another horizon of the profile, or passed over for it",
    "averaged_replicate": "its values are in the mean that another horizon at its depth holds",
    # profiles, after their horizons
    "no_valid_horizon": "all horizons were left out, for different reasons",
    "too_few_horizons": "fewer accepted horizons than asked for",
    "duplicate_profile": "same place and same horizons as a profile earlier in order of id",
    # profiles, by later stages
    "no_forcing": "no forcing at the profile's place",
    "no_steady_state": "carbon enters soil there that can never lose it",
    "below_model_bedrock": "middle of the horizon below the bedrock of the model's column",
    "no_covariates": "a covariate is missing at the profile's place",
}
# Reasons of profiles whose horizons are counted and not looked at.
_ONLY_COUNTED = (
    "no_horizons",
    "missing_code_coordinates",
    "several_places",
    "invalid_coordinates",
    "outside_region",
)
_STATUS = pd.CategoricalDtype([ACCEPTED, *REASONS])
_TOTAL = "total"
_TEXTS = ("profile_id", "status")


class Ledger:
    """Profiles and horizons with their status.

    profiles: indexed by ``profile_id``, sorted; ``longitude``, ``latitude`` (degrees),
        ``n_horizons`` (rows in the source), ``status``.
    horizons: those that were looked at, sorted by profile and depth; at least ``profile_id``
        (category), ``lower_depth`` (m) and ``status``. Horizons of profiles without valid
        coordinates or outside the region were only counted; they are booked under the reason of
        their profile.
    """

    def __init__(self, profiles, horizons):
        if not profiles.index.is_unique:
            raise ValueError("profile ids must be unique")
        self.profiles = profiles.sort_index().assign(status=_status(profiles))
        self.horizons = horizons.assign(
            profile_id=pd.Categorical(horizons["profile_id"], categories=self.profiles.index),
            status=_status(horizons),
        )

    def reject_horizons(self, rows, reason):
        """Book the still accepted of the horizons ``rows`` (boolean, one per horizon)."""
        _known(reason)
        accepted = self.horizons["status"] == ACCEPTED
        self.horizons.loc[accepted & np.asarray(rows, dtype=bool), "status"] = reason

    def reject_profiles(self, ids, reason):
        """Book the still accepted of the profiles ``ids``, and their still accepted horizons.

        Raises InputError for a reason or an id that the ledger does not know.
        """
        _known(reason)
        ids = pd.Index(ids)
        unknown = ids.difference(self.profiles.index)
        if len(unknown):
            raise InputError(
                "ids", "profiles of the ledger", f"{len(unknown)} others, e.g. {unknown[0]!r}"
            )
        status = self.profiles["status"]
        self.profiles.loc[status.index.isin(ids) & (status == ACCEPTED), "status"] = reason
        self.reject_horizons(self.horizons["profile_id"].isin(ids), reason)

    def reject_profiles_without_horizons(self):
        """Book profiles that have lost all horizons: under the common reason, if there is one."""
        left = self.horizons.loc[self._count_accepted()[self._codes()] == 0]
        statuses = left.groupby("profile_id", observed=True)["status"]
        common = statuses.first().astype(str).where(statuses.nunique() == 1, "no_valid_horizon")
        for reason in REASONS:
            ids = common.index[common == reason]
            if len(ids):
                self.reject_profiles(ids, reason)

    def accepted_profiles(self):
        """The accepted profiles, in order of id."""
        return self.profiles[self.profiles["status"] == ACCEPTED]

    def accepted_horizons(self):
        """The accepted horizons, in order of profile id and depth."""
        return self.horizons[self.horizons["status"] == ACCEPTED]

    def require_accepted(self, where):
        """Raise InputError that counts the reasons if no profile is accepted."""
        counts = self.profiles["status"].value_counts()
        if counts[ACCEPTED] == 0:
            reasons = ", ".join(f"{reason} {n}" for reason, n in counts.items() if n)
            found = f"none of {len(self.profiles)}"
            hint = "the log counts the horizons too; docs/data.md says what the reasons mean"
            raise InputError(
                where,
                "at least one accepted profile",
                found + (f": {reasons}" if reasons else ""),
                hint if reasons else None,
            )

    def profile_table(self):
        """One row per profile of the source; ``max_depth_m`` is that of accepted horizons."""
        deepest = (
            self.accepted_horizons().groupby("profile_id", observed=False)["lower_depth"].max()
        )
        return pd.DataFrame(
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

    def summary(self):
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
        return table.rename_axis("status")

    def check(self):
        """Raise RuntimeError unless what came in is what was accepted plus what has a reason."""
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

    def write(self, profiles, horizons, summary):
        """Write the three tables as csv; a path that ends in .gz is compressed."""
        self.check()
        write_table(profiles, self.profile_table().reset_index())
        others = [name for name in self.horizons if name != "profile_id"]
        write_table(horizons, self.horizons[["profile_id", *others]])
        write_table(summary, self.summary().reset_index())

    def _codes(self):
        return self.horizons["profile_id"].cat.codes.to_numpy()

    def _count(self, rows):
        """Number of the horizons ``rows`` in each profile."""
        return np.bincount(self._codes()[np.asarray(rows)], minlength=len(self.profiles))

    def _count_accepted(self):
        return self._count(self.horizons["status"] == ACCEPTED)


def read_ledger(profiles, horizons):
    """The Ledger that `Ledger.write` wrote, so that a later stage can book its own reasons."""
    profiles_table = _read_profiles(profiles)
    ledger = Ledger(
        profiles_table[["longitude", "latitude", "n_horizons", "status"]],
        read_table(horizons, [*_TEXTS, "horizon_id", "unreadable", "missing_code"]),
    )
    ledger.check()
    return ledger


def accepted_sites(profiles):
    """Longitude and latitude of the accepted profiles in the csv of profiles, by profile_id."""
    table = _read_profiles(profiles)
    return table.loc[table["status"] == ACCEPTED, ["longitude", "latitude"]]


def _read_profiles(path):
    return read_table(path, _TEXTS).set_index("profile_id")


def _status(table):
    if "status" not in table:
        return pd.Categorical([ACCEPTED] * len(table), dtype=_STATUS)
    return pd.Categorical(table["status"], dtype=_STATUS)


def _known(reason):
    if reason not in REASONS:
        raise InputError("reason", f"one of {', '.join(REASONS)}", repr(reason))
