"""Data assimilation as a user runs it: on a tiny twin, interrupted, with faulty data."""

import shutil
import subprocess
import time

import netCDF4
import numpy as np
import pandas as pd
import psutil
import pytest

from workflow_runs import as_if_made, command, planned, snakemake, tiny_twin_config

pytestmark = pytest.mark.workflow

N = 8
# Short, and yet so long that a job of all profiles can be killed after its first.
SITE = {"test_steps": 4_000, "steps": 12_000, "draws": 20}
ONE_BATCH = {"test_steps": 200, "steps": 400, "draws": 20}
WALK = {"preset": "study", "sampler": "adaptive-metropolis", "chains": 3}


def read(path):
    """All values of a file of results."""
    with netCDF4.Dataset(path) as file:
        file.set_auto_mask(False)
        return {
            name: list(variable[:]) if variable.dtype is str else variable[...].tobytes()
            for name, variable in file.variables.items()
        }


def results(folder):
    """All values of the results of a run, by file."""
    folder = folder / "results" / "twin"
    files = [folder / "assimilation" / f"{name}.nc" for name in ("site_posteriors", "one_batch")]
    values = {path.name: read(path) for path in files}
    for table in (folder / "tables").glob("assimilation_*.csv"):
        values[table.name] = table.read_text()
    return values


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """A tiny twin and its inputs: (folder, configuration)."""
    folder = tmp_path_factory.mktemp("twin")
    config = tiny_twin_config(folder, N)
    config["assimilation"] = WALK | {
        "profiles_per_job": 50,
        "site": SITE,
        "one_batch": ONE_BATCH,
    }
    run = snakemake(folder, config, "--", "observations", "site_forcing")
    assert run.returncode == 0, run.stderr
    return folder, config


@pytest.fixture(scope="module")
def batch(inputs, tmp_path_factory):
    """All profiles in one job: (folder, configuration)."""
    return run_copy(inputs, tmp_path_factory.mktemp("batch"))


def copy_of(inputs, folder, **changes):
    """The inputs, ready to go on in another folder with other settings."""
    source, config = inputs
    shutil.copytree(source, folder, dirs_exist_ok=True)
    return folder, config | {"assimilation": config["assimilation"] | changes}


def run_copy(inputs, folder, *arguments, **changes):
    folder, config = copy_of(inputs, folder, **changes)
    run = snakemake(folder, config, *arguments, "--", "assimilation")
    assert run.returncode == 0, run.stderr
    return folder, config


# --- results -------------------------------------------------------------------------------------


def test_every_profile_has_a_result_and_the_ledger_adds_up(batch):
    tables = batch[0] / "results" / "twin" / "tables"
    profiles = pd.read_csv(tables / "assimilation_profiles.csv")
    assert len(profiles) == N and (profiles["status"] == "fitted").all()
    ledger = pd.read_csv(tables / "assimilation_ledger.csv", index_col="outcome")["profiles"]
    parts = [name for name in ledger.index if name.startswith(("not fitted", "excluded", "used"))]
    assert ledger[parts].sum() == ledger["profiles"] == N
    jobs = batch[0] / "results" / "twin" / "assimilation" / "jobs"
    assert list(jobs.rglob("*.nc")) == [jobs / "000000" / f"000000-{N - 1:06d}.nc"]


def test_profiles_alone_on_one_core_are_bit_identical_to_a_batch_on_two(inputs, batch, tmp_path):
    changes = {"profiles_per_job": 1, "profiles_per_folder": 3}
    folder, _ = run_copy(inputs, tmp_path, "--cores", "1", **changes)
    jobs = folder / "results" / "twin" / "assimilation" / "jobs"
    found = [path.relative_to(jobs).as_posix() for path in sorted(jobs.rglob("*.nc"))]
    assert found == [f"{i // 3 * 3:06d}/{i:06d}-{i:06d}.nc" for i in range(N)]
    assert results(folder) == results(batch[0])


def test_a_second_run_has_nothing_to_do(batch):
    assert planned(*batch, "assimilation") == set()


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        ({"acceptance_window": [0.1, 0.6]}, {"gather", "assimilation_tables"}),
        ({"exclude_flags": ["not_certified"]}, {"assimilation_tables"}),
        ({"site": SITE | {"draws": 10}}, {"assimilate", "gather", "assimilation_tables"}),
        ({"one_batch": ONE_BATCH | {"steps": 500}}, {"one_batch"}),
    ],
)
def test_a_changed_key_reruns_what_depends_on_it_and_no_more(batch, change, rules):
    folder, config = batch
    config = config | {"assimilation": config["assimilation"] | change}
    assert planned(folder, config, "assimilation") - {"assimilation", "total"} == rules


# --- faults --------------------------------------------------------------------------------------


def test_an_absurd_profile_gets_its_flag_and_does_not_disturb_the_others(inputs, batch, tmp_path):
    folder, config = copy_of(inputs, tmp_path)
    observations = folder / "results" / "twin" / "assimilation" / "observations.nc"
    with netCDF4.Dataset(observations, "a") as file:
        ends = np.cumsum(file["row_size"][:])
        for name in ("value", "sigma"):
            file[name][: ends[0]] = 1e6 * file[name][: ends[0]]
        file["value"][ends[0]] = np.nan
    as_if_made(observations)
    run = snakemake(folder, config, "--", "assimilation_tables")
    assert run.returncode == 0, run.stderr
    name = "results/twin/tables/assimilation_profiles.csv"
    tables = [pd.read_csv(path / name, dtype={"reason": str}) for path in (folder, batch[0])]
    assert tables[0].loc[0, "status"] == "fitted" and tables[0].loc[0, "negative_r2"] == 1
    assert tables[0].loc[1, "status"] == "invalid_observations"
    assert "finite values" in tables[0].loc[1, "reason"]
    # A column of whole numbers is read as such only where no profile lacks one.
    pd.testing.assert_frame_equal(tables[0][2:], tables[1][2:], check_dtype=False)


def test_a_killed_run_leaves_nothing_half_and_can_be_continued(inputs, batch, tmp_path):
    folder, config = copy_of(inputs, tmp_path)
    head = subprocess.Popen(
        command(folder, config, "--", "assimilation"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    results_folder = folder / "results" / "twin"
    log = results_folder / "logs" / "assimilate" / "000000" / f"000000-{N - 1:06d}.log"
    deadline = time.monotonic() + 100
    while not (log.exists() and f"1 of {N}: profile" in log.read_text()):
        assert head.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    for process in [*psutil.Process(head.pid).children(recursive=True), psutil.Process(head.pid)]:
        process.kill()
    assert head.wait() != 0
    jobs = results_folder / "assimilation" / "jobs"
    assert [path for path in jobs.rglob("*.nc") if not path.name.startswith(".")] == []
    assert not (results_folder / "assimilation" / "site_posteriors.nc").exists()
    unlock = snakemake(folder, config, "--unlock")
    assert unlock.returncode == 0, unlock.stderr
    run = snakemake(folder, config, "--", "assimilation")
    assert run.returncode == 0, run.stderr
    assert results(folder) == results(batch[0])
