"""Time and memory of the input stage by number of profiles: python benchmarks/inputs.py [--json]

Runs the workflow itself on one core, on twin worlds of 400, 4,000 and 40,000 profiles. Making the
twin is timed apart. Memory is the largest resident size of any process of the run.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import yaml
from _machine import describe

ROOT = Path(__file__).parents[1]
PROFILES = (400, 4_000, 40_000)
# Their work grows with the number of profiles; that of the other rules with the grid.
OF_PROFILES = ("profiles", "site_forcing", "site_covariates", "sites")


def run(folder, *targets):
    """Seconds, and the largest resident size in MB, of a run of the workflow."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(folder), "--cores", "1", "--quiet", "all"]
    command += ["--configfile", str(folder / "config.yaml"), "--", *targets]
    start = perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"the workflow failed in {folder}")
    return perf_counter() - start, usage.ru_maxrss / 1024


def seconds_of_rules(folder):
    """Seconds of each rule, from its benchmark file."""
    files = (folder / "results" / "twin" / "benchmarks").glob("*.tsv")
    return {path.stem: float(path.read_text().splitlines()[1].split("\t")[0]) for path in files}


def measure(n_profiles):
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    config["twin"]["n_profiles"] = n_profiles
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        twin_s, twin_mb = run(folder, "twin")
        inputs_s, inputs_mb = run(folder, "inputs")
        rules = seconds_of_rules(folder)
    return {
        "profiles": n_profiles,
        "twin_s": round(twin_s, 1),
        "twin_mb": round(twin_mb),
        "inputs_s": round(inputs_s, 1),
        "inputs_mb": round(inputs_mb),
        "rules_of_profiles_s": round(sum(rules[rule] for rule in OF_PROFILES), 1),
        "rules_s": {rule: round(rules[rule], 1) for rule in sorted(rules)},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--profiles", type=int, nargs="+", default=PROFILES)
    options = parser.parse_args()

    figures = {"runs": [measure(n) for n in options.profiles], "machine": describe()}
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    for result in figures["runs"]:
        print(
            f"{result['profiles']:6d} profiles: inputs {result['inputs_s']:.0f} s, "
            f"{result['inputs_mb']} MB (rules of profiles {result['rules_of_profiles_s']:.0f} s); "
            f"twin {result['twin_s']:.0f} s, {result['twin_mb']} MB"
        )


if __name__ == "__main__":
    main()
