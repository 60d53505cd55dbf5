"""The sentences that state the facts of a run."""

import math
from dataclasses import dataclass

from proda.summary.facts import (
    Change,
    Coverage,
    Facts,
    Held,
    MechanismControl,
    MethodSkill,
    Profiles,
    Skill,
    Total,
    Totals,
)
from proda.summary.wording import amount, count, joined, number, percent, with_interval

__all__ = ["Paragraph", "paragraphs"]

SKILL_UNIT = "kg C m\N{SUPERSCRIPT MINUS}\N{SUPERSCRIPT THREE}"
STOCK_UNIT = "kg C m\N{SUPERSCRIPT MINUS}\N{SUPERSCRIPT TWO}"
R2 = "R\N{SUPERSCRIPT TWO}"
SHOWN_REASONS = 4


@dataclass(frozen=True)
class Paragraph:
    """Sentences under a title.

    Attributes
    ----------
    answer
        Whether they answer what the run was made for, or state what the answer rests on.
    """

    title: str
    text: str
    answer: bool = False


def paragraphs(facts: Facts) -> list[Paragraph]:
    """What was run, and what was found, the most important first.

    Parameters
    ----------
    facts
        Of the run.
    """
    found = [Paragraph("Run", _run(facts))]
    if facts.skill:
        found.append(Paragraph("Best method", _best(facts.skill), answer=True))
    if facts.totals:
        found.append(Paragraph("Soil carbon of the region", _totals(facts.totals), answer=True))
    if facts.validation:
        found.append(Paragraph("Independent points", _validation(facts), answer=True))
    if facts.mechanisms and facts.mechanisms.held:
        found.append(Paragraph("Governing mechanism", _mechanisms(facts.mechanisms), answer=True))
    if facts.change:
        found.append(Paragraph("Change through time", _change(facts.change), answer=True))
    if facts.coverage or facts.applicability:
        found.append(Paragraph("Uncertainty", _uncertainty(facts)))
    found.append(Paragraph("Convergence", _convergence(facts)))
    found.append(Paragraph("Profiles", _profiles(facts.profiles)))
    return found


def _run(facts: Facts) -> str:
    run, profiles = facts.run, facts.profiles
    world = ", a synthetic world with known truth" if run.synthetic else ""
    grid = f" on a grid of {run.resolution:g}\N{DEGREE SIGN}" if facts.totals else ""
    return (
        f"Dataset {run.dataset}{world}: {count(profiles.used, 'soil profile')}{grid}. Matrix model "
        f"of soil carbon with {run.structure}; {run.error_model} error model; sampler "
        f"{run.sampler}; seed {run.seed}."
    )


def _best(skill: Skill) -> str:
    if not skill.ranking:
        return _fit(skill)
    best, where = skill.ranking[0], count(skill.profiles, "profile")
    if skill.held_out:
        text = (
            f"{best.label} predicts soil carbon best at {where}, each held out with its spatial "
            f"block: {_scores(best)}."
        )
    else:
        text = (
            f"{best.label} comes closest to soil carbon at {where}: {_scores(best)}. No profile "
            "was held out, as the run has no learner."
        )
    return " ".join(part for part in (text, _lead(skill), _fit(skill)) if part)


def _scores(one: MethodSkill) -> str:
    return (
        f"RMSE {with_interval(one.rmse, '95 % interval')} {SKILL_UNIT}, {R2} against the 1:1 line "
        f"{number(one.r2.value)}"
    )


def _lead(skill: Skill) -> str:
    if not skill.lead:
        return ""
    if skill.equals:
        are = "is" if len(skill.equals) == 1 else "are"
        text = (
            f"{joined(skill.equals)} {are} not distinguishable from it: the 95 % interval of the "
            "difference in RMSE contains zero."
        )
    else:
        label, difference = skill.lead[0]
        lead = with_interval(difference, "95 %")
        text = f"Its RMSE is lower than that of {label}, the next, by {lead}."
    beaten = [(label, found) for label, found in skill.lead if found.excludes_zero]
    if beaten and (skill.equals or len(beaten) > 1):
        label, difference = beaten[-1]
        text += f" {label} has the largest error, by {with_interval(difference, '95 %')} more."
    return text


def _fit(skill: Skill) -> str:
    one = skill.of_sites
    if one is None:
        return ""
    return (
        f"Fitted to each site itself, the model has an RMSE of {number(one.rmse.value)} and an "
        f"{R2} of {number(one.r2.value)}, which is a fit and no prediction."
    )


def _totals(totals: Totals) -> str:
    values = {one.label: one for one in totals.methods}
    if totals.best:
        text = f"To 1 m, {_pg(values[totals.best])} by {totals.best}, the best method with a map."
        if len(values) > 1:
            text += f" The methods range from {_ends(totals.methods)}."
    else:
        text = f"To 1 m, {joined([f'{_pg(one)} by {one.label}' for one in totals.methods])}."
    if len(totals.adjusted) > 1:
        text += (
            " Adjusted to have no bias at held-out horizons, they range from "
            f"{_ends(totals.adjusted)}."
        )
    references = [f"{one.label} {number(one.pg.value)} Pg" for one in totals.references]
    if references:
        text += f" Reference products: {joined(references)}."
    if totals.truth is not None:
        text += f" The truth is {number(totals.truth)} Pg."
    return text


