"""The configuration as a run reads it: file, values of the command line, checks, defaults."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from proda.config.arguments import with_arguments
from proda.config.file import check_config_file
from proda.config.validation import validate_config
from proda.errors import InputError
from proda.files import StrPath
from proda.workflow_state.environment import with_local_paths

__all__ = ["read_configuration"]


def read_configuration(path: StrPath, arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Read and validate a configuration.

    Parameters
    ----------
    path
        The file.
    arguments
        Values of the command line, KEY=VALUE each, as for ``snakemake --config``.

    Returns
    -------
    dict
        Plain values with all defaults.

    Raises
    ------
    InputError
        For the first mistake, as the run reports it.
    """
    check_config_file(path)
    content = yaml.safe_load(Path(path).read_text(encoding="utf-8-sig"))
    if content is None:
        content = {}
    if not isinstance(content, dict):
        raise InputError(path, "keys with values", f"a {type(content).__name__}")
    given = dict(map(_argument, arguments))
    return with_local_paths(validate_config(with_arguments(content, given)))


def _argument(text: str) -> tuple[str, Any]:
    """Key and value; whole sections are written as in YAML."""
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise InputError("--config", "KEY=VALUE", repr(text))
    if value[:1] not in ("{", "["):
        return key, value
    try:
        return key, yaml.safe_load(value)
    except yaml.YAMLError as error:
        found = " ".join(str(error).split())
        raise InputError(f"--config {key}", "a section or list as in YAML", found) from None
