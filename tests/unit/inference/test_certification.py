"""What files state about the certificates behind them."""

import netCDF4
import numpy as np
import pytest

from proda.errors import InputError
from proda.inference.certification import (
    Certification,
    carried_certification,
    certification_of_sites,
)


def carried(path, variables=(), **attributes):
    with netCDF4.Dataset(path, "w") as file:
        file.setncatts(attributes)
        for name in variables:
            file.createVariable(name, "f8", ())
    with netCDF4.Dataset(path) as file:
        return carried_certification(path, file)


def test_sites_count_where_they_are_used():
    used = np.array([True, True, False, True])
    assert certification_of_sites([1, 1, 0, 1], used) == Certification(True)
    # NaN: not fitted.
    found = certification_of_sites([1.0, 0.0, 0.0, np.nan], used)
    assert found == Certification(False, "2 of 3 posteriors of profiles are not certified")


@pytest.mark.parametrize("state", [Certification(True), Certification(False, "q10: R-hat 1.3")])
def test_files_hand_on_what_they_state(tmp_path, state):
    found = carried(tmp_path / "draws.nc", ["rhat"], **state.attributes)
    assert Certification(bool(found["certified"]), found["certificate"]) == state
    assert carried(tmp_path / "copy.nc", **found) == found


def test_what_rests_on_no_posterior_states_nothing(tmp_path):
    assert carried(tmp_path / "fixed.nc", ["theta"]) == {}


def test_posteriors_of_an_earlier_version_are_named(tmp_path):
    message = r"old\.nc: expected posteriors with the attributes certified and certificate, found "
    with pytest.raises(InputError, match=message + "neither .*the workflow makes it again"):
        carried(tmp_path / "old.nc", ["rhat"])
    with pytest.raises(InputError, match=message + "certified "):
        carried(tmp_path / "old.nc", ["gelman_rubin"], certified=np.int8(1))
