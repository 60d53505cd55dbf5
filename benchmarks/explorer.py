"""Size of the explorer of a finished run, time to make it, and time until it can be used.

    python benchmarks/explorer.py [--results results/twin] [--profiles 25000] [--json]

First the page of the run itself, then that of a made-up run with as many profiles as `--profiles`:
those of the run again and again, their soil carbon, posterior draws and storage multiplied by
random factors, so that they compress no better than others. Maps are those of the run. CPU time
and peak memory are of a process of its own, imports included. `opens_s` is the time from asking a
browser (Chromium without a network; playwright is in the environment of `make test-browser`) for
the file until map, profiles and curves are painted, the median of three; it is left out without
playwright.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time

import netCDF4
import numpy as np
import pandas as pd
import xarray as xr
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.explorer.page import write_explorer
from proda.explorer.run_files import RunFiles
from proda.parameters.methods import METHODS, blocked_names
from proda.resources import resource as of_library
from proda.tables import read_table, write_table

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"]
# Two frames later all that was asked for is on the screen.
PAINTED = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"""
TEXTS = ["profile_id", "status", "role", "vegetation", "horizon_id", "unreadable", "missing_code"]


def files_of(results):
    """Files of a finished run of the conterminous US."""
    results = Path(results)
    names = [*METHODS, *blocked_names(METHODS)]

    def by_name(pattern):
        found = {name: results / pattern.format(name) for name in names}
        return {name: path for name, path in found.items() if path.exists()}

    def given(path):
        return results / path if (results / path).exists() else None

    posteriors = results / "assimilation" / "site_posteriors.nc"
    with netCDF4.Dataset(posteriors) as file:
        structure = str(file.structure)
    return RunFiles(
        structure=structure,
        profiles=results / "inputs" / "profiles.csv",
        ledger=results / "inputs" / "horizons_ledger.csv.gz",
        posteriors=posteriors,
        sites=by_name("projection/{}_sites.nc"),
        evaluated=given("evaluation/profiles.csv"),
        labels=given("evaluation/methods.csv"),
        table_1=given("tables/table_1.csv"),
        region=of_library("conus.geojson"),
        cells=given("inputs/cells.nc"),
        grids=by_name("projection/{}_grid.nc"),
        parameters=by_name("maps/{}_parameters.nc"),
        references=given("inputs/references.nc"),
        applicability=given("learning/applicability.nc"),
        covariates=given("inputs/grid_covariates.nc"),
    )


def scaled_up(files, n, folder, seed=1):
    """The same run with n profiles."""
    rng = np.random.default_rng(seed)
    with netCDF4.Dataset(files.posteriors) as file:
        ids = [str(name) for name in file["profile_id"][:]]
    source = np.arange(n) % len(ids)
    names = np.array([f"{ids[k]}_{i // len(ids)}" for i, k in enumerate(source)], dtype=object)
    repeats = pd.DataFrame({"of": np.array(ids)[source], "profile_id": names})

    for name in ("profiles", "ledger", "evaluated"):
        table = read_table(getattr(files, name), TEXTS).rename(columns={"profile_id": "of"})
        table = repeats.merge(table, on="of", how="left", sort=False).drop(columns="of")
        if name != "ledger":
            table["longitude"] += rng.uniform(-0.4, 0.4, len(table))
            table["latitude"] += rng.uniform(-0.4, 0.4, len(table))
        for column in table:
            if str(column).endswith("_kg_m2") or column == "soc_density":
                table[column] *= rng.lognormal(0, 0.3, len(table))
        write_table(folder / f"{name}.csv", table)
    sites = {}
    for method, path in files.sites.items():
        with xr.open_dataset(path, mask_and_scale=False) as file:
            kept = [name for name in file if str(name).startswith("soc_")]
            data = file[[*kept, "row_size"]].isel(profile=source).load()
        factor = xr.DataArray(rng.lognormal(0, 0.3, (n, data.sizes["layer"])),
                              dims=("profile", "layer"))  # fmt: skip
        for name in kept:
            data[name] = data[name] * factor
        sites[method] = folder / f"{method}.nc"
        data.assign(profile_id=("profile", names)).to_netcdf(sites[method])
    _posteriors(files.posteriors, folder / "posteriors.nc", source, names, rng)
    return replace(
        files, sites=sites, posteriors=folder / "posteriors.nc",
        **{name: folder / f"{name}.csv" for name in ("profiles", "ledger", "evaluated")},
    )  # fmt: skip


