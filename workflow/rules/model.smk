# The matrix model by itself.
#
# in:   proda/resources/example_columns.csv   climate and texture of a few soil columns
# out:  tables/example_columns.csv      stocks and SOC of every layer and pool at CLM's defaults
#       figures/example_columns.*       the same as a plot over depth

from proda.model.default_runs import usual_version
from proda.model.structures import STUDY


rule example_columns:
    input:
        ancient(RESOURCES / "example_columns.csv"),
    output:
        table=RESULTS / "tables" / "example_columns.csv",
        figure=report(
            RESULTS / "figures" / "example_columns.png",
            caption="../report/example_columns.rst",
            category="Model",
        ),
        figure_pdf=pdf("example_columns"),
    log:
        LOGS / "example_columns.log",
    benchmark:
        BENCHMARKS / "example_columns.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["example_columns"],
        version=config["model"]["default_version"] or usual_version(STUDY),
    script:
        "../scripts/example_columns.py"
