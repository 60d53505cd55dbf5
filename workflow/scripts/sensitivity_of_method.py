"""Sensitivity of the global stock and turnover of a method to the mechanisms."""

from proda.analysis.places import count_reasons
from proda.analysis.sensitivity_tables import (
    posterior_spread,
    run_sensitivity,
    sensitivity_tables,
)
from proda.analysis.site_mechanisms import read_site_mechanisms
from proda.evaluation.pairs import read_profiles
from proda.jobs import running
from proda.model import MatrixModel
from proda.tables import write_table

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    model = MatrixModel(params.structure)
    exact, experiment = run_sensitivity(
        model, files.draws, files.cells, files.forcing, params.max_draws
    )
    used = read_profiles(files.profiles)["used"].to_numpy()
    spread = posterior_spread(read_site_mechanisms(files.sites), used)
    tables = sensitivity_tables(model, snakemake.wildcards.method, exact, experiment, spread)
    for name, table in tables.items():
        write_table(snakemake.output[name], table)
    log.info("cells: %d; without: %s", exact.cells, count_reasons(exact.reasons) or "none")
    log.info("cells of the experiment: %d", experiment.cells)
