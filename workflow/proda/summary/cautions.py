"""Cautions: what a reader has to know before relying on the results of a run."""

from dataclasses import dataclass

from proda.summary.facts import Facts
from proda.summary.wording import amount, count, joined, number, percent

__all__ = ["THRESHOLDS", "Thresholds", "cautions"]


@dataclass(frozen=True)
class Thresholds:
    """When a fact becomes a caution.

    Attributes
    ----------
    coverage
        Fraction of held-out observations within 90 % intervals; below it these are too narrow.
    outside
        Fraction of the land outside the area of applicability.
    uncertified
        Fraction of the site posteriors without certificate.
    not_accepted, set_aside
        Fraction of the profiles excluded before the fit, and of the accepted ones after it.
    profiles
        Number of profiles that score the methods: with fewer, intervals are wide, and resampled
        intervals too narrow.
    unscored
        Fraction of profiles where some method has no prediction.
    validation
        R2 against the 1:1 line at points used in no fit; below it no map explains their variation.
    total
        Relative distance of the total of the best method from the nearest reference product.
    """

    coverage: float = 0.85
    outside: float = 0.10
    uncertified: float = 0.05
    not_accepted: float = 0.25
    set_aside: float = 0.10
    profiles: int = 50
    unscored: float = 0.05
    validation: float = 0.10
    total: float = 0.20


THRESHOLDS = Thresholds()


def cautions(facts: Facts, limits: Thresholds = THRESHOLDS) -> list[str]:
    """What a reader has to know, as sentences; the gravest first, none if all is well.

    Parameters
    ----------
    facts
        Of the run.
    limits
        Beyond which a fact is a caution.
    """
    return [
        *_convergence(facts, limits),
        *_profiles(facts, limits),
        *_predictions(facts, limits),
        *_maps(facts, limits),
    ]


def _convergence(facts: Facts, limits: Thresholds) -> list[str]:
    found, posteriors = [], facts.certificates
    lacking = posteriors.fitted - posteriors.certified
    if lacking > limits.uncertified * posteriors.fitted:
        found.append(
            f"{amount(lacking, posteriors.fitted, 'site posterior')} are not certified; "
            f"{posteriors.hardest} fails most often. All results that rest on them are marked with "
            "an asterisk. A larger budget of draws lets the chains run on."
        )
    for one in posteriors.pooled_uncertified:
        found.append(f"The posterior of {one.label} is not certified: {one.note}.")
    return found


def _profiles(facts: Facts, limits: Thresholds) -> list[str]:
    found, profiles = [], facts.profiles
    lost = profiles.source - profiles.accepted
    if lost > limits.not_accepted * profiles.source:
        reasons = joined([f"{one.reason} ({one.profiles:,})" for one in profiles.not_accepted[:2]])
        found.append(
            f"{amount(lost, profiles.source, 'profile')} were not accepted, mostly for: {reasons}. "
            "What is mapped is the soil of the others."
        )
    aside = profiles.accepted - profiles.used
    if aside > limits.set_aside * profiles.accepted:
        reasons = joined([f"{one.reason} ({one.profiles:,})" for one in profiles.set_aside[:2]])
        found.append(
            f"{amount(aside, profiles.accepted, 'accepted profile')} are not in the results "
            f"({reasons}). Skill is that of the profiles that the model does fit."
        )
    return found


def _predictions(facts: Facts, limits: Thresholds) -> list[str]:
    found, skill = [], facts.skill
    if skill and skill.profiles < limits.profiles:
        found.append(
            f"Only {count(skill.profiles, 'profile')} score the methods: their order may change "
            "with the next few profiles."
        )
    if skill and skill.excluded > limits.unscored * (skill.profiles + skill.excluded):
        found.append(
            f"{amount(skill.excluded, skill.profiles + skill.excluded, 'profile')} do not count in "
            "the skill, because some method has no prediction there."
        )
    narrow = [one for one in facts.coverage if one.held_out and one.fraction < limits.coverage]
    if narrow:
        texts = [f"{one.label} {percent(one.fraction)}" for one in narrow]
        factors = [one.factor for one in narrow if one.factor is not None]
        wider = ""
        if factors:
            low, high = number(min(factors)), number(max(factors))
            wider = f" They have to be widened by factors of {low} to {high}."
            if low == high:
                wider = f" They have to be widened by a factor of {low}."
        found.append(
            "Predictive intervals are too narrow at held-out profiles: 90 % intervals contain "
            f"fewer observations ({joined(texts)}).{wider}"
        )
    return found


def _maps(facts: Facts, limits: Thresholds) -> list[str]:
    found = []
    large = [one for one in facts.applicability if one.land > limits.outside]
    if large:
        share = percent(max(one.land for one in large))
        found.append(
            f"{share} of the land lies outside the area of applicability of the learners: its "
            "covariates differ from those of all profiles, and the errors of the cross-validation "
            "do not hold there."
        )
    found += [
        f"No map explains the variation between the points of {one.name}, used in no fit: "
        f"R\N{SUPERSCRIPT TWO} against the 1:1 line is {number(one.r2.value)} at best."
        for one in facts.validation
        if one.r2.value < limits.validation
    ]
    totals = facts.totals
    best = [one for one in totals.methods if one.label == totals.best] if totals else []
    if totals and best and totals.references:
        values = [one.pg.value for one in totals.references]
        total = best[0].pg.value
        nearest = min(values, key=lambda value: abs(total - value))
        outside = not min(values) <= total <= max(values)
        if outside and abs(total - nearest) > limits.total * nearest:
            side = "below" if total < nearest else "above"
            found.append(
                f"The total of {best[0].label} lies {percent(abs(total - nearest) / nearest)} "
                f"{side} that of the nearest reference product."
            )
    return found
