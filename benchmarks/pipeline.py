"""The whole workflow by number of profiles: python benchmarks/pipeline.py [--json]

Runs the workflow from raw files to figures on twin worlds of 400, 4,000 and 26,905 profiles (as
many as the study had before it left some out), with 200 profiles per job as in config/conus.yaml;
and plans it with one job per profile. On two cores that takes hours. --shorten 10 gives chains a
tenth of the steps, networks a tenth of the epochs and ensembles a tenth of the networks (at least
one), to which their time is proportional, and changes nothing else. --target stops before the end.
With --folder, runs stay there and are resumed.
"""

import argparse
import json
import re
import tempfile
from pathlib import Path

from _machine import describe
from _workflow import measure_rules, run, twin_config

from proda.config.sections.learning import NetworkOptions
from proda.config.validation import validate_config

PROFILES = (400, 4_000, 26_905)
PROFILES_PER_JOB = 200


def size(folder):
    """Megabytes of all files."""
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6)


def shorten(config, factor):
    """Give chains fewer steps than by default, networks fewer epochs, ensembles fewer networks."""
    section = validate_config(config)["assimilation"]
    for name in ("site", "one_batch"):
        lengths = {step: section[name][step] // factor for step in ("test_steps", "steps")}
        config["assimilation"][name] = section[name] | lengths
    network = NetworkOptions()
    lengths = {name: getattr(network, name) for name in ("epochs", "members", "fold_members")}
    shorter = {name: max(length // factor, 1) for name, length in lengths.items()}
    config["learning"] = {"neural_network": shorter}


def measure(n_profiles, folder, options):
    config = twin_config(n_profiles)
    config["assimilation"] = {"profiles_per_job": PROFILES_PER_JOB}
    if options.shorten > 1:
        shorten(config, options.shorten)
    folder.mkdir(parents=True, exist_ok=True)
    results = folder / "results" / "twin"

    wall_s, max_rss_mb, _ = run(folder, config, *options.target, cores=options.cores)
    rules = measure_rules(results)
    figures = {
        "profiles": n_profiles,
        "shortened": options.shorten,
        "wall_s": round(wall_s),
        "sum_of_jobs_s": round(sum(rule["s"] for rule in rules.values())),
        "max_rss_mb": round(max_rss_mb),
        "results_mb": size(results),
        "snakemake_mb": size(folder / ".snakemake"),
        "rules": rules,
    }
    # Plan what would be left to do now if each profile were a job.
    config["assimilation"]["profiles_per_job"] = 1
    plan_s, plan_mb, output = run(folder, config, options=["--dry-run"])
    jobs = int(re.search(r"^total\s+(\d+)", output, flags=re.MULTILINE)[1])
    plan = {"jobs": jobs, "s": round(plan_s, 1), "max_rss_mb": round(plan_mb)}
    return figures | {"plan_with_a_job_per_profile": plan}


def growth(runs):
    """Of each rule's seconds, from the smallest to the largest run, over that of the profiles."""
    small, large = runs[0], runs[-1]
    ratio = large["profiles"] / small["profiles"]
    return {
        rule: round(measured["s"] / small["rules"][rule]["s"] / ratio, 3)
        for rule, measured in large["rules"].items()
        if rule in small["rules"]
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--profiles", type=int, nargs="+", default=PROFILES)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--shorten", type=int, default=1, metavar="N", help="chains and training")
    parser.add_argument("--target", nargs="*", default=[], help="of the workflow; all by default")
    parser.add_argument("--folder", type=Path, help="where runs are kept")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        folder = (options.folder or Path(name)).resolve()
        runs = [measure(n, folder / str(n), options) for n in sorted(options.profiles)]
    figures = {"runs": runs, "growth": growth(runs), "machine": describe()}
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    for result in runs:
        plan = result["plan_with_a_job_per_profile"]
        print(
            f"{result['profiles']:6d} profiles: {result['wall_s']} s (sum of jobs "
            f"{result['sum_of_jobs_s']} s), largest process {result['max_rss_mb']} MB, "
            f"results {result['results_mb']} MB, .snakemake {result['snakemake_mb']} MB; "
            f"plan of {plan['jobs']} jobs {plan['s']} s, {plan['max_rss_mb']} MB"
        )
    print("seconds by rule and run; growth over that of the profiles")
    for rule, ratio in figures["growth"].items():
        seconds = " ".join(f"{result['rules'][rule]['s']:9.1f}" for result in runs)
        print(f"{rule:24s} {seconds} {ratio:8.3f}")


if __name__ == "__main__":
    main()
