"""Which horizons are organic by their designation.

Soil Taxonomy and its field book call organic horizons O (Oi, Oe, Oa), FAO and WRB O and H (Hi, He,
Ha), Canada and Britain L, F and H or their combinations (LFH, FH), older texts A0 and A00. Before
the letter may stand the number of a lithologic discontinuity (2Oa, IIOh), ``^`` for material that
was moved by humans (^Oe) or a small letter (German hH, nH for peat); after it come small letters,
numbers and primes (Oab2, O'). Of a mixture or transition the first letter counts, which denotes
the larger part: Oe/A is organic, A/Oe is not. Ah, AO, Bh, limnic Ldi and Lma (diatomaceous earth,
marl), and names such as Loam or Layer 1 are not.
"""

import re

import pandas as pd

from proda.errors import InputError

__all__ = ["ORGANIC_PATTERN", "organic_by_designation"]

_PREFIX = r"[\^*('\[]*\d{0,2}[\^']?(?:I{1,3}|IV|V|VI{1,3})?"
_WORDS = r"[Oo]rganic|ORGANIC|[Ll]itter|LITTER|[Hh]umus|HUMUS|[Pp]eat|PEAT|[Dd]uff|[Ff]orest floor"
_LETTERS = (
    r"(?:[a-z]{1,2}(?=[OH]))?(?:"
    r"O[a-z]{0,4}|O[AEFHILM]"  # Soil Taxonomy, WRB; the French OL, OF, OH
    r"|H(?!or)[a-z]{0,2}|H[AEI]"  # WRB, Canada
    r"|F[amzi]?|L(?:[nvs]|co)?"  # Canada; coprogenous earth
    r"|L[-/]?F(?:[-/]?H)?[a-z]?|L[-/]?H[a-z]?|F[-/]?H[a-z]?"
    r"|A00?(?!\d)|Aoo?(?!\d)"
    r"|o[ieahflm]?[a-z]?|h[iea]?|l|f|lf|lfh|fh|lh"  # written small
    r")"
)
# A letter after it would make it another word; digits, primes and separators do not.
ORGANIC_PATTERN = rf"{_PREFIX}(?:{_WORDS}|{_LETTERS}(?![A-Za-z]))"


def organic_by_designation(designations: pd.Series, pattern: str | None = None) -> pd.Series:
    """Whether each designation begins with the pattern of organic horizons.

    Parameters
    ----------
    designations
        Text.
    pattern
        A regular expression in place of ORGANIC_PATTERN; case matters.

    Raises
    ------
    InputError
        If the pattern is not a regular expression.
    """
    try:
        expression = re.compile(ORGANIC_PATTERN if pattern is None else pattern)
    except re.error as error:
        raise InputError(
            "source.organic_pattern", "a regular expression", f"{pattern!r}: {error}"
        ) from None
    return designations.str.strip().str.match(expression)
