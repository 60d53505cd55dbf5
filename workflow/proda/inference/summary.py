"""Outcome of the assimilation of every profile: a table of all of them, and a ledger of counts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from proda.arrays import FloatArray, Mask
from proda.errors import InputError
from proda.inference.certification import require_certification
from proda.inference.flags import Flag
from proda.inference.site import Status
from proda.netcdf import open_netcdf

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EVIDENCE", "profile_summary", "require_used", "summary_ledger", "used_profiles"]

EVIDENCE = (
    "certified",
    "max_rhat",
    "min_ess_bulk",
    "min_ess_tail",
    "max_mcse",
    "draws_per_chain",
    "rounds",
    "divergences",
)
"""Variables of site posteriors that state the certificate of a profile in numbers."""


def profile_summary(path: str | Path) -> pd.DataFrame:
    """One row per profile of a gathered file of site posteriors.

    Returns
    -------
    DataFrame
        profile_id, status, reason, n_horizons, r2, rmse_g_m3, max_gelman_rubin, failed_quantity,
        certified (1 or 0), max_rhat, min_ess_bulk, min_ess_tail, max_mcse, draws_per_chain, rounds,
        divergences, min_acceptance, max_acceptance and one column of 0 or 1 per flag. Numbers of
        profiles that were not fitted are missing.

    Raises
    ------
    InputError
        For a file without certificates.
    """
    import pandas as pd  # not needed to assimilate, only for these tables

    with open_netcdf(path, "site posteriors", ["status", "r2", *EVIDENCE]) as file:

        def read(name: str) -> FloatArray:
            return np.ma.filled(file[name][:].astype(float), np.nan)

        status = np.asarray(file["status"][:])
        fitted = status == Status.FITTED
        # Profiles that were not fitted have NaN throughout, and so has what is derived from them.
        table = pd.DataFrame(
            {
                "profile_id": file["profile_id"][:],
                "status": [Status(code).name.lower() for code in status],
                "reason": file["reason"][:],
                "n_horizons": np.asarray(file["row_size"][:]),
                "r2": read("r2"),
                "rmse_g_m3": read("rmse"),
                "max_gelman_rubin": read("gelman_rubin").max(axis=1),
                "failed_quantity": file["failed_quantity"][:],
                **{name: read(name) for name in EVIDENCE},
                "min_acceptance": read("acceptance").min(axis=1),
                "max_acceptance": read("acceptance").max(axis=1),
            }
        )
        flags = np.ma.filled(file["flags"][:], 0)
    for flag in Flag:
        if flag:
            table[str(flag.name).lower()] = ((flags & flag) != 0).astype(int) * fitted
    return table


def used_profiles(table: pd.DataFrame, exclude_flags: Sequence[str]) -> Mask:
    """Profiles that later stages use: fitted, and with none of the named flags.

    Parameters
    ----------
    table
        As ``profile_summary`` returns it.
    exclude_flags
        Names of flags (`proda.inference.flags.Flag`).

    Returns
    -------
    ndarray
        Boolean, one per row of ``table``.
    """
    used = (table["status"] == "fitted").to_numpy()
    for flag in exclude_flags:
        used = used & (table[flag].to_numpy() == 0)
    return used


def summary_ledger(table: pd.DataFrame, exclude_flags: Sequence[str]) -> pd.DataFrame:
    """Counts of outcomes that add up to all profiles.

    Parameters
    ----------
    table
        Of ``profile_summary``.
    exclude_flags
        Flags for which a fitted profile is not used.

    Returns
    -------
    DataFrame
        outcome, profiles and fraction of all profiles. Every profile is in exactly one of: used,
        not fitted (by status), or excluded by the first of ``exclude_flags`` that it has. Other
        flags of used profiles are counted in rows below.
    """
    import pandas as pd

    n = len(table)
    rows = [("profiles", n)]
    left = np.ones(n, dtype=bool)
    for status in Status:
        if status != Status.FITTED:
            hit = (table["status"] == status.name.lower()).to_numpy()
            rows.append((f"not fitted: {status.name.lower()}", int(hit.sum())))
            left &= ~hit
    for flag in exclude_flags:
        hit = left & (table[flag].to_numpy() == 1)
        rows.append((f"excluded: {flag}", int(hit.sum())))
        left &= ~hit
    rows.append(("used", int(left.sum())))
    assert sum(count for _, count in rows[1:]) == n
    for name in (str(flag.name).lower() for flag in Flag if flag):
        if name not in exclude_flags:
            hit = left & (table[name].to_numpy() == 1)
            rows.append((f"of the used, flagged: {name}", int(hit.sum())))
    ledger = pd.DataFrame(rows, columns=["outcome", "profiles"])
    ledger["fraction"] = ledger["profiles"] / max(n, 1)
    return ledger


def require_used(
    where: str | Path,
    table: pd.DataFrame,
    exclude_flags: Sequence[str],
    certified: bool = False,
) -> None:
    """Check that a profile is used.

    Stages that need one call this first, because their own error would not name the reason.

    Parameters
    ----------
    where
        File of site posteriors, for the message.
    table
        As ``profile_summary`` returns it.
    exclude_flags
        Names of flags.
    certified
        Whether the posteriors of all used profiles must be certified, too.

    Raises
    ------
    InputError
        With the counts of the ledger, if no profile of ``table`` is used, and for used profiles
        whose posteriors are not certified, if they must be.
    """
    used = used_profiles(table, exclude_flags)
    if used.any():
        if certified:
            names, failed = table["profile_id"], table["failed_quantity"]
            require_certification(where, names, table["certified"], failed, used)
        return
    ledger = summary_ledger(table, exclude_flags)
    counts = ledger.iloc[1:][ledger["profiles"].iloc[1:] > 0]
    outcomes = ", ".join(f"{row.outcome} {row.profiles}" for row in counts.itertuples())
    reasons = table.loc[table["reason"] != "", "reason"].value_counts()
    if len(reasons):
        outcomes += f"; most often because of: {reasons.index[0]} ({reasons.iloc[0]})"
    raise InputError(
        where,
        "at least one profile that was fitted and not excluded",
        f"none of {len(table)}" + (f": {outcomes}" if outcomes else ""),
        "tables/assimilation_profiles.csv lists them; assimilation.exclude_flags names the flags "
        "for which fitted profiles are excluded",
    )
