"""The summary of a run as the first page of its report, and the graph of rules as its last.

Snakemake's report shows the graph of rules first and has no place for a page before it. The scripts
of its page are therefore extended, as they are written, by ``first_page.js``: a page of its own
that shows first, and a menu whose first entry leads to it and whose last to the graph. A version of
Snakemake with other scripts makes no report.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from proda.errors import InputError
from proda.files import StrPath
from proda.report import REPORTER, reporting, script_json
from proda.resources import resource
from proda.summary.document import read_summary
from proda.summary.page import first_page

__all__ = ["extended", "put_first"]

FILTER = "get_resource_as_string"
APP, STYLE = "components/app.js", "style.css"
# What shows when the page is opened, and whether beside the menu: not where there is no room.
REPLACED = {
    'this.content = "rulegraph";': 'this.content = "summary";',
    "hideNavbar: false, navbarMode": "hideNavbar: window.innerWidth < 768, navbarMode",
}


def put_first(results: StrPath) -> None:
    """Let the report that this process makes, if it makes one, begin with the summary of a run.

    Without a summary among the results, as of a report of the inputs only, the report is
    Snakemake's own.

    Parameters
    ----------
    results
        Folder of the results, with summary.json.
    """
    folder = Path(results)
    if not reporting() or not (folder / "summary.json").exists():
        return
    reporter = sys.modules[REPORTER].Reporter
    render = reporter.render

    def render_with_first_page(self: Any) -> None:
        explorer = folder / "explorer.html"
        address = os.path.relpath(explorer, Path(self.settings.path).parent)
        page = first_page(
            read_summary(folder / "summary.json"),
            quote(address) if explorer.exists() else None,
            str(folder / "figures"),
        )
        self.env.filters[FILTER] = extended(self.env.filters[FILTER], page)
        render(self)

    reporter.render = render_with_first_page


def extended(read: Callable[[str], str], page: str) -> Callable[[str], str]:
    """The function that reads the parts of the report's page, with those that show a first page.

    Parameters
    ----------
    read
        Snakemake's: the text of a part by its name.
    page
        HTML.

    Returns
    -------
    callable
        Raises InputError if a part is not what it was.
    """

    def read_extended(name: str) -> str:
        text = read(name)
        if name == STYLE:
            return text + resource("first_page.css").read_text(encoding="utf-8")
        if name != APP:
            return text
        for old, new in REPLACED.items():
            if text.count(old) != 1:
                raise InputError(
                    "report",
                    "a version of Snakemake whose report is known to begin with another page",
                    f"{text.count(old)} times {old!r} in its {name}",
                    "use the version in envs/requirements.lock",
                )
            text = text.replace(old, new)
        script = resource("first_page.js").read_text(encoding="utf-8")
        return f"const first_page = {script_json(page)};\n{script}\n{text}"

    return read_extended
