"""CPU time and memory of every rule of a run of the workflow, exact to the last moment of a job.

    python benchmarks/rule_costs.py FILE.csv snakemake --cores 2 --configfile C.yaml

runs the command, collects a line for each job in FILE.csv (Snakemake's own benchmarks look at a
job every half minute and miss what comes after the last look), and prints a table by script: jobs,
CPU seconds in all, largest memory of a job, its longest time. The last row is Snakemake itself.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).with_suffix("")
COLUMNS = ["rule", "cpu_s", "memory_kb", "seconds"]


def run(costs: Path, command: list[str]) -> int:
    """Run a command whose jobs write their costs into a file; returns its status."""
    paths = [str(FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(paths),
        "RULE_COSTS": str(costs.resolve()),
    }
    return subprocess.run(command, env=environment, check=False).returncode


def table(costs: Path) -> pd.DataFrame:
    """Costs by rule, the largest first."""
    jobs = pd.read_csv(costs, names=COLUMNS)
    found = jobs.groupby("rule").agg(
        jobs=("rule", "size"),
        cpu_s=("cpu_s", "sum"),
        largest_mb=("memory_kb", lambda values: values.max() / 1024),
        longest_s=("seconds", "max"),
    )
    return found.sort_values("cpu_s", ascending=False)


if __name__ == "__main__":
    target, command = Path(sys.argv[1]), sys.argv[2:]
    status = run(target, command)
    found = table(target)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found.loc["snakemake"] = [1, used.ru_utime + used.ru_stime - found["cpu_s"].sum(), 0, 0]
    print(found.round(1).to_string())
    print(f"in all {used.ru_utime + used.ru_stime:.0f} s of CPU")
    sys.exit(status)
