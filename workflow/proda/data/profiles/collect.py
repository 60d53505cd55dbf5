"""From a source of profiles to the ledger of what can be used."""

import numpy as np

from proda.data.profiles.density import add_soc_density, check_pedotransfer
from proda.data.profiles.ledger import Ledger
from proda.data.profiles.quality import (
    locate,
    reject_duplicate_profiles,
    reject_unusable_horizons,
)
from proda.data.profiles.table import read_plain_table
from proda.data.profiles.wosis import read_wosis_2016, read_wosis_2019, read_wosis_2023
from proda.errors import InputError

__all__ = ["FORMATS", "collect_profiles"]

FORMATS = {
    "wosis_2016": read_wosis_2016,
    "wosis_2019": read_wosis_2019,
    "wosis_2023": read_wosis_2023,
    "table": read_plain_table,
}
_ORGANIC = ("reject", "keep")


def collect_profiles(
    source,
    region=None,
    *,
    pedotransfer="tao_2024",
    organic_horizons="reject",
    minimum_horizons=2,
    model_bottom=None,
):
    """Read soil profiles, compute SOC density and book every profile and horizon.

    source: mapping with ``format`` (a key of FORMATS) and the settings of that reader
        (`proda.data.profiles.wosis`, `proda.data.profiles.table`).
    region: callable (longitudes, latitudes) -> boolean array, degrees east and north, as
        `proda.data.region.Region.contains`; None for everywhere.
    pedotransfer: a name of PEDOTRANSFER_FUNCTIONS, or None to leave out horizons whose bulk
        density was not measured.
    organic_horizons: "reject" or "keep" horizons that the source calls organic or litter.
    minimum_horizons: profiles with fewer accepted horizons are left out; at least 2, as one depth
        cannot be fitted.
    model_bottom: m; horizons whose middle is deeper are left out. None for no limit.

    Returns a Ledger; its horizons have ``node_depth`` [m], the middle of the horizon, and the
    columns of `density.add_soc_density`. Raises InputError for a source that cannot be read as
    what it is said to be. The result does not depend on the order of rows in the source.
    """
    check_pedotransfer(pedotransfer)
    if organic_horizons not in _ORGANIC:
        raise InputError(
            "organic_horizons", f"one of {', '.join(_ORGANIC)}", repr(organic_horizons)
        )
    if minimum_horizons < 2:
        raise InputError("minimum_horizons", "a number of 2 or more", minimum_horizons)
    if region is not None and not callable(region):
        raise InputError("region", "a callable or None", type(region).__name__)
    if source.get("format") not in FORMATS:
        found = repr(source.get("format"))
        raise InputError("source.format", f"one of {', '.join(FORMATS)}", found)

    located = {}

    def select(profiles):
        valid, inside = locate(profiles, region, source["path"])
        located.update(valid=valid, inside=inside)
        return inside

    profiles, horizons = FORMATS[source["format"]](source, select)
    valid, inside = (
        located[key].reindex(profiles.index, fill_value=False) for key in ("valid", "inside")
    )
    horizons = add_soc_density(horizons, pedotransfer)
    horizons["node_depth"] = (horizons["upper_depth"] + horizons["lower_depth"]) / 2
    ledger = Ledger(profiles, _in_order(horizons))

    ledger.reject_profiles(profiles.index[profiles["n_horizons"] == 0], "no_horizons")
    ledger.reject_profiles(profiles.index[~valid], "invalid_coordinates")
    ledger.reject_profiles(profiles.index[~inside], "outside_region")
    reject_unusable_horizons(ledger, organic_horizons, model_bottom)
    ledger.reject_profiles_without_horizons()
    few = ledger.profile_table()["n_accepted_horizons"] < minimum_horizons
    ledger.reject_profiles(few.index[few], "too_few_horizons")
    reject_duplicate_profiles(ledger)
    ledger.check()
    return ledger


def _in_order(horizons):
    """Sorted by profile, depth and values, so that the order of the file leaves no trace."""
    values = ["organic_carbon", "measured_bulk_density", "coarse_fragments"]
    keys = ["upper_depth", "lower_depth", *values, "horizon_id"]
    order = np.lexsort([horizons[key] for key in [*keys[::-1], "profile_id"]])
    return horizons.iloc[order].reset_index(drop=True)
