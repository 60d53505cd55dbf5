# What the run found, in sentences: the first page of the report, and the last lines of `make`.
#
# in:  the tables of the run
# out: summary.json; the report begins with it

from proda.model.structures import get_structure
from proda.report_page import put_first

SUMMARY = RESULTS / "summary.json"
# Figures of the run that may be on the first page.
FIRST_FIGURES = [
    *(["figure_3", "figure_4"] if MAPPED else []),
    *(["component_control"] if CONTROLLED else []),
    *(["transient_series"] if THROUGH_TIME else []),
    *["skill", "predictive_checks", "figure_2", "convergence", "figure_s2"],
]

put_first(RESULTS)


rule summary:
    input:
        **{
            f"validation_{name}": TABLES / f"validation_{name}.csv"
            for name in (config["validation"] if MAPPED else [])
        },
        labels=LABELS,
        ledger=INPUTS / "ledger_summary.csv",
        outcomes=TABLES / "assimilation_ledger.csv",
        posteriors=TABLES / "assimilation_profiles.csv",
        skill=TABLES / "table_1.csv",
        differences=TABLES / "table_1_differences.csv",
        totals=TABLES / "table_s3.csv" if MAPPED else [],
        adjustment=TABLES / "bias_adjustment.csv" if MAPPED and ALL_LEARNERS else [],
        checks=TABLES / "predictive_checks.csv",
        applicability=TABLES / "applicable_area.csv" if ALL_MAPPED_LEARNERS else [],
        truth=TABLES / "recovery_stocks.csv" if TWIN and MAPPED else [],
        mechanisms=TABLES / "component_control_skill.csv" if CONTROLLED else [],
        changes=TABLES / "transient_changes.csv" if THROUGH_TIME else [],
        claim=TABLES / "transient_claim.csv" if HAS_ALL_MINUS_STATIC and THROUGH_TIME else [],
    output:
        SUMMARY,
    log:
        LOGS / "summary.log",
    benchmark:
        BENCHMARKS / "summary.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["summary"],
        run={
            "dataset": config["dataset"],
            "synthetic": TWIN,
            "structure": get_structure(config["structure"]).description,
            "error_model": config["assimilation"]["likelihood"]["error_model"],
            "sampler": config["assimilation"]["sampler"],
            "seed": config["seed"],
            "resolution": config["region"]["resolution"],
        },
        figures=FIRST_FIGURES,
    script:
        "../scripts/summary.py"
