"""Skill by region, such as the physiographic regions of the paper (Figure S3)."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from proda.arrays import Texts
from proda.evaluation.pairs import Pairs
from proda.evaluation.skill import SCORES, skill

__all__ = ["ALL_REGIONS", "OUTSIDE", "region_of", "region_table"]

ALL_REGIONS = "all"
OUTSIDE = "outside of all regions"


def region_of(
    parts: Mapping[str, shapely.Geometry], lon: npt.ArrayLike, lat: npt.ArrayLike
) -> Texts:
    """Name of the region that holds each place, the first of those that overlap, or OUTSIDE.

    Parameters
    ----------
    parts
        Polygons by name, degrees.
    lon, lat
        (n,) degrees.
    """
    found = np.full(np.shape(lon), OUTSIDE, dtype=object)
    for name, polygon in reversed(list(parts.items())):
        shapely.prepare(polygon)
        found[shapely.intersects_xy(polygon, lon, lat)] = name
    return found


def region_table(pairs: Pairs, region: Texts, methods: Sequence[str]) -> pd.DataFrame:
    """Skill of methods in each region, at the used profiles with a value of every method.

    Parameters
    ----------
    pairs
        Observed and modelled SOC.
    region
        (profiles,) name of the region.
    methods
        Columns of the pairs.

    Returns
    -------
    pandas.DataFrame
        region (those with profiles in alphabetical order, then OUTSIDE, then all), method,
        accepted (profiles in the region), profiles and horizons that are scored, mean_observed,
        r2, r2_one_to_one, r, rmse, bias (kg m-3) and note, why a score is missing.
    """
    scored = pairs.complete(methods) & pairs.profiles["used"].to_numpy(bool)
    horizons = pairs.horizons[scored[pairs.horizons["profile"]]]
    here = region[horizons["profile"]]
    inside = sorted(set(region) - {OUTSIDE})
    names = [*inside, *([OUTSIDE] if OUTSIDE in region else []), ALL_REGIONS]
    rows = []
    for name in names:
        of_profiles = np.ones(len(region), bool) if name == ALL_REGIONS else region == name
        part = horizons if name == ALL_REGIONS else horizons[here == name]
        for method in methods:
            found = skill(part["observed"], part[method])
            rows.append(
                {
                    "region": name,
                    "method": method,
                    "accepted": int(of_profiles.sum()),
                    "profiles": int((of_profiles & scored).sum()),
                    "horizons": found.n,
                    "mean_observed": part["observed"].mean(),
                    **{score: getattr(found, score) for score in SCORES},
                    "note": found.reason,
                }
            )
    return pd.DataFrame(rows)
