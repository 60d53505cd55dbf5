"""The report in a browser: it begins with the summary of the run, and asks for nothing."""

import dataclasses
import json
import shutil
import subprocess

import matplotlib.image
import numpy as np
import pytest

from proda.summary.document import Summary
from proda.summary.pictures import Picture
from proda.summary.sentences import Paragraph
from warm_python import warm_python
from workflow_runs import ROOT

pytestmark = pytest.mark.browser

NAME = "plains <b>& hills</b>"
SUMMARY = Summary(
    dataset=NAME,
    paragraphs=(
        Paragraph("Run", f"Dataset {NAME}: 382 soil profiles."),
        Paragraph("Best method", "Hybrid predicts soil carbon best, by 3 %.", answer=True),
        Paragraph("Convergence", "400 of 400 site posteriors are certified. " * 20),
    ),
    cautions=("Predictive intervals are too narrow.",),
    pictures=(Picture("figure_3", "Maps."), Picture("skill", "Skill."), Picture("gone", "Gone.")),
)
SNAKEFILE = f"""
import sys
sys.path.insert(0, {str(ROOT / "workflow")!r})
from proda.report import escape_report
from proda.report_page import put_first
escape_report()
put_first("results")
report: "about.rst"
rule all:
    input: "results/figures/figure_3.png", "results/figures/skill.png"
rule figure:
    input: "{{name}}.png"
    output: report("results/figures/{{name}}.png", category="Results", caption="about.rst")
    shell: "cp {{input}} {{output}}"
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """A report of two figures, one of them long, beside an explorer."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "Snakefile").write_text(SNAKEFILE)
    (folder / "about.rst").write_text("About this run.\n")
    for name, shape in (("figure_3", (300, 100, 3)), ("skill", (100, 300, 3))):
        matplotlib.image.imsave(folder / f"{name}.png", np.full(shape, 0.4))
    (folder / "results").mkdir()
    summary = json.dumps({"summary": dataclasses.asdict(SUMMARY)})
    (folder / "results" / "summary.json").write_text(summary)
    (folder / "results" / "explorer.html").write_text("<h1 id='explorer'>Explorer</h1>")
    for words in (["all"], ["--report", "results/report.html"]):
        words = [warm_python(), "-m", "snakemake", "--cores", "1", *words]
        words += ["--workflow-profile", "none"]
        run = subprocess.run(words, cwd=folder, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
    # Whoever moves the report and the explorer moves both.
    moved = tmp_path_factory.mktemp("moved to")
    for name in ("report.html", "explorer.html"):
        shutil.move(folder / "results" / name, moved)
    return moved / "report.html"


@pytest.fixture(params=[1280, 400])
def page(request, chromium, report):
    page = chromium.new_page(viewport={"width": request.param, "height": 900})
    requests, failures = [], []
    page.on("request", lambda one: requests.append(one.url))
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", lambda line: line.type == "error" and failures.append(line.text))
    page.goto(report.as_uri())
    page.wait_for_selector("#first-page")
    yield page
    page.close()
    assert {url for url in requests if not url.startswith("data:")} <= {
        report.as_uri(), report.with_name("explorer.html").as_uri()
    }  # fmt: skip
    assert failures == []


def width(page):
    return page.viewport_size["width"]


def open_menu(page):
    if width(page) < 768:
        page.locator("a[type=button]").first.click()
        page.wait_for_function("document.querySelector('nav').offsetWidth > 300")


def test_the_summary_shows_first_with_its_pictures(page):
    first = page.locator("#first-page")
    assert first.locator("h1").inner_text() == NAME
    assert "382 soil profiles" in first.inner_text() and page.locator("div#rulegraph").count() == 0
    titles = first.locator("h2").all_inner_texts()
    assert titles == ["Best method", "Cautions", "Convergence"]
    # What the report does not hold is left out.
    pictures = first.locator("figure img")
    assert pictures.count() == 2
    page.wait_for_function(
        "[...document.querySelectorAll('#first-page img')].every(one => one.naturalWidth > 0)"
    )
    assert [box.get_attribute("class") for box in pictures.all()] == ["tall", None]


def test_nothing_is_wider_than_the_window(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= width(page)
    boxes = page.locator("#first-page, #first-page *").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).map(box => [box.left, box.right])"
    )
    assert all(left >= 0 and right <= width(page) + 1 for left, right in boxes)
    # The menu leaves the page its room: it is closed on a phone.
    assert page.evaluate("document.querySelector('nav').offsetWidth") < 0.3 * width(page)
    assert page.locator("#first-page").bounding_box()["width"] > 0.7 * width(page)


def test_the_graph_of_rules_comes_last_and_the_way_back_is_the_house(page):
    open_menu(page)
    menu = page.locator("nav")
    entries = menu.locator("li a span").all_inner_texts()
    assert entries[0] == "Summary" and entries[-1] == "Graph of rules"
    menu.get_by_text("Graph of rules").click()
    page.wait_for_selector("div#rulegraph canvas, div#rulegraph svg")
    assert page.locator("#first-page").count() == 0
    page.locator("nav ol a").first.click()
    page.wait_for_selector("#first-page")
    menu.get_by_text("Statistics").click()
    page.wait_for_selector("#first-page", state="detached")
    menu.get_by_text("Summary").click()
    page.wait_for_selector("#first-page")


def test_a_picture_opens_in_full(page):
    button = page.locator("#first-page figure button").first
    source = button.locator("img").get_attribute("src")
    assert source.startswith("data:image/png")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#first-page", state="detached")
    assert page.locator(f"img[src='{source}']").evaluate("one => one.naturalHeight") == 300


def test_the_explorer_opens_from_beside_the_report(page):
    page.get_by_text("Open the explorer").click()
    page.wait_for_selector("#explorer")
