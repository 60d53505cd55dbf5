"""What data assimilation costs: python benchmarks/assimilation.py [--json] [--data FOLDER]

On synthetic profiles (benchmarks/_profiles.py), or the first of a finished run of a dataset
(``--data results/twin``): seconds per profile, effective sample sizes and convergence of both
random walks at the study's settings, 3 chains x (20,000 + 30,000); seconds and certificates of
trajectories; total CPU seconds of jobs of 1, 10 and 100 profiles by trajectories, start-up
included; the one-batch random walk, whose cost must depend on the number of forcing cells only; and
the certified one batch (``--certified-batch`` runs only this): its run, and value and gradient for
1, 10 and 100 times as many profiles, from which the time of so many is extrapolated. Minimum and
median of repeats, so that other load is visible.

    python benchmarks/assimilation.py --data FOLDER --slice 2000

times trajectories alone, on so many profiles spread evenly over those of the data, of which only
observations and forcing are needed (twin.n_profiles sets the size of a twin; targets
assimilation/observations.nc and inputs/site_forcing.nc).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import netCDF4
import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from _profiles import MODEL, draw_forcing, draw_theta

from proda.config.sections.assimilation import ASSIMILATION_PRESETS, AssimilationSettings
from proda.data.forcing import load_site_forcing
from proda.inference.batch_lanes import batch_lanes, batch_value_and_gradient
from proda.inference.convergence import diagnose
from proda.inference.horizon_lanes import ErrorSettings
from proda.inference.likelihoods import ERROR_MODELS
from proda.inference.metropolis import run_chain
from proda.inference.metropolis_settings import PRESETS
from proda.inference.observations import Observations, depth_weights, interpolation_matrix
from proda.inference.observations_file import FIELDS, open_observations
from proda.inference.one_batch import run_one_batch
from proda.inference.options import ONE_BATCH_STAGES, make_options, sampler_settings
from proda.inference.site import SiteOptions, run_chains
from proda.inference.site_group import TOGETHER, Site, assimilate_site, assimilate_sites
from proda.inference.targets import batch_target, to_theta
from proda.model import AnnualForcing

WORKFLOW = Path(__file__).parents[1] / "workflow"
TARGETS = {"seconds_per_profile": 0.30, "job_of_one_cpu_seconds": 2.0, "one_batch_seconds": 300.0}
STUDY_PROFILES = 25_444
ONE_BATCH = PRESETS["adaptive-metropolis"]._replace(
    test_steps=50_000, steps=200_000, tempered_stages=ONE_BATCH_STAGES
)
JOB_SIZES = (1, 10, 100)
BATCH_SIZES = (1, 10, 100)
CELLS = 20


def synthetic(n):
    """Observations and forcing of n profiles: draws of the prior with 30 % noise."""
    seen, columns = [], []
    for i in range(n):
        rng = np.random.default_rng([20200601, i])
        forcing = draw_forcing(rng)
        columns.append(forcing)
        depth = np.sort(rng.uniform(0.02, 1.0, rng.integers(3, 9)) * rng.uniform(0.5, 2.0))
        operator = interpolation_matrix(MODEL.grid.node, depth)
        soc = MODEL.soc(MODEL.steady_state(draw_theta(rng)[None], forcing))[0]
        positive = interpolation_matrix(MODEL.grid.node, depth, "linear") @ soc
        value = positive * np.maximum(1.0 + 0.3 * rng.standard_normal(len(depth)), 0.05)
        seen.append(Observations(operator, value, 0.3 * value, depth_weights(depth)))
    names = ("npp_min", "npp_max", "active_layer_depth", "soil_temperature", "soil_water_potential")
    rows = {name: np.concatenate([getattr(f, name) for f in columns]) for name in names}
    return seen, AnnualForcing(**rows)


def measured(folder, n):
    """Observations and forcing of the first n profiles of a finished run; of all with None."""
    with open_observations(folder / "assimilation" / "observations.nc") as reader:
        seen = [reader.observations(i) for i in range(len(reader))][:n]
    return seen, load_site_forcing(folder / "inputs" / "site_forcing.nc", 0, len(seen))[1]


def spread(folder, n):
    """Observations and columns of n profiles, evenly among those of a run."""
    with open_observations(folder / "assimilation" / "observations.nc") as reader:
        places = np.linspace(0, len(reader) - 1, min(n, len(reader))).round().astype(int)
        seen = [reader.observations(int(i)) for i in places]
    forcing = load_site_forcing(folder / "inputs" / "site_forcing.nc")[1]
    return seen, MODEL.columns(forcing)[places]


def time_sampler(preset, observations, columns):
    """Convergence and cost of one sampler on all profiles."""
    options = SiteOptions(PRESETS[preset], seed=2020, chains=3)
    steps = options.sampler.steps
    sampling, whole, sizes, rhats = [], [], [], []
    for i, (seen, column) in enumerate(zip(observations, columns, strict=True)):
        start = process_time()
        chains = run_chains(MODEL, f"p{i}", column, seen, options)
        sampling.append(process_time() - start)
        draws = np.stack([chain.draws for chain in chains])[:, steps // 2 :]
        judged = diagnose(to_theta(draws, options.sampler.transformed))
        sizes.append(judged.ess_bulk)
        rhats.append(judged.rhat)
        start = process_time()
        assimilate_site(MODEL, Site(f"p{i}", lambda c=column: c, lambda s=seen: s), options)
        whole.append(process_time() - start)
    min_ess = np.array(sizes).min(axis=1)
    rhat = np.array(rhats)
    return {
        "cpu_seconds_per_profile": {
            "median": round(median(whole), 3),
            "min": round(min(whole), 3),
            "of_it_chains_median": round(median(sampling), 3),
        },
        "cpu_seconds_per_1000_effective_draws": {
            "of_the_worst_parameter": round(1000.0 * sum(sampling) / float(min_ess.sum()), 1),
            "of_all_parameters": round(1000.0 * sum(sampling) / float(np.mean(sizes, 1).sum()), 2),
        },
        "median_of_min_ess": round(float(np.median(min_ess)), 0),
        "fraction_of_pairs_rhat_below_1.01": round(float((rhat < 1.01).mean()), 4),
        "fraction_of_pairs_rhat_below_1.05": round(float((rhat < 1.05).mean()), 4),
        "fraction_of_profiles_all_below_1.05": round(float((rhat < 1.05).all(axis=1).mean()), 4),
        "study_hours_on_2_cores": round(STUDY_PROFILES * median(whole) / 2 / 3600, 2),
    }


def time_trajectories(observations, columns, kind):
    """Cost and certificates of trajectories, all profiles in one job, under a preset's errors."""
    settings = asdict(ASSIMILATION_PRESETS["study" if kind == "relative" else "recommended"])
    options = make_options(sampler_settings(settings)["site"], 2020)
    sites = [
        Site(f"p{i}", lambda c=column: c, lambda s=seen: s)
        for i, (seen, column) in enumerate(zip(observations, columns, strict=True))
    ]
    next(assimilate_sites(MODEL, sites[:1], options))  # compiles
    found, by_group, spent = [], [], 0.0
    for first in range(0, len(sites), TOGETHER):
        group = sites[first : first + TOGETHER]
        start = process_time()
        found += [posterior.values for _, posterior in assimilate_sites(MODEL, group, options)]
        seconds = process_time() - start
        by_group.append(seconds / len(group))
        spent += seconds
    seconds = spent / len(sites)
    fitted = [values for values in found if values]
    return {
        "cpu_seconds_per_profile": round(seconds, 3),
        "of_groups": {
            "profiles": TOGETHER,
            "min": round(min(by_group), 3),
            "median": round(median(by_group), 3),
            "max": round(max(by_group), 3),
        },
        "fraction_fitted": round(len(fitted) / len(found), 4),
        "fraction_certified": round(sum(v["certified"] for v in fitted) / len(found), 4),
        "median_draws_per_chain": median(v["draws_per_chain"] for v in fitted),
        "study_minutes_on_2_cores": round(STUDY_PROFILES * seconds / 2 / 60, 1),
    }


