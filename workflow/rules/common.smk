# For all rules: the validated configuration, paths, and the environment of the jobs.

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(workflow.basedir) / "workflow"))

from proda.config import validate_config
from proda.errors import InputError
from proda.inference.observations_file import profile_count
from proda.jobs import share_library

share_library()

try:
    config = validate_config(config)
except InputError as error:
    raise WorkflowError(str(error)) from None

RESULTS = Path("results") / config["dataset"]
LOGS = RESULTS / "logs"
BENCHMARKS = RESULTS / "benchmarks"
ROOT = Path(os.path.relpath(workflow.basedir))
RESOURCES = ROOT / "resources"
# Snakemake looks this up from the folder of the rule file.
ENVIRONMENT = "../../envs/environment.yaml"


def assimilation_jobs(wildcards):
    """Results of all site-by-site jobs, once the number of profiles is known."""
    n = profile_count(checkpoints.observations.get().output[0])
    per_job = config["assimilation"]["profiles_per_job"]
    return [
        RESULTS / "assimilation" / "jobs" / f"{first:06d}-{min(first + per_job, n) - 1:06d}.nc"
        for first in range(0, n, per_job)
    ]
