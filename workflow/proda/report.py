r"""The report shows texts of the user as text.

Snakemake writes settings, paths and captions as JSON into scripts of report.html. JSON leaves ``<``
unchanged, so that ``</script>`` in a name would end the script, and what follows it would run in
the browser of whoever opens the report. Written as ``\u003c`` it is the same text to the script
and has no meaning to the browser.
"""

import json
import sys
from types import SimpleNamespace

from proda.errors import InputError

__all__ = ["escape_report", "reporting", "script_json"]

REPORTER = "snakemake.report.html_reporter"
WRITERS = {"", ".data.categories", ".data.results", ".data.rules"}
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def script_json(value: object, **options: object) -> str:
    """``json.dumps`` for a script within HTML: these characters occur only within its texts."""
    return json.dumps(value, **options).translate(_ESCAPES)  # type: ignore[arg-type]  # passed on


def reporting() -> bool:
    """Whether this process makes a report."""
    return REPORTER in sys.modules


def escape_report() -> None:
    """Let the reporter of Snakemake, if this process has it, write its JSON by `script_json`.

    A version of it that writes no JSON in the places known here makes no report at all, so that
    none is left unescaped unnoticed.
    """
    if not reporting():
        return
    writers = {
        name.removeprefix(REPORTER): module
        for name, module in sys.modules.items()
        if (name == REPORTER or name.startswith(f"{REPORTER}.")) and hasattr(module, "json")
    }
    if not writers.keys() >= WRITERS:
        sys.modules[REPORTER].Reporter.render = _refuse
    for module in writers.values():
        vars(module)["json"] = SimpleNamespace(**vars(json) | {"dumps": script_json})


def _refuse(reporter: object) -> None:
    raise InputError(
        "report",
        "a version of Snakemake whose report is known to show names as text",
        "one that makes its report in another way",
        "use the version in envs/requirements.lock",
    )
