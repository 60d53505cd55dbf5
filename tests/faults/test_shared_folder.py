"""Two runs in one folder, results that cannot be written and inputs that cannot be read."""

import pytest
from disturbed import Run, contents, copy_of, drop, finish, obedient

pytestmark = pytest.mark.workflow


def test_two_runs_in_one_folder(undisturbed, fault, tmp_path):
    config = undisturbed[1]
    copy_of(undisturbed[0], tmp_path)
    drop(tmp_path, "assimilation")
    with fault("a second run in the folder"):
        first = Run(tmp_path, config)
        first.wait_until(first.jobs)
        # It holds the lock for as long as the second takes to start, however fast its jobs are.
        first.process.suspend()
        second = Run(tmp_path, config)
        status = second.wait()
        first.process.resume()
        assert status != 0
        assert "Directory cannot be locked" in second.screen
        assert "make sure that no other Snakemake process" in second.screen
        assert str(tmp_path) in second.screen
        assert first.wait() == 0, first.screen
        assert contents(tmp_path) == undisturbed[2]


def test_results_that_cannot_be_written(undisturbed, fault, tmp_path):
    config = undisturbed[1]
    copy_of(undisturbed[0], tmp_path)
    (result,) = (tmp_path / "results" / "twin" / "assimilation").rglob("000002-000003.nc")
    folder = result.parent
    result.unlink()
    drop(tmp_path, "assimilation/site_posteriors.nc")
    with fault("read-only results"):
        folder.chmod(0o555)
        run = Run(tmp_path, config, prefix=obedient())
        assert run.wait() != 0
        assert f"Permission denied: '{folder.relative_to(tmp_path)}/000002-000003.nc'" in run.screen
        folder.chmod(0o755)
        finish(tmp_path, config)
        assert contents(tmp_path) == undisturbed[2]


def test_input_that_cannot_be_read(undisturbed, fault, tmp_path):
    config = undisturbed[1]
    copy_of(undisturbed[0], tmp_path)
    drop(tmp_path, "inputs/candidates/profiles.csv", "inputs/profiles.csv")
    layers = tmp_path / "results/twin/raw/wosis/WoSIS_2023_December/wosis_202312_layers.tsv"
    with fault("unreadable input"):
        layers.chmod(0o000)
        run = Run(tmp_path, config, prefix=obedient())
        assert run.wait() != 0
        assert "wosis_202312_layers.tsv: expected a readable file, found Permission" in run.screen
        layers.chmod(0o644)
        finish(tmp_path, config)
        assert contents(tmp_path) == undisturbed[2]
