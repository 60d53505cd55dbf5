"""Files of the results of a block, and the results of all blocks without their maps."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from proda.data.series import SeriesCells
from proda.errors import InputError
from proda.files import atomic_path
from proda.netcdf import create_netcdf, open_netcdf
from proda.transient.reduce import DEPTHS, GROUPS
from proda.transient.results import AXES, FLUXES, BlockResult, Status

__all__ = ["join_blocks", "read_block", "write_block"]

WHAT = "results of a block through time"
PLACES = ("cell", "lon", "lat", "area_m2", "status", "reason")
# Prefix of what is known of the cells themselves.
OF_CELL = "cell_"
LABELLED = {"group": GROUPS, "depth": DEPTHS, "flux": FLUXES}
UNITS = {
    "status": "1",
    "drift": "1",
    "transit_time": "year",
    "soc_age": "year",
    "maps": "1",
    "initial_soc": "kg m-2",
    "final_soc": "kg m-2",
    "stocks": "Pg",
    "fluxes": "Pg year-1",
    "imbalance": "1",
}


def write_block(
    path: str | Path, result: BlockResult, attributes: Mapping[str, Any] | None = None
) -> None:
    """Write the results of a block.

    Parameters
    ----------
    path
        File to write.
    result
        Of ``proda.transient.run``.
    attributes
        Global ones (provenance).
    """
    texts = {"scenario": result.scenarios, "set": result.sets, **LABELLED}
    with atomic_path(path) as temporary, create_netcdf(temporary) as file:
        file.setncatts({"title": WHAT, **(attributes or {})})
        for axis, length in result.sizes.items():
            file.createDimension(axis, length)
        for axis, names in texts.items():
            file.createVariable(axis, str, (axis,))[:] = np.array(names, dtype=object)
        file.createVariable("year", "i4", ("year",))[:] = np.array(result.years)
        file.createVariable("members", "i4", ("set",))[:] = result.members
        for name in PLACES:
            values = getattr(result.cells, name)
            kind = str if values.dtype == object else values.dtype
            file.createVariable(OF_CELL + name, kind, ("cell",))[:] = values
        for name, values in result.arrays().items():
            if name == "maps" and values.size:
                # Of a variable of a set in a scenario, as the yearly files ask for them.
                chunks = (1, values.shape[1], 1, 1, values.shape[4])
                file.createVariable(
                    name, "f4", AXES[name], chunksizes=chunks, compression="zlib", complevel=1
                )
            else:
                file.createVariable(name, str(values.dtype), AXES[name])
            file[name].units = UNITS[name]
            file[name][:] = values
        file["status"].flag_values = np.array(list(Status), dtype=np.int8)
        file["status"].flag_meanings = " ".join(status.name.lower() for status in Status)


def read_block(path: str | Path) -> BlockResult:
    """Read the results of a block without its maps. Raises InputError for another file."""
    with open_netcdf(path, WHAT, [*AXES, "members", "year"]) as file:
        file.set_auto_mask(False)
        cells = SeriesCells(**{name: file[OF_CELL + name][:] for name in PLACES})
        result = BlockResult(
            cells,
            file["year"][:].tolist(),
            tuple(str(name) for name in file["scenario"][:]),
            tuple(str(name) for name in file["set"][:]),
            file["members"][:].astype(np.int64),
            numbers=0,
        )
        result.restore(
            {name: file[name][:] for name in AXES if name != "maps"} | {"maps": result.maps}
        )
    return result


def join_blocks(paths: Sequence[str | Path]) -> BlockResult:
    """Results of all blocks without their maps: cells one after the other, totals summed.

    Raises
    ------
    InputError
        For blocks that were run otherwise, and without a cell that all sets have.
    """
    blocks = [read_block(path) for path in paths]
    for path, block in zip(paths, blocks, strict=True):
        own, first = ((b.scenarios, b.sets, list(b.years), b.members.tolist()) for b in
                      (block, blocks[0]))  # fmt: skip
        if own != first:
            expected = f"the sets, scenarios and years of {paths[0]}"
            raise InputError(path, expected, "others")
    first_block = blocks[0]
    cells = SeriesCells(
        **{name: np.concatenate([getattr(b.cells, name) for b in blocks]) for name in PLACES}
    )
    joined = BlockResult(
        cells, first_block.years, first_block.scenarios, first_block.sets, first_block.members, 0
    )
    arrays = {}
    for name, axes in AXES.items():
        values = [getattr(block, name) for block in blocks]
        if "cell" in axes:
            arrays[name] = np.concatenate(values, axis=axes.index("cell"))
        else:
            arrays[name] = np.max(values, axis=0) if name == "imbalance" else np.sum(values, axis=0)
    joined.restore(arrays)
    if not joined.common.any():
        found = {
            name: int((joined.status[k] == Status.RUN).sum()) for k, name in enumerate(joined.sets)
        }
        raise InputError(
            "runs through time",
            "a cell that was run with all parameter sets",
            "none; cells by set: " + ", ".join(f"{n} {name}" for name, n in found.items()),
            "status and reason of the cells are in transient/blocks; leave sets out with "
            "transient.methods",
        )
    return joined
