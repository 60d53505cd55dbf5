"""``proda check``: examine a configuration and its data without running anything.

It reads the files as the run would and reports errors as the run would give them, the columns of
tables with their units and distributions, how many profiles will be used and why others will not,
coverage by forcing and covariates, results that will be made, and estimates of time, memory and
disk. Exit status: 0 without a finding, 1 with warnings only, 2 with errors.
"""

import json
from argparse import ArgumentParser, Namespace
from contextlib import chdir, nullcontext
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proda.errors import InputError
from proda.inspection.findings import Level

if TYPE_CHECKING:
    from proda.inspection.views import Inspection

__all__ = ["add_arguments", "as_json", "exit_status", "run"]


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options to an argparse parser."""
    parser.add_argument("configuration", metavar="CONFIG", help="file of the configuration")
    parser.add_argument(
        "--config", "-C", nargs="+", metavar="KEY=VALUE", default=[],
        help="keys to set, as for snakemake",
    )  # fmt: skip
    parser.add_argument("--directory", "-d", metavar="DIR", help="folder the workflow runs in")
    parser.add_argument(
        "--full", action="store_true", help="read files of any size, which may take long"
    )
    parser.add_argument(
        "--profiles", type=int, metavar="N",
        help="number of profiles for the estimates, if they cannot be counted yet",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")


def run(options: Namespace) -> int:
    """Print what was found out.

    Returns
    -------
    int
        Exit status: 0 without a finding, 1 with warnings, 2 with errors.
    """
    # Needs packages that the model by itself does not.
    from proda.inspection.inspect import inspect
    from proda.inspection.text import report

    path = Path(options.configuration).absolute() if options.directory else options.configuration
    if options.directory and not Path(options.directory).is_dir():
        raise InputError(options.directory, "the folder the workflow runs in", "no such folder")
    with chdir(options.directory) if options.directory else nullcontext():
        found = inspect(path, options.config, full=options.full, profiles=options.profiles)
    print(as_json(found) if options.json else report(found))
    return exit_status(found)


def exit_status(found: "Inspection") -> int:
    """Return 2 with errors, 1 with warnings only, else 0."""
    if found.findings.of(Level.ERROR):
        return 2
    return 1 if found.findings.of(Level.WARNING) else 0


def as_json(found: "Inspection") -> str:
    """Return an inspection as JSON; ``status`` is the exit status."""
    content = asdict(found)
    content["findings"] = content["findings"]["found"]
    return json.dumps(
        {"status": exit_status(found)} | content, indent=2, default=_plain, ensure_ascii=False
    )


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else str(value)
