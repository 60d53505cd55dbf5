"""Runs of the workflow for benchmarks, and what they cost."""

import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pandas as pd
import yaml

__all__ = ["measure_rules", "run", "twin_config"]

ROOT = Path(__file__).parents[1]


def twin_config(n_profiles):
    """The default configuration with another number of profiles."""
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    config["twin"]["n_profiles"] = n_profiles
    return config


def run(folder, config, *targets, cores=1, options=()):
    """Seconds, largest resident size in MB of Snakemake or any of its jobs, and its output."""
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(folder), "--configfile", str(path), "--quiet", "rules"]
    command += ["--cores", str(cores), *options, "--", *targets]
    start = perf_counter()
    with open(folder / "snakemake.log", "w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"the workflow failed, see {folder / 'snakemake.log'}")
    return perf_counter() - start, usage.ru_maxrss / 1024, (folder / "snakemake.log").read_text()


def measure_rules(results):
    """Jobs, seconds and largest resident size in MB of each rule, from its benchmark files."""
    folder = results / "benchmarks"
    jobs = {}
    for path in folder.rglob("*.tsv"):
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        jobs.setdefault(rule, []).append(pd.read_csv(path, sep="\t").iloc[0])
    rules = {}
    for rule, measured in sorted(jobs.items()):
        table = pd.DataFrame(measured)
        rules[rule] = {
            "jobs": len(table),
            "s": round(float(table["s"].sum()), 1),
            "longest_s": round(float(table["s"].max()), 1),
            "max_rss_mb": round(float(table["max_rss"].max())),
        }
    return rules