JOB = """
import sys
from proda.inference.job import run_job
from proda.inference.options import make_options
from proda.model import MatrixModel
settings = {"sampler": "hmc", "chains": 4, "draws": 500, "certificate": {}, "budget": 16000,
            "error_model": "lognormal", "relative_error": 0.3, "estimated": True, "spread": 0.35,
            "warm_up": [100, 100, 200], "integration": {}, "searches": 0, "components": 0}
run_job(MatrixModel("clm45-10"), sys.argv[1], sys.argv[2], 0, int(sys.argv[3]), sys.argv[4],
        make_options(settings, 2020), {})
"""


def time_jobs(observations, forcing, repeats):
    """CPU seconds of processes that run a job of n profiles, without what Snakemake adds."""
    table = {}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        paths = write_inputs(folder, observations, forcing)
        for size in (n for n in JOB_SIZES if n <= len(observations)):
            seconds = []
            for _ in range(repeats if size == 1 else 1):
                before = os.times()
                subprocess.run(
                    [sys.executable, "-c", JOB, *paths, str(size), folder / "out.nc"],
                    check=True,
                    env=os.environ | {"PYTHONPATH": str(WORKFLOW)},
                )
                after = os.times()
                seconds.append(
                    after.children_user
                    + after.children_system
                    - before.children_user
                    - before.children_system
                )
            table[size] = {
                "cpu_seconds": round(min(seconds), 2),
                "per_profile": round(min(seconds) / size, 3),
                "study_hours_on_2_cores": round(STUDY_PROFILES * min(seconds) / size / 2 / 3600, 2),
            }
    return table


