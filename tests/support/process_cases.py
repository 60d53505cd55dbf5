"""Maps of bulk processes for tests of what reads them."""

import numpy as np
import xarray as xr

from proda.model.processes import PROCESSES


def process_dataset(cells, values, spread=None):
    """Maps that have ``values`` (n,) of every process, and 5-95 % of +- spread of them."""
    values = np.asarray(values, float)
    known = np.isfinite(values)
    weight = cells.land_area_m2[known]
    kinds = {"mean": 1.0}
    if spread is not None:
        kinds |= {"p05": 1.0 - spread, "p95": 1.0 + spread}
    data = {}
    for process in PROCESSES:
        for kind, factor in kinds.items():
            data[f"{process.name}_{kind}"] = cells.to_grid(factor * values)
            area_mean = factor * (values[known] @ weight) / weight.sum()
            data[f"{process.name}_area_mean_{kind}"] = ((), area_mean)
            data[f"{process.name}_cell_mean_{kind}"] = ((), factor * values[known].mean())
        for kind in ("area_median", "cell_median"):
            data[f"{process.name}_{kind}"] = ((), np.median(values[known]))
    return xr.Dataset(data)
