"""Keys of earlier versions are refused with their present name."""

import subprocess

import pytest

from bad_inputs.configs import SOUND
from configurations import changed
from proda.config.renamed import RENAMED
from proda.config.validation import validate_config
from proda.errors import InputError
from workflow_runs import ROOT


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_a_renamed_key_is_an_error_that_names_the_new_one(old, new):
    old = old.replace("*", "WISE")
    with pytest.raises(InputError) as error:
        validate_config(changed(SOUND, {old: 1}))
    assert str(error.value).startswith(f"config {old} was renamed to {new}: expected {new}, found")


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_the_new_name_is_a_key_and_the_old_one_is_not(old, new):
    section, _, key = old.replace("*", "WISE").rpartition(".")
    with pytest.raises(InputError) as error:
        validate_config(changed(SOUND, {f"{section}.another": 1}))
    known = str(error.value).partition("expected one of ")[2].partition(", found")[0].split(", ")
    if section == "forcing.npp":  # the format of this configuration has no such key
        assert "format" in known
    else:
        assert new.partition(".")[0] in known and key not in known


def test_all_renamed_keys_are_named_at_once():
    config = changed(SOUND, {"assimilation.greatest_rhat": 1.1, "learning.test_share": 0.3})
    with pytest.raises(InputError) as error:
        validate_config(config)
    assert str(error.value) == (
        "config assimilation.greatest_rhat was renamed to certificate.rhat: expected "
        "certificate.rhat, found greatest_rhat (also renamed: learning.test_share to test_fraction)"
    )


def test_an_entry_of_an_earlier_version_is_an_error_that_names_the_new_one():
    config = changed(SOUND, {"assimilation.exclude_flags": ["negative_r2", "not_converged"]})
    message = "config assimilation.exclude_flags: not_converged was renamed to not_certified"
    with pytest.raises(InputError, match=message):
        validate_config(config)
    validate_config(changed(SOUND, {"assimilation.exclude_flags": ["not_certified"]}))


def test_no_file_uses_an_old_name():
    """Of names that nothing else can have."""
    names = {old.rpartition(".")[2] for old in RENAMED} - {"sites", "grid", "batch", "features"}
    names -= {"left_out", "greatest_rhat"}  # columns of tables
    found = subprocess.run(
        ["git", "grep", "--untracked", "-lwE", "|".join(sorted(names))],
        cwd=ROOT, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    tests = {"tests/unit/config/test_config_renamed.py", "tests/unit/test_docs.py"}
    assert set(found) - tests - {"CHANGELOG.md", "workflow/proda/config/renamed.py"} == set()
