"""kill -9: of the head process, of jobs, and of a job about to give a result its name."""

import random
import time
from pathlib import Path

import psutil
import pytest
from disturbed import Run, contents, copy_of, drop, finish, tiny_twin, unlock

pytestmark = pytest.mark.workflow

HOLDING = Path(__file__).parent / "holding"
SEED = 2020


def test_head_killed_at_five_moments(undisturbed, fault, tmp_path):
    """Alone, so that its jobs go on behind the back of the next run, or with all its jobs."""
    moments = random.Random(SEED)
    config, left = tiny_twin(tmp_path), []
    kinds = ["alone", "with its jobs"] * 2 + ["alone"]
    with fault(*(f"head killed {kind}, moment {n}" for n, kind in enumerate(kinds, 1))):
        for number, kind in enumerate(kinds):
            run = Run(tmp_path, config)
            jobs = moments.randrange(3)
            run.wait_until(lambda run=run, jobs=jobs: run.done >= jobs and run.jobs())
            time.sleep(moments.uniform(0, 0.5))
            assert run.head.poll() is None, run.screen
            left += run.kill(whole_tree=kind != "alone")
            if number == 0:
                refused = Run(tmp_path, config)
                assert refused.wait() != 0 and "can be removed with the --unlock" in refused.screen
            unlock(tmp_path, config)
        finish(tmp_path, config)
        psutil.wait_procs(left, timeout=60)
        assert contents(tmp_path) == undisturbed[2]


def test_killed_jobs_are_tried_again(undisturbed, fault, tmp_path):
    config, rules = undisturbed[1], ["grid_forcing", "sites", "assimilate", "one_batch"]
    copy_of(undisturbed[0], tmp_path)
    drop(tmp_path, "inputs/grid_forcing.nc", "assimilation")
    with fault(*(f"job killed: {rule}" for rule in rules)):
        run, killed = Run(tmp_path, config, "--retries", "1"), set()
        while run.head.poll() is None:
            for job, rule in run.jobs(*rules).items():
                if rule not in killed:
                    job.kill()
                    killed.add(rule)
            time.sleep(0.02)
        assert killed == set(rules)
        assert run.wait() == 0, run.screen
        assert run.screen.count("SIGKILL") >= len(rules)
        assert contents(tmp_path) == undisturbed[2]


def test_job_killed_without_another_try(undisturbed, fault, tmp_path):
    config = copy_of(undisturbed[0], tmp_path) and undisturbed[1]
    drop(tmp_path, "assimilation/jobs", "assimilation/site_posteriors.nc")
    with fault("job killed, no other try"):
        run = Run(tmp_path, config, "--retries", "0")
        (job, *_) = run.wait_until(lambda: run.jobs("assimilate"))
        job.kill()
        assert run.wait() != 0
        assert "Error in rule assimilate" in run.screen and "SIGKILL" in run.screen
        assert not (tmp_path / "results" / "twin" / "assimilation" / "site_posteriors.nc").exists()
        finish(tmp_path, config)
        assert contents(tmp_path) == undisturbed[2]


def test_job_killed_before_its_result_has_a_name(undisturbed, fault, tmp_path):
    """Between the temporary file and the final name, for one file or the second of three."""
    names = ["wise_30sec_v1.tif", "horizons.csv.gz", "000002-000003.nc", "site_posteriors.nc"]
    config, signs = tiny_twin(tmp_path), tmp_path / "signs"
    signs.mkdir()
    with fault(*(f"killed with {name} half written" for name in names)):
        hold = {"HOLD_BEFORE": " ".join(names), "HOLD_FOLDER": str(signs)}
        run = Run(tmp_path, config, "--retries", "1", PYTHONPATH=str(HOLDING), **hold)
        for name in names:
            run.wait_until(lambda name=name: (signs / name).exists())
            (part,) = (tmp_path / "results" / "twin").rglob(f".{Path(name).stem}.*")
            assert part.stat().st_size > 0
            assert not part.with_name(name).exists()
            psutil.Process(int((signs / name).read_text())).kill()
        assert run.wait() == 0, run.screen
        assert contents(tmp_path) == undisturbed[2]
