"""The global study by size: python benchmarks/scale.py --folder F [--profiles N] [--resolution D]

Runs the workflow of config/global_twin.yaml with that many profiles and cells, all rules but the
fits as they are. Fits are measured on one job of 250 profiles. The files of all other jobs get
copies of its posteriors, each profile those of a profile of the same climate (Koppen-Geiger class,
or any where the slice has none), so that gathering and whatever follows find files of their real
size and plausible draws. --learners are those that are trained, in the lengths of that
configuration. The one-batch posterior, whose cost is that of the fits, is left out of the methods;
the draws of random sampling take the same way through all rules.

Prints a table by script (benchmarks/rule_costs.py), which stays in F/costs.csv. With --until a run
stops behind that rule; a second call goes on where the first ended.
"""

import argparse
import sys
from pathlib import Path

import netCDF4
import numpy as np
import rule_costs
import yaml
from _workflow import ROOT

from proda.files import atomic_path
from proda.inference.observations_file import job_files
from proda.parameters.methods import RANDOM_SAMPLING, SITE_BY_SITE

BASE = ROOT / "config" / "global_twin.yaml"
PER_JOB = 250
PER_FOLDER = 1000
CLIMATE = "Climate"


def configure(folder, options):
    """Write the configuration of a size."""
    config = yaml.safe_load(BASE.read_text())
    config["dataset"] = "scale"
    config["twin"]["n_profiles"] = options.profiles
    config["region"]["resolution"] = options.resolution
    config["methods"] = ["default", RANDOM_SAMPLING.name, *options.learners, SITE_BY_SITE.name]
    config["assimilation"]["profiles_per_job"] = PER_JOB
    config["assimilation"]["profiles_per_folder"] = PER_FOLDER
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config, sort_keys=False))
    return path


def snakemake(folder, options, *arguments):
    """Run the workflow; ends the program if it fails."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--directory", str(folder), "--configfile", str(folder / "config.yaml")]
    # Copied posteriors have no record: only times count.
    command += ["--cores", str(options.cores), "--quiet", "rules", "--rerun-triggers", "mtime"]
    status = rule_costs.run(folder / "costs.csv", [*command, *arguments])
    if status:
        sys.exit(f"the workflow failed ({status})")


def fit_slice(folder, options):
    """Files of all jobs, the first of which is fitted and the others are copies of it."""
    results = folder / "results" / "scale"
    observations = results / "assimilation" / "observations.nc"
    files = job_files(results / "assimilation" / "jobs", observations, PER_JOB, PER_FOLDER)
    fitted = files[options.job]
    snakemake(folder, options, "--", str(fitted.relative_to(folder)))
    with netCDF4.Dataset(observations) as file:
        ids, sizes = file["profile_id"][:], file["row_size"][:]
    with netCDF4.Dataset(results / "inputs" / "site_covariates.nc") as file:
        climate = np.asarray(file[CLIMATE][:])
    rng = np.random.default_rng(0)
    of_slice = climate[options.job * PER_JOB :][:PER_JOB]
    for number, path in enumerate(files):
        if path.exists():
            continue
        rows = np.arange(number * PER_JOB, min((number + 1) * PER_JOB, len(ids)))
        chosen = [_like(of_slice, climate[row], rng) for row in rows]
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as temporary:
            _copy(fitted, temporary, np.array(chosen), ids[rows], sizes[rows])


def _like(of_slice, climate, rng):
    """A profile of the slice with that climate, or any."""
    same = np.flatnonzero(of_slice == climate)
    return int(rng.choice(same if same.size else len(of_slice)))


def _copy(source, target, chosen, ids, sizes):
    """Write a job's file with the posteriors of the chosen profiles of another."""
    with netCDF4.Dataset(source) as file, netCDF4.Dataset(target, "w") as out:
        out.setncatts({name: file.getncattr(name) for name in file.ncattrs()})
        for name, dimension in file.dimensions.items():
            out.createDimension(name, len(ids) if name == "profile" else len(dimension))
        for name, variable in file.variables.items():
            texts = {key: variable.getncattr(key) for key in variable.ncattrs()}
            fill = texts.pop("_FillValue", None)
            compressed = {"zlib": True, "complevel": 1} if name == "theta" else {}
            copy = out.createVariable(
                name, variable.dtype, variable.dimensions, fill_value=fill, **compressed
            )
            copy.setncatts(texts)
            values = variable[:]
            copy[:] = values[chosen] if variable.dimensions[:1] == ("profile",) else values
        out["profile_id"][:], out["row_size"][:] = ids, sizes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True, help="where the run is kept")
    parser.add_argument("--profiles", type=int, default=12_000)
    parser.add_argument("--resolution", type=float, default=1.5, help="degrees")
    parser.add_argument("--learners", nargs="*", default=["random_forest"])
    parser.add_argument("--job", type=int, default=0, help="number of the job that is fitted")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--until", help="rule behind which the run stops")
    options = parser.parse_args()

    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    configure(folder, options)
    snakemake(folder, options, "--until", "observations", "site_covariates")
    fit_slice(folder, options)
    snakemake(folder, options, *(["--until", options.until] if options.until else []))
    print(rule_costs.table(folder / "costs.csv").round(1).to_string())


if __name__ == "__main__":
    main()
