"""Rules of Tao et al. 2023 for which profiles are fitted, each a reason of its own in the ledger.

As in the public code of that study, on the layers (accepted horizons) of a profile from the top:
SOC density does not correlate positively with depth; its maximum is not in the last layer; the
first layer has more than the last; the deepest observation lies below 50 cm. That a profile has at
least 2 layers is required of all (`too_few_horizons`). Further rules of the study concern fits,
which are judged by `assimilation.exclude_flags` here.
"""

import numpy as np
import pandas as pd

from proda.data.profiles.ledger import Ledger

__all__ = ["PRESETS", "exclude_ineligible"]

PRESETS = ("tao_2023",)
MIN_DEPTH = 0.5  # m


def exclude_ineligible(ledger: Ledger, preset: str | None) -> None:
    """Exclude the profiles that a study would not have fitted, in place.

    Parameters
    ----------
    ledger
        Its accepted horizons have ``node_depth`` (m) and ``soc_density``.
    preset
        One of PRESETS; None for no rule.
    """
    if preset is None:
        return
    h = ledger.accepted_horizons()
    h = h.sort_values(["profile_id", "node_depth"], kind="stable")
    profile = h["profile_id"].cat.remove_unused_categories()
    groups = h.groupby(profile, observed=True)
    deviation = h[["node_depth", "soc_density"]] - groups[["node_depth", "soc_density"]].transform(
        "mean"
    )
    covariance = deviation.prod(axis=1).groupby(profile, observed=True).sum()
    first, last = groups["soc_density"].first(), groups["soc_density"].last()
    # Of equal maxima the uppermost counts.
    largest = h.loc[groups["soc_density"].idxmax(), "node_depth"].set_axis(first.index)
    rules: dict[str, pd.Series] = {
        "rises_with_depth": covariance > 0,
        "most_at_bottom": largest == groups["node_depth"].last(),
        "least_at_top": first <= last,
        "shallow": ~(groups["node_depth"].max() > MIN_DEPTH),
    }
    for rule, excluded in rules.items():
        ids = np.asarray(first.index.astype(str))[excluded.to_numpy()]
        ledger.reject_profiles(ids, f"{preset}_{rule}")
