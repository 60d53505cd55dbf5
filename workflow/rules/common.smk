# For all rules: the validated configuration, paths, and the environment of the jobs.

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow"))

from proda.config.validation import validate_config
from proda.config.arguments import with_arguments
from proda.config.file import check_config_file
from proda.config.plan import Plan, without_covariates
from proda.errors import InputError
from proda.jobs import share_library
from proda.parameters.methods import ONE_BATCH, blocked_names, draws_files
from proda.report import escape_report
from proda.workflow_state.environment import check_path, check_temporary, with_local_paths
from proda.workflow_state.planning import guard
from proda.workflow_state.sources import code_digests, pinned_versions

share_library()
escape_report()

try:
    for path in workflow.configfiles:
        check_config_file(path)
    config = validate_config(with_arguments(config, workflow.config_settings.config))
    config = with_local_paths(config)
    check_path("folder of the workflow", workflow.basedir)
    check_path("working directory", os.getcwd(), forbidden="\\")
    check_temporary()
    PLAN = Plan(config)
    PLAN.require_possible()
except InputError as error:
    raise WorkflowError(str(error)) from None

# Digests of the code that the rules use, their parameter `code`: results are made again when it
# changes. Only downloads do without, which compare what they fetched by themselves.
SCRIPTS = {path.stem: path for path in (Path(workflow.basedir) / "workflow/scripts").glob("*.py")}
CODE = code_digests(
    SCRIPTS,
    pinned=(
        pinned_versions(Path(workflow.basedir) / "envs" / "requirements.lock")
        if "conda" in map(str, workflow.deployment_settings.deployment_method)
        else None
    ),
)

RESULTS = Path("results") / config["dataset"]
LOGS = RESULTS / "logs"
BENCHMARKS = RESULTS / "benchmarks"
ROOT = Path(os.path.relpath(workflow.basedir))
RESOURCES = ROOT / "workflow" / "proda" / "resources"
# Snakemake looks this up from the folder of the rule file.
ENVIRONMENT = "../../envs/environment.yaml"

# The methods of the run; jobs of others are never planned.
METHODS_USED = PLAN.methods
LEARNERS = PLAN.learners
# Those that predict soil carbon itself, and have no parameters.
DIRECT_LEARNERS = PLAN.direct_learners
ALL_LEARNERS = PLAN.all_learners
# Learners that are mapped: with covariates of profiles only there is no map.
MAPPED_LEARNERS = PLAN.mapped_learners
ALL_MAPPED_LEARNERS = PLAN.all_mapped_learners
MAPPED = PLAN.mapped
OMITTED = list(without_covariates(PLAN))
BLOCKED_USED = PLAN.blocked
# Their files of draws, and those that have draws of parameters.
DRAWS = {name: RESULTS / path for name, path in draws_files(METHODS_USED + BLOCKED_USED).items()}
PARAMETRIC = PLAN.parametric
# Methods with a map and parameters: the land model's own carbon comes without any.
WITH_PARAMETERS = PLAN.mapped_with_parameters


# Priorities of what most other jobs wait for, and of what is the longest job of many runs: with
# these first, no core waits for work at the beginning, and one batch does not end alone.
ON_LONGEST_PATH, LONGEST_JOB = 1, 2


def pdf(name):
    """The figure of this name as PDF, if the configuration asks for it."""
    return RESULTS / "figures" / f"{name}.pdf" if config["figures"]["pdf"] else []
