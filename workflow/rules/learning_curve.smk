# Skill of the learners against the number of profiles; only with a section `learning.curve` of the
# configuration, since each learner is trained again on every fold for every size.
#
# 1. learning_curve_of_learner    a job per learner
# 2. learning_curve               table and figure
#
# out, below learning/: <learner>/curve.csv
#      below tables/: learning_curve.csv
#      below figures/: learning_curve; as png and pdf

CURVE = config["learning"]["curve"] or {}
CURVED = PLAN.curved


rule learning_curves:
    input:
        TABLES / "learning_curve.csv" if CURVED else [],


rule learning_curve_of_learner:
    input:
        **LEARNING_DATA,
        splits=LEARNING / "splits.csv",
        observations=ASSIMILATION / "observations.nc",
    output:
        LEARNING / "{learner}" / "curve.csv",
    log:
        LOGS / "learning_curve" / "{learner}.log",
    benchmark:
        BENCHMARKS / "learning_curve" / "{learner}.tsv"
    wildcard_constraints:
        learner="|".join(CURVED) or "none",
    conda:
        ENVIRONMENT
    params:
        code=CODE["learning_curve_of_learner"],
        structure=config["structure"],
        seed=config["seed"],
        names=config["covariates"]["names"],
        target=config["learning"]["target"],
        error_model=config["assimilation"]["likelihood"]["error_model"],
        validation_fraction=config["learning"]["validation_fraction"],
        settings=lambda wildcards: config["learning"][wildcards.learner],
        sizes=CURVE.get("sizes"),
        repeats=CURVE.get("repeats"),
    script:
        "../scripts/learning_curve_of_learner.py"


rule learning_curve:
    input:
        curves=expand(LEARNING / "{learner}" / "curve.csv", learner=CURVED),
        labels=LABELS,
    output:
        table=report(
            TABLES / "learning_curve.csv",
            caption="../report/learning_curve.rst",
            category="Results",
            subcategory="Tables",
        ),
        figure=report(
            RESULTS / "figures" / "learning_curve.png",
            caption="../report/learning_curve.rst",
            category="Results",
            subcategory="Figures",
        ),
        figure_pdf=pdf("learning_curve"),
    log:
        LOGS / "learning_curve.log",
    benchmark:
        BENCHMARKS / "learning_curve.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["learning_curve"],
        methods=CURVED,
    script:
        "../scripts/learning_curve.py"