def _ends(totals: tuple[Total, ...]) -> str:
    """The smallest and the largest of two or more totals."""
    order = sorted(totals, key=lambda one: one.pg.value)
    return " to ".join(f"{number(one.pg.value)} Pg by {one.label}" for one in (order[0], order[-1]))


def _pg(one: Total) -> str:
    text = f"{number(one.pg.value)} Pg C"
    if one.pg.low is None or one.pg.high is None:
        return text
    return f"{text} (5-95 % of its draws or members {number(one.pg.low)} to {number(one.pg.high)})"


def _validation(facts: Facts) -> str:
    return " ".join(
        f"At {count(one.points, 'point')} of {one.name}, used in no fit, the map by {one.label} is "
        f"closest: RMSE {with_interval(one.rmse, '95 %')} {STOCK_UNIT}, {R2} against the 1:1 line "
        f"{number(one.r2.value)}."
        for one in facts.validation
    )


def _mechanisms(found: MechanismControl) -> str:
    first = found.held[0]
    text = (
        f"Held at {found.constant} in {found.learner}, {first.label.lower()} changes the stocks at "
        f"held-out sites most: the variance of the change is {_of_variance(first)}."
    )
    own = [one for one in found.held if one.first_percent is not None]
    if own:
        one = own[0]
        text += (
            " Of the mechanisms that consist of parameters alone, without amount of input or "
            f"climate, it is {one.label.lower()}"
        )
        text += "" if one is first else f": {_of_variance(one)}"
        if one.first_percent is not None and math.isfinite(one.first_percent):
            text += f"; it is first in {percent(one.first_percent / 100)} of resampled blocks"
        others = joined([f"{x.label.lower()} {number(x.unexplained.value)}" for x in own[1:3]])
        text += f"; {others}." if others else "."
        skilful = max(own, key=lambda held: held.loss)
        if skilful is not one:
            text += (
                f" {R2} falls most, by {number(skilful.loss)}, with "
                f"{skilful.label.lower()} held: the two measures differ, so that which of them "
                "comes first is uncertain."
            )
    return text


def _of_variance(held: Held) -> str:
    return (
        f"{with_interval(held.unexplained, '95 %')} of that of the stocks, and {R2} of the "
        f"observations falls by {number(held.loss)}"
    )


def _change(change: Change) -> str:
    values = [one.pg.value for one in change.sets]
    years = f"{change.first_year} to {change.last_year}"
    direction = "gains" if min(values) > 0 else "loses" if max(values) < 0 else "changes by"
    low, high = sorted((abs(min(values)), abs(max(values))))
    if direction == "changes by":
        low, high = min(values), max(values)
    text = f"From {years} under changing climate and input, soil {direction} {number(low)}"
    text += f" to {number(high)} Pg C" if len(values) > 1 else " Pg C"
    text += ", depending on the parameters"
    text += "." if change.truth is None else f"; the truth is {number(change.truth)} Pg."
    text += " " + "; ".join(f"{one.label} {with_interval(one.pg)}" for one in change.sets) + "."
    if change.claim_holds:
        verb = "holds" if change.claim_holds == "yes" else "does not hold"
        text += (
            " The claim that parameters that vary in space gain carbon, and uniform ones lose it, "
            f"{verb} here."
        )
    return text


def _uncertainty(facts: Facts) -> str:
    texts = []
    held_out = [one for one in facts.coverage if one.held_out]
    best = facts.skill.ranking[0].label if facts.skill and facts.skill.ranking else ""
    shown = [one for one in held_out if one.label == best] or held_out or list(facts.coverage)
    if shown:
        texts.append(_coverage(shown[0]))
    if facts.applicability:
        least = max(facts.applicability, key=lambda one: one.land)
        texts.append(
            "The area of applicability of the learners, where covariates are like those of the "
            f"profiles, is {percent(1 - least.land)} of the land."
        )
    return " ".join(texts)


def _coverage(one: Coverage) -> str:
    where = "held-out observations" if one.held_out else "the observations it was fitted to"
    text = f"90 % predictive intervals of {one.label} contain {percent(one.fraction)} of {where}"
    return text + (f"; widened by {number(one.factor)} they would be right." if one.factor else ".")


def _convergence(facts: Facts) -> str:
    found = facts.certificates
    share = f" ({percent(found.certified / found.fitted)})" if found.fitted else ""
    text = f"{amount(found.certified, found.fitted, 'site posterior')} are certified{share}."
    for label in found.pooled:
        text += f" So is the posterior of {label}."
    for one in found.pooled_uncertified:
        text += f" The posterior of {one.label} is not."
    return text


def _profiles(profiles: Profiles) -> str:
    text = f"{amount(profiles.accepted, profiles.source, 'profile')} of the source are accepted"
    reasons = [f"{one.reason} {one.profiles:,}" for one in profiles.not_accepted]
    if reasons:
        rest = sum(one.profiles for one in profiles.not_accepted[SHOWN_REASONS:])
        shown = reasons[:SHOWN_REASONS] + ([f"other reasons {rest:,}"] if rest else [])
        text += f"; the others are excluded for {joined(shown)}"
    text += f". {amount(profiles.used, profiles.accepted, 'accepted profile')} are used"
    aside = [f"{one.reason} {one.profiles:,}" for one in profiles.set_aside]
    return text + (f"; not used: {joined(aside)}." if aside else ".")
