"""Faults of the environment of a run are reported before any job is planned, with what to set."""

import errno
import tempfile

import pytest

from proda.errors import InputError
from proda.patterns import files_below, pattern_below
from proda.workflow_state.environment import (
    check_path,
    check_results,
    check_temporary,
    with_local_paths,
)

ODD = [
    "br[a]ck",
    "st*r",
    "qu?",
    "sp ace",
    "quo'te",
    "ün",
    "ha#sh",
    "per%cent",
    "$HOME",
    "a;b&c",
    "-d",
]


# --- paths ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ODD)
def test_files_are_found_in_folders_of_any_name(tmp_path, name):
    folder = tmp_path / name / "clm"
    folder.mkdir(parents=True)
    files = [folder / "a.nc", folder / "b.nc"]
    for file in files:
        file.touch()
    (tmp_path / name.replace("*", "xx").replace("[a]", "a").replace("?", "y") / "clm").mkdir(
        parents=True, exist_ok=True
    )
    check_path("folder", folder)
    assert files_below(tmp_path / name, "clm/*.nc") == [str(file) for file in files]
    assert files_below(tmp_path, f"{name}/clm/?.nc") == [str(file) for file in files]
    assert files_below(tmp_path / name, "clm/a.nc") == [str(files[0])]
    assert files_below(tmp_path / "elsewhere", str(folder / "*.nc")) == [str(f) for f in files]
    assert files_below(tmp_path / name, "clm/*.tif") == []


def test_brackets_of_a_folder_do_not_match_its_neighbour(tmp_path):
    for name in ("run[1]", "run1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.nc").touch()
    assert files_below(tmp_path / "run[1]", "*.nc") == [str(tmp_path / "run[1]" / "run[1].nc")]
    assert pattern_below(tmp_path, "run[1]/run[1].nc") == str(tmp_path / "run[1]" / "run[1].nc")


@pytest.mark.parametrize("name", ["a{b}", "{product}", "a\\b", 'a"b'])
def test_a_path_that_a_tool_would_misread_is_refused(name):
    with pytest.raises(InputError, match="config data_dir: expected a path without"):
        with_local_paths({"data_dir": name})
    for section, key in (("region", "polygon"), ("covariates", "table"), ("downloads", "sources")):
        with pytest.raises(InputError, match=f"config {section}.{key}: expected a path without"):
            with_local_paths({section: {key: name}})


def test_a_tilde_that_the_shell_kept_is_the_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    config = {"data_dir": "~/soil", "region": {"polygon": "~/land.geojson"}, "covariates": {}}
    local = with_local_paths(config)
    assert local["data_dir"] == str(tmp_path / "soil")
    assert local["region"]["polygon"] == str(tmp_path / "land.geojson")
    assert config["region"]["polygon"] == "~/land.geojson"
    assert with_local_paths({"data_dir": "a~b/", "region": {"polygon": None}}) == {
        "data_dir": "a~b/",
        "region": {"polygon": None},
    }


def test_a_file_or_a_dangling_link_for_the_data_is_named(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    for name, found in (("file", "a file"), ("link", "a dangling link")):
        with pytest.raises(InputError, match=f"config data_dir: expected a folder, .*{found}"):
            with_local_paths({"data_dir": str(tmp_path / name)})


# --- results -------------------------------------------------------------------------------------


def test_results_can_be_a_folder_a_link_to_one_or_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_results("results/twin")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "results").symlink_to("elsewhere")
    check_results("results/twin")


def test_a_dangling_link_of_results_names_where_it_leads(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").symlink_to("/scratch/gone")
    with pytest.raises(
        InputError, match=r"results: .* a link to /scratch/gone, which does not exist"
    ):
        check_results("results/twin")
    (tmp_path / "results").unlink()
    (tmp_path / "results").symlink_to("results")
    with pytest.raises(InputError, match=r"results: .* a link to results"):
        check_results("results/twin")


def test_results_that_are_a_file_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "twin").touch()
    with pytest.raises(InputError, match=r"results/twin: expected a folder .* found a file"):
        check_results("results/twin")


def test_results_that_cannot_be_written_are_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # The tests may run as a user who can write everywhere.
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(
        InputError, match=r"results/twin: .* no permission to write to .*--directory"
    ):
        check_results("results/twin")


# --- temporary files -----------------------------------------------------------------------------


def test_a_folder_of_temporary_files_passes_or_is_replaced_by_python(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    check_temporary()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("TMPDIR", str(tmp_path / "gone"))
    check_temporary()


def test_a_full_folder_of_temporary_files_is_named(tmp_path, monkeypatch):
    def full(dir):
        raise OSError(errno.ENOSPC, "No space left on device", str(dir))

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(InputError) as error:
        check_temporary()
    assert f"TMPDIR, {tmp_path}: expected a folder with free space" in str(error.value)
    assert "No space left on device (free some space, or set TMPDIR" in str(error.value)
