"""Forcing of the profiles that are accepted so far."""

from proda.data.cells import read_cells
from proda.data.forcing import write_forcing
from proda.data.forcing_inputs import ConfiguredForcing
from proda.data.profiles import accepted_sites
from proda.jobs import running
from proda.netcdf import netcdf_in_file
from proda.provenance import provenance
from proda.tables import write_table

with running(snakemake) as log:
    params, cells = snakemake.params, read_cells(snakemake.input.cells)
    sites = accepted_sites(snakemake.input.profiles)
    source = ConfiguredForcing(
        params.structure, params.data_dir, params.clm, params.npp, params.max_distance_km
    )
    with netcdf_in_file(snakemake.input.grid_forcing, "forcing", ["cell"]) as grid:
        forcing, excluded = source.of_sites(sites, cells, grid, params.interpolation)
    write_forcing(
        forcing, snakemake.output.forcing, provenance(snakemake.input, dict(params.items()))
    )
    write_table(snakemake.output.excluded, excluded)
    log.info("%d profiles with forcing, %d without", forcing.sizes["profile"], len(excluded))
