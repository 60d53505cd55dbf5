"""The reference stocks side by side in one CF netCDF file."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from proda.arrays import FloatArray
from proda.data.cells import Cells
from proda.errors import InputError
from proda.netcdf import load_netcdf, save_netcdf
from proda.quantities import QUANTITIES

__all__ = ["DEPTHS_CM", "MAX_STOCK", "read_references", "reference_dataset", "write_references"]

DEPTHS_CM = (30, 100, 200)
"""Lower limits of the reference stocks, each from the surface."""

MAX_STOCK = QUANTITIES["soc_stock"].upper
"""kg m-2 to 200 cm; fill values of 16-bit maps exceed it."""

MEAN_STOCK = 0.05, 30.0
"""kg m-2 to 30 cm, range of the mean. Deserts hold about 1, and 30 cm of peat some 20."""


def reference_dataset(stocks: Mapping[str, FloatArray], cells: Cells) -> xr.Dataset:
    """Gather the stocks of several maps.

    Parameters
    ----------
    stocks
        (3, n) kg m-2 to `DEPTHS_CM` on the cells, by name of the map.
    cells
        Cells of the grid.

    Returns
    -------
    xarray.Dataset
        With stock (reference, depth, lat, lon), kg m-2.

    Raises
    ------
    InputError
        For a map without data, one whose mean stock falls with depth, so that it is not
        cumulative, and one whose mean indicates another unit.
    """
    if not stocks:
        raise InputError("references", "at least one map", "none")
    for name, stock in stocks.items():
        if np.shape(stock) != (len(DEPTHS_CM), len(cells)):
            expected = f"shape ({len(DEPTHS_CM)}, {len(cells)})"
            raise InputError(f"reference {name}", expected, f"shape {np.shape(stock)}")
        known = ~np.isnan(stock).any(axis=0)
        if not known.any():
            cells_of_depth = (~np.isnan(stock)).sum(axis=1)
            found = "no cell with all depths, cells with " + ", ".join(
                f"{depth} cm: {n}" for depth, n in zip(DEPTHS_CM, cells_of_depth, strict=True)
            )
            raise InputError(f"reference {name}", "stocks on the cells", found)
        means = np.asarray(stock)[:, known].mean(axis=1)
        if not MEAN_STOCK[0] <= means[0] <= MEAN_STOCK[1]:
            lower, upper = MEAN_STOCK
            expected = f"a mean stock of {lower:g} to {upper:g} kg m-2 to {DEPTHS_CM[0]} cm"
            found = f"{means[0]:.3g} kg m-2"
            raise InputError(f"reference {name}", expected, found, "is `unit` right?")
        if np.any(np.diff(means) < 0):
            raise InputError(
                f"reference {name}",
                "stocks from the surface, which cannot fall with depth",
                "means " + ", ".join(f"{m:.3g}" for m in means) + " kg m-2",
                "are these stocks of single intervals, or files in the wrong order?",
            )
    depth = np.array(DEPTHS_CM) / 100
    names = np.array(list(stocks), dtype=object)
    grids = [
        xr.concat([cells.to_grid(layer) for layer in stock], "depth") for stock in stocks.values()
    ]
    array = xr.concat(grids, "reference").assign_coords(reference=names, depth=depth)
    array.attrs = {
        "standard_name": "soil_mass_content_of_carbon",
        "long_name": "stock of soil organic carbon from the surface to depth",
        "units": "kg m-2",
        "cell_methods": "depth: sum area: mean",
    }
    array["reference"].attrs = {"long_name": "name of the reference map"}
    array["depth"].attrs = {
        "standard_name": "depth",
        "long_name": "lower limit of the stock",
        "units": "m",
        "positive": "down",
        "axis": "Z",
        "bounds": "depth_bounds",
    }
    return xr.Dataset(
        {
            "stock": array,
            "depth_bounds": (("depth", "bound"), np.column_stack([np.zeros(depth.size), depth])),
        },
        attrs={
            "Conventions": "CF-1.11",
            "title": "Reference maps of soil organic carbon stocks",
        },
    )


def write_references(
    path: str | Path, dataset: xr.Dataset, attrs: Mapping[str, object] | None = None
) -> None:
    """Write the maps as netCDF.

    Parameters
    ----------
    path
        File to write.
    dataset
        Of `reference_dataset`.
    attrs
        Further global attributes (provenance).
    """
    plain: dict[str, object] = {"_FillValue": None}
    encoding = {"lat": plain, "lon": plain, "depth": plain, "depth_bounds": plain}
    encoding["stock"] = {"zlib": True, "complevel": 4}
    save_netcdf(dataset.assign_attrs(attrs or {}), path, encoding)


def read_references(path: str | Path | None) -> xr.Dataset | None:
    """Read what `write_references` wrote.

    Parameters
    ----------
    path
        File to read; None or "" for a run without references.

    Returns
    -------
    xarray.Dataset or None
        The maps; None without a path.

    Raises
    ------
    InputError
        If the file is not of reference maps.
    """
    return load_netcdf(path, "reference maps", ["stock"]) if path else None
