"""Pages of small runs, opened in Chromium without a network."""

import functools

import pytest

from explorer_cases import SmallRun
from proda.explorer.page import write_explorer

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
]
# Names that a browser or a spreadsheet would run if they were not texts.
DATASET, PREFIX = "small <b>& run", "=P<i>"


@pytest.fixture(scope="session")
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def small_page(tmp_path_factory):
    """Function: a small run and the path of its page, made once for the same arguments."""

    @functools.cache
    def make(**changes):
        folder = tmp_path_factory.mktemp("run")
        run = SmallRun(folder, prefix=PREFIX, **changes)
        write_explorer(run.files, DATASET, folder / "explorer.html")
        return run, folder / "explorer.html"

    return make


@pytest.fixture
def opened(chromium, small_page):
    """Function: the page of a small run, ready, and the run. Whatever the page did, at the end it
    has asked for nothing but itself, and nothing has failed."""
    watched = []

    def open_page(width=1280, **changes):
        run, path = small_page(**changes)
        page = chromium.new_page(viewport={"width": width, "height": 900})
        requests, failures = [], []
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on(
            "console",
            lambda line: line.type in ("error", "warning") and failures.append(line.text),
        )
        watched.append((page, path.as_uri(), requests, failures))
        page.goto(path.as_uri())
        page.wait_for_selector("body[data-ready]", timeout=20_000)
        return page, run

    yield open_page
    for page, uri, requests, failures in watched:
        page.close()
        assert [url for url in requests if not url.startswith("blob:")] == [uri]
        assert failures == []
