# Which mechanisms govern soil carbon; only with a section `analysis` of the configuration.
#
# 1. site_mechanisms    values of the mechanisms in the posteriors of the sites
# 2. sensitivity        of stock and turnover on the grid: a job per method, then tables and figure
# 3. component_control  stock and skill with one mechanism or parameter held alike: a job per
#                       learner, then tables and figure
# 4. wider_priors       some sites fitted again under wider priors
# 5. identifiability    correlations of the mechanisms at the sites, ranking under other priors
#
# out, below analysis/: site_mechanisms.nc, <method>_sensitivity_<table>.csv,
#      <learner>_control_<table>.csv, wider_priors.nc
#      below tables/: sensitivity.csv, sensitivity_{turnover,parameters,curves}.csv,
#      component_control.csv, component_control_skill.csv, identifiability.csv,
#      mechanisms_at_sites.csv, prior_ranking.csv
#      below figures/: sensitivity, component_control, identifiability; as png and pdf

from proda.parameters.methods import DEFAULT, SITE_BY_SITE

ANALYSIS = RESULTS / "analysis"
ANALYSED = config["analysis"]
# Methods whose parameters vary with place or draw, on the grid.
SENSITIVE = PLAN.sensitive
CONTROLLED = PLAN.controlled
WIDER = ANALYSED["identifiability"]["wider_bounds"] if ANALYSED else []
SENSITIVITY_TABLES = ("stocks", "turnover", "parameters", "curves")


rule analysis:
    input:
        ANALYSIS / "site_mechanisms.nc" if ANALYSED else [],
        TABLES / "sensitivity.csv" if SENSITIVE else [],
        TABLES / "component_control.csv" if CONTROLLED else [],
        TABLES / "identifiability.csv" if ANALYSED else [],


rule site_mechanisms:
    input:
        draws=RESULTS / SITE_BY_SITE.draws_file,
        observations=ASSIMILATION / "observations.nc",
        forcing=INPUTS / "site_forcing.nc",
    output:
        ANALYSIS / "site_mechanisms.nc",
    log:
        LOGS / "site_mechanisms.log",
    benchmark:
        BENCHMARKS / "site_mechanisms.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["site_mechanisms"],
        structure=config["structure"],
        max_draws=ANALYSED and ANALYSED["identifiability"]["max_draws"],
    script:
        "../scripts/site_mechanisms.py"


rule sensitivity_of_method:
    input:
        draws=lambda wildcards: DRAWS[wildcards.method],
        cells=INPUTS / "cells.nc",
        forcing=INPUTS / "grid_forcing.nc",
        sites=ANALYSIS / "site_mechanisms.nc",
        profiles=EVALUATION / "profiles.csv",
    output:
        **{table: ANALYSIS / f"{{method}}_sensitivity_{table}.csv" for table in SENSITIVITY_TABLES},
    log:
        LOGS / "sensitivity" / "{method}.log",
    benchmark:
        BENCHMARKS / "sensitivity" / "{method}.tsv"
    wildcard_constraints:
        method="|".join(SENSITIVE) or "none",
    conda:
        ENVIRONMENT
    params:
        code=CODE["sensitivity_of_method"],
        structure=config["structure"],
        max_draws=ANALYSED and ANALYSED["sensitivity"]["max_draws"],
    script:
        "../scripts/sensitivity_of_method.py"


rule sensitivity:
    input:
        **{
            table: expand(ANALYSIS / f"{{method}}_sensitivity_{table}.csv", method=SENSITIVE)
            for table in SENSITIVITY_TABLES
        },
        labels=LABELS,
    output:
        stocks=report(
            TABLES / "sensitivity.csv",
            caption="../report/sensitivity_table.rst",
            category="Mechanisms",
            subcategory="Tables",
        ),
        turnover=TABLES / "sensitivity_turnover.csv",
        parameters=TABLES / "sensitivity_parameters.csv",
        curves=TABLES / "sensitivity_curves.csv",
        figure=report(
            RESULTS / "figures" / "sensitivity.png",
            caption="../report/sensitivity.rst",
            category="Mechanisms",
            subcategory="Figures",
        ),
        figure_pdf=pdf("sensitivity"),
    log:
        LOGS / "sensitivity.log",
    benchmark:
        BENCHMARKS / "sensitivity.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["sensitivity"],
    script:
        "../scripts/sensitivity.py"