def write_inputs(folder, observations, forcing):
    """Files of observations and forcing as jobs read them."""
    ids = np.array([f"p{i}" for i in range(len(observations))], dtype=object)
    seen_path, forcing_path = folder / "observations.nc", folder / "forcing.nc"
    with netCDF4.Dataset(seen_path, "w") as file:
        file.createDimension("profile", len(ids))
        file.createDimension("horizon", sum(len(seen.value) for seen in observations))
        file.createDimension("layer", MODEL.grid.n_layers)
        file.createVariable("profile_id", str, ("profile",))[:] = ids
        sizes = file.createVariable("row_size", "i4", ("profile",))
        sizes[:] = [len(seen.value) for seen in observations]
        for name in FIELDS:
            axes = ("horizon", "layer") if name == "operator" else ("horizon",)
            variable = file.createVariable(name, "f8", axes)
            variable[:] = np.concatenate([getattr(seen, name) for seen in observations])
    with netCDF4.Dataset(forcing_path, "w") as file:
        file.structure = MODEL.structure.name
        file.createDimension("profile", len(ids))
        file.createDimension("layer", MODEL.grid.n_layers)
        file.createVariable("profile_id", str, ("profile",))[:] = ids
        for name, values in vars(forcing).items():
            if values is not None:
                axes = ("profile", "layer")[: values.ndim]
                file.createVariable(name, "f8", axes)[:] = values
    return seen_path, forcing_path


def time_one_batch(observations, forcing, data):
    """Time per step for more and more profiles on the same cells; a chain of all profiles."""
    d = len(MODEL.parameters)
    columns = MODEL.columns(forcing)
    short = PRESETS["adaptive-metropolis"]._replace(test_steps=500, steps=2_000)
    by_size = {}
    for times in BATCH_SIZES:
        some, seen = columns[:CELLS], observations[:CELLS]
        target = batch_target(MODEL, np.tile(some, (times, 1, 1)), seen * times)
        run_chain(target, d, short, np.random.default_rng(1))
        seconds = []
        for _ in range(5):
            start = process_time()
            run_chain(target, d, short, np.random.default_rng(1))
            seconds.append(process_time() - start)
        by_size[times * len(seen)] = round(1e6 * min(seconds) / (short.test_steps + short.steps), 1)
    figures = {"cells": min(CELLS, len(observations)), "microseconds_per_step": by_size}
    if data:
        with open_observations(data / "assimilation" / "observations.nc") as reader:
            observations = [reader.observations(i) for i in range(len(reader))]
        columns = MODEL.columns(load_site_forcing(data / "inputs" / "site_forcing.nc")[1])
        target = batch_target(MODEL, columns, observations)
        start, wall = process_time(), perf_counter()
        run_chain(target, d, ONE_BATCH, np.random.default_rng(1))
        figures["chain"] = {
            "profiles": len(observations),
            "cells": len(target.columns),
            "steps": ONE_BATCH.test_steps + ONE_BATCH.steps,
            "cpu_seconds": round(process_time() - start, 1),
            "wall_seconds": round(perf_counter() - wall, 1),
        }
        figures["three_chains_on_2_cores_seconds"] = round(1.5 * figures["chain"]["cpu_seconds"], 1)
    return figures


