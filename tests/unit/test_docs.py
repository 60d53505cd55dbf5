"""The pages: every link leads somewhere, to the heading it names, and retired words are gone."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
import yaml

from workflow_runs import ROOT

LINK = re.compile(r"(?<!\\)\[[^\]]*\]\(<?([^)\s>]+)>?\)|<img [^>]*src=\"([^\"]+)\"")


def tracked(*patterns):
    """Paths of the files that git knows, present ones only."""
    run = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    paths = (ROOT / name for name in run.stdout.split("\0") if name)
    return sorted(path for path in paths if path.is_file())


PAGES = tracked("*.md")
# Words that are foreign to the field, and keys and columns of earlier versions. Only the changelog,
# the table of renamed keys and its test have them.
RETIRED = re.compile(
    r"\bgreatest_rhat|(?<!_)\bleft_out\b|unexplained_share|minimum_land_fraction|minimum_horizons"
    r"|\btest_share|validation_share|of no use|is no news|refuse to work|as it comes"
    r"|of all random numbers|CLM5 default\b|least_p_value|share_sum|LEAST_P|GREATEST_"
    r"|\bshare_of_|median_of_least|half-written"
    r"|\bstands for\b|\bthe luck\b|\bever after\b",
    re.IGNORECASE,
)


def text_of(page):
    """A page without its blocks of code."""
    return re.sub(r"(?ms)^ *```.*?^ *```", "", page.read_text())


@cache
def anchors(page):
    """The anchors that GitHub gives the headings of a page."""
    found, times = set(), {}
    for heading in re.findall(r"(?m)^#+ (.+)$", text_of(page)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        name = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        n = times[name] = times.get(name, -1) + 1
        found.add(f"{name}-{n}" if n else name)
    return found


def test_anchors_are_those_of_github(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A `key.name`, two\n## Twice\n## Twice\n```sh\n# no heading\n```\n")
    assert anchors(page) == {"a-keyname-two", "twice", "twice-1"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading(page):
    for match in LINK.finditer(text_of(page)):
        target = match[1] or match[2]
        if re.match(r"\w+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = (page.parent / name).resolve() if name else page
        assert path.exists(), target
        if anchor:
            assert anchor in anchors(path), target


def test_pages_named_in_the_code_are_there():
    texts = tracked("*.py", "*.smk", "*.yaml", "*.sh", "Makefile", "*.toml")
    names = {
        (path.name, name)
        for path in texts
        for name in re.findall(r"\bdocs/[\w/]+\.md\b", path.read_text(errors="ignore"))
    }
    assert ("learning.py", "docs/methods/learning.md") in names
    assert [pair for pair in names if not (ROOT / pair[1]).is_file()] == []


def test_every_page_below_docs_is_in_the_table_of_contents():
    index = ROOT / "docs" / "index.md"
    listed = re.findall(r"(?m)^[\w./-]+$", index.read_text())
    paths = {(index.parent / f"{name}.md").resolve() for name in listed}
    assert all(path.is_file() for path in paths)
    assert {path for path in PAGES if path.is_relative_to(index.parent)} <= paths | {index}


def test_checks_of_hosts_and_commits_are_those_of_the_project():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yaml").read_text())
    commands = [step.get("run") for job in workflow["jobs"].values() for step in job["steps"]]
    assert ".ci/run" in commands
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    entries = [hook["entry"].split()[0] for repo in hooks for hook in repo["hooks"]]
    assert set(entries) == {f".venv/bin/{tool}" for tool in ("ruff", "mypy", "snakefmt")}
    for form in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yaml"):
        assert {"name", "description", "body"} <= set(yaml.safe_load(form.read_text()))


def test_retired_words_are_gone():
    known = ("CHANGELOG.md", "renamed.py", "test_config_renamed.py", Path(__file__).name)
    texts = tracked(
        "*.py", "*.md", "*.smk", "*.yaml", "*.yml", "*.rst", "*.csv", "*.json", "*.toml"
    )
    found = {
        (str(path.relative_to(ROOT)), match[0])
        for path in texts
        if path.name not in known
        for match in RETIRED.finditer(path.read_text(encoding="utf-8", errors="ignore"))
    }
    assert RETIRED.search("a key greatest_rhat, CLM5 default") and not found
