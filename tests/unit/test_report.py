"""Texts of the user in the report of Snakemake: shown, and never run."""

import base64
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
from docutils.core import publish_parts

from proda import report as module
from proda.errors import InputError
from proda.report import escape_report, reporting, script_json

WORKFLOW = Path(__file__).parents[2] / "workflow"
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)><!--<script>&\u2028`"
SNAKEFILE = f"""
import sys
sys.path.insert(0, {str(WORKFLOW)!r})
from proda.report import escape_report
escape_report()
configfile: "config.json"
report: "report.rst"
rule table:
    input: "in</script.csv"
    output:
        report(
            "table.csv",
            caption="caption.rst",
            category=config["name"],
            subcategory=config["name"],
            labels={{config["name"]: config["name"]}},
        )
    params: name=config["name"], nested={{"path": [config["name"]]}}
    script: "table.py"
"""


class Scripts(HTMLParser):
    """What a browser takes for scripts, and the elements it finds."""

    def __init__(self):
        super().__init__()
        self.scripts, self.tags, self.within = {}, [], None

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.within = dict(attributes).get("id", "") if tag == "script" else None

    def handle_endtag(self, tag):
        self.within = None

    def handle_data(self, data):
        if self.within:
            self.scripts[self.within] = self.scripts.get(self.within, "") + data


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    (folder / "in<").mkdir()
    (folder / "in<" / "script.csv").write_text("x")
    (folder / "Snakefile").write_text(SNAKEFILE)
    (folder / "config.json").write_text(json.dumps({"name": EVIL}))
    (folder / "table.py").write_text(
        f"# {EVIL!r}\nopen(snakemake.output[0], 'w').write(snakemake.params.name)\n"
    )
    text = '``{{ snakemake.config["name"] }}`` \n'
    (folder / "report.rst").write_text(text)
    (folder / "caption.rst").write_text(text)
    snakemake = [sys.executable, "-m", "snakemake", "--cores", "1", "--directory", str(folder)]
    snakemake += ["--snakefile", str(folder / "Snakefile"), "--workflow-profile", "none"]
    for arguments in ([], ["--report", "report.html"]):
        run = subprocess.run([*snakemake, *arguments], cwd=folder, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
    return (folder / "report.html").read_text()


def test_no_text_of_the_user_ends_a_script(report):
    scripts = Scripts()
    scripts.feed(report)
    assert not {"img"} & set(scripts.tags)
    assert "alert(2)" in report and not re.search(r"<[^>]*\balert\(", report)
    found = {}
    for name in ("workflow-desc", "results", "categories", "rules"):
        # The whole script is one assignment of JSON, with the texts as they were.
        (text,) = re.fullmatch(r"\s*var \w+ = (.*);\s*", scripts.scripts[name], re.S).groups()
        found[name] = json.loads(text)
    (result,) = found["results"].values()
    assert result["labels"] == {EVIL: EVIL} and EVIL in result["job_properties"]["params"]
    assert found["categories"] == {EVIL: {EVIL: ["table.csv"]}}
    assert found["rules"]["table"]["input"] == ["in</script.csv"]
    for html in (result["caption"], found["workflow-desc"]):
        shown = re.sub("<!--.*?-->", "", html, flags=re.DOTALL)
        assert "&lt;img" in shown and "<img" not in shown and "<script" not in shown
    data = result["data_uri"].partition("base64,")[2]
    assert base64.b64decode(data).decode() == EVIL


def test_the_json_is_the_same_to_a_script():
    value = {"<": [EVIL, 1.5, None, True], "ä": "\u2029&amp;"}
    text = script_json(value, indent=1)
    assert json.loads(text) == value
    assert not set("<>&\u2028\u2029") & set(text)


def test_a_reporter_of_another_kind_makes_no_report(monkeypatch):
    class Reporter:
        def render(self):
            return "unsafe"

    other = SimpleNamespace(Reporter=Reporter)
    monkeypatch.setattr(module, "sys", SimpleNamespace(modules={module.REPORTER: other}))
    escape_report()
    with pytest.raises(InputError, match="report: expected a version of Snakemake whose report"):
        Reporter().render()


def test_a_process_without_a_reporter_needs_none(monkeypatch):
    monkeypatch.setattr(module, "sys", SimpleNamespace(modules={}))
    escape_report()


# --- the first page ------------------------------------------------------------------------------


def first_page(not_certified):
    text = (WORKFLOW / "report" / "workflow.rst").read_text()
    config = {"dataset": "twin"}
    if not_certified != "no report":
        config["not_certified"] = not_certified
    return jinja2.Template(text, trim_blocks=True, lstrip_blocks=True).render(
        snakemake=SimpleNamespace(config=config)
    )


def test_the_first_page_names_the_methods_without_certificate():
    page = first_page([("One-batch*", "q10: largest R-hat 1.3"), ("Random forest*", "2 of 9")])
    html = publish_parts(page, writer="html")["html_body"]
    assert "<strong>Not certified.</strong>" in html
    items = re.findall(r"<li>(?:<p.*?>)?(.*?)<", html)
    assert items == ["One-batch*: q10: largest R-hat 1.3", "Random forest*: 2 of 9"]
    assert "All posteriors" not in html


def test_the_first_page_says_that_all_is_certified_only_where_there_are_results():
    assert "All posteriors that the results rest on are certified." in first_page([])
    for unknown in (None, "no report"):
        assert "certified" not in first_page(unknown)


def test_only_a_process_that_makes_a_report_reads_results_for_it(monkeypatch):
    monkeypatch.setattr(module, "sys", SimpleNamespace(modules={module.REPORTER: None}))
    assert reporting()
    monkeypatch.setattr(module, "sys", SimpleNamespace(modules={}))
    assert not reporting()
