"""The global study by size: python benchmarks/scale.py --folder F --posteriors RUN

Runs the workflow of config/global_twin.yaml with --profiles and cells of --resolution, all rules
but the fits as they are. A profile gets the posterior of one of the same climate (Koppen-Geiger
class, or any where there is none) from RUN, the finished results of a smaller run, whose fits have
been measured. Files of all jobs are written with these, so that gathering and whatever follows find
files of their real size and plausible draws. The one-batch posterior, whose cost is that of the
fits, is that of RUN. Of both --site-draws and --one-batch-draws are taken. --learners are those
that are trained. Jobs of a kind differ in little, and many steps are as long as what is asked of
them: --set changes keys of the configuration, such as the number of folds, trees, epochs or draws.

Prints a table by script (benchmarks/rule_costs.py); its lines are in F/costs.csv. --until, --omit
and --keep-going are those of Snakemake; a further call goes on where the one before ended.

    python benchmarks/scale.py --folder F --plan --profiles 120000 --resolution 2

makes the observations alone, and prints what a dry run with profiles/slurm would submit for all
that follows, with the methods of config/global_twin.yaml and 200 members of the bootstrap.
"""

import argparse
import math
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import netCDF4
import numpy as np
import rule_costs
import yaml
from _workflow import ROOT

from proda.files import atomic_path
from proda.inference.observations_file import job_files
from proda.inference.posterior_file import OF_GATHERED
from proda.inference.site import Status
from proda.parameters.methods import ONE_BATCH, RANDOM_FOREST, RANDOM_SAMPLING

BASE = ROOT / "config" / "global_twin.yaml"
DATASET = "scale"
BLOCK = 10  # degrees
PER_JOB = 250
PER_FOLDER = 1000


def configure(folder, options):
    """Write the configuration of a size."""
    config = yaml.safe_load(BASE.read_text())
    config["dataset"] = DATASET
    config["covariates"]["table"] = str(ROOT / config["covariates"]["table"])
    # Blocks of the evaluation hold whole cells.
    blocks = math.ceil(BLOCK / options.resolution) * options.resolution
    config["learning"]["block_size"] = blocks
    config["twin"]["n_profiles"] = options.profiles
    config["region"]["resolution"] = options.resolution
    if options.plan:
        config["analysis"]["bootstrap"]["members"] = 200
    else:
        config.pop("transient", None)  # unless it is asked for with --set
        config["methods"] = ["default", ONE_BATCH.name, RANDOM_SAMPLING.name, *options.learners]
    config["assimilation"]["profiles_per_job"] = PER_JOB
    config["assimilation"]["profiles_per_folder"] = PER_FOLDER
    for setting in options.set:
        change(config, *setting.split("=", 1))
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path


def change(config, key, value):
    """Set a key of the configuration, with a dot before each level: ``learning.folds``."""
    *sections, name = key.split(".")
    for section in sections:
        config = config.setdefault(section, {})
    config[name] = yaml.safe_load(value)


