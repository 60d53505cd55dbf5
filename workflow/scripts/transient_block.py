"""A block of cells through time, with all parameter sets in all scenarios."""

import hashlib
import json
from pathlib import Path

from proda.data.series import open_series
from proda.jobs import running
from proda.model import MatrixModel
from proda.provenance import provenance
from proda.transient.block_file import write_block
from proda.transient.parameter_sets import SetSources, read_sets
from proda.transient.radiocarbon import read_atmosphere
from proda.transient.restart import Restart
from proda.transient.run import RunOptions, run_block

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    about = provenance(files, dict(params))
    text = json.dumps(about, sort_keys=True, default=str)
    restart = Restart(Path(params.restart), hashlib.sha256(text.encode()).hexdigest())
    settings = params.settings
    options = RunOptions(
        scenarios=tuple(settings["scenarios"]),
        steps_per_month=settings["steps_per_month"],
        second_order=settings["second_order"],
        years_per_restart=settings["years_per_restart"],
        atmosphere=read_atmosphere(files.air) if files.get("air") else None,
    )
    sources = SetSources(
        draws={name: files[name] for name in params.drawn},
        posteriors=files.get("posteriors"),
        exclude_flags=params.exclude_flags,
        require_certified=params.require_certified,
        truth=Path(params.truth) / "truth_grid.nc" if params.truth else None,
        version=params.version,
        members=settings["members"],
    )
    with open_series(files.series) as series:
        sets = read_sets(params.sets, MatrixModel(params.structure), series, sources)
        result = run_block(series, sets, options, restart)
    write_block(snakemake.output[0], result, about)
    restart.remove()
    log.info(
        "%d cells, %d of them with all sets; largest error of the balance %.1e of the stock",
        len(result.cells),
        result.common.sum(),
        result.imbalance.max(),
    )
