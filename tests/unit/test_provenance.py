"""Provenance depends on content and settings, never on time or place."""

import os

import pytest

import proda
from proda import provenance as module
from proda.errors import InputError
from proda.provenance import content_digest, file_digest, provenance, write_manifest


def test_a_digest_is_that_of_the_content(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(b"abc")
    os.utime(tmp_path / "b", (1, 1))
    # The first half of SHA-256("abc"), FIPS 180-2.
    assert file_digest(tmp_path / "a") == "sha256:ba7816bf8f01cfea414140de5dae2223"
    assert file_digest(tmp_path / "b") == file_digest(tmp_path / "a")


@pytest.mark.parametrize("digest", [file_digest, content_digest])
def test_a_file_that_cannot_be_read_is_named(tmp_path, digest):
    path = tmp_path / "broken.csv"
    path.symlink_to("/proc/self/mem")
    with pytest.raises(InputError) as error:
        digest(path)
    assert str(error.value) == f"{path}: expected a readable file, found Input/output error"


def test_a_large_file_is_sampled_but_its_size_and_ends_count(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "WHOLE_BYTES", 100)
    monkeypatch.setattr(module, "SAMPLE_BYTES", 10)
    path, body = tmp_path / "large", bytearray(range(200)) * 2
    digests = set()
    for change in (None, 0, 200, 399):
        changed = bytearray(body)
        if change is not None:
            changed[change] ^= 1
        path.write_bytes(changed)
        digests.add(file_digest(path))
    path.write_bytes(body[:-1] + body[-1:] * 2)
    digests.add(file_digest(path))
    assert len(digests) == 5 and all(d.startswith("sampled-sha256:") for d in digests)


def test_attributes_name_version_settings_inputs_and_seed(tmp_path):
    (tmp_path / "a.csv").write_text("1")
    first = provenance([tmp_path / "a.csv", tmp_path], {"x": 1}, seed=7)
    assert first["workflow_version"] == f"proda {proda.__version__}"
    assert first["input_digests"].startswith("a.csv sha256:")
    assert first["seed"] == "7"
    assert provenance([], {"x": 1})["seed"] == "none, nothing is random"
    assert provenance([], {"x": 1})["settings_digest"] == first["settings_digest"]
    assert provenance([], {"x": 2})["settings_digest"] != first["settings_digest"]


def test_many_inputs_have_one_digest(tmp_path):
    paths = [tmp_path / f"{i:03}.nc" for i in range(240)]
    for path in paths:
        path.write_text(path.name)
    whole = provenance(paths, {})["input_digests"]
    assert whole.startswith("240 files from 000.nc to 239.nc sha256:")
    paths[7].write_text("changed")
    assert provenance(reversed(paths), {})["input_digests"] != whole


def test_a_manifest_lists_the_files_below_a_folder(tmp_path):
    (tmp_path / "raw" / "in").mkdir(parents=True)
    (tmp_path / "raw" / "in" / "b").write_text("b")
    (tmp_path / "raw" / "a").write_bytes(b"abc")
    (tmp_path / "raw" / ".a.x7q").write_bytes(b"ab")  # left by a killed job
    write_manifest(tmp_path / "raw", tmp_path / "raw.sha256")
    lines = (tmp_path / "raw.sha256").read_text().splitlines()
    assert lines[0] == "sha256:ba7816bf8f01cfea414140de5dae2223  a"
    assert len(lines) == 2 and lines[1].endswith("  in/b")
