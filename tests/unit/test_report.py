"""Texts of the user in the report of Snakemake: shown, and never run."""

import base64
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest

from proda import report as module
from proda.errors import InputError
from proda.report import escape_report, reporting, script_json
from proda.report_page import extended, put_first
from proda.summary.document import Summary
from proda.summary.page import first_page
from proda.summary.pictures import Picture
from proda.summary.sentences import Paragraph

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

SUMMARY = Summary(
    dataset=EVIL,
    paragraphs=(
        Paragraph("Run", f"of {EVIL}"),
        Paragraph("Best method", f"{EVIL} by 3 %", answer=True),
        Paragraph("Convergence", "400 of 400"),
    ),
    cautions=(f"beware of {EVIL}",),
    pictures=(Picture("skill", "Skill."),),
)


def test_the_first_page_shows_texts_of_the_user_as_text():
    page = first_page(SUMMARY, 'a"b.html', "results/a&b/figures")
    assert "<script" not in page and "onerror=" in page and "<img src=x" not in page
    found = Scripts()
    found.feed(page)
    assert found.tags.count("section") == 3 and found.tags.count("img") == 1
    assert (
        'href="a&quot;b.html"' in page and 'data-result="results/a&amp;b/figures/skill.png"' in page
    )
    order = [page.index(x) for x in ("of &lt;", "Best method", "explorer", "Cautions", "figure")]
    assert order == sorted(order) and page.index("Convergence") > order[-1]
    assert "3&nbsp;%" in page
    without = first_page(replace(SUMMARY, cautions=()), None, "figures")
    assert "explorer" not in without and "<p>None.</p>" in without


def test_only_the_parts_of_the_page_that_show_first_are_extended():
    parts = {
        "components/app.js": 'this.content = "rulegraph"; x = { hideNavbar: false, navbarMode: 1 }',
        "style.css": ".a {}",
        "components/menu.js": "menu",
    }
    read = extended(parts.__getitem__, "<p>first</p>")
    assert read("components/menu.js") == "menu"
    assert read("style.css").startswith(".a {}") and "#first-page" in read("style.css")
    app = read("components/app.js")
    assert 'first_page = "\\u003cp\\u003efirst' in app and "class FirstPage" in app
    assert app.endswith(
        'this.content = "summary"; x = { hideNavbar: window.innerWidth < 768, navbarMode: 1 }'
    )
    parts["components/app.js"] = "another app"
    with pytest.raises(InputError, match=r"expected a version of Snakemake .* found 0 times"):
        read("components/app.js")


def test_a_process_that_makes_no_report_leaves_the_reporter_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "sys", SimpleNamespace(modules={module.REPORTER: None}))
    assert reporting()
    # A report without a summary, of the inputs for instance, is Snakemake's own.
    put_first(tmp_path)
    monkeypatch.setattr(module, "sys", SimpleNamespace(modules={}))
    assert not reporting()
    (tmp_path / "summary.json").write_text("{}")
    put_first(tmp_path)
