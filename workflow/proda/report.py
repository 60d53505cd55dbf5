"""The report shows texts of the user as text.

Snakemake writes settings, paths and captions as JSON into scripts of report.html. JSON leaves ``<``
as it is, so that ``</script>`` in a name would end the script, and what follows it would run in the
browser of whoever opens the report. Written as ``\\u003c`` it is the same text to the script and
nothing to the browser.
"""

import json
import sys
from types import SimpleNamespace

__all__ = ["escape_report", "script_json"]

REPORTER = "snakemake.report.html_reporter"
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def script_json(value, **options):
    """``json.dumps`` for a script within HTML: these characters stand only within its texts."""
    return json.dumps(value, **options).translate(_ESCAPES)


def escape_report():
    """Let the reporter of Snakemake, if this process has it, write its JSON by `script_json`.

    Raises RuntimeError for a reporter that writes no JSON where this one does, so that another
    version of Snakemake cannot leave the report open unnoticed.
    """
    if REPORTER not in sys.modules:
        return
    writers = [
        module
        for name, module in sys.modules.items()
        if (name == REPORTER or name.startswith(f"{REPORTER}.")) and hasattr(module, "json")
    ]
    names = {module.__name__.removeprefix(REPORTER) for module in writers}
    missing = {"", ".data.categories", ".data.results", ".data.rules"} - names
    if missing:
        raise RuntimeError(f"this Snakemake makes its report in another way: {sorted(missing)}")
    for module in writers:
        module.json = SimpleNamespace(**vars(json) | {"dumps": script_json})
