"""Results of an older configuration: what depends on a changed key is made anew, nothing else."""

import copy
import re

import pytest
from disturbed import Run, contents, copy_of, drop, finish

pytestmark = pytest.mark.workflow


def changed(config, path, value):
    config = copy.deepcopy(config)
    *parents, key = path.split(".")
    place = config
    for parent in parents:
        place = place.setdefault(parent, {})
    place[key] = value
    return config


def executed(screen):
    """The rules whose jobs ran, from what stood on the screen."""
    return set(re.findall(r"^local(?:rule|checkpoint) (\w+):", screen, flags=re.MULTILINE))


SIGMA = {"observations", "assimilate", "gather", "assimilation_tables", "one_batch_chain"}
SIGMA |= {"one_batch", "assimilation"}


@pytest.fixture
def two_copies(undisturbed, tmp_path, tmp_path_factory):
    """The undisturbed run twice, side by side: paths to the repository are part of its record."""
    return [copy_of(undisturbed[0], folder) for folder in (tmp_path, tmp_path_factory.mktemp("b"))]


def test_a_changed_key_and_back(undisturbed, two_copies, fault):
    _, config, whole = undisturbed
    here, fresh = two_copies
    other = changed(config, "assimilation.likelihood.relative_sigma", 0.2)
    drop(fresh, "assimilation", "tables", "figures/convergence.*")
    with fault("a key changed over older results", "the key changed back"):
        assert executed(finish(here, other)) == SIGMA
        finish(fresh, other)
        assert contents(here) == contents(fresh) != whole
        assert executed(finish(here, config)) == SIGMA
        assert contents(here) == whole


def test_fewer_profiles_than_in_older_results(undisturbed, two_copies, fault):
    """Files of jobs that are no longer asked for stay, and are not used."""
    _, config, whole = undisturbed
    here, fresh = two_copies
    fewer = changed(config, "profiles.minimum_horizons", 6)
    drop(fresh, "inputs", "assimilation", "tables", "figures/convergence.*")
    with fault("fewer profiles than in older results"):
        finish(here, fewer)
        finish(fresh, fewer)
        found, made = contents(here), contents(fresh)
        left = found.keys() - made.keys()
        assert left and all("/jobs/" in name for name in left)
        assert {name: found[name] for name in made} == made
        assert made["twin/inputs/horizons.nc"] != whole["twin/inputs/horizons.nc"]


def test_a_key_changed_after_an_interruption(undisturbed, fault, tmp_path):
    """Half of the results are of the one configuration, half of the other."""
    source, config, whole = undisturbed
    other = changed(config, "assimilation.site.steps", 600)
    copy_of(source, tmp_path)
    with fault("a run with another key killed on the way"):
        run = Run(tmp_path, other, "--retries", "0", "--cores", "1")
        run.wait_until(lambda: run.done >= 1)
        for job in run.wait_until(lambda: run.jobs("assimilate")):
            job.kill()
        assert run.wait() != 0
        assert {"assimilate", "gather"} <= executed(finish(tmp_path, config))
        assert contents(tmp_path) == whole


def test_a_result_broken_by_a_copy(undisturbed, fault, tmp_path):
    source, config, whole = undisturbed
    copy_of(source, tmp_path)
    (broken,) = (tmp_path / "results" / "twin" / "assimilation").rglob("000002-000003.nc")
    with fault("a file of results cut off"):
        broken.write_bytes(broken.read_bytes()[:20_000])
        run = Run(tmp_path, config)
        assert run.wait() != 0
        assert "000002-000003.nc: expected a whole netCDF file of site posteriors" in run.screen
        assert "remove it, and the workflow makes it again" in run.screen
        broken.unlink()
        finish(tmp_path, config)
        assert contents(tmp_path) == whole
