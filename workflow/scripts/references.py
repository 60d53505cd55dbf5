"""Reference maps of SOC stocks on the cells of the grid."""

import numpy as np

from proda.config.keys import build_alternative
from proda.config.sections.references import Reference
from proda.data.cells import read_cells
from proda.data.references import reference_dataset, reference_stocks, write_references
from proda.jobs import running
from proda.provenance import provenance

with running(snakemake) as log:
    params, cells = snakemake.params, read_cells(snakemake.input.cells)
    stocks = {
        name: reference_stocks(build_alternative(Reference, source), params.data_dir, cells)
        for name, source in params.references.items()
    }
    about = provenance(snakemake.input, dict(params.items()))
    write_references(snakemake.output[0], reference_dataset(stocks, cells), about)
    for name, stock in stocks.items():
        total = np.nansum(stock * cells.land_area_m2, axis=1) / 1e12
        log.info("%s: %s Pg C to 30, 100 and 200 cm", name, ", ".join(f"{t:.2f}" for t in total))
