# The figures of the paper, and maps of the predicted parameters; each as png and pdf.
#
# out, below figures/: figure_1 ... figure_5, figure_s1 ... figure_s6, training, <learner>_parameters
#      below tables/: regions.csv, with a key evaluation.regions

from proda.parameters.methods import NEURAL_NETWORK, SITE_BY_SITE

FIGURES = RESULTS / "figures"
REGIONS = config["evaluation"]["regions"]
# Methods whose maps are means of several draws; a single draw has no spread to show.
UNCERTAIN = PLAN.uncertain


rule figures:
    input:
        FIGURES / "figure_1.png",
        FIGURES / "figure_2.png",
        FIGURES / "figure_3.png",
        FIGURES / "figure_4.png",
        FIGURES / "figure_5.png" if VEGETATION else [],
        FIGURES / "figure_s1.png",
        FIGURES / "figure_s2.png",
        FIGURES / "figure_s3.png" if REGIONS else [],
        FIGURES / "figure_s4.png" if UNCERTAIN else [],
        FIGURES / "figure_s5.png",
        FIGURES / "figure_s6.png" if NEURAL_NETWORK.name in LEARNERS else [],
        FIGURES / "training.png" if NEURAL_NETWORK.name in LEARNERS else [],
        expand(FIGURES / "{learner}_parameters.png", learner=MAPPED_LEARNERS),


rule figure_1:
    input:
        region=POLYGON,
    output:
        report(
            FIGURES / "figure_1.png",
            caption="../report/figure_1.rst",
            category="Model",
        ),
        pdf("figure_1"),
    log:
        LOGS / "figure_1.log",
    benchmark:
        BENCHMARKS / "figure_1.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["figure_1"],
    script:
        "../scripts/figure_1.py"


rule figure_2:
    input:
        **PAIRS,
        labels=LABELS,
        cells=INPUTS / "cells.nc",
        region=POLYGON,
    output:
        report(
            FIGURES / "figure_2.png",
            caption="../report/figure_2.rst",
            category="Results",
            subcategory="Figures",
        ),
        pdf("figure_2"),
    log:
        LOGS / "figure_2.log",
    benchmark:
        BENCHMARKS / "figure_2.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["figure_2"],
        methods=METHODS_USED,
    script:
        "../scripts/figure_2.py"


rule figure_3:
    input:
        **GRIDS,
        labels=LABELS,
        sites=PROJECTION / f"{SITE_BY_SITE.name}_sites.nc",
        profiles=EVALUATION / "profiles.csv",
        cells=INPUTS / "cells.nc",
        region=POLYGON,
        references=REFERENCES,
        applicable=LEARNING / "applicability.nc" if ALL_MAPPED_LEARNERS else [],
    output:
        report(
            FIGURES / "figure_3.png",
            caption="../report/figure_3.rst",
            category="Results",
            subcategory="Figures",
        ),
        pdf("figure_3"),
    log:
        LOGS / "figure_3.log",
    benchmark:
        BENCHMARKS / "figure_3.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["figure_3"],
        methods=MAPPED,
    script:
        "../scripts/figure_3.py"


rule figure_4:
    input:
        table=TABLES / "table_s3.csv",
        labels=LABELS,
    output:
        report(
            FIGURES / "figure_4.png",
            caption="../report/figure_4.rst",
            category="Results",
            subcategory="Figures",
        ),
        pdf("figure_4"),
    log:
        LOGS / "figure_4.log",
    benchmark:
        BENCHMARKS / "figure_4.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["figure_4"],
    script:
        "../scripts/figure_4.py"


rule figure_5:
    input:
        table=TABLES / "vegetation.csv",
        labels=LABELS,
    output:
        report(
            FIGURES / "figure_5.png",
            caption="../report/figure_5.rst",
            category="Results",
            subcategory="Figures",
        ),
        pdf("figure_5"),
    log:
        LOGS / "figure_5.log",
    benchmark:
        BENCHMARKS / "figure_5.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["figure_5"],
    script:
        "../scripts/figure_5.py"


rule figure_s1:
    output:
        report(
            FIGURES / "figure_s1.png",
            caption="../report/figure_s1.rst",
            category="Model",
        ),
        pdf("figure_s1"),
    log:
        LOGS / "figure_s1.log",
    benchmark:
        BENCHMARKS / "figure_s1.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["figure_s1"],
        structure=config["structure"],
    script:
        "../scripts/figure_s1.py"


rule figure_s2:
    input:
        source=INPUTS / "profiles.csv",
        profiles=EVALUATION / "profiles.csv",
        cells=INPUTS / "cells.nc",
        region=POLYGON,
    output:
        report(
            FIGURES / "figure_s2.png",
            caption="../report/figure_s2.rst",
            category="Results",
            subcategory="Figures",
        ),
        pdf("figure_s2"),
    log:
        LOGS / "figure_s2.log",
    benchmark:
        BENCHMARKS / "figure_s2.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["figure_s2"],
    script:
        "../scripts/figure_s2.py"


