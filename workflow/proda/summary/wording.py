"""Numbers and lists within sentences."""

import math
from collections.abc import Sequence

from proda.summary.facts import Estimate

__all__ = ["amount", "count", "joined", "number", "percent", "with_interval"]


def number(value: float) -> str:
    """A measured value with about three significant digits, and no exponent."""
    if not math.isfinite(value):
        return "unknown"
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 else 3
    text = f"{value:,.{digits}f}"
    if size < 0.1:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace("-", "\N{MINUS SIGN}")


def with_interval(found: Estimate, name: str = "") -> str:
    """A value with its interval in brackets, which ``name`` describes."""
    text = number(found.value)
    if found.low is None or found.high is None:
        return text
    return f"{text} ({f'{name}: ' if name else ''}{number(found.low)} to {number(found.high)})"


def percent(fraction: float) -> str:
    """A fraction as a whole percentage; all and none only where it is all and none."""
    value = 100 * fraction
    if 0 < value < 1:
        return "less than 1 %"
    if 99 < value < 100:
        return "more than 99 %"
    return f"{value:.0f} %"


def count(n: int, thing: str) -> str:
    """A number of things."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def amount(part: int, whole: int, thing: str) -> str:
    """``382 of 400 profiles``."""
    return f"{part:,} of {count(whole, thing)}"


def joined(texts: Sequence[str]) -> str:
    """Texts in a list: one, two and three."""
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} and {texts[-1]}"