rule control_of_learner:
    input:
        **PAIRS,
        draws=lambda wildcards: DRAWS[wildcards.learner],
        blocks=lambda wildcards: DRAWS[blocked_name(wildcards.learner)],
        posteriors=RESULTS / SITE_BY_SITE.draws_file,
        pooled=DRAWS.get(ONE_BATCH.name, []),
        splits=LEARNING / "splits.csv" if LEARNERS else [],
        observations=ASSIMILATION / "observations.nc",
        site_forcing=INPUTS / "site_forcing.nc",
        cells=INPUTS / "cells.nc",
        forcing=INPUTS / "grid_forcing.nc",
        default=PROJECTION / f"{DEFAULT.name}_grid.nc" if DEFAULT.name in MAPPED else [],
    output:
        stocks=ANALYSIS / "{learner}_control_stocks.csv",
        skill=ANALYSIS / "{learner}_control_skill.csv",
    log:
        LOGS / "component_control" / "{learner}.log",
    benchmark:
        BENCHMARKS / "component_control" / "{learner}.tsv"
    wildcard_constraints:
        learner="|".join(CONTROLLED) or "none",
    conda:
        ENVIRONMENT
    params:
        code=CODE["control_of_learner"],
        structure=config["structure"],
        default=DEFAULT.name if DEFAULT.name in MAPPED else "",
        constants=ANALYSED and ANALYSED["control"]["constants"],
        parameters=ANALYSED and ANALYSED["control"]["parameters"],
        max_draws=ANALYSED and ANALYSED["control"]["max_draws"],
        seed=config["seed"],
        resamples=config["evaluation"]["resamples"],
    script:
        "../scripts/control_of_learner.py"


rule component_control:
    input:
        stocks=expand(ANALYSIS / "{learner}_control_stocks.csv", learner=CONTROLLED),
        skill=expand(ANALYSIS / "{learner}_control_skill.csv", learner=CONTROLLED),
        labels=LABELS,
    output:
        stocks=report(
            TABLES / "component_control.csv",
            caption="../report/component_control_table.rst",
            category="Mechanisms",
            subcategory="Tables",
        ),
        skill=report(
            TABLES / "component_control_skill.csv",
            caption="../report/component_control_skill.rst",
            category="Mechanisms",
            subcategory="Tables",
        ),
        figure=report(
            RESULTS / "figures" / "component_control.png",
            caption="../report/component_control.rst",
            category="Mechanisms",
            subcategory="Figures",
        ),
        figure_pdf=pdf("component_control"),
    log:
        LOGS / "component_control.log",
    benchmark:
        BENCHMARKS / "component_control.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["component_control"],
    script:
        "../scripts/component_control.py"


rule wider_priors:
    input:
        observations=ASSIMILATION / "observations.nc",
        forcing=INPUTS / "site_forcing.nc",
        profiles=EVALUATION / "profiles.csv",
    output:
        ANALYSIS / "wider_priors.nc",
    log:
        LOGS / "wider_priors.log",
    benchmark:
        BENCHMARKS / "wider_priors.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["wider_priors"],
        structure=config["structure"],
        seed=config["seed"],
        settings=SETTINGS["site"],
        factors=WIDER,
        refitted_sites=ANALYSED and ANALYSED["identifiability"]["refitted_sites"],
        max_draws=ANALYSED and ANALYSED["identifiability"]["max_draws"],
    script:
        "../scripts/wider_priors.py"


rule identifiability:
    input:
        wider=ANALYSIS / "wider_priors.nc" if WIDER else [],
        values=ANALYSIS / "site_mechanisms.nc",
        draws=RESULTS / SITE_BY_SITE.draws_file,
        observations=ASSIMILATION / "observations.nc",
        forcing=INPUTS / "site_forcing.nc",
        profiles=EVALUATION / "profiles.csv",
    output:
        correlations=report(
            TABLES / "identifiability.csv",
            caption="../report/identifiability_table.rst",
            category="Mechanisms",
            subcategory="Tables",
        ),
        values=TABLES / "mechanisms_at_sites.csv",
        ranking=report(
            TABLES / "prior_ranking.csv",
            caption="../report/prior_ranking.rst",
            category="Mechanisms",
            subcategory="Tables",
        ),
        figure=report(
            RESULTS / "figures" / "identifiability.png",
            caption="../report/identifiability.rst",
            category="Mechanisms",
            subcategory="Figures",
        ),
        figure_pdf=pdf("identifiability"),
    log:
        LOGS / "identifiability.log",
    benchmark:
        BENCHMARKS / "identifiability.tsv"
    conda:
        ENVIRONMENT
    params:
        code=CODE["identifiability"],
        structure=config["structure"],
        max_draws=ANALYSED and ANALYSED["identifiability"]["max_draws"],
        prior_shapes=ANALYSED and ANALYSED["identifiability"]["prior_shapes"],
        min_effective_draws=ANALYSED and ANALYSED["identifiability"]["min_effective_draws"],
    script:
        "../scripts/identifiability.py"
