"""Forcing of the cells of the grid."""

from proda.config.keys import build_alternative
from proda.config.sections.forcing import NppSource
from proda.data.cells import read_cells
from proda.data.forcing import write_forcing
from proda.data.forcing_merge import grid_forcing, require_forcing
from proda.data.forcing_sources import npp_on_cells, on_cells, read_soil
from proda.jobs import running
from proda.model.structures import get_structure
from proda.patterns import pattern_below
from proda.provenance import provenance

with running(snakemake) as log:
    params, cells = snakemake.params, read_cells(snakemake.input.cells)
    clm_paths = [pattern_below(params.data_dir, pattern) for pattern in params.clm["files"]]
    choices = {name: value for name, value in params.clm.items() if name != "files"}
    soil = read_soil(params.structure, clm_paths, **choices)
    soil = on_cells(soil, cells, params.interpolation, params.max_distance_km)
    npp = None
    if get_structure(params.structure).input_from_npp:
        npp = npp_on_cells(
            build_alternative(NppSource, params.npp),
            params.data_dir,
            cells,
            clm_paths,
            params.clm["years"],
            params.max_distance_km,
        )
    forcing = grid_forcing(soil, npp)
    require_forcing(cells.from_grid(forcing["no_forcing"]), "cells of the grid")
    write_forcing(forcing, snakemake.output[0], provenance(snakemake.input, dict(params.items())))
    usable = int(((forcing["no_forcing"] == 0) & (forcing["cell"] >= 0)).sum())
    log.info("%d of %d cells with forcing", usable, len(cells))