def snakemake(folder, options, *arguments):
    """Run the workflow; returns its status."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(folder), "--configfile", str(folder / "config.yaml")]
    # Copied posteriors have no record: only times count.
    command += ["--cores", str(options.cores), "--quiet", "rules", "--rerun-triggers", "mtime"]
    return rule_costs.run(folder / "costs.csv", [*command, *arguments])


def submissions(plan):
    """Jobs by rule in the text of a dry run, and the number of submissions they make.

    Parameters
    ----------
    plan
        Output of ``snakemake --profile profiles/slurm --dry-run``.
    """
    table = plan.split("Job stats:", 1)[1].split("\n\n", 1)[0]
    jobs = {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", table, re.M)}
    jobs.pop("total")
    jobs.pop("all")  # runs nothing
    groups = Counter(re.findall(r"^(?:\[.*\] )?Group job (\w+)", plan, re.M))
    grouped = sum(count for rule, count in jobs.items() if any(g.startswith(rule) for g in groups))
    return jobs, sum(jobs.values()) - grouped + len(groups)


def print_plan(folder):
    """Print the jobs by rule, and how many submissions they are on a cluster."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(folder), "--configfile", str(folder / "config.yaml")]
    command += ["--profile", str(ROOT / "profiles" / "slurm"), "--rerun-triggers", "mtime"]
    done = subprocess.run([*command, "--dry-run"], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    jobs, count = submissions(done.stdout + done.stderr)
    for rule, number in sorted(jobs.items(), key=lambda row: -row[1]):
        print(f"{rule:<28}{number:>6}")
    print(f"{sum(jobs.values())} jobs in {count} submissions")


def write_posteriors(folder, options):
    """Files of all jobs, with posteriors of another run; those that are there stay."""
    results = folder / "results" / DATASET
    observations = results / "assimilation" / "observations.nc"
    files = job_files(results / "assimilation" / "jobs", observations, PER_JOB, PER_FOLDER)
    with netCDF4.Dataset(observations) as file:
        ids, sizes = file["profile_id"][:], file["row_size"][:]
    given, rng = climate(options.posteriors), np.random.default_rng(0)
    with netCDF4.Dataset(options.posteriors / "assimilation" / "site_posteriors.nc") as source:
        fitted = np.flatnonzero(source["status"][:] == Status.FITTED)
        of_profiles = [like(given[fitted], code, rng) for code in climate(results)]
        chosen, draws = fitted[np.array(of_profiles)], some_draws(source, options.site_draws)
        values = {name: source[name][:] for name in source.variables if name not in OF_GATHERED}
        for number, path in enumerate(files):
            if not path.exists():
                rows = slice(number * PER_JOB, (number + 1) * PER_JOB)
                path.parent.mkdir(parents=True, exist_ok=True)
                with atomic_path(path) as temporary, netCDF4.Dataset(temporary, "w") as out:
                    take(source, values, out, {"profile": chosen[rows], "draw": draws})
                    out["profile_id"][:], out["row_size"][:] = ids[rows], sizes[rows]


def write_one_batch(folder, options):
    """The one-batch posterior of another run; one that is there stays."""
    place = Path("assimilation") / "one_batch.nc"
    target = folder / "results" / DATASET / place
    if not target.exists():
        with netCDF4.Dataset(options.posteriors / place) as source:
            values = {name: source[name][:] for name in source.variables}
            with atomic_path(target) as temporary, netCDF4.Dataset(temporary, "w") as out:
                draws = some_draws(source, options.one_batch_draws)
                take(source, values, out, {"draw": draws})


def some_draws(source, count):
    """At most so many draws of an open file, evenly spaced."""
    draws = len(source.dimensions["draw"])
    return np.linspace(0, draws - 1, min(count, draws)).astype(int)


def take(source, values, out, rows):
    """Copy the variables of an open file, whose values are given, with chosen rows of axes."""
    out.setncatts({name: source.getncattr(name) for name in source.ncattrs()})
    for name, dimension in source.dimensions.items():
        out.createDimension(name, len(rows[name]) if name in rows else len(dimension))
    for name, taken in values.items():
        variable = source[name]
        texts = {key: variable.getncattr(key) for key in variable.ncattrs()}
        fill = texts.pop("_FillValue", None)
        packed = {"zlib": True, "complevel": 1} if name == "theta" else {}
        made = out.createVariable(
            name, variable.dtype, variable.dimensions, fill_value=fill, **packed
        )
        made.setncatts(texts)
        for place, axis in enumerate(variable.dimensions):
            if axis in rows:
                taken = taken.take(rows[axis], axis=place)
        made[:] = taken


def climate(results):
    """Codes of the climate of all profiles of a run."""
    with netCDF4.Dataset(results / "inputs" / "site_covariates.nc") as file:
        return np.asarray(file["Climate"][:])


def like(given, code, rng):
    """Position of a profile of that climate, or of any."""
    same = np.flatnonzero(given == code)
    return int(rng.choice(same if same.size else len(given)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="where the run is kept")
    parser.add_argument("--posteriors", type=Path, help="results of another run")
    parser.add_argument("--plan", action="store_true", help="count the submissions to a cluster")
    parser.add_argument("--profiles", type=int, default=12_000)
    parser.add_argument("--resolution", type=float, default=1.5, help="degrees")
    parser.add_argument("--learners", nargs="*", default=[RANDOM_FOREST.name])
    parser.add_argument("--site-draws", type=int, default=300, help="of each site of RUN")
    parser.add_argument("--one-batch-draws", type=int, default=400, help="of that of RUN")
    parser.add_argument(
        "--set", nargs="+", default=[], metavar="KEY=VALUE", help="such as learning.folds=2"
    )
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--until", nargs="+", default=[], help="rules behind which the run stops")
    parser.add_argument("--omit", nargs="+", default=[], help="rules that are left out")
    parser.add_argument("--keep-going", action="store_true", help="after a job that failed")
    options = parser.parse_args()

    if (options.posteriors is None) != options.plan:
        parser.error("give either --posteriors RUN or --plan")
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    configure(folder, options)
    results = Path("results") / DATASET
    needed = [results / "assimilation" / "observations.nc"]
    if not options.plan:
        needed.append(results / "inputs" / "site_covariates.nc")
    if not all((folder / path).exists() for path in needed):
        status = snakemake(folder, options, "--", *map(str, needed))
        if status:
            sys.exit(f"the workflow failed ({status})")
    if options.plan:
        print_plan(folder)
        return
    options.posteriors = options.posteriors.resolve()
    write_posteriors(folder, options)
    write_one_batch(folder, options)
    ends = ["--keep-going"] if options.keep_going else []
    ends += ["--until", *options.until] if options.until else []
    ends += ["--omit-from", *options.omit] if options.omit else []
    status = snakemake(folder, options, *ends)
    print(rule_costs.table(folder / "costs.csv").round(1).to_string())
    if status:
        sys.exit(f"the workflow failed ({status})")


if __name__ == "__main__":
    main()
