"""The closed ledger, and one order in all files of sites."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from covariate_files import PROVENANCE, write_site_files
from proda.data.covariates import load_site_covariates
from proda.data.forcing import write_forcing
from proda.data.profiles.ledger import Ledger
from proda.data.sites import close_ledger, write_sites


@pytest.fixture
def ledger():
    """Profiles with text identifiers that could pass for numbers or missing values."""
    ids = ["007", "10", "9", "NA", "x"]
    table = {"longitude": np.arange(5.0), "latitude": np.arange(5.0), "n_horizons": 1}
    profiles = pd.DataFrame(table, index=pd.Index(ids, name="profile_id"))
    return Ledger(profiles, pd.DataFrame({"profile_id": ids, "lower_depth": 1.0}))


@pytest.fixture
def source(tmp_path):
    covariates = pd.DataFrame(
        {"BIO1": [1.5, np.nan, 3.5, 4.5, np.nan], "IGBP": [1.0, 2, 3, 4, np.nan]},
        index=pd.Index(["007", "10", "9", "NA", "x"], name="profile_id"),
    )
    write_site_files(tmp_path / "covariates.nc", covariates, IGBP="class")
    lines = "profile_id,reason\n9,no_npp\nx,no_soil_forcing\n"
    (tmp_path / "no_forcing.csv").write_text(lines)
    forcing = xr.Dataset(
        {
            "profile_id": ("profile", np.array(["NA", "10", "007"], dtype=object)),
            "npp_mean": ("profile", [4.0, 2.0, 1.0]),
        },
        attrs={"structure": "clm45-10", "settings_digest": "s", "input_digests": "i"},
    )
    write_forcing(forcing, tmp_path / "forcing.nc")
    return SimpleNamespace(
        forcing=tmp_path / "forcing.nc",
        covariates=tmp_path / "covariates.nc",
        no_forcing=tmp_path / "no_forcing.csv",
    )


def test_profiles_without_forcing_or_covariates_are_excluded_with_what_is_missing(ledger, source):
    excluded = close_ledger(ledger, source.no_forcing, source.covariates)
    assert list(ledger.accepted_profiles().index) == ["007", "NA"]
    assert ledger.profiles["status"].to_dict() == {
        "007": "accepted",
        "10": "no_covariates",
        "9": "no_forcing",
        "NA": "accepted",
        "x": "no_forcing",
    }
    assert excluded.values.tolist() == [
        ["9", "no_forcing", "no_npp"],
        ["x", "no_forcing", "no_soil_forcing"],
        ["10", "no_covariates", "BIO1"],
    ]
    ledger.check()


def test_all_files_hold_the_accepted_profiles_in_one_order(ledger, source, tmp_path):
    excluded = close_ledger(ledger, source.no_forcing, source.covariates)
    target = SimpleNamespace(
        excluded=tmp_path / "left.csv",
        forcing=tmp_path / "site_forcing.nc",
        covariates=tmp_path / "site_covariates.nc",
    )
    write_sites(ledger, excluded, source, target, {"settings_digest": "later", "seed": "none"})
    with xr.open_dataset(target.forcing) as forcing:
        assert list(forcing.profile_id.values) == ["007", "NA"]
        np.testing.assert_array_equal(forcing.npp_mean, [1, 4])
        assert forcing.attrs["settings_digest"] == "s" and forcing.attrs["seed"] == "none"
    covariates = load_site_covariates(target.covariates)
    assert list(covariates["profile_id"].values) == ["007", "NA"]
    assert covariates["BIO1"].values.tolist() == [1.5, 4.5]
    assert covariates["IGBP"].attrs["kind"] == "class"
    assert covariates.attrs == PROVENANCE | {"seed": "none"}
    assert len(target.excluded.read_text().splitlines()) == 4
