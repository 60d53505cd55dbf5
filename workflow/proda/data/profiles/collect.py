"""From a source of profiles to the ledger of what can be used."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from proda.config.sections.profiles import ProfileSettings
from proda.data.profiles.codes import missing_coordinates
from proda.data.profiles.density import add_soc_density, check_pedotransfer
from proda.data.profiles.distribution import COLUMNS, check_columns, warn_of_organic_material
from proda.data.profiles.eligibility import PRESETS, exclude_ineligible
from proda.data.profiles.ledger import Ledger
from proda.data.profiles.location import Contains, locate
from proda.data.profiles.places import on_globe
from proda.data.profiles.quality import (
    BELOW_DETECTION,
    mark_censored,
    reject_implausible,
    reject_unusable_horizons,
)
from proda.data.profiles.replicates import (
    REPLICATES,
    merge_replicates,
    reject_duplicate_profiles,
)
from proda.data.profiles.several import join_sources, reject_duplicates_across_sources
from proda.data.profiles.table import declared_units, read_plain_table
from proda.data.profiles.tabular import RawTables, Select
from proda.data.profiles.wosis import read_wosis_2016, read_wosis_2019, read_wosis_2023
from proda.errors import InputError

__all__ = ["FORMATS", "collect_profiles"]

FORMATS: dict[str, Callable[[Mapping[str, Any], Select], RawTables]] = {
    "wosis_2016": read_wosis_2016,
    "wosis_2019": read_wosis_2019,
    "wosis_2023": read_wosis_2023,
    "table": read_plain_table,
}
_ORGANIC = ("reject", "keep")


def collect_profiles(
    source: Mapping[str, Any] | None,
    region: Contains | None = None,
    *,
    sources: Mapping[str, Mapping[str, Any]] | None = None,
    pedotransfer: str | None = ProfileSettings.pedotransfer,
    organic_horizons: str = ProfileSettings.organic_horizons,
    min_horizons: int = ProfileSettings.min_horizons,
    model_bottom: float | None = None,
    replicates: str = ProfileSettings.replicates,
    detection_limit: float | None = ProfileSettings.detection_limit,
    below_detection: str = ProfileSettings.below_detection,
    accept_as_is: Collection[str] = ProfileSettings.accept_as_is,
    duplicate_distance_km: float | None = ProfileSettings.duplicate_distance_km,
    exclude: str | None = ProfileSettings.exclude,
) -> Ledger:
    """Read soil profiles, compute SOC density and record every profile and horizon.

    The result does not depend on the order of rows in the source.

    Parameters
    ----------
    source
        ``format`` (a key of FORMATS) and the settings of that reader
        (`proda.data.profiles.wosis`, `proda.data.profiles.table`); None with several sources.
    sources
        Several sources by name, the preferred one first; ids are then ``<name>/<id>``.
    region
        Whether longitudes and latitudes (degrees east and north) lie in the region, as
        `proda.data.region.Region.contains`; None for everywhere.
    pedotransfer
        A name of PEDOTRANSFER_FUNCTIONS, or None to exclude horizons whose bulk density was not
        measured.
    organic_horizons
        "reject" or "keep" horizons that the source calls organic or litter.
    min_horizons
        Profiles with fewer accepted horizons are excluded; at least 2, as one depth cannot be
        fitted.
    model_bottom
        m; horizons whose middle is deeper are excluded. None for no limit.
    replicates
        "average" horizons at one depth of a profile, or "select" one of them
        (`proda.data.profiles.replicates`).
    detection_limit
        g kg-1; horizons with less organic carbon, but not 0, are excluded. None for no limit.
    below_detection
        "reject" these horizons, or "censor" them and those of 0: keep them with the limit as their
        organic carbon, which is then only known to be smaller.
    accept_as_is
        Names of `distribution.COLUMNS` whose distribution is not judged, because the numbers are
        right although they look like another unit.
    duplicate_distance_km
        How far apart profiles of different sources may be that are the same pit
        (`proda.data.profiles.several`); None not to look for any.
    exclude
        Preset of `proda.data.profiles.eligibility`, or None.

    Returns
    -------
    Ledger
        Its horizons have ``node_depth`` (m), the middle of the horizon, the columns of
        `density.add_soc_density`, and ``censored``.

    Raises
    ------
    InputError
        For a source that cannot be read as what it is declared to be.
    """
    check_pedotransfer(pedotransfer)
    if organic_horizons not in _ORGANIC:
        raise InputError(
            "organic_horizons", f"one of {', '.join(_ORGANIC)}", repr(organic_horizons)
        )
    if replicates not in REPLICATES:
        raise InputError("replicates", f"one of {', '.join(REPLICATES)}", repr(replicates))
    if below_detection not in BELOW_DETECTION:
        found = repr(below_detection)
        raise InputError("below_detection", f"one of {', '.join(BELOW_DETECTION)}", found)
    for name in accept_as_is:
        if name not in COLUMNS:
            raise InputError("accept_as_is", f"names among {', '.join(COLUMNS)}", repr(name))
    if min_horizons < 2:
        raise InputError("min_horizons", "a number of 2 or more", min_horizons)
    if region is not None and not callable(region):
        raise InputError("region", "a callable or None", type(region).__name__)
    if exclude is not None and exclude not in PRESETS:
        raise InputError("exclude", f"one of {', '.join(PRESETS)}", repr(exclude))
    if (source is None) == (not sources):
        raise InputError("source", "either one source or several", "neither or both")

    def read(one: Mapping[str, Any]) -> tuple[RawTables, pd.DataFrame]:
        return _read(one, region, accept_as_is)

    if source is not None:
        (profiles, measured), located = read(source)
    else:
        tables = {name: read(one) for name, one in (sources or {}).items()}
        profiles, measured = join_sources({name: raw for name, (raw, _) in tables.items()})
        parts = [
            flags.set_axis(f"{name}/" + flags.index.astype(str))
            for name, (_, flags) in tables.items()
        ]
        located = pd.concat(parts).reindex(profiles.index)
    valid, inside, coded = (located[key] for key in ("valid", "inside", "coded"))
    measured = mark_censored(measured, detection_limit if below_detection == "censor" else None)
    horizons = add_soc_density(measured, pedotransfer)
    horizons["node_depth"] = (horizons["upper_depth"] + horizons["lower_depth"]) / 2
    order = _order(horizons)
    measured, horizons = (
        table.iloc[order].reset_index(drop=True) for table in (measured, horizons)
    )
    ledger = Ledger(profiles, horizons)

    ledger.reject_profiles(profiles.index[profiles["n_horizons"] == 0], "no_horizons")
    if "no_site" in profiles:
        ledger.reject_profiles(profiles.index[profiles["no_site"]], "no_site")
    ledger.reject_profiles(profiles.index[coded], "missing_code_coordinates")
    if "several_places" in profiles:
        ledger.reject_profiles(profiles.index[profiles["several_places"]], "several_places")
    ledger.reject_profiles(profiles.index[~valid], "invalid_coordinates")
    ledger.reject_profiles(profiles.index[~inside], "outside_region")
    reject_unusable_horizons(ledger, organic_horizons, detection_limit, model_bottom)
    merge_replicates(ledger, measured, replicates, pedotransfer)
    reject_implausible(ledger)
    ledger.reject_profiles_without_horizons()
    few = ledger.profile_table()["n_accepted_horizons"] < min_horizons
    ledger.reject_profiles(few.index[few], "too_few_horizons")
    if sources and duplicate_distance_km is not None:
        reject_duplicates_across_sources(ledger, list(sources), duplicate_distance_km)
    reject_duplicate_profiles(ledger)
    exclude_ineligible(ledger, exclude)
    ledger.check()
    return ledger


def _read(
    source: Mapping[str, Any], region: Contains | None, accept_as_is: Collection[str]
) -> tuple[RawTables, pd.DataFrame]:
    """Tables of one source; of its profiles whether the place is valid, inside, a missing code."""
    if source.get("format") not in FORMATS:
        found = repr(source.get("format"))
        raise InputError("source.format", f"one of {', '.join(FORMATS)}", found)
    located: dict[str, pd.Series] = {}

    def select(profiles: pd.DataFrame) -> pd.Series:
        unjudged = "coordinates" in accept_as_is
        valid, inside = locate(profiles, region, source["path"], unjudged)
        located.update(valid=valid, inside=inside)
        return inside

    profiles, measured = FORMATS[source["format"]](source, select)
    coded = missing_coordinates(profiles)
    profiles = on_globe(profiles)
    flags = {key: found.reindex(profiles.index, fill_value=False) for key, found in located.items()}
    units = declared_units(source) if source["format"] == "table" else {}
    check_columns(measured, source["path"], units, accept_as_is)
    warn_of_organic_material(measured, source["path"])
    return RawTables(profiles, measured), pd.DataFrame({**flags, "coded": coded})


def _order(horizons: pd.DataFrame) -> npt.NDArray[np.intp]:
    """Order by profile, depth and values: the order of the file has no effect."""
    values = ["organic_carbon", "measured_bulk_density", "coarse_fragments"]
    keys = ["upper_depth", "lower_depth", *values, "horizon_id"]
    return np.lexsort([horizons[key] for key in [*keys[::-1], "profile_id"]])
