"""Soil profiles: from a published database or a plain table to SOC density, every loss recorded.

`collect_profiles` is the entry point. All readers return the same two tables:

profiles: indexed by ``profile_id`` (text, sorted), ``longitude``, ``latitude`` (degrees east and
north; NaN where missing, unreadable or contradictory) and ``n_horizons`` (rows of the source).

horizons: only those of the wanted profiles, in any order:

==========================  ================================================================
``profile_id``              text
``horizon_id``              the source's identifier, or ``line <n>`` of a plain table
``upper_depth``             m below the surface, positive down
``lower_depth``             m below the surface, positive down
``organic``                 True where the source states litter or organic surface material
``organic_carbon``          g kg-1 of fine earth
``bdfi*``                   kg dm-3, bulk density of the fine earth (see ``density``)
``bdws*``                   kg dm-3, bulk density of the whole soil
``coarse_fragments_volume`` volume %
``coarse_fragments_mass``   mass %
``unreadable``              what could not be read in this row, or an empty text
==========================  ================================================================

Numbers are NaN where the source has none.
"""

from proda.data.profiles.collect import collect_profiles
from proda.data.profiles.horizons_file import read_horizons, write_horizons
from proda.data.profiles.ledger import accepted_sites, read_ledger

__all__ = ["accepted_sites", "collect_profiles", "read_horizons", "read_ledger", "write_horizons"]
