# PRODA: a process model, Bayesian data assimilation and deep learning, joined to map soil organic
# carbon. `snakemake --cores N` runs everything; config/README.md explains the configuration.

from snakemake.utils import min_version

min_version("9.0")


# The built-in dataset unless the user names a configuration.
if not workflow.config_settings.configfiles:

    configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/raw.smk"
include: "workflow/rules/model.smk"


if TWIN:

    include: "workflow/rules/twin.smk"

else:

    include: "workflow/rules/downloads.smk"


include: "workflow/rules/inputs.smk"
include: "workflow/rules/forcing_series.smk"
include: "workflow/rules/assimilation.smk"
include: "workflow/rules/parameters.smk"
include: "workflow/rules/projection.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/learning_curve.smk"
include: "workflow/rules/processes.smk"
include: "workflow/rules/analysis.smk"
include: "workflow/rules/importance.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/transient.smk"
include: "workflow/rules/explorer.smk"
include: "workflow/rules/catalog.smk"
include: "workflow/rules/summary.smk"


report: "workflow/report/workflow.rst"


rule all:
    default_target: True
    input:
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
        rules.explorer.output,
        rules.catalog.output,
        rules.summary.output,


# Results that are not of this code, configuration and data are made again.
guard(workflow, RESULTS, [f"{each.about}: {each.skipped}" for each in OMITTED])
