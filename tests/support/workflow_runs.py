"""Running the workflow as a user does, in a folder of a test."""

import json
import subprocess
import sys
from pathlib import Path

import yaml

import own_data_files as own
from proda.provenance import content_digest
from proda.workflow_state.record import record_path
from warm_python import warm_python

ROOT = Path(__file__).parents[2]

# Limits of a certificate that short chains hold: nothing is sampled a second time.
UNDEMANDING = {"rhat": 100.0, "ess": 1.0, "mcse": 1.0}


def tiny_twin_config(folder, n_profiles):
    """The built-in configuration, made small: few profiles on a small region, one covariate."""
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    config["twin"] |= {"n_profiles": n_profiles, "clm_years": 1, "npp_years": [2000, 2001]}
    config["twin"]["resolution"] = 0.25
    config["forcing"]["npp"]["years"] = [2000, 2001]
    config["region"] = {"polygon": str(own.write_region(folder / "region.geojson"))}
    config["covariates"] = {"names": ["BIO1"]}
    config["figures"] = {"pdf": False}
    return config


def command(folder, config, *arguments):
    """Command line that runs the workflow in ``folder``; config: mapping or path."""
    if isinstance(config, dict):
        path = folder / "config.yaml"
        path.write_text(yaml.safe_dump(config, sort_keys=False))
        config = path
    words = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
    words += ["--directory", folder, "--configfile", config]
    words += [] if "--cores" in arguments else ["--cores", "2"]
    # What Snakemake says of each job, which tests look at, and not how far the run is.
    words += ["--logger-proda-every-line"]
    return [str(word) for word in (*words, *arguments)]


def snakemake(folder, config, *arguments, python=None):
    """Run the workflow to its end, in processes of ``python`` or else of `warm_python`."""
    words = command(folder, config, *arguments)
    words[0] = python or warm_python()
    return subprocess.run(words, capture_output=True, text=True)


def planned(folder, config, *arguments):
    """The rules that would run."""
    run = snakemake(folder, config, "--dry-run", "--quiet", "rules", "--", *arguments)
    assert run.returncode == 0, run.stderr
    lines = (run.stdout + run.stderr).splitlines()
    return {words[0] for line in lines if len(words := line.split()) == 2 and words[1].isdigit()}


def as_if_made(path):
    """Let a result that a test changed pass for what its job wrote."""
    place = record_path(path)
    record = json.loads(place.read_text())
    record["outputs"][record["result"]] = content_digest(path)
    place.write_text(json.dumps(record))
