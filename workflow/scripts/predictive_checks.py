"""Posterior predictive checks of every method with parameter draws."""

from proda.evaluation.labels import read_certificates, read_labels, with_labels
from proda.evaluation.pairs import read_pairs
from proda.evaluation.predictive import check_coverage, pit_table, pit_values
from proda.evaluation.recalibration import recalibrate
from proda.figures.predictive import draw_predictive
from proda.figures.style import save
from proda.jobs import running
from proda.model import MatrixModel
from proda.tables import write_table

with running(snakemake) as log:
    files, params = snakemake.input, snakemake.params
    model = MatrixModel(params.structure)
    pairs = read_pairs(files.pairs, files.profiles)
    pit = pit_table(
        pairs.horizons,
        pairs.profiles,
        {
            method: pit_values(
                model,
                method,
                path,
                files.observations,
                files.forcing,
                params.likelihood,
                params.seed,
            )
            for method, path in zip(params.methods, files.draws, strict=True)
        },
    )
    pit = recalibrate(pit, pairs.profiles)
    coverage = check_coverage(pit)
    labels, notes = read_labels(files.labels), read_certificates(files.labels)
    write_table(snakemake.output.pit, pit, digits=6)
    write_table(snakemake.output.table, with_labels(coverage, labels, notes), digits=4)
    save(draw_predictive(pit, coverage, labels), [snakemake.output.figure, snakemake.output.pdf])
    log.info("%s", coverage[coverage["depth"] == "all"].to_string(index=False))
