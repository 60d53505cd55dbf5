"""Whether the posteriors that a result rests on are certified, as files and tables state it.

A result can rest on one posterior, that of all profiles in one batch, or on those of the used
profiles: their own SOC, parameters drawn from them, and what is learned from them. Every such file
has the global attributes ``certified``, 1 or 0, and ``certificate``, which for 0 says what failed.
They are handed on from draws to projections and maps; tables and figures mark what is not certified
with an asterisk.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import numpy.typing as npt

from proda.arrays import Mask
from proda.errors import InputError

__all__ = [
    "MARK",
    "Certification",
    "carried_certification",
    "certification_of_sites",
    "require_certification",
]

MARK = "*"
"""Follows the label of a method that rests on a posterior without certificate."""

ATTRIBUTES = ("certified", "certificate")
# Variables that only files of sampled posteriors have.
SAMPLED = ("rhat", "gelman_rubin")
NAMED = 3  # profiles in an error


@dataclass(frozen=True)
class Certification:
    """Whether what a result rests on is certified, and if not, why.

    Attributes
    ----------
    certified
        The answer.
    note
        What failed; empty if nothing did.
    """

    certified: bool
    note: str = ""

    @property
    def attributes(self) -> dict[str, Any]:
        """Global attributes of netCDF files that state it."""
        return {"certified": np.int8(self.certified), "certificate": self.note}


def certification_of_sites(certified: npt.ArrayLike, used: Mask) -> Certification:
    """Certification of what rests on the posteriors of the used profiles.

    Parameters
    ----------
    certified
        1 where the posterior of a profile is certified, (profiles,).
    used
        Which of them are used, (profiles,).
    """
    lacking = _lacking(certified, used)
    if not lacking.any():
        return Certification(True)
    note = f"{int(lacking.sum())} of {int(used.sum())} posteriors of profiles are not certified"
    return Certification(False, note)


def carried_certification(path: str | Path, file: netCDF4.Dataset) -> dict[str, Any]:
    """Attributes that files made from this one hand on; none for what rests on no posterior.

    Parameters
    ----------
    path
        Of the file, for messages.
    file
        An open file of draws or posteriors.

    Raises
    ------
    InputError
        For posteriors of an earlier version, which have no certificate.
    """
    found = {name: file.getncattr(name) for name in ATTRIBUTES if name in file.ncattrs()}
    sampled = any(name in file.variables for name in SAMPLED)
    if sampled and len(found) < len(ATTRIBUTES):
        raise InputError(
            path,
            f"posteriors with the attributes {' and '.join(ATTRIBUTES)}",
            ", ".join(found) or "neither",
            "of an earlier version: remove the file, and the workflow makes it again",
        )
    return found


def require_certification(
    path: str | Path,
    names: npt.ArrayLike,
    certified: npt.ArrayLike,
    failed: npt.ArrayLike,
    used: Mask,
) -> None:
    """Check that the posteriors of all used profiles are certified.

    Parameters
    ----------
    path
        File of site posteriors, for the message.
    names, certified, failed
        Identifier of each profile, 1 where it is certified, and what failed where it is not.
    used
        Which profiles are used.

    Raises
    ------
    InputError
        Names the first profiles without certificate and what failed.
    """
    state = certification_of_sites(certified, used)
    if state.certified:
        return
    lacking = np.flatnonzero(_lacking(certified, used))
    names, failed = np.asarray(names), np.asarray(failed)
    shown = [f"{names[i]} ({failed[i]})" for i in lacking[:NAMED]]
    more = f" and {len(lacking) - NAMED} more" if len(lacking) > NAMED else ""
    raise InputError(
        path,
        "certified posteriors of all used profiles (assimilation.require_certified)",
        f"{state.note}: {', '.join(shown)}{more}",
        "tables/assimilation_profiles.csv has the evidence; exclude such profiles with "
        "assimilation.exclude_flags: [not_certified], or let them be marked with "
        "assimilation.require_certified: false",
    )


def _lacking(certified: npt.ArrayLike, used: Mask) -> Mask:
    """Used profiles (profiles,) without certificate; a missing answer is none."""
    return used & ~(np.asarray(certified) == 1)
