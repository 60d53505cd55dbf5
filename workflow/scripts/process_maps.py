"""Maps of the bulk processes of a method."""

from proda.data.cells import read_cells
from proda.data.order import check_profiles
from proda.data.region import read_region
from proda.evaluation.labels import read_certificates, read_labels
from proda.evaluation.pairs import read_profiles
from proda.figures.maps import RegionMap
from proda.figures.method_style import figure_label
from proda.figures.process_maps import draw_process_maps, process_scales
from proda.figures.style import save
from proda.jobs import running
from proda.learning.applicability import read_outside
from proda.model.mechanisms import MAPPED_VALUES
from proda.model.processes import RESULTING
from proda.parameters.methods import METHODS, Kind
from proda.parameters.nearby import informed_fraction, nearby_contraction
from proda.projection.process_files import read_processes
from proda.projection.site_processes import read_site_processes

with running(snakemake):
    files, out, method = snakemake.input, snakemake.output, snakemake.wildcards.method
    cells = read_cells(files.cells)
    datasets = {name: read_processes(files[name]) for name in snakemake.params.methods}
    labels, notes = read_labels(files.labels), read_certificates(files.labels)
    contraction, informed, outside = {}, {}, None
    # One distribution for all places rests on all profiles; a given run on none.
    if METHODS[method].kind is Kind.LEARNER:
        outside = read_outside(files.applicable, cells)
        sites, profiles = read_site_processes(files.sites), read_profiles(files.profiles)
        check_profiles(files.sites, sites["profile_id"].values, list(profiles["profile_id"]),
                       files.profiles)  # fmt: skip
        lon, lat = profiles["longitude"].to_numpy(), profiles["latitude"].to_numpy()
        used = profiles["used"].to_numpy(bool)
        for name in (*MAPPED_VALUES, *RESULTING):
            of_sites = sites[f"{name}_contraction"].where(used).values[:, None]
            contraction[name] = nearby_contraction(lon, lat, of_sites, cells)[:, 0]
            informed[name] = float(informed_fraction(of_sites)[0])
    region_map = RegionMap(read_region(files.region), cells)
    label = figure_label(method, labels)
    for processes, paths in (
        (MAPPED_VALUES, [out.mechanisms, out.mechanisms_pdf]),
        (RESULTING, [out.turnover, out.turnover_pdf]),
    ):
        figure = draw_process_maps(
            region_map,
            datasets[method],
            processes,
            process_scales(datasets, processes),
            contraction,
            informed,
            label,
            notes.get(method, ""),
            outside,
        )
        save(figure, paths)
