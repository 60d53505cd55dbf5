"""Results older than their configuration, code or data: what depends on the change is made anew,
nothing else; what broke or was replaced is noticed before it is used."""

import os
import re
import shutil
from pathlib import Path

import pytest
from disturbed import TARGETS, Run, contents, copy_of, drop, finish

import workflow_runs
from configurations import changed
from proda.__main__ import main
from workflow_runs import ROOT, planned, snakemake

pytestmark = pytest.mark.workflow


def executed(screen):
    """The rules whose jobs ran, from what stood on the screen."""
    return set(re.findall(r"^local(?:rule|checkpoint) (\w+):", screen, flags=re.MULTILINE))


SIGMA = {"observations", "assimilate", "gather", "assimilation_tables", "one_batch"}
SIGMA |= {"one_batch", "assimilation"}


@pytest.fixture
def two_copies(undisturbed, tmp_path, tmp_path_factory):
    """The undisturbed run twice, side by side: paths to the repository are part of its record."""
    return [copy_of(undisturbed[0], folder) for folder in (tmp_path, tmp_path_factory.mktemp("b"))]


def test_a_changed_key_and_back(undisturbed, two_copies, fault):
    _, config, whole = undisturbed
    here, fresh = two_copies
    other = changed(config, {"assimilation.likelihood.relative_error": 0.2})
    drop(fresh, "assimilation", "tables/[!c]*", "tables/certificates.csv", "figures/convergence.*")
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
    fewer = changed(config, {"profiles.min_horizons": 6})
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
    other = changed(config, {"assimilation.site.budget": 90})
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


# --- results without what Snakemake keeps, other code, other data ---------------------------------


def forgotten(source, folder):
    """A copy of a run without what Snakemake knows of it, as after a copy of the results alone."""
    copy_of(source, folder)
    shutil.rmtree(folder / ".snakemake")
    return folder


def status(folder, *options):
    """Exit status of ``proda status`` for the targets of these runs."""
    words = ["status", *TARGETS, "--configfile", folder / "config.yaml", "--directory", folder]
    return main([str(word) for word in (*words, *options)])


def test_results_without_what_snakemake_keeps(undisturbed, fault, tmp_path, capsys):
    source, config, _ = undisturbed
    forgotten(source, tmp_path)
    other = changed(config, {"assimilation.site.budget": 90})
    with fault("no .snakemake", "no .snakemake and another configuration"):
        assert planned(tmp_path, other, *TARGETS) - {"total"} == SIGMA - {
            "observations",
            "one_batch",
        }
        assert status(tmp_path) == 1
        assert "assimilate: 3 results (settings.budget was 100, is 90)" in capsys.readouterr().out
        assert planned(tmp_path, config, *TARGETS) == set()
        assert status(tmp_path) == 0
        assert "all 30 results are of this code" in capsys.readouterr().out


def test_results_without_any_record(undisturbed, fault, tmp_path, capsys):
    """Their provenance is unknown."""
    source, config, _ = undisturbed
    forgotten(source, tmp_path)
    for record in (tmp_path / "results" / "twin" / "assimilation").rglob(".record-*"):
        record.unlink()
    with fault("no .snakemake and no records"):
        # The jobs of the profiles are planned when the observations are there again.
        assert planned(tmp_path, config, *TARGETS) >= SIGMA - {"assimilate"}
        assert status(tmp_path) == 1
        assert "without a record of what made it (unrecorded)" in capsys.readouterr().out


def test_results_of_other_code(undisturbed, fault, tmp_path, tmp_path_factory, monkeypatch):
    source, config, _ = undisturbed
    checkout = tmp_path_factory.mktemp("checkout")
    for name in ("workflow", "envs", "profiles"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, checkout / name, ignore=ignored)
    shutil.copy(ROOT / "Snakefile", checkout)
    monkeypatch.setattr(workflow_runs, "ROOT", checkout)
    forgotten(source, tmp_path)
    with fault("other code", "another parameter table"):
        figure = checkout / "workflow" / "proda" / "figures" / "traces.py"
        figure.write_text("import math\n" + figure.read_text())
        assert planned(tmp_path, config, *TARGETS) == set()
        joined = checkout / "workflow" / "proda" / "inference" / "one_batch.py"
        joined.write_text("import math\n" + joined.read_text())
        rules = {"one_batch", "assimilation", "total"}
        assert planned(tmp_path, config, *TARGETS) == rules
        table = checkout / "workflow" / "proda" / "resources" / "parameters.csv"
        table.write_text(table.read_text().replace(",0,", ",0.001,", 1))
        rules = planned(tmp_path, config, *TARGETS)
        assert {"twin", "observations", "one_batch", "gather"} <= rules


@pytest.mark.parametrize("made_here", [True, False])
def test_an_input_replaced_by_an_older_file(undisturbed, fault, tmp_path, made_here):
    source, config, _ = undisturbed
    (copy_of if made_here else forgotten)(source, tmp_path)
    region = Path(config["region"]["polygon"])
    kept = shutil.copy2(region, tmp_path / "kept.geojson")
    with fault(f"an input replaced by an older file{'' if made_here else ', no .snakemake'}"):
        try:
            region.write_text(region.read_text().replace("{", "{ ", 1))
            os.utime(region, (1, 1))
            assert planned(tmp_path, config, *TARGETS) >= {"twin", "cells", "profiles"}
        finally:
            shutil.copy2(kept, region)
        # A newer time alone is no other content.
        region.touch()
        assert planned(tmp_path, config, *TARGETS) == set()


def test_a_flipped_bit_is_noticed_before_it_is_used(undisturbed, fault, tmp_path, capsys):
    source, config, whole = undisturbed
    copy_of(source, tmp_path)
    results = tmp_path / "results" / "twin"
    (broken,) = (results / "assimilation").rglob("000002-000003.nc")
    table = results / "inputs" / "profiles.csv"
    with fault("a flipped bit in a job's result", "a flipped bit in a text"):
        for path in (broken, table):
            content, times = bytearray(path.read_bytes()), path.stat()
            content[len(content) // 2] ^= 1
            path.write_bytes(content)
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        run = snakemake(tmp_path, config, "--", *TARGETS)
        assert run.returncode != 0
        message = "000002-000003.nc: expected a whole netCDF file of site posteriors"
        # Found by the digest, or by HDF5 where it meets its own structures.
        assert message in run.stderr
        assert "remove it, and the workflow makes it again" in run.stderr
        assert status(tmp_path) == 1
        assert "Remove what is broken" in capsys.readouterr().out
        broken.unlink()
        table.unlink()
        finish(tmp_path, config)
        assert contents(tmp_path) == whole
        assert status(tmp_path) == 0


def test_no_report_of_other_results(undisturbed, fault, tmp_path):
    source, config, _ = undisturbed
    copy_of(source, tmp_path)
    other = changed(config, {"assimilation.likelihood.relative_error": 0.2})
    with fault("a report of another configuration"):
        run = snakemake(tmp_path, other, "--report", "report.html", "--", *TARGETS)
        assert run.returncode != 0 and not (tmp_path / "report.html").exists()
        assert "expected results of this configuration, code and data" in run.stderr
        assert "observations.nc of another configuration" in run.stderr
        assert "likelihood.relative_error was 0.3, is 0.2" in run.stderr
        run = snakemake(tmp_path, config, "--report", "report.html", "--", *TARGETS)
        assert run.returncode == 0, run.stderr
        assert (tmp_path / "report.html").exists()
