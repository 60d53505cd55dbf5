"""All facts of a run, from the tables that it has."""

from collections.abc import Mapping

from proda.evaluation.labels import read_certificates, read_labels
from proda.files import StrPath
from proda.summary.facts import Facts, Run
from proda.summary.read_maps import read_applicability, read_totals, read_validation
from proda.summary.read_profiles import read_certification, read_profiles
from proda.summary.read_skill import read_coverage, read_skill
from proda.summary.read_studies import read_change, read_mechanisms

__all__ = ["collect_facts"]

POINTS = "validation_"


def collect_facts(run: Run, tables: Mapping[str, StrPath]) -> Facts:
    """Read the facts of a run.

    Parameters
    ----------
    run
        What was run.
    tables
        {name of a table: its path}: labels, ledger, outcomes and posteriors; and those of skill,
        differences, totals, adjustment, checks, applicability, truth, mechanisms, changes and claim
        that the run has, and validation_<name> of each set of points.

    Raises
    ------
    InputError
        For a damaged table.
    """
    labels, notes = read_labels(tables["labels"]), read_certificates(tables["labels"])
    skill = read_skill(tables["skill"], tables["differences"]) if "skill" in tables else None
    points = {
        name.removeprefix(POINTS): path for name, path in tables.items() if name.startswith(POINTS)
    }
    validation = [read_validation(name, path) for name, path in points.items()]
    return Facts(
        run=run,
        profiles=read_profiles(tables["ledger"], tables["outcomes"]),
        certificates=read_certification(tables["posteriors"], labels, notes),
        skill=skill,
        totals=(
            read_totals(tables["totals"], skill, tables.get("truth"), tables.get("adjustment"))
            if "totals" in tables
            else None
        ),
        coverage=read_coverage(tables["checks"]) if "checks" in tables else (),
        applicability=(
            read_applicability(tables["applicability"]) if "applicability" in tables else ()
        ),
        mechanisms=(
            read_mechanisms(tables["mechanisms"], skill) if "mechanisms" in tables else None
        ),
        change=(
            read_change(tables["changes"], tables.get("claim"), labels)
            if "changes" in tables
            else None
        ),
        validation=tuple(one for one in validation if one),
    )
