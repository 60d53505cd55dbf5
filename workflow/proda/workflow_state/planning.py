"""Before Snakemake plans: results that are out of date are made again, and never reported.

Snakemake notices changed parameters, the digest of the code among them, by what it keeps in
``.snakemake``. The records beside the results hold more: they survive a copy, and distinguish a
change of content from one of time. Where they differ, results are marked as Snakemake marks
incomplete ones.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from snakemake.exceptions import IncompleteCheckpointException, WorkflowError
from snakemake.iocontainers import InputFiles, OutputFiles, Wildcards
from snakemake.logging import logger
from snakemake.settings.enums import RerunTrigger

from proda.errors import InputError
from proda.files import StrPath
from proda.workflow_state.compare import Results, summary
from proda.workflow_state.environment import check_results
from proda.workflow_state.record import job_settings

__all__ = ["guard", "results_of", "targets_of"]


class CurrentRule:
    """A rule of the present workflow.

    Attributes
    ----------
    rule
        Snakemake's.
    varies
        Whether its settings may depend on wildcards.
    """

    def __init__(self, rule: Any) -> None:
        self.rule = rule
        self.varies = any(_varies(value) for value in dict(rule.params.items()).values())

    def code(self) -> str:
        """Digest of its code."""
        return str(self.rule.params.code)

    def settings(self, wildcards: Mapping[str, str]) -> dict[str, Any]:
        """Return its settings, as they are stored in records."""
        filled = Wildcards(fromdict=dict(wildcards))
        params, _ = self.rule.expand_params(filled, InputFiles(), OutputFiles(), None)
        return job_settings(dict(params.items()))

    @cached_property
    def inputs(self) -> list[str] | None:
        """Paths of its inputs; None where they depend on wildcards or on a checkpoint."""
        if self.rule.has_wildcards():
            return None
        try:
            found, _, _, incomplete = self.rule.expand_input(Wildcards(fromdict={}))
        except (WorkflowError, IncompleteCheckpointException):
            return None
        return None if incomplete else [str(path) for path in found]

    def makes(self, path: StrPath) -> bool:
        """Whether a file is one of its results."""
        return any(output.match(path) for output in self.rule.output)


def _varies(value: object) -> bool:
    """Whether Snakemake fills wildcards into the value of a parameter."""
    if isinstance(value, list):
        return any(_varies(each) for each in value)
    return callable(value) or (isinstance(value, str) and "{" in value)


def results_of(workflow: Any, folder: StrPath) -> Results:
    """Return the results of a workflow in the folder of its dataset."""
    rules = {
        rule.name: CurrentRule(rule)
        for rule in workflow.rules
        if "code" in dict(rule.params.items())
    }
    outside = [
        str(output)
        for rule in rules.values()
        for output in rule.rule.output
        if not rule.rule.has_wildcards() and not Path(output).is_relative_to(folder)
    ]
    return Results(folder, rules, outside)


def targets_of(workflow: Any, names: Iterable[str] = ()) -> list[str]:
    """Return the files of targets, which are rules or files; without any, of the whole workflow."""
    found: list[str] = []
    for name in list(names) or [workflow.default_target]:
        if not workflow.is_rule(name):
            found.append(str(name))
            continue
        rule = workflow.get_rule(name)
        files = rule.output or rule.input
        found += [str(file) for file in files if not callable(file) and "{" not in str(file)]
    return list(dict.fromkeys(found))


def guard(workflow: Any, folder: StrPath, omitted: Iterable[str] = ()) -> None:
    """Let Snakemake compare the results with the present workflow when it plans or reports.

    Processes of single jobs, which plan nothing, are not affected.

    Parameters
    ----------
    workflow
        Snakemake's.
    folder
        Of the results.
    omitted
        What this configuration does not make, and why, a line each.
    """
    if not workflow.is_main_process:
        return
    prepare, report = workflow._prepare_dag, workflow.create_report

    def prepare_dag(*arguments: Any, **options: Any) -> None:
        try:
            # Not when the Snakefile is read: the status of results on a read-only disk is reported.
            check_results(folder)
        except InputError as error:
            raise WorkflowError(str(error)) from None
        prepare(*arguments, **options)
        for line in omitted:
            logger.info(f"Not made: {line}")
        triggers = workflow.dag_settings.rerun_triggers
        results = results_of(workflow, folder)
        differences = [
            difference
            for difference in results.differences()
            if RerunTrigger.PARAMS in triggers or difference.reason == "inputs"
        ]
        for line in summary(differences):
            logger.info(f"Out of date, made again if needed: {line}")
        again = {difference.path for difference in differences}
        # No job would notice; and what a user edited is not removed without being asked for.
        for line in summary(each for each in results.broken_ends() if each.path not in again):
            logger.warning(f"{line} (remove it, and the workflow makes it again)")
        workflow.dag.forcefiles.update(again)

    def create_report(*arguments: Any, **options: Any) -> None:
        targets = targets_of(workflow, workflow.dag_settings.targets)
        differences, _ = results_of(workflow, folder).needed_for(targets)
        others = [each for each in differences if each.reason != "missing"]
        if others:
            expected = "results of this configuration, code and data to report"
            hint = "run the workflow first, or report with the configuration they were made with"
            found = f"{len(others)} that are not:\n  " + "\n  ".join(summary(others)) + "\n"
            raise WorkflowError(str(InputError(folder, expected, found, hint)))
        report(*arguments, **options)

    workflow._prepare_dag, workflow.create_report = prepare_dag, create_report
