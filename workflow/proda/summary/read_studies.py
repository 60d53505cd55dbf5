"""Facts of the analysis of mechanisms and of runs through time."""

from collections.abc import Mapping

from proda.files import StrPath
from proda.summary.facts import Change, Held, MechanismControl, Skill, Total
from proda.summary.read_skill import estimate
from proda.tables import read_table

__all__ = ["read_change", "read_mechanisms"]


def read_mechanisms(table: StrPath, skill: Skill | None) -> MechanismControl | None:
    """What holding each mechanism at its mean over the sites changes, in the best learner.

    Parameters
    ----------
    table
        tables/component_control_skill.csv.
    skill
        Of the methods, the best first.
    """
    from proda.analysis.control import (  # imports the compiled model
        COMPONENTS,
        MEAN_OF_SITES,
        RANKED,
    )

    rows = read_table(table, ["method", "label", "constant", "component", "depth", "certificate"])
    rows = rows[(rows["depth"] == "all") & (rows["constant"] == MEAN_OF_SITES)]
    names = list(rows["method"].unique())
    ranked = [one.method for one in skill.ranking if one.method in names] if skill else []
    if not names:
        return None
    own = rows[rows["method"] == (ranked or names)[0]].set_index("component")
    held = []
    for one in COMPONENTS:
        if len(one.mechanisms) == 1 and one.name in own.index:
            row = own.loc[one.name]
            loss = -float(row["r2_one_to_one_difference"])
            unexplained = estimate(row, "unexplained_variation")
            first = float(row["first_percent"]) if one.name in RANKED else None
            held.append(Held(one.label, unexplained, loss, first))
    held.sort(key=lambda one: -one.unexplained.value)
    label = str(own["label"].iloc[0])
    return MechanismControl(label, "its mean over the sites", tuple(held))


def read_change(
    changes: StrPath, claim: StrPath | None, labels: Mapping[str, str]
) -> Change | None:
    """Change of soil organic carbon under changing climate, by parameter set.

    Parameters
    ----------
    changes, claim
        tables/transient_changes.csv and transient_claim.csv.
    labels
        Of the methods.
    """
    from proda.transient.parameter_sets import TRUTH, set_label
    from proda.transient.scenarios import ALL
    from proda.transient.tables import SOC, WHOLE

    rows = read_table(changes, ["set", "scenario", "pool", "depth", "certificate"])
    whole = (rows["pool"] == SOC) & (rows["depth"] == WHOLE)
    rows = rows[whole & (rows["scenario"] == ALL.name)].set_index("set")
    if rows.empty:
        return None
    sets = tuple(
        Total(set_label(name, labels), estimate(row, "change_pg", "_p05", "_p95"))
        for name, row in rows.iterrows()
        if name != TRUTH
    )
    verdict = ""
    if claim:
        holds = read_table(claim, ["set", "as_claimed", "claim_holds", "certificate"])
        verdict = str(holds["claim_holds"].iloc[0])
    return Change(
        first_year=int(rows["first_year"].iloc[0]),
        last_year=int(rows["last_year"].iloc[0]),
        sets=sets,
        truth=float(rows.loc[TRUTH, "change_pg"]) if TRUTH in rows.index else None,
        claim_holds=verdict,
    )
