"""Forcing of the profiles that are accepted so far."""

from proda.config.keys import build_alternative
from proda.config.sections.forcing import NppSource
from proda.data.cells import read_cells
from proda.data.forcing import write_forcing
from proda.data.forcing_merge import site_forcing
from proda.data.forcing_sources import at_points, npp_at_points, read_soil, soil_of_cells
from proda.data.profiles import accepted_sites
from proda.jobs import running
from proda.model.structures import get_structure
from proda.netcdf import load_netcdf
from proda.patterns import pattern_below
from proda.provenance import provenance
from proda.tables import write_table

with running(snakemake) as log:
    params, cells = snakemake.params, read_cells(snakemake.input.cells)
    sites = accepted_sites(snakemake.input.profiles)
    lon, lat = sites["longitude"].to_numpy(), sites["latitude"].to_numpy()
    clm_paths = [pattern_below(params.data_dir, pattern) for pattern in params.clm["files"]]
    grid = load_netcdf(snakemake.input.grid_forcing, "forcing", ["cell"])
    soil = soil_of_cells(grid, cells, lon, lat)
    if params.interpolation != "cell":
        choices = {name: value for name, value in params.clm.items() if name != "files"}
        field = read_soil(params.structure, clm_paths, **choices)
        own = at_points(field, lon, lat, params.interpolation, params.max_distance_km)
        soil = own.assign(cell=soil["cell"])
    npp = None
    if get_structure(params.structure).input_from_npp:
        npp = npp_at_points(
            build_alternative(NppSource, params.npp),
            params.data_dir,
            lon,
            lat,
            clm_paths,
            params.clm["years"],
            params.max_distance_km,
        )
    forcing, excluded = site_forcing(sites.index, soil, npp)
    write_forcing(
        forcing, snakemake.output.forcing, provenance(snakemake.input, dict(params.items()))
    )
    write_table(snakemake.output.excluded, excluded)
    log.info("%d profiles with forcing, %d without", forcing.sizes["profile"], len(excluded))