def _posteriors(path, target, source, names, rng):
    """Posteriors of more profiles, written piece by piece because of their draws."""
    with netCDF4.Dataset(path) as old, netCDF4.Dataset(target, "w") as new:
        for name, dimension in old.dimensions.items():
            new.createDimension(name, len(names) if name == "profile" else dimension.size)
        for name, variable in old.variables.items():
            made = new.createVariable(name, variable.dtype, variable.dimensions)
            flags = {k: variable.getncattr(k) for k in variable.ncattrs() if k != "_FillValue"}
            made.setncatts(flags)
            if "profile" not in variable.dimensions:
                made[:] = variable[:]
                continue
            values = variable[:]
            for first in range(0, len(names), 2000):
                part = slice(first, first + 2000)
                piece = names[part] if name == "profile_id" else values[source[part]]
                if name == "theta":
                    # Another power of each: draws stay between 0 and 1.
                    power = rng.lognormal(0, 0.3, (len(piece), 1, piece.shape[2]))
                    piece = piece ** power.astype(np.float32)
                made[part] = piece
        new.setncatts({name: old.getncattr(name) for name in old.ncattrs()})


def measure(files, target):
    """CPU time and memory of making the page in this process."""
    write_explorer(files, "benchmark", target)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"cpu_s": round(process_time(), 2), "peak_memory_mb": round(peak)}


def opens(path, times=3):
    """Seconds until the page can be used; None without a browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        taken = []
        for _ in range(times):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            started = perf_counter()
            page.goto(Path(path).as_uri())
            page.wait_for_selector("body[data-ready]", timeout=60_000)
            page.evaluate(PAINTED)
            taken.append(perf_counter() - started)
            page.close()
        browser.close()
    return round(statistics.median(taken), 2)


def in_own_process(results, profiles, folder):
    """Make the page of as many profiles in a new process, and look at it."""
    target = Path(folder) / f"{profiles or 'run'}.html"
    command = [sys.executable, __file__, "--results", results, "--profiles", str(profiles),
               "--only", str(target)]  # fmt: skip
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return {
        "profiles": profiles or "of the run",
        "megabytes": round(target.stat().st_size / 1e6, 2),
        **json.loads(run.stdout),
        "opens_s": opens(target),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--results", default="results/twin")
    parser.add_argument("--profiles", type=int, default=25_000)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if arguments.only:
        files = files_of(arguments.results)
        if arguments.profiles:
            folder = Path(arguments.only).with_suffix("")
            if not folder.exists():
                folder.mkdir()
                scaled_up(files, arguments.profiles, folder)
                # Once more in a process that makes nothing but the page.
                run = subprocess.run([sys.executable, *sys.argv], check=True,
                                     capture_output=True, text=True)  # fmt: skip
                print(run.stdout, end="")
                return
            files = replace(
                files, sites={name: folder / f"{name}.nc" for name in files.sites},
                posteriors=folder / "posteriors.nc", profiles=folder / "profiles.csv",
                ledger=folder / "ledger.csv", evaluated=folder / "evaluated.csv",
            )  # fmt: skip
        print(json.dumps(measure(files, arguments.only)))
        return
    with tempfile.TemporaryDirectory() as folder:
        rows = [in_own_process(arguments.results, n, folder) for n in (0, arguments.profiles)]
    if arguments.json:
        print(json.dumps({"machine": describe(), "pages": rows}, indent=2))
        return
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()))


if __name__ == "__main__":
    main()
