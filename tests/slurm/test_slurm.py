"""profiles/slurm on a real SLURM: same results as a local run, whatever is killed on the way."""

import re
import shutil
import subprocess
import time

import netCDF4
import psutil
import pytest

from workflow_runs import ROOT, UNDEMANDING, command, snakemake, tiny_twin_config

pytestmark = pytest.mark.slurm

N, PER_FOLDER = 6, 2
FOLDERS = [f"{first:06d}" for first in range(0, N, PER_FOLDER)]
PROFILE = [
    *("--profile", str(ROOT / "profiles" / "slurm")),
    # This SLURM keeps no accounts; its jobs take seconds, and the executor waits ten more whenever
    # it asked too early.
    *("--slurm-no-account", "--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "6"),
]
POSTERIORS = "results/twin/assimilation/site_posteriors.nc"


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    """Configuration of a tiny twin with a job per profile and a submission per folder."""
    folder = tmp_path_factory.mktemp("region")
    config = tiny_twin_config(folder, N)
    config["assimilation"] = {
        "certificate": UNDEMANDING,
        "profiles_per_folder": PER_FOLDER,
        "site": {"budget": 100, "draws": 20},
        "one_batch": {"budget": 100, "draws": 20},
    }
    return config


@pytest.fixture(scope="module")
def local(config, tmp_path_factory):
    """The folder of a run without SLURM."""
    folder = tmp_path_factory.mktemp("local")
    run = snakemake(folder, config, "--", "assimilation")
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture
def inputs(local, tmp_path):
    """A folder with the inputs of the assimilation; each job through SLURM costs ten seconds."""
    shutil.copytree(local, tmp_path, dirs_exist_ok=True)
    for name in ("assimilation", "figures"):
        shutil.rmtree(tmp_path / "results" / "twin" / name)
    for table in (tmp_path / "results" / "twin" / "tables").iterdir():
        if "covariates.csv" not in table.name:  # made with the inputs
            table.unlink()
    return tmp_path


@pytest.fixture
def before(local, tmp_path):
    """A folder in which no profile has been assimilated yet."""
    shutil.copytree(local, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "results" / "twin" / "assimilation" / "jobs")
    (tmp_path / POSTERIORS).unlink()
    return tmp_path


def values(path):
    """All values and attributes of a file of results."""
    if path.suffix == ".csv":
        return path.read_text()
    with netCDF4.Dataset(path) as file:
        file.set_auto_mask(False)
        variables = {
            name: (
                list(variable[:]) if variable.dtype is str else variable[...].tobytes(),
                {key: str(variable.getncattr(key)) for key in variable.ncattrs()},
            )
            for name, variable in file.variables.items()
        }
        return variables, {key: file.getncattr(key) for key in file.ncattrs()}


def results(folder):
    twin = folder / "results" / "twin"
    paths = [
        *twin.glob("inputs/*.nc"),
        *twin.glob("assimilation/**/*.nc"),
        *twin.glob("tables/[!.]*"),
    ]
    return {path.relative_to(folder): values(path) for path in paths}


@pytest.fixture
def start(config):
    """Starts the head process of a run through SLURM; its output goes to head.txt."""
    heads = {}

    def start(folder, *arguments):
        words = command(folder, config, *PROFILE, *arguments)
        with open(folder / "head.txt", "w") as out:
            head = subprocess.Popen(words, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        heads[head] = folder
        return head

    yield start
    for head, folder in heads.items():
        if head.poll() is None:  # the test has failed
            head.kill()
            for numbers in submissions(folder).values():
                subprocess.run(["scancel", "--quiet", *numbers], check=False)
        head.wait()


def finish(head, folder):
    """Wait for the head to succeed: its submissions."""
    assert head.wait(timeout=600) == 0, (folder / "head.txt").read_text()
    return submissions(folder)


def submissions(folder):
    """Numbers of the SLURM jobs so far, by folder of profiles or rule, first attempts first."""
    output = (folder / "head.txt").read_text()
    jobs = {}
    for number, name in re.findall(r"SLURM jobid (\d+) \(log: .*/(?:group|rule)_([^/]+)/", output):
        name = name.removeprefix("assimilate_").removesuffix("_assimilate")
        jobs.setdefault(name, []).append(number)
    return jobs


def asked_for(number):
    """Processors, memory and minutes that a SLURM job asked for."""
    words = subprocess.check_output(["scontrol", "show", "job", number], text=True)
    found = re.search(r"TimeLimit=(\d+):(\d+):.*TRES=cpu=(\d+),mem=(\w+),", words, re.DOTALL)
    hours, minutes, processors, memory = found.groups()
    return int(processors), memory, 60 * int(hours) + int(minutes)


def wait_for(something, head):
    """What ``something()`` returns, once it does."""
    deadline = time.monotonic() + 300
    while not (found := something()):
        assert head.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    return found


def fitting(number):
    """The process that fits a profile in this SLURM job right now, or None."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or [""]
        if "python" in words[0] and words[-1].endswith("assimilate.py"):
            try:
                if process.environ().get("SLURM_JOB_ID") == number:
                    return process
            except psutil.NoSuchProcess:
                continue
    return None


def test_a_run_through_slurm_is_bit_identical_to_a_local_one(start, local, inputs):
    jobs = finish(start(inputs, "--", "assimilation"), inputs)
    assert {"observations", "one_batch", "gather", "assimilation_tables"} <= jobs.keys()
    assert results(inputs) == results(local)
    # The jobs of a folder, one after the other in one submission with the means of one job.
    assert {name: len(jobs[name]) for name in FOLDERS} == dict.fromkeys(FOLDERS, 1)
    assert {asked_for(jobs[name][0]) for name in FOLDERS} == {(1, "500M", PER_FOLDER + 5)}
    assert "assimilate" not in jobs


def test_jobs_that_die_are_tried_again_with_more_memory(start, local, before):
    starved, killed, cancelled = FOLDERS
    memory = f"(50 if wildcards.folder == '{starved}' else 500) * 10 ** (attempt - 1)"
    resources = [f"assimilate:mem_mb={memory}", "assimilate:runtime=1", "assimilate:in_turn=1"]
    head = start(before, "--set-resources", *resources, "--", POSTERIORS)
    wait_for(lambda: set(FOLDERS) <= set(submissions(before)), head)
    first = {name: numbers[0] for name, numbers in submissions(before).items()}
    for name in (killed, cancelled):
        process = wait_for(lambda number=first[name]: fitting(number), head)
        if name == killed:
            process.kill()
        else:
            subprocess.run(["scancel", first[name]], check=True)
    jobs = finish(head, before)
    memories = {name: [asked_for(number)[1] for number in jobs[name]] for name in FOLDERS}
    assert memories == {
        starved: ["50M", "500M"],
        killed: ["500M", "5000M"],
        cancelled: ["500M", "5000M"],
    }
    assert results(before) == results(local)


def test_a_killed_head_can_be_resumed_while_its_jobs_still_run(start, config, local, before):
    head = start(before, "--", POSTERIORS)
    wait_for(lambda: set(FOLDERS) <= set(submissions(before)), head)
    orphans = submissions(before)
    wait_for(lambda: any(fitting(orphans[name][0]) for name in FOLDERS), head)
    head.kill()
    head.wait()
    unlock = snakemake(before, config, "--unlock")
    assert unlock.returncode == 0, unlock.stderr
    head = start(before, "--", POSTERIORS)
    wait_for(lambda: any(fitting(orphans[name][0]) for name in FOLDERS), head)
    jobs = finish(head, before)
    # Also on resumption, where Snakemake groups twice, nothing is submitted twice. What an orphan
    # had finished before the new head made its plan is not submitted at all.
    assert all(len(jobs.get(name, [])) <= 1 for name in FOLDERS)
    assert results(before) == results(local)
