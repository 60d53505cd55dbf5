"""What became of every profile: a table of all of them, and the ledger of the assimilation."""

import numpy as np

from proda.errors import InputError
from proda.inference.flags import Flag
from proda.inference.site import Status
from proda.netcdf import open_netcdf

__all__ = ["profile_summary", "require_used", "summary_ledger", "used_profiles"]


def profile_summary(path):
    """One row per profile of a gathered file of site posteriors, as a DataFrame.

    Columns: profile_id, status, reason, n_horizons, r2, rmse_g_m3, greatest_gelman_rubin,
    greatest_rhat, least_ess_bulk, least_ess_tail, least_acceptance, greatest_acceptance and one
    column of 0 or 1 per flag. Numbers of profiles that were not fitted are missing.
    """
    import pandas as pd  # not needed to assimilate, only for these tables

    with open_netcdf(path, "site posteriors", ["status", "r2"]) as file:

        def read(name):
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
                "greatest_gelman_rubin": read("gelman_rubin").max(axis=1),
                "greatest_rhat": read("rhat").max(axis=1),
                "least_ess_bulk": read("ess_bulk").min(axis=1),
                "least_ess_tail": read("ess_tail").min(axis=1),
                "least_acceptance": read("acceptance").min(axis=1),
                "greatest_acceptance": read("acceptance").max(axis=1),
            }
        )
        flags = np.ma.filled(file["flags"][:], 0)
    for flag in Flag:
        if flag:
            table[flag.name.lower()] = ((flags & flag) != 0).astype(int) * fitted
    return table


def used_profiles(table, exclude_flags):
    """Which rows of ``profile_summary`` a later stage uses: fitted, and none of the named flags."""
    used = (table["status"] == "fitted").to_numpy()
    for flag in exclude_flags:
        used = used & (table[flag].to_numpy() == 0)
    return used


def summary_ledger(table, exclude_flags):
    """Counts that add up: (DataFrame) outcome, profiles, share of all.

    Every profile is in exactly one of: used, not fitted (by status), or left out by the first of
    the rejected flags it has. Flags that do not reject are counted behind, marked so.
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
        rows.append((f"left out: {flag}", int(hit.sum())))
        left &= ~hit
    rows.append(("used", int(left.sum())))
    assert sum(count for _, count in rows[1:]) == n
    for flag in Flag:
        if flag and flag.name.lower() not in exclude_flags:
            hit = left & (table[flag.name.lower()].to_numpy() == 1)
            rows.append((f"of the used, flagged: {flag.name.lower()}", int(hit.sum())))
    ledger = pd.DataFrame(rows, columns=["outcome", "profiles"])
    ledger["share"] = ledger["profiles"] / max(n, 1)
    return ledger


def require_used(where, table, exclude_flags):
    """Raise InputError with the counts of the ledger if no profile of ``table`` is used.

    where: the file of site posteriors. Stages that cannot do without call this first: what they
    would say themselves tells nobody why.
    """
    if used_profiles(table, exclude_flags).any():
        return
    ledger = summary_ledger(table, exclude_flags)
    counts = ledger.iloc[1:][ledger["profiles"].iloc[1:] > 0]
    outcomes = ", ".join(f"{row.outcome} {row.profiles}" for row in counts.itertuples())
    reasons = table.loc[table["reason"] != "", "reason"].value_counts()
    if len(reasons):
        outcomes += f"; most often because of: {reasons.index[0]} ({reasons.iloc[0]})"
    raise InputError(
        where,
        "at least one profile that was fitted and not left out",
        f"none of {len(table)}" + (f": {outcomes}" if outcomes else ""),
        "tables/assimilation_profiles.csv lists them; assimilation.exclude_flags names the flags "
        "for which fitted profiles are left out",
    )
