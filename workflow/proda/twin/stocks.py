"""The two maps the study compares with, made from the true SOC plus errors of their own kind.

WISE30sec: map units (here a degree square) of one to three soil components, the stock within a unit
uniform, with errors shared by whole regions. SoilGrids250m: stocks of six intervals as whole tonnes
per hectare, shrunk towards the mean as by a statistical model.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

from proda.arrays import FloatArray, Mask
from proda.files import atomic_path
from proda.twin.covariates import write_raster
from proda.twin.lattice import CELL, Lattice, noise, random_stream
from proda.twin.terrain import Terrain

__all__ = ["write_soilgrids", "write_wise"]

# Stock between two depths in m, (rows, columns) kg m-2, NaN where the truth is not defined.
IntervalStock: TypeAlias = Callable[[float, float], FloatArray]

WISE_FOLDER = "wise30sec/Interchangeable_format"
SOILGRIDS_FOLDER = "soilgrids2017"
WISE_LAYERS = [(0, 20), (20, 40), (40, 60), (60, 80), (80, 100), (100, 150), (150, 200)]
SOILGRIDS_INTERVALS = [(0, 5), (5, 15), (15, 30), (30, 60), (60, 100), (100, 200)]
PERCENTAGES = {1: [100], 2: [70, 30], 3: [60, 30, 10]}
WATER, ROCK, ABSENT = -1, -3, -7
KG_TO_TONNES_PER_HECTARE = 10.0


def write_soilgrids(
    folder: Path, lattice: Lattice, seed: int, interval_stock: IntervalStock, land: Mask
) -> None:
    """Write the stocks of SoilGrids' six intervals (OCSTHA).

    Parameters
    ----------
    folder
        Where they are written.
    lattice
        Pixels of the world.
    seed
        Of the world.
    interval_stock
        Gives the stock of an interval of depth.
    land
        (rows, columns) where there are values.
    """
    regional = np.exp(0.18 * noise(lattice, seed, "SoilGrids error", 0.5, 3.0))
    fine = np.exp(0.10 * random_stream(seed, "SoilGrids pixels").standard_normal(lattice.shape))
    for i, (top, bottom) in enumerate(SOILGRIDS_INTERVALS):
        stock = interval_stock(top / 100.0, bottom / 100.0)
        known = np.isfinite(stock) & land
        typical = np.exp(np.mean(np.log(stock[known])))
        drawn = typical * (np.where(known, stock, typical) / typical) ** 0.85 * regional * fine
        tonnes = np.where(known, np.rint(drawn * KG_TO_TONNES_PER_HECTARE), -32768)
        path = folder / SOILGRIDS_FOLDER / f"OCSTHA_M_sd{i + 1}_250m_ll.tif"
        write_raster(path, lattice, tonnes.astype(np.int16), -32768)


def write_wise(
    folder: Path,
    lattice: Lattice,
    seed: int,
    interval_stock: IntervalStock,
    terrain: Terrain,
    soil: dict[str, np.ndarray],
) -> None:
    """Write WISE30sec: a raster of map units, its legend and the table of components.

    The legend has the published spelling.

    Parameters
    ----------
    folder
        Where they are written.
    lattice
        Pixels of the world.
    seed
        Of the world.
    interval_stock
        Gives the stock of an interval of depth.
    terrain
        Of the same lattice.
    soil
        Fields (rows, columns) of ``make_soil``.
    """
    folder = folder / WISE_FOLDER
    size = round(1.0 / CELL) * lattice.per_cell
    block_row, block_column = np.indices(lattice.shape) // size
    block = block_row * (lattice.shape[1] // size + 1) + block_column
    land = terrain.land | terrain.lake
    blocks, pixel = np.unique(block[land], return_inverse=True)
    raw = np.zeros(lattice.shape, np.int32)
    raw[land] = pixel + 1
    write_raster(folder / "wise_30sec_v1.tif", lattice, raw, 0)
    units = [f"WD{30000000 + number}" for number in blocks]
    legend = pd.DataFrame({"pixel_vaue": range(len(units) + 1), "description": ["nodata", *units]})
    with atomic_path(folder / "wise_30sec_v1.tsv") as path:
        legend.to_csv(path, sep="\t", index=False, lineterminator="\n")

    def mean(field: FloatArray) -> FloatArray:
        """Mean of the known pixels of each unit, NaN where there are none."""
        values = field[land]
        known = np.isfinite(values)
        total = np.bincount(pixel[known], values[known], blocks.size)
        count = np.bincount(pixel[known], minlength=blocks.size)
        return np.divide(total, count, out=np.full(blocks.size, np.nan), where=count > 0)

    regional = mean(np.exp(0.25 * noise(lattice, seed, "WISE error", 1.0, 4.0)))
    stocks = np.stack(
        [mean(interval_stock(top / 100.0, bottom / 100.0)) for top, bottom in WISE_LAYERS]
    )
    facts = {
        "stones": mean(soil["Coarse_Fragments_v_30cm"]),
        "sand": mean(soil["Sand_Content_30cm"]),
        "silt": mean(soil["Silt_Content_30cm"]),
        "clay": mean(soil["Clay_Content_30cm"]),
        "density": mean(soil["Bulk_Density_30cm"]) / 1000.0,
        "ph": mean(soil["pH_Water_30cm"]),
        "cec": mean(soil["CEC_30cm"]),
        "bedrock": mean(soil["Depth_Bedrock_R"]),
        "mountain": mean(np.where(terrain.land, terrain.relief, np.nan)),
    }
    table = _components(units, stocks * regional, facts, random_stream(seed, "WISE components"))
    with atomic_path(folder / "HW30s_FULL.txt") as path:
        table.to_csv(path, index=False, lineterminator="\n")


def _components(
    units: list[str], stocks: FloatArray, facts: dict[str, FloatArray], rng: np.random.Generator
) -> pd.DataFrame:
    """One row per unit, component and layer. stocks: (7, units) kg m-2."""
    rows = []
    for u, unit in enumerate(units):
        n = int(rng.integers(1, 4))
        known = np.isfinite(stocks[:, u]).all()
        rocky = known and n == 3 and facts["mountain"][u] > 350.0
        factor = rng.lognormal(0.0, 0.35, n)
        percentages = np.array(PERCENTAGES[n], float)
        if rocky:
            factor[-1] = 0.0
        factor *= percentages.sum() / (percentages * factor).sum()
        shallow = known and n > 1 and facts["bedrock"][u] < 150.0
        for c in range(n):
            density = np.round(np.clip(facts["density"][u] * rng.normal(1.0, 0.04), 0.6, 1.9), 2)
            for i, (top, bottom) in enumerate(WISE_LAYERS):
                row = {
                    "NEWSUID": unit,
                    "SCID": c + 1,
                    "PROP": PERCENTAGES[n][c],
                    "PRID": f"{unit}/{c + 1}",
                    "Drain": "W",
                    "Layer": f"D{i + 1}",
                    "TopDep": top,
                    "BotDep": bottom,
                }
                code = WATER if not known else ROCK if rocky and c == n - 1 else None
                if code is None and shallow and c == 1 and top >= 100:
                    code = ABSENT
                if code is None:
                    stones = round(float(np.clip(facts["stones"][u], 0, 60)))
                    thickness = (bottom - top) / 100.0
                    carbon = stocks[i, u] * factor[c] / (density * thickness * (1 - stones / 100.0))
                    values = [stones, facts["sand"][u], facts["silt"][u], facts["clay"][u], density,
                              facts["cec"][u], facts["ph"][u], carbon]  # fmt: skip
                else:
                    values = [code] * 8
                names = ("CFRAG", "SDTO", "STPC", "CLPC", "BULK", "CECS", "PHAQ", "ORGC")
                row |= {
                    name: round(float(value), 2) for name, value in zip(names, values, strict=True)
                }
                rows.append(row)
    return pd.DataFrame(rows)
