"""The record a job leaves, and what is noticed when its results are used."""

import json
import os
from types import SimpleNamespace

import netCDF4
import pytest

from proda.errors import InputError
from proda.jobs import running
from proda.netcdf import load_netcdf, open_netcdf
from proda.provenance import content_digest, file_digest
from proda.workflow_state import record as module
from proda.workflow_state.record import (
    check_content,
    input_digest,
    read_record,
    record_path,
    recording,
)


class Named(dict):
    """Replaces Snakemake's named lists: iterates over values."""

    def __iter__(self):
        return iter(self.values())

    def __getattr__(self, name):
        return self[name]


def job(tmp_path, inputs, outputs, **params):
    return SimpleNamespace(
        rule="gather",
        input=Named(enumerate(inputs)),
        output=Named(enumerate(map(str, outputs))),
        wildcards=Named(first="3"),
        params=Named({"code": "c0de", "data_dir": "/data", "seed": 1} | params),
        log=[tmp_path / "log"],
    )


@pytest.fixture
def made(tmp_path):
    """A result of a job, two.csv, and the input it read."""
    source, result = tmp_path / "one.csv", tmp_path / "two.csv"
    source.write_text("a\n1\n")
    with recording(job(tmp_path, [str(source)], [result])):
        result.write_text("a\n2\n")
    return result, source


def flip(path):
    """Another bit in a file, whose times stay."""
    times, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_a_record_tells_code_settings_inputs_and_results(made):
    result, source = made
    record = read_record(record_path(result))
    assert record_path(result).name == ".record-two.csv.json"
    assert record["rule"] == "gather" and record["wildcards"] == {"first": "3"}
    # Where the data lie is no setting, and the code is recorded separately.
    assert record["code"] == "c0de" and record["settings"] == {"seed": 1}
    assert record["inputs"] == {str(source): file_digest(source)}
    assert record["outputs"] == {str(result): content_digest(result)}


def test_a_job_that_fails_leaves_no_record(made, tmp_path):
    result, source = made
    with (
        pytest.raises(ZeroDivisionError),
        recording(job(tmp_path, [str(source)], [result])),
    ):
        raise ZeroDivisionError
    assert read_record(record_path(result)) is None


def test_a_flipped_bit_stops_the_job_that_would_use_it(made, tmp_path, capsys):
    result, _ = made
    flip(result)
    with pytest.raises(SystemExit), running(job(tmp_path, [str(result)], [tmp_path / "three.csv"])):
        (tmp_path / "three.csv").write_text("made from rubbish")
    output = capsys.readouterr().err
    assert f"{result}: expected a whole file, found other content than its job wrote" in output
    assert "remove it, and the workflow makes it again" in output
    assert not (tmp_path / "three.csv").exists()
    assert not record_path(tmp_path / "three.csv").exists()


@pytest.mark.parametrize("opened", [open_netcdf, load_netcdf])
def test_a_flipped_bit_in_a_netcdf_file_is_noticed_when_it_is_opened(tmp_path, opened):
    path = tmp_path / "x.nc"
    with recording(job(tmp_path, [], [path])), netCDF4.Dataset(path, "w") as file:
        file.createDimension("n", 1000)
        file.createVariable("a", "f8", ("n",))[:] = range(1000)
    opened(path, "numbers", ["a"]).close()
    flip(path)
    with pytest.raises(
        InputError, match=r"x\.nc: expected a whole netCDF file of numbers, found o"
    ):
        opened(path, "numbers", ["a"])


def test_a_netcdf_input_that_nobody_opened_does_not_slip_through(tmp_path):
    path, target = tmp_path / "x.nc", tmp_path / "y.csv"
    with recording(job(tmp_path, [], [path])):
        path.write_bytes(bytes(1000))
    flip(path)
    with pytest.raises(InputError), recording(job(tmp_path, [str(path)], [target])):
        target.write_text("y")
    assert not record_path(target).exists()


