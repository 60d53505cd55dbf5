"""The section ``profiles`` of a draft."""

from proda.inspection.draft_material import Material, write_layout
from proda.inspection.guessed_tables import GuessedTable
from proda.inspection.units import unit_text

__all__ = ["write_profiles"]

_UNIT_KEYS = {
    "depth": "depth_unit",
    "organic_carbon": "organic_carbon_unit",
    "bulk_density": "bulk_density_unit",
    "coarse_fragments": "coarse_fragments_unit",
}
_OPTIONAL = ("bulk_density", "coarse_fragments", "horizon")


def write_profiles(found: Material) -> None:
    """Write the section `profiles`.

    Parameters
    ----------
    found
        What the configuration is drafted from.
    """
    lines = found.lines
    lines.blank()
    lines.section("profiles")
    lines.section("source", 1)
    if found.snapshot is not None and not found.horizons:
        form, parent = found.snapshot
        lines.key("format", form, 2, "files named as in that snapshot of WoSIS")
        lines.key("path", found.name(parent) if parent != found.folder else ".", 2)
        for path in found.files:
            if path.parent == parent:
                found.recognised[found.name(path)] = "soil profiles of WoSIS"
        return
    table = found.horizons[0]
    others = [found.name(other.path) for other in found.horizons[1:]]
    if found.snapshot is not None:
        others.append(f"{found.name(found.snapshot[1])} ({found.snapshot[0]})")
    if others:
        lines.comment("Also profiles, not used here (see profiles.sources):", 2)
        for other in others:
            lines.comment(f"  {other}", 2)
    lines.key("format", "table", 2, "a row per horizon")
    lines.key("path", found.name(table.path), 2)
    found.recognised[found.name(table.path)] = "soil horizons"
    write_layout(found, table, 2)
    for quantity, guess in table.units.items():
        if quantity in _UNIT_KEYS:
            doubt = table.doubts.get(f"{quantity}_unit")
            lines.key(_UNIT_KEYS[quantity], guess.unit, 2, guess.reason, doubt)
    lines.section("columns", 2)
    for name, column in table.columns.items():
        lines.key(name, column, 3, _about(table, name), table.doubts.get(name))
    for absent in _OPTIONAL:
        if absent not in table.columns:
            lines.key(absent, None, 3, "no such column was recognised")
    if "longitude" not in table.columns:
        _site_table(found, table)


def _site_table(found: Material, table: GuessedTable) -> None:
    if not found.sites:
        lacking = "no table with longitude and latitude was recognised"
        found.lines.comment(f"CONFIRM: {lacking}", 2)
        found.lines.doubts.append(f"profiles.source: {lacking}")
        return
    sites = found.sites[0]
    found.lines.section("sites", 2)
    found.lines.key("path", found.name(sites.path), 3, "a row per profile, with its place")
    found.recognised[found.name(sites.path)] = "sites of the profiles"
    write_layout(found, sites, 3)
    found.lines.section("columns", 3)
    for name, column in sites.columns.items():
        doubt: str | None = None
        if name == "profile_id":
            ids = table.columns[name]
            known = set(sites.source.table[column])
            here = set(table.source.table[ids if isinstance(ids, str) else ids[0]])
            share = len(here & known) / max(1, len(here))
            doubt = f"{share:.0%} of the profiles have a site" if share < 1 else None
        found.lines.key(name, column, 4, doubt=doubt)


def _about(table: GuessedTable, name: str) -> str | None:
    guess = table.units.get({"upper_depth": "depth", "lower_depth": "depth"}.get(name, name))
    return unit_text(guess.unit) if guess else None
