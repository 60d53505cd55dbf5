"""The page itself: one html file that holds everything, and asks for nothing else.

A content security policy forbids the browser to load anything, so that a page that would need the
network shows it at once. Bokeh numbers its models anew in every process; they are numbered in the
order of the page here, so that the same results give the same bytes.
"""

import html
import json
import re
from pathlib import Path
from typing import Any

from bokeh.embed import json_item
from bokeh.resources import Resources

from proda.explorer.collect import collect
from proda.explorer.encoding import RELATIVE_ERROR
from proda.explorer.payload import Payload
from proda.explorer.plots import PALETTES, depth_plot, map_plot
from proda.explorer.run_files import RunFiles
from proda.files import atomic_path
from proda.resources import resource

__all__ = ["make_page", "write_explorer"]

SCRIPTS = (
    resource("explorer_data.js"),
    resource("explorer_map.js"),
    resource("explorer_details.js"),
    resource("explorer_selection.js"),
    resource("explorer_downloads.js"),
    resource("explorer_page.js"),
)
STYLE = resource("explorer.css")
TEMPLATE = resource("explorer.html")
NO_PLACE = 1.0  # degrees about a single place


def write_explorer(files: RunFiles, dataset: str, target: str | Path) -> None:
    """Write the page of a run.

    Parameters
    ----------
    files
        Of the run.
    dataset
        Its name.
    target
        File to write.

    Raises
    ------
    InputError
        For files that are damaged or do not belong together.
    """
    page = make_page(collect(files, dataset))
    with atomic_path(target) as temporary:
        temporary.write_text(page, encoding="utf-8")


def make_page(payload: Payload) -> str:
    """The page of what was collected; the same text for the same payload.

    Parameters
    ----------
    payload
        Of `proda.explorer.collect.collect`.
    """
    about = payload.described()
    lines = about.pop("outline", [])
    methods = about["methods"]
    plots = {
        "map": map_plot(_extent(payload, lines), lines, about["profiles"]["fitted"]),
        "depth": depth_plot(methods),
    }
    about |= {"palettes": PALETTES, "relative_error": RELATIVE_ERROR}
    parts = {
        "title": html.escape(f"Soil organic carbon explorer: {about['dataset']}"),
        "style": STYLE.read_text(encoding="utf-8"),
        "bokeh": "\n".join(Resources("inline", components=["bokeh"]).js_raw),
        "about": _json(about),
        "plots": _numbered(_json({name: json_item(plot) for name, plot in plots.items()})),
        "blocks": "\n".join(
            f'<script type="text/plain" data-array="{html.escape(name)}">{block.text}</script>'
            for name, block in payload.blocks.items()
        ),
        "scripts": "\n".join(path.read_text(encoding="utf-8") for path in SCRIPTS),
    }
    template = TEMPLATE.read_text(encoding="utf-8")
    return re.sub(r"<!--(\w+)-->", lambda match: parts[match[1]], template)


def _extent(payload: Payload, lines: list[Any]) -> tuple[float, float, float, float]:
    """West, east, south and north end of the land, or of the cells or profiles without it."""
    grid = payload.about.get("grid")
    if lines:
        lon = [value for line in lines for value in line[0]]
        lat = [value for line in lines for value in line[1]]
        return min(lon), max(lon), min(lat), max(lat)
    if grid:
        west, south, size = grid["west"], grid["south"], grid["resolution"]
        return west, west + size * grid["columns"], south, south + size * grid["rows"]
    west, east, south, north = payload.about["places"]
    return west - NO_PLACE, east + NO_PLACE, south - NO_PLACE, north + NO_PLACE


def _json(content: Any) -> str:
    """JSON that may stand in a script of html, whatever texts it has."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _numbered(text: str) -> str:
    """Models of Bokeh, numbered in the order in which they appear."""
    found: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        return found.setdefault(match[0], f'"p{len(found) + 1}"')

    return re.sub(r'"(?:p\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"', number, text)
