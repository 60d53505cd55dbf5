"""The tutorial is what its reader has: its table and configuration are the files it names and are
valid, and its statements about them are true."""

import csv
import re
import shlex
import shutil
import subprocess

import pytest
import yaml

from proda.config.validation import validate_config
from proda.data.profiles import collect_profiles
from proda.data.region import read_region
from proda.model.structures import get_structure
from proda.resources import resource
from warm_python import warm_python
from workflow_runs import ROOT, snakemake

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "config" / "README.md"]
TUTORIAL = (ROOT / "docs" / "tutorial.md").read_text()
FILES = ROOT / "docs" / "tutorial"
LEDGER = ("profiles.csv", "horizons.csv.gz", "ledger_summary.csv")


def blocks(language, text=TUTORIAL):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


@pytest.fixture
def config():
    return yaml.safe_load((FILES / "config.yaml").read_text())


def test_what_the_page_shows_are_the_files():
    assert blocks("csv") == [(FILES / "horizons.csv").read_text()]
    assert (FILES / "config.yaml").read_text() in blocks("yaml")
    assert (FILES / "horizons.csv").read_text().count("\n") == 21


def test_every_configuration_on_the_page_is_valid(config):
    shown = [yaml.safe_load(text) for text in blocks("yaml")]
    assert config in shown and len(shown) == 7
    for part in shown:
        validate_config(config | part)


def test_the_ledger_is_what_the_page_says(config):
    settings = validate_config(config)["profiles"]
    ledger = collect_profiles(
        settings["source"] | {"path": FILES / "horizons.csv"},
        read_region(resource("conus.geojson")).contains,
        pedotransfer=settings["pedotransfer"],
        organic_horizons=settings["organic_horizons"],
        min_horizons=settings["min_horizons"],
        model_bottom=get_structure("clm45-10").grid.bottom,
    )
    summary = ledger.summary()[["profiles", "horizons"]]
    assert summary.loc["total"].to_list() == [7, 20]
    assert summary.loc["accepted"].to_list() == [6, 18]
    assert "Of 7 profiles and 20 horizons here 6 and 18 are accepted" in TUTORIAL
    assert summary.loc["organic_or_litter", "horizons"] == 1
    assert summary.loc["too_few_horizons"].to_list() == [1, 1]


@pytest.mark.workflow
def test_the_commands_of_the_page_in_their_order(config, tmp_path):
    """Files are copied as the page says; runs of the workflow are planned only."""
    for folder in ("docs/tutorial", "config"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    table = csv.DictReader(resource("covariates.csv").read_text().splitlines())
    rasters = {row["name"]: row["file"] for row in table}
    files = ["clm/history.nc", "mod17a3/MOD17A3_Science_NPP_2000.tif"]
    files += [rasters[name] for name in config["covariates"]["names"]]
    rules = {}
    for line in "".join(blocks("sh")).splitlines():
        program, *words = shlex.split(line)
        if program != "snakemake":
            subprocess.run([program, *words], cwd=tmp_path, check=True)
        elif "--report" in words:
            assert words[words.index("--report") + 1] == f"results/{config['dataset']}/report.html"
        else:
            rules[line] = planned_by(tmp_path, words)
        if words[0] == "twin":
            for name in files:
                path = tmp_path / "results" / "twin" / "raw" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
    twin, run, traces = rules.values()
    assert twin == {"twin", "total"}
    assert {"profiles", "observations", "one_batch", "random_sampling", "project_grid"} <= run
    assert not {"splits", "learn", "references", "twin", "download"} & run
    assert {"trace", "observations"} <= traces and "one_batch" not in traces


def planned_by(folder, words):
    """Rules that a command of the page would run."""
    start = ["-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    plain = ["--dry-run", "--quiet", "rules", "--logger-proda-every-line"]
    plan = [warm_python(), *start, *words, *plain]
    run = subprocess.run(plan, cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    lines = (run.stdout + run.stderr).splitlines()
    return {words[0] for line in lines if len(words := line.split()) == 2 and words[1].isdigit()}


@pytest.mark.workflow
def test_a_file_that_is_gone_is_missed_although_its_results_are_there(config, tmp_path):
    candidates = tmp_path / "results" / "my_data" / "inputs" / "candidates"
    candidates.mkdir(parents=True)
    for name in LEDGER:
        (candidates / name).touch()
    run = snakemake(tmp_path, config, "--dry-run", "--", "profiles")
    assert run.returncode != 0
    assert "raw data: expected my_data/horizons.csv, found no such files" in run.stdout + run.stderr


def test_links_between_pages_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"(?:\]\(|src=\")([^)\s\"]+)[)\"]", page.read_text()):
            path, _, anchor = target.partition("#")
            if "://" in target:
                continue
            found = (page.parent / path).resolve() if path else page
            assert found.exists(), f"{page.name}: {target}"
            if anchor:
                assert anchor in anchors(found.read_text()), f"{page.name}: {target}"


def anchors(text):
    """Names of the headings, as they are on the web."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_a_target_never_follows_the_configuration():
    """Snakemake would take it for one more file of the configuration."""
    for page in PAGES:
        for line in blocks("sh", page.read_text()):
            for command in re.findall(r"snakemake .*--configfile \S+ +(\S+)", line):
                assert command.startswith("-"), f"{page.name}: {command}"
