"""Means and medians of the bulk processes by zone: classes of climate, and bands of latitude.

They are of the mean over a method's draws in each cell. Percentiles are of the cells of a zone,
weighted by area: how much a process varies within it, not how well it is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from proda.arrays import Cells as CellValues
from proda.arrays import Counts, FloatArray
from proda.data.cells import Cells
from proda.errors import InputError
from proda.model.mechanisms import MAPPED_VALUES
from proda.model.processes import RESULTING, process_of
from proda.projection.process_maps import weighted_median

__all__ = [
    "LATITUDE",
    "TRUTH",
    "ZONED",
    "Zones",
    "climate_zones",
    "latitude_zones",
    "zone_table",
    "zoned_maps",
]

ZONED = (*MAPPED_VALUES, *RESULTING)
TRUTH = "truth"  # in the place of a method: what is true in a synthetic world
MILLION_KM2 = 1e12  # m2
CLIMATE, LATITUDE = "climate", "latitude"


@dataclass(frozen=True)
class Zones:
    """A division of the n cells.

    Attributes
    ----------
    kind
        Of the zones.
    names
        Of each zone.
    member
        (n,) number of the zone of each cell, -1 for none.
    """

    kind: str
    names: tuple[str, ...]
    member: Counts


def climate_zones(codes: CellValues, classes: Mapping[str, tuple[int, ...]]) -> Zones:
    """Zones of groups of climate classes.

    Parameters
    ----------
    codes
        (n,) class of each cell, NaN for none.
    classes
        {name: its codes}.

    Raises
    ------
    InputError
        For a code in two zones.
    """
    member = np.full(len(codes), -1)
    seen: dict[int, str] = {}
    for k, (name, of_zone) in enumerate(classes.items()):
        for code in of_zone:
            if code in seen:
                where = f"processes.climate.classes.{name}, class {code}"
                raise InputError(where, "each once", f"also in {seen[code]}")
            seen[code] = name
        member[np.isin(codes, of_zone)] = k
    return Zones(CLIMATE, tuple(classes), member)


def latitude_zones(cells: Cells, width: float) -> Zones:
    """Bands of latitude that hold cells, from south to north.

    Parameters
    ----------
    cells
        The cells.
    width
        Of a band, degrees; bands begin at the south pole.
    """
    band = np.floor((cells.lat + 90.0) / width).astype(int)
    found = np.unique(band)
    ends = [(-90.0 + k * width, min(90.0, -90.0 + (k + 1) * width)) for k in found]
    names = tuple(f"{south:g} to {north:g}" for south, north in ends)
    return Zones(LATITUDE, names, np.searchsorted(found, band))


def zone_table(
    maps: Mapping[str, Mapping[str, CellValues]], zones: tuple[Zones, ...], cells: Cells
) -> pd.DataFrame:
    """Means and medians of the processes by zone.

    Parameters
    ----------
    maps
        {method, or TRUTH: {process: (n,) values of the cells}}.
    zones
        Divisions of the cells.
    cells
        The n cells.

    Returns
    -------
    pandas.DataFrame
        zones (kind), zone, method, process, units, cells, area_million_km2, area_mean, cell_mean,
        area_median, cell_median, area_p16, area_p84.
    """
    rows = []
    area = cells.land_area_m2
    for division in zones:
        for k, zone in enumerate(division.names):
            inside = division.member == k
            for method, of_method in maps.items():
                for process in ZONED:
                    known = inside & np.isfinite(of_method[process])
                    rows.append(
                        {
                            "zones": division.kind,
                            "zone": zone,
                            "method": method,
                            "process": process,
                            "units": process_of(process).units,
                            "cells": int(known.sum()),
                            "area_million_km2": area[known].sum() / MILLION_KM2,
                            **_statistics(of_method[process][known], area[known]),
                        }
                    )
    return pd.DataFrame(rows)


def zoned_maps(dataset: xr.Dataset, cells: Cells) -> dict[str, CellValues]:
    """Processes of a method, or of a truth, as arrays by name."""
    return {
        name: cells.from_grid(dataset[f"{name}_mean" if f"{name}_mean" in dataset else name])
        for name in ZONED
    }


def _statistics(values: FloatArray, area: FloatArray) -> dict[str, float]:
    names = ("area_mean", "cell_mean", "area_median", "cell_median", "area_p16", "area_p84")
    if not values.size:
        return dict.fromkeys(names, np.nan)
    order = np.argsort(values, kind="stable")
    # Middle of the share of each cell, so that a quantile does not depend on the order.
    share = (np.cumsum(area[order]) - 0.5 * area[order]) / area.sum()
    low, high = np.interp([0.16, 0.84], share, values[order])
    found = (
        float(values @ area / area.sum()),
        float(values.mean()),
        weighted_median(values, area),
        float(np.median(values)),
        float(low),
        float(high),
    )
    return dict(zip(names, found, strict=True))
