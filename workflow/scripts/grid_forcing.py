"""Forcing of the cells of the grid."""

from proda.data.cells import read_cells
from proda.data.forcing import write_forcing
from proda.data.forcing_inputs import ConfiguredForcing
from proda.jobs import running
from proda.provenance import provenance

with running(snakemake) as log:
    params, cells = snakemake.params, read_cells(snakemake.input.cells)
    source = ConfiguredForcing(
        params.structure, params.data_dir, params.clm, params.npp, params.max_distance_km
    )
    forcing = source.of_cells(cells, params.interpolation)
    write_forcing(forcing, snakemake.output[0], provenance(snakemake.input, dict(params.items())))
    usable = int(((forcing["no_forcing"] == 0) & (forcing["cell"] >= 0)).sum())
    log.info("%d of %d cells with forcing", usable, len(cells))
