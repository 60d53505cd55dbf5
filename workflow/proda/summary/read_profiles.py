"""Facts of profiles and of the convergence of their posteriors, from ledgers and certificates."""

from collections.abc import Mapping

import pandas as pd

from proda.files import StrPath
from proda.parameters.methods import ONE_BATCH
from proda.summary.facts import Certificates, Exclusion, Profiles, Uncertified
from proda.tables import read_table

__all__ = ["read_certification", "read_profiles"]

ACCEPTED, TOTAL = "accepted", "total"
ALL, USED = "profiles", "used"
BEFORE_RESULTS = ("not fitted: ", "excluded: ")


def read_profiles(ledger: StrPath, outcomes: StrPath) -> Profiles:
    """What became of the profiles of the source.

    Parameters
    ----------
    ledger
        inputs/ledger_summary.csv.
    outcomes
        tables/assimilation_ledger.csv.
    """
    before = read_table(ledger, ["status", "meaning"]).set_index("status")
    after = read_table(outcomes, ["outcome"]).set_index("outcome")["profiles"]
    reasons = before.drop(index=[ACCEPTED, TOTAL])
    aside = {
        outcome.partition(": ")[2]: number
        for outcome, number in after.items()
        if str(outcome).startswith(BEFORE_RESULTS)
    }
    not_fitted = sum(n for outcome, n in after.items() if str(outcome).startswith("not fitted: "))
    return Profiles(
        source=int(before.loc[TOTAL, "profiles"]),
        accepted=int(before.loc[ACCEPTED, "profiles"]),
        fitted=int(after[ALL]) - int(not_fitted),
        used=int(after[USED]),
        not_accepted=_exclusions(reasons["profiles"]),
        set_aside=_exclusions(aside),
    )


def read_certification(
    profiles: StrPath, labels: Mapping[str, str], notes: Mapping[str, str]
) -> Certificates:
    """Convergence of the posteriors of sites, and of those of all profiles in one batch.

    Parameters
    ----------
    profiles
        tables/assimilation_profiles.csv.
    labels, notes
        Of the methods, `proda.evaluation.labels`.
    """
    table = read_table(profiles, ["profile_id", "status", "reason", "failed_quantity"])
    fitted = table[table["status"] == "fitted"]
    certified = fitted["certified"].to_numpy() == 1
    failed = fitted["failed_quantity"][~certified].value_counts()
    batch = [ONE_BATCH.name] if ONE_BATCH.name in labels else []
    return Certificates(
        fitted=len(fitted),
        certified=int(certified.sum()),
        hardest=str(failed.index[0]) if len(failed) else "",
        pooled=tuple(labels[name] for name in batch if name not in notes),
        pooled_uncertified=tuple(
            Uncertified(labels[name], notes[name]) for name in batch if name in notes
        ),
    )


def _exclusions(numbers: Mapping[str, int] | pd.Series) -> tuple[Exclusion, ...]:
    """Reasons with profiles, those of most first."""
    found = [
        Exclusion(str(reason).replace("_", " "), int(n)) for reason, n in numbers.items() if n > 0
    ]
    return tuple(sorted(found, key=lambda one: -one.profiles))