def time_certified_batch(observations, forcing):
    """The one batch as the workflow runs it, and evaluations with more and more profiles."""
    errors = ErrorSettings(ERROR_MODELS["lognormal"], estimated=True)
    columns = MODEL.columns(forcing)
    by_size = {}
    for times in BATCH_SIZES:
        # As many profiles on the same cells; each with forcing of its own.
        same = np.tile(columns, (times, 1, 1))
        own = same * (1.0 + 1e-9 * np.arange(times).repeat(len(columns)))[:, None, None]
        by_size[times * len(observations)] = {
            name: time_evaluation(batch_lanes(MODEL, several, list(observations) * times, errors))
            for name, several in (("on_the_same_cells", same), ("on_cells_of_their_own", own))
        }
    figures = {"milliseconds_for_4_chains": by_size}
    settings = sampler_settings(asdict(AssimilationSettings()))["one_batch"]
    with tempfile.TemporaryDirectory() as folder:
        paths = write_inputs(Path(folder), observations, forcing)
        start, wall = process_time(), perf_counter()
        run_one_batch(MODEL, *paths, Path(folder) / "out.nc", make_options(settings, 2020), {})
        seconds = {"cpu_seconds": process_time() - start, "wall_seconds": perf_counter() - wall}
        with netCDF4.Dataset(Path(folder) / "out.nc") as file:
            figures["run"] = {name: round(value, 1) for name, value in seconds.items()} | {
                "certified": bool(file.certified),
                "evidence": file.certificate,
                "draws_per_chain": int(file.draws_per_chain),
            }
    first = by_size[len(observations)]
    figures["extrapolated_cpu_seconds"] = {
        size: {
            name: round(figures["run"]["cpu_seconds"] * value / first[name], 0)
            for name, value in cost.items()
        }
        for size, cost in by_size.items()
    }
    return figures


def time_evaluation(target):
    """Milliseconds of value and gradient at four points, the least of several."""
    d = len(MODEL.parameters) + 1
    x = 0.3 * np.random.default_rng(1).standard_normal((d, 4))
    value, gradient = np.empty(4), np.empty((d, 4))
    seconds = []
    for _ in range(6):
        start = process_time()
        batch_value_and_gradient(x, target, value, gradient)
        seconds.append(process_time() - start)
    return round(1e3 * min(seconds[1:]), 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profiles", type=int, default=20, help="that both samplers are timed on")
    parser.add_argument("--repeats", type=int, default=5, help="of the job of one profile")
    parser.add_argument("--data", type=Path, help="finished results of a dataset, as results/twin")
    parser.add_argument("--slice", type=int, help="profiles of the data, by trajectories alone")
    parser.add_argument("--certified-batch", action="store_true", help="time nothing else")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()

    if options.slice:
        observations, columns = spread(options.data, options.slice)
        figures = time_trajectories(observations, columns, "lognormal")
        report({"profiles": len(observations)} | figures | {"machine": describe()}, options.json)
        return 0
    if options.certified_batch:
        some = measured(options.data, None) if options.data else synthetic(options.profiles)
        figures = {"certified_one_batch": time_certified_batch(*some), "machine": describe()}
        report(figures, options.json)
        return 0
    n = max(options.profiles, *JOB_SIZES)
    observations, forcing = measured(options.data, n) if options.data else synthetic(n)
    columns = MODEL.columns(forcing)
    warm = SiteOptions(PRESETS["paper"]._replace(test_steps=200, steps=400))
    for sampler in (warm.sampler, warm.sampler._replace(transformed=True, uniform_test_run=False)):
        settings = SiteOptions(sampler)
        site = Site("warm", lambda: columns[0], lambda: observations[0])
        assimilate_site(MODEL, site, settings)
    chosen = slice(options.profiles)
    figures = {
        "data": str(options.data.name) if options.data else "synthetic",
        "profiles": min(options.profiles, len(observations)),
        "samplers": {
            preset: time_sampler(preset, observations[chosen], columns[chosen])
            for preset in PRESETS
        }
        | {
            f"trajectories, {kind}": time_trajectories(observations[chosen], columns[chosen], kind)
            for kind in ("lognormal", "relative")
        },
        "jobs": time_jobs(observations, forcing, options.repeats),
        "one_batch": time_one_batch(observations, forcing, options.data),
        "certified_one_batch": time_certified_batch(
            *(measured(options.data, None) if options.data else (observations, forcing))
        ),
        "targets": TARGETS,
        "machine": describe(),
    }
    report(figures, options.json)
    return 0


def report(figures, as_json):
    if as_json:
        print(json.dumps(figures, indent=2))
    else:
        show(figures)


def show(figures, indent=0):
    for name, value in figures.items():
        if isinstance(value, dict):
            print(f"{' ' * indent}{name}")
            show(value, indent + 2)
        else:
            print(f"{' ' * indent}{name:{44 - indent}} {value}")


if __name__ == "__main__":
    sys.exit(main())
