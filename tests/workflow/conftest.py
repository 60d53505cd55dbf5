"""One small run of everything, from raw files to figures, that several tests look at."""

import shutil

import pytest

import own_data_files as own
from workflow_runs import UNDEMANDING, snakemake, tiny_twin_config

COVARIATES = ["IGBP", "NPPmean", "BIO1", "BIO12", "Sand_Content_0cm"]


@pytest.fixture(scope="session")
def whole_run(tmp_path_factory):
    """A small twin, run to the end with chains, networks and forests of next to nothing: (folder,
    configuration)."""
    folder = tmp_path_factory.mktemp("whole")
    config = tiny_twin_config(folder, 40)
    config["covariates"] = {"names": COVARIATES}
    config["assimilation"] = {
        "certificate": UNDEMANDING,
        "profiles_per_job": 1000,
        "site": {"budget": 100, "draws": 20},
        "one_batch": {"budget": 100, "draws": 20},
    }
    config["random_sampling"] = {"draws": 20}
    config["learning"] = {
        "min_profiles": 20,
        "block_size": 1,
        "folds": 2,
        "neural_network": {
            "members": 2,
            "fold_members": 1,
            "hidden": [8, 8],
            "dropout": [0.2, 0.2],
            "epochs": 3,
        },
        "random_forest": {"trees": 10},
        "hybrid": {
            "members": 2,
            "fold_members": 1,
            "hidden": [8],
            "dropout": [0.2],
            "epochs": 3,
            "position_frequencies": 2,
            "class_embedding": 2,
        },
        "direct_network": {"members": 2, "fold_members": 1, "hidden": [8], "epochs": 3},
        "direct_forest": {"trees": 10},
    }
    halves = {"south": (own.SOUTH, own.SOUTH + 1), "north": (own.SOUTH + 1, own.NORTH)}
    config["evaluation"] = {
        "resamples": 10,
        "regions": {
            "file": str(own.write_parts(folder / "halves.geojson", halves)),
            "attribute": "half",
        },
    }
    run = snakemake(folder, config)
    assert run.returncode == 0, run.stderr
    return folder, config


@pytest.fixture
def copy_of_run(whole_run, tmp_path):
    """Function: the small run in a folder of its own, with sections of the configuration changed
    and what lies in some folders of its results removed: (folder, configuration)."""

    def copy(remove=(), **changes):
        source, config = whole_run
        shutil.copytree(source, tmp_path, dirs_exist_ok=True)
        for name in remove:
            shutil.rmtree(tmp_path / "results" / "twin" / name)
        return tmp_path, config | changes

    return copy
