"""Layers of runs through time: soil carbon of a year, and its change since the first."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from proda.arrays import Counts
from proda.data.cells import Cells
from proda.explorer.encoding import encode_codes, encode_linear, encode_relative
from proda.explorer.payload import STOCK_UNIT, Choice, Group, Payload, Values
from proda.figures.transient_style import ordered_sets, set_name
from proda.netcdf import open_netcdf
from proda.transient.scenarios import ALL, SCENARIOS

__all__ = ["add_through_time", "shown_years"]

MANY_NUMBERS = 4_000_000
"""Numbers that all years of all sets and scenarios may have."""

MANY_YEARS = 41
VARIABLE = "cSoil"
NOT_RUN = 0  # index of cells without a run; others count from 1


def shown_years(count: int, numbers_per_year: int) -> Counts:
    """Evenly spaced positions of the years that a page has, the first and the last among them.

    Parameters
    ----------
    count
        Number of years of the run.
    numbers_per_year
        Numbers of one year: cells times sets times scenarios.
    """
    most = min(MANY_YEARS, max(2, MANY_NUMBERS // max(numbers_per_year, 1)))
    return np.unique(np.rint(np.linspace(0, count - 1, min(count, most)))).astype(np.int64)


def add_through_time(
    payload: Payload,
    files: Mapping[tuple[str, str], Path],
    cells: Cells,
    every: int,
    labels: Mapping[str, str],
) -> None:
    """Add soil carbon through time.

    Parameters
    ----------
    payload
        To which is added.
    files
        {(parameter set, scenario): its yearly file}.
    cells
        Cells of the grid.
    every
        Distance of the cells that were run; each is shown for those about it.
    labels
        What the sets are called.
    """
    sets = {name: set_name(name, labels) for name in ordered_sets(dict.fromkeys(
        name for name, _ in files))}  # fmt: skip
    scenarios = {
        name: SCENARIOS[name].label
        for name in reversed(SCENARIOS)
        if any(scenario == name for _, scenario in files)
    }
    kinds = {"change": "Change since the first year", "stock": "Stock"}
    group = Group(
        "time",
        "Change through time",
        f"Soil organic carbon of the whole depth through time. “{ALL.label}” is the full change; "
        "in the other scenarios one or both repeat the first years."
        + (" The run has a sample of the cells, each of which is shown for those about it."
           if every > 1 else ""),
        [
            Choice("set", "Parameters", sets),
            Choice("scenario", "What changes", scenarios),
            Choice("kind", "Shown", kinds),
        ],
    )  # fmt: skip
    block_of_cell = _blocks(cells, cells.lat, cells.lon, every)
    for number, ((name, scenario), path) in enumerate(files.items()):
        with open_netcdf(path, "a run through time", [VARIABLE]) as file:
            stock, status = file[VARIABLE], np.ma.filled(file["status"][:], -1)
            row, column = np.nonzero(status == 0)
            lat, lon = np.asarray(file["lat"][:]), np.asarray(file["lon"][:])
            first = int(str(file["time"].units).split()[2][:4])
            years = shown_years(stock.shape[0], row.size * len(files))
            values = np.array([np.ma.filled(stock[year], np.nan)[row, column] for year in years])
        if number == 0:
            payload.about["years"] = [first + int(year) for year in years]
        found = {
            block: place + 1
            for place, block in enumerate(_blocks(cells, lat[row], lon[column], every))
        }
        index = f"time.index.{name}"
        payload.blocks[index] = encode_codes([found.get(one, NOT_RUN) for one in block_of_cell])
        key = f"time.{name}.{scenario}"
        payload.blocks[f"{key}.stock"] = encode_relative(values)
        payload.blocks[f"{key}.change"] = encode_linear(values - values[0])
        named = {"change": f"Change of SOC since {first + int(years[0])}", "stock": "SOC"}
        for kind, palette in (("change", "deviation"), ("stock", "amount")):
            title = f"{named[kind]}, {sets[name]}, {SCENARIOS[scenario].label.lower()}"
            group.add(
                (name, scenario, kind), Values(f"{key}.{kind}"), title, STOCK_UNIT, palette,
                index=index, years=True,
            )  # fmt: skip
    payload.groups.append(group)


def _blocks(cells: Cells, lat: np.ndarray, lon: np.ndarray, every: int) -> list[tuple[int, int]]:
    """Square of ``every`` times ``every`` cells of the globe that holds each point."""
    rows, columns = cells.rows(lat) // every, cells.columns(lon) // every
    return list(zip(rows.tolist(), columns.tolist(), strict=True))
