# The catalogue of the run: all maps as GeoTIFF in a STAC collection, all tables in a Data Package, the
# origin of both as RO-Crate, and metadata for a deposit; a folder that can be moved as a whole.
#
# out: catalog/

CATALOG = RESULTS / "catalog"
# Results of the run, and what the jobs write that make them.
RESULTS_OF_RUN = [
    rules.example_columns.output,
    rules.inputs.input,
    rules.assimilation.input,
    rules.projection.input,
    rules.processes.input,
    rules.evaluation.input,
    rules.learning_curves.input,
    rules.analysis.input,
    rules.importances.input,
    rules.figures.input,
    rules.transient.input,
]
WANTED = {str(path) for paths in RESULTS_OF_RUN for path in paths}
WRITTEN = [{str(path) for path in one.output} for one in workflow.rules]
BESIDE = [
    *expand(EVALUATION / "validation_{name}.csv", name=config["validation"]),
    *expand(LEARNING / "{learner}" / "doubtful_cells.csv", learner=MAPPED_LEARNERS),
    *([str(LEARNING / "splits.csv")] if ALL_LEARNERS else []),
]
TABLES_OF_RUN = sorted(
    path
    for path in WANTED.union(BESIDE, *(paths for paths in WRITTEN if paths & WANTED))
    if path.endswith((".csv", ".csv.gz")) and "{" not in path
)


rule catalog:
    input:
        stocks=expand(MAPS / "{method}_stocks.tif", method=MAPPED),
        parameters=expand(MAPS / "{learner}_parameters.tif", learner=MAPPED_LEARNERS),
        mechanisms=PROCESSES.values(),
        applicability=[LEARNING / "applicability.nc"] if ALL_MAPPED_LEARNERS else [],
        blocks=TRANSIENT_BLOCKS if THROUGH_TIME else [],
        tables=TABLES_OF_RUN,
        labels=LABELS,
        citation=ROOT / "CITATION.cff",
        lock=ROOT / "envs" / "requirements.lock",
    output:
        directory(CATALOG),
    log:
        LOGS / "catalog.log",
    benchmark:
        BENCHMARKS / "catalog.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["catalog"],
        mapped=MAPPED,
        learners=MAPPED_LEARNERS,
        with_processes=list(PROCESSES),
        width=config["region"]["resolution"]
        * (THROUGH_TIME["forcing"]["every"] if THROUGH_TIME else 1),
        results=RESULTS,
        # The place of the data is not published.
        config={name: config[name] for name in config if name != "data_dir"},
    script:
        "../scripts/catalog.py"