rule figure_s3:
    input:
        **PAIRS,
        labels=LABELS,
        cells=INPUTS / "cells.nc",
        region=POLYGON,
        # Given by the user, and compared by its content.
        regions=[ancient(str(file)) for file in outline_files(REGIONS["file"])] if REGIONS else [],
    output:
        figure=report(
            FIGURES / "figure_s3.png",
            caption="../report/figure_s3.rst",
            category="Results",
            subcategory="Figures",
        ),
        figure_pdf=pdf("figure_s3"),
        table=report(
            TABLES / "regions.csv",
            caption="../report/regions.rst",
            category="Results",
            subcategory="Tables",
        ),
    log:
        LOGS / "figure_s3.log",
    benchmark:
        BENCHMARKS / "figure_s3.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["figure_s3"],
        methods=METHODS_USED,
        regions=REGIONS,
    script:
        "../scripts/figure_s3.py"


rule figure_s4:
    input:
        **{f"grid_{method}": PROJECTION / f"{method}_grid.nc" for method in UNCERTAIN},
        labels=LABELS,
        cells=INPUTS / "cells.nc",
        region=POLYGON,
        applicable=LEARNING / "applicability.nc" if ALL_MAPPED_LEARNERS else [],
    output:
        report(
            FIGURES / "figure_s4.png",
            caption="../report/figure_s4.rst",
            category="Results",
            subcategory="Figures",
        ),
        pdf("figure_s4"),
    log:
        LOGS / "figure_s4.log",
    benchmark:
        BENCHMARKS / "figure_s4.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["figure_s4"],
        methods=UNCERTAIN,
    script:
        "../scripts/figure_s4.py"


rule figure_s5:
    input:
        posteriors=ASSIMILATION / "site_posteriors.nc",
        one_batch=DRAWS.get(ONE_BATCH.name, []),
        profiles=EVALUATION / "profiles.csv",
        labels=LABELS,
        cells=INPUTS / "cells.nc",
        network=DRAWS.get(NEURAL_NETWORK.name, []),
    output:
        report(
            FIGURES / "figure_s5.png",
            caption="../report/figure_s5.rst",
            category="Results",
            subcategory="Figures",
        ),
        pdf("figure_s5"),
    log:
        LOGS / "figure_s5.log",
    benchmark:
        BENCHMARKS / "figure_s5.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["figure_s5"],
        structure=config["structure"],
    script:
        "../scripts/figure_s5.py"


rule figure_s6:
    input:
        posteriors=ASSIMILATION / "site_posteriors.nc",
        profiles=EVALUATION / "profiles.csv",
        labels=LABELS,
        network=RESULTS / NEURAL_NETWORK.draws_file,
    output:
        report(
            FIGURES / "figure_s6.png",
            caption="../report/figure_s6.rst",
            category="Results",
            subcategory="Figures",
        ),
        pdf("figure_s6"),
    log:
        LOGS / "figure_s6.log",
    benchmark:
        BENCHMARKS / "figure_s6.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["figure_s6"],
        structure=config["structure"],
    script:
        "../scripts/figure_s6.py"


rule training:
    input:
        LEARNING / NEURAL_NETWORK.name / "training.nc",
    output:
        report(
            FIGURES / "training.png",
            caption="../report/training.rst",
            category="Parameters",
        ),
        pdf("training"),
    log:
        LOGS / "training.log",
    benchmark:
        BENCHMARKS / "training.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["training"],
    script:
        "../scripts/training.py"


rule parameter_maps:
    input:
        draws=lambda wildcards: DRAWS[wildcards.learner],
        cells=INPUTS / "cells.nc",
        posteriors=ASSIMILATION / "site_posteriors.nc",
        splits=LEARNING / "splits.csv",
        profiles=INPUTS / "profiles.csv",
        region=POLYGON,
        applicable=LEARNING / "applicability.nc",
    output:
        report(
            FIGURES / "{learner}_parameters.png",
            caption="../report/parameter_maps.rst",
            category="Parameters",
        ),
        pdf("{learner}_parameters"),
    log:
        LOGS / "parameter_maps" / "{learner}.log",
    benchmark:
        BENCHMARKS / "parameter_maps" / "{learner}.tsv"
    wildcard_constraints:
        learner="|".join(MAPPED_LEARNERS) or "none",
    conda:
        ENVIRONMENT
    params:
        code=CODE["parameter_maps"],
        structure=config["structure"],
    script:
        "../scripts/parameter_maps.py"
