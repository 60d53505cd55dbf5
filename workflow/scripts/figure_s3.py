"""Figure S3: profiles and skill by region."""

from proda.data.cells import read_cells
from proda.data.region import read_region
from proda.evaluation.labels import read_certificates, read_labels, with_labels
from proda.evaluation.pairs import read_pairs
from proda.evaluation.regions import region_of, region_table
from proda.figures.figure_s3 import draw_figure_s3
from proda.figures.maps import RegionMap
from proda.figures.style import save
from proda.jobs import running
from proda.parameters.methods import METHODS, blocked_name
from proda.tables import write_table

with running(snakemake):
    files, params, out = snakemake.input, snakemake.params, snakemake.output
    pairs = read_pairs(files.pairs, files.profiles)
    regions = params.regions
    parts = read_region(files.regions[0], layer=regions["layer"], names=regions["attribute"]).parts
    lon, lat = (pairs.profiles[name].to_numpy() for name in ("longitude", "latitude"))
    region = region_of(parts, lon, lat)
    # Learners are shown at sites whose spatial block they have not seen.
    shown = [blocked_name(m) if METHODS[m].has_blocks else m for m in params.methods]
    table = region_table(pairs, region, shown)
    labels, notes = read_labels(files.labels), read_certificates(files.labels)
    write_table(out.table, with_labels(table, labels, notes), digits=6)
    used = pairs.profiles["used"].to_numpy(bool)
    region_map = RegionMap(read_region(files.region), read_cells(files.cells))
    figure = draw_figure_s3(region_map, parts, lon[used], lat[used], table, labels)
    save(figure, [out.figure, out.figure_pdf])
