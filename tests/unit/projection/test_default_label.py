"""The label of the default run names the model version or the history that it shows."""

import netCDF4
import pytest

from proda.errors import InputError
from proda.model.default_runs import VERSIONS, version_label
from proda.projection.default_label import history_label

BOILERPLATE = {"title": "CLM History file information", "source": "Community Land Model CLM4.0"}


def write_file(path, **attributes):
    with netCDF4.Dataset(path, "w") as file:
        file.setncatts(attributes)
    return path


@pytest.mark.parametrize(
    ("attributes", "label"),
    [
        ({"case_id": "b.e21", "case_title": "a title"}, "CLM history (case b.e21)"),
        ({"case": "I1850"}, "CLM history (case I1850)"),
        ({"case_title": "UNSET"}, "CLM history (Community Land Model CLM4.0)"),
        ({"source": "CTSM  of\n2024"}, "CLM history (CTSM of 2024)"),
        ({"source": " ", "title": "ours"}, "CLM history (ours)"),
        ({"source": "unknown"}, "CLM history (file h0.nc)"),
        ({"case": "x" * 70}, f"CLM history (case {'x' * 59}…)"),
    ],
)
def test_a_history_is_named_by_its_case_or_what_else_it_states(tmp_path, attributes, label):
    path = write_file(tmp_path / "h0.nc", **(BOILERPLATE | attributes))
    assert history_label([path]) == label


def test_the_first_of_the_files_names_the_run(tmp_path):
    write_file(tmp_path / "b.nc", case="second")
    write_file(tmp_path / "a.nc", case="first")
    assert history_label([str(tmp_path / "*.nc")]) == "CLM history (case first)"
    (tmp_path / "a.nc").write_text("no netCDF")
    with pytest.raises(InputError, match=r"a\.nc"):
        history_label([str(tmp_path / "*.nc")])


def test_parameters_are_named_by_their_version():
    assert [version_label(version) for version in VERSIONS] == [
        "CLM5 parameters",
        "CLM4.5 parameters",
    ]
