"""``proda status``: which results are of this code, configuration and data, and which are not.

It reads the Snakefile as Snakemake does and then the records of the results that the workflow's
targets are made from; it plans no jobs and makes nothing.
"""

from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from proda.errors import InputError
from proda.files import StrPath
from proda.workflow_state.compare import REASONS, Difference, summary

__all__ = ["add_arguments", "run", "status_lines"]

SNAKEFILE = Path(__file__).parents[3] / "Snakefile"
if not SNAKEFILE.exists():  # installed apart from the workflow
    SNAKEFILE = Path("Snakefile")


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options, which are those of Snakemake, to an argparse parser."""
    parser.add_argument("targets", nargs="*", help="rules or files; all results without any")
    parser.add_argument("--configfile", "--configfiles", nargs="+", metavar="FILE", default=[])
    parser.add_argument("--config", "-C", nargs="+", metavar="KEY=VALUE", default=[])
    parser.add_argument("--directory", "-d", metavar="DIR", help="folder the workflow runs in")
    parser.add_argument("--snakefile", "-s", metavar="FILE", default=SNAKEFILE)


def run(options: Namespace) -> int:
    """Print the status of the results.

    Returns
    -------
    int
        Exit status: 0 if all results are up to date, 1 if not.
    """
    from proda.workflow_state.planning import results_of, targets_of

    with _workflow(options) as workflow:
        folder = workflow.globals["RESULTS"]
        _check_targets(workflow, options.targets)
        results = results_of(workflow, folder)
        differences, n = results.needed_for(targets_of(workflow, options.targets))
    print("\n".join(status_lines(folder, differences, n)))
    return 1 if differences else 0


def status_lines(folder: StrPath, differences: Sequence[Difference], n: int) -> list[str]:
    """Return lines that report which results are out of date and why.

    Parameters
    ----------
    folder
        Of the results.
    differences
        Of the results asked for and of all that they were made from.
    n
        Number of these results.
    """
    if not differences:
        return [f"{folder}: all {n} results are of this code, configuration and data"]
    current = f"{n - len(differences)} of {n} results"
    lines = [f"{folder}: {current} are of this code, configuration and data"]
    by_reason: dict[str, list[Difference]] = defaultdict(list)
    for difference in differences:
        by_reason[difference.reason].append(difference)
    for reason in REASONS:
        if found := by_reason[reason]:
            lines.append(f"\n{REASONS[reason]} ({reason}): {len(found)}")
            lines += [f"  {line}" for line in summary(found, reasons=False)]
    if by_reason["broken"]:
        lines.append("\nRemove what is broken, and the workflow makes it again.")
    return lines


def _check_targets(workflow: Any, targets: Sequence[str]) -> None:
    """Raise InputError for a target that no rule of the workflow makes."""
    outputs = [output for rule in workflow.rules for output in rule.output]
    for name in targets:
        if not workflow.is_rule(name) and not any(output.match(name) for output in outputs):
            rules = [rule.name for rule in workflow.rules]
            near = get_close_matches(name, rules, 1)
            hint = f"did you mean {near[0]}?" if near else "files as in results/twin/tables/x.csv"
            raise InputError("targets", "names of rules, or of files they make", name, hint)


@contextmanager
def _workflow(options: Namespace) -> Iterator[Any]:
    """Read the Snakefile as Snakemake does, in the folder it runs in."""
    from snakemake.api import SnakemakeApi
    from snakemake.cli import parse_config
    from snakemake.exceptions import WorkflowError
    from snakemake.settings.enums import Quietness
    from snakemake.settings.types import ConfigSettings, OutputSettings, ResourceSettings

    snakefile = Path(options.snakefile)
    if not snakefile.exists():
        hint = "run it in the folder of the workflow, or name it with --snakefile"
        raise InputError(snakefile, "the workflow's Snakefile", "no such file", hint)
    files = [Path(path).absolute() for path in options.configfile]
    for path in files:
        if not path.exists():
            raise InputError(path, "a configuration file", "no such file")
    directory = Path(options.directory).absolute() if options.directory else None
    if directory is not None and not directory.is_dir():
        # Snakemake would make it.
        raise InputError(directory, "the folder the workflow runs in", "no such folder")
    try:
        with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
            flow = api.workflow(
                resource_settings=ResourceSettings(cores=1),
                config_settings=ConfigSettings(
                    config=parse_config(options.config), configfiles=files
                ),
                snakefile=snakefile,
                workdir=directory,
            )
            yield flow._workflow
    except (WorkflowError, ValueError) as error:
        raise InputError(snakefile, "a workflow that can be read", str(error)) from None