def test_a_changed_file_in_a_folder_of_results_is_named(tmp_path):
    folder = tmp_path / "raw"
    with recording(job(tmp_path, [], [folder])):
        (folder / "deep").mkdir(parents=True)
        for name in ("a", "deep/b"):
            (folder / name).write_text(name)
    check_content(folder, "file")
    before = input_digest(folder)
    flip(folder / "deep" / "b")
    assert input_digest(folder) != before
    with pytest.raises(InputError, match=r"raw/deep/b: expected a whole file"):
        check_content(folder, "file")


def test_a_large_result_is_read_once_until_somebody_touches_it(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LARGE_BYTES", 100)
    path = tmp_path / "large.csv"
    with recording(job(tmp_path, [], [path])):
        path.write_bytes(bytes(1000))
    check_content(path, "file")
    module._taken.cache_clear()  # as in another process
    monkeypatch.setattr(module, "content_digest", None)
    check_content(path, "file")
    monkeypatch.undo()
    monkeypatch.setattr(module, "LARGE_BYTES", 100)
    flip(path)
    with pytest.raises(InputError):
        check_content(path, "file")


def test_a_large_input_is_told_by_its_time_too(tmp_path, monkeypatch):
    monkeypatch.setattr("proda.provenance.WHOLE_BYTES", 100)
    monkeypatch.setattr("proda.provenance.SAMPLE_BYTES", 10)
    path = tmp_path / "raster.tif"
    path.write_bytes(bytes(1000))
    os.utime(path, ns=(5, 5))
    before = input_digest(path)
    assert before.startswith("sampled-sha256:")
    os.utime(path, ns=(4, 4))
    assert input_digest(path) != before


def test_results_and_their_records_can_be_moved(made, tmp_path):
    result, _ = made
    place = tmp_path / "elsewhere"
    place.mkdir()
    for path in (result, record_path(result)):
        path.rename(place / path.name)
    check_content(place / result.name, "file")
    flip(place / result.name)
    with pytest.raises(InputError):
        check_content(place / result.name, "file")


def test_a_file_that_a_folder_of_results_lost_is_named(tmp_path):
    folder, other = tmp_path / "raw", tmp_path / "table.csv"
    with recording(job(tmp_path, [], [folder, other])):
        folder.mkdir()
        for name in ("a", "b"):
            (folder / name).write_text(name)
        other.write_text("1")
    other.unlink()  # no part of the folder
    check_content(folder, "file")
    (folder / "b").unlink()
    with pytest.raises(InputError, match=r"raw/b: expected a whole file, found no such file"):
        check_content(folder, "file")


WHOLE = {"format": 1, "result": "x", "rule": "r", "code": "c"}
WHOLE |= {key: {} for key in ("wildcards", "settings", "inputs", "outputs")}


def test_a_whole_record_can_be_read(tmp_path):
    path = tmp_path / ".record-x.json"
    path.write_text(json.dumps(WHOLE))
    assert read_record(path) == WHOLE


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "[]", '{"format": 99, "outputs": {}}', "null"),
        *(json.dumps({k: v for k, v in WHOLE.items() if k != key}) for key in WHOLE),
        *(json.dumps(WHOLE | {key: ["a"]}) for key in WHOLE),
        json.dumps(WHOLE | {"outputs": {"x": 3}}),
    ],
)
def test_a_record_that_cannot_be_read_is_none(tmp_path, text):
    path = tmp_path / ".record-x.json"
    path.write_text(text)
    assert read_record(path) is None
    assert read_record(tmp_path / "none") is None


def test_settings_are_kept_as_they_are_read_again(tmp_path):
    kept = module.job_settings({"code": "c", "pair": (1, 2), "path": tmp_path, "none": None})
    assert (
        kept
        == json.loads(json.dumps(kept))
        == {
            "pair": [1, 2],
            "path": str(tmp_path),
            "none": None,
        }
    )
