"""The page of results in a browser: what a reader does, and the numbers that come of it."""

import csv
import io

import matplotlib.image
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from explorer_cases import LEARNER, STOCKS, N
from proda.explorer.encoding import RELATIVE_ERROR
from proda.explorer.names import parameter_words
from proda.explorer.plots import PALETTES
from proda.model.parameters import parameter_table

pytestmark = pytest.mark.browser

# Half a step of single precision beside the error of the page.
CLOSE = {"rtol": RELATIVE_ERROR + 1e-6, "atol": 0.0}


def point(page, longitude, latitude):
    """Where a place is drawn, in pixels of the window."""
    page.locator("#map").scroll_into_view_if_needed()
    return page.evaluate(
        """([x, y]) => {
        const view = Bokeh.index.get_by_id(map.plot.id), box = view.el.getBoundingClientRect();
        const {left, top, width, height} = view.frame.bbox, {x_range, y_range} = map.plot;
        return [box.left + left + width * (x - x_range.start) / (x_range.end - x_range.start),
          box.top + top + height * (y_range.end - y) / (y_range.end - y_range.start)]; }""",
        [longitude, latitude],
    )


def click(page, longitude, latitude, expected):
    """Click on a place of the map, and wait until it is the one that is selected."""
    page.mouse.click(*point(page, longitude, latitude))
    page.wait_for_selector(f"body[data-selected='{expected}']", timeout=10_000)


def drawn(page, method):
    """What the plot of curves shows of a method."""
    return page.evaluate(
        """name => { const found = kind => selection.plot.renderers.find(
          one => one.name === `${kind}_${name}`), line = found("line"), band = found("band");
        return {line: line.visible, band: band.visible, ...Object.fromEntries(Object.entries(
          line.data_source.data).map(([key, values]) => [key, Array.from(values)]))}; }""",
        method,
    )


def shown(page):
    """Title and values of the layer of the map."""
    return page.evaluate("({title: map.state.title, values: Array.from(map.state.values)})")


def wait_for_layer(page, name):
    page.wait_for_selector(f"body[data-layer='{name}']", timeout=10_000)
    return shown(page)


def pixel(page, longitude, latitude):
    """Colour of a place on the screen, when all is painted."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 150)))")
    x, y = point(page, longitude, latitude)
    clip = {"x": int(x), "y": int(y), "width": 1, "height": 1}
    return matplotlib.image.imread(io.BytesIO(page.screenshot(clip=clip)))[0, 0, :3]


def lonely_profile(run):
    """A profile that is nobody's neighbour, so that a click can mean no other."""
    away = np.hypot(run.lon[:N, None] - run.lon[:N], run.lat[:N, None] - run.lat[:N])
    np.fill_diagonal(away, np.inf)
    return int(away.min(axis=1).argmax())


def free_cell(run, besides=3):
    """A cell whose middle is far from all profiles."""
    away = np.hypot(run.cells.lon[:, None] - run.lon[:N], run.cells.lat[:, None] - run.lat[:N]).min(
        axis=1
    )
    away[besides] = 0
    return int(away.argmax())


def test_it_opens_with_the_best_method_and_a_picture(opened):
    page, run = opened()
    assert page.evaluate("document.body.dataset.layer") == f"stock|{LEARNER}|0-100 cm"
    grid = run.open(f"{LEARNER}_grid.nc")
    stock = run.cells.from_grid(grid["stock_mean"].sel(interval="0-100 cm")) / 1000
    stock[3] = np.nan  # without soil carbon
    np.testing.assert_allclose(shown(page)["values"], stock, **CLOSE)
    assert "small <b>& run" in page.inner_text("h1")
    colours = page.evaluate(
        """() => { const view = Bokeh.index.get_by_id(map.plot.id), canvas = view.export().canvas;
        const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
        const found = new Set();
        for (let i = 0; i < pixels.length; i += 4) found.add(
          (pixels[i] << 16) + (pixels[i + 1] << 8) + pixels[i + 2]);
        return found.size; }"""
    )
    assert colours > 40


def test_a_click_on_a_profile_shows_its_numbers(opened):
    page, run = opened()
    k = lonely_profile(run)
    click(page, run.lon[k], run.lat[k], f"profile {k}")
    assert page.inner_text("#place") == f"Profile {run.ids[k]}"
    shallow = run.model.grid.node <= 2.0
    shallow[shallow.sum()] = True
    for method, path in run.files.sites.items():
        found, file = drawn(page, method), run.open(path.name)
        np.testing.assert_allclose(found["depth"], file["layer"].values[shallow])
        for name, kind in (("mean", "mean"), ("low", "p05"), ("high", "p95")):
            kind = f"soc_{kind}" if f"soc_{kind}" in file else "soc_mean"
            np.testing.assert_allclose(found[name], file[kind].values[k, shallow] / 1000, **CLOSE)
    own = run.horizons[run.horizons["profile_id"] == run.ids[k]]
    used = own[own["status"] == "accepted"]
    seen = page.evaluate(
        """(() => { const {data} = selection.plot.renderers.find(
        one => one.name === "horizons").data_source;
        return [data.upper, data.lower, data.soc]; })()"""
    )
    np.testing.assert_allclose(seen[:2], used[["upper_depth", "lower_depth"]].T, atol=5e-4 + 1e-9)
    np.testing.assert_allclose(seen[2], used["soc_density"] / 1000, **CLOSE)

    posteriors, table = run.open("site_posteriors.nc"), run.model.parameters
    rows = page.locator("#parameters tbody tr:not(.heading)")
    assert rows.count() == len(table)
    middle = table.to_physical(np.median(posteriors["theta"].values[k], axis=0))
    step = (table.maximum - table.minimum) / 254
    named = dict(zip(map(parameter_words, table.names), range(len(table)), strict=True))
    for text in rows.all_inner_texts():
        name, _, _, values, contraction = text.split("\t")
        j = named[name.partition(" (")[0]]
        low, high = table.minimum[j], table.maximum[j]
        assert low <= number(values) <= high
        assert abs(number(values) - middle[j]) <= step[j] + 0.005 * abs(middle[j])
        assert abs(number(contraction) - posteriors["contraction"].values[k, j]) < 0.01
    details = page.inner_text("#details")
    held = posteriors["certified"].values[k] == 1
    assert ("not held" in details) == (not held)
    assert f"{posteriors['divergences'].values[k]}" in details
    page.click("text=Ledger and horizons")
    assert page.locator("#horizons tbody tr").count() == len(own)
    assert f"{len(used)} of {len(own)} horizons are used" in page.inner_text("#ledger-line")


def number(text):
    return float(text.split(" ")[0].replace("−", "-"))


def test_a_click_on_a_cell_shows_its_numbers(opened):
    page, run = opened()
    k = free_cell(run)
    click(page, run.cells.lon[k], run.cells.lat[k], f"cell {k}")
    shallow = run.model.grid.node <= 2.0
    shallow[shallow.sum()] = True
    for method, path in run.files.grids.items():
        found, file = drawn(page, method), run.open(path.name)
        expected = run.cells.from_grid(file["soc_mean"])[shallow, k] / 1000
        np.testing.assert_allclose(found["mean"], expected, **CLOSE)
        if "soc_p95" in file:
            expected = run.cells.from_grid(file["soc_p95"])[shallow, k] / 1000
            np.testing.assert_allclose(found["high"], expected, **CLOSE)
    assert drawn(page, "site_by_site")["mean"] == []
    covariates = page.inner_text("#covariates")
    temperature = float(run.cells.from_grid(run.open("covariates.nc")["BIO1"])[k])
    assert f"{temperature:.3g}".replace("-", "−") in covariates and "class " in covariates
    inside = run.cells.from_grid(run.open("applicability.nc")["applicable"])[k] == 1
    assert ("outside" in page.inner_text("#details")) == (not inside)
    stock = run.cells.from_grid(run.open(f"{LEARNER}_grid.nc")["stock_mean"])[0, k] / 1000
    row = page.locator("#methods tbody tr", has_text="Hybrid").first.inner_text()
    assert f"{stock:.3g}" in row


def expected_values(run):
    """{layer of the page: its values}, from the files."""
    cells, files = run.cells, run.files
    hybrid, batch = run.open(f"{LEARNER}_grid.nc"), run.open("one_batch_grid.nc")
    valid = np.arange(len(cells)) != 3

    def stock(file, kind, k=0):
        return np.where(valid, cells.from_grid(file[f"stock_{kind}"])[k] / 1000, np.nan)

    width = stock(hybrid, "p95") - stock(hybrid, "p05")
    parameters = run.open(f"{LEARNER}_parameters.nc")
    process = run.open("one_batch_processes.nc")
    yearly = run.open(f"{LEARNER}_all.nc")["cSoil"]
    change = cells.from_grid(yearly[-1] - yearly[0])
    block = list(zip(cells.rows(cells.lat) // 2, cells.columns(cells.lon) // 2, strict=True))
    of_block = {one: value for one, value in zip(block, change, strict=True) if value == value}
    evaluated = np.genfromtxt(
        files.evaluated, delimiter=",", names=True, dtype=None, encoding="utf-8"
    )
    posteriors = run.open("site_posteriors.nc")
    return {
        f"uncertainty|{LEARNER}|0-30 cm|width": width,
        f"uncertainty|{LEARNER}|0-30 cm|relative": 100 * width / stock(hybrid, "mean"),
        f"difference|{LEARNER}|one_batch|0-30 cm": stock(hybrid, "mean") - stock(batch, "mean"),
        f"parameter|q10|{LEARNER}|sd": cells.from_grid(parameters["q10_sd"]),
        "mechanism|decomposition_rate|one_batch|mean": cells.from_grid(
            process["decomposition_rate_mean"]
        ),
        f"time|{LEARNER}|all|change": np.array([of_block.get(one, np.nan) for one in block]),
        "residual|one_batch|absolute": evaluated["one_batch_kg_m2"] - evaluated["observed_kg_m2"],
        f"posterior|{STOCKS[0]}.mean": posteriors["stock_mean"].values[:, 0],
        f"posterior|{STOCKS[2]}.sd": posteriors["stock_standard_deviation"].values[:, 2],
        "applicability|index": cells.from_grid(run.open("applicability.nc")["dissimilarity"]),
        "covariate|BIO1": cells.from_grid(run.open("covariates.nc")["BIO1"]),
        "stock|SoilAtlas|0-200 cm": cells.from_grid(run.open("references.nc")["stock"][0, 2]),
    }


def test_every_layer_has_the_numbers_of_the_files(opened):
    page, run = opened()
    for layer, expected in expected_values(run).items():
        group, *chosen = layer.split("|")
        page.select_option("#group", group)
        names = [one.get_attribute("id") for one in page.locator("#choices select").all()]
        assert len(names) == len(chosen)
        # The others give way to what is chosen, hence twice.
        for _ in range(2):
            for name, value in zip(names, chosen, strict=True):
                page.select_option(f"#{name}", value)
        found = np.array(wait_for_layer(page, layer)["values"], float)
        size = np.nanmax(np.abs(expected))
        np.testing.assert_allclose(found, expected, rtol=2e-3, atol=3e-3 * size)
    assert page.locator("#group option").count() == len(
        {layer.partition("|")[0] for layer in expected_values(run)}
    )


def test_every_option_of_every_layer_chooser(opened):
    page, _ = opened()
    groups = [one.get_attribute("value") for one in page.locator("#group option").all()]
    titles = set()
    for group in groups:
        page.select_option("#group", group)
        names = [one.get_attribute("id") for one in page.locator("#choices select").all()]
        for name in names:
            values = page.locator(f"#{name} option:enabled").evaluate_all(
                "options => options.map(one => one.value)"
            )
            # First, middle and last: parameters are many, and all the same to the page.
            for value in dict.fromkeys([values[0], values[len(values) // 2], values[-1]]):
                page.select_option(f"#{name}", value)
                chosen = page.locator("#choices select").evaluate_all(
                    "selects => selects.map(one => one.value)"
                )
                layer = wait_for_layer(page, "|".join([group, *chosen]))
                assert page.input_value(f"#{name}") == value
                assert any(one is not None for one in layer["values"])
                titles.add(layer["title"])
    assert len(titles) > 30


def test_every_other_control(opened):
    page, _ = opened()
    page.fill("#low", "3")
    page.fill("#high", "12")
    page.keyboard.press("Tab")
    page.wait_for_function("map.state.limits[0] === 3 && map.state.limits[1] === 12")
    page.check("#keep")
    page.select_option("#choice-method", "one_batch")
    page.wait_for_selector("body[data-layer^='stock|one_batch']")
    assert page.evaluate("map.state.limits") == [3, 12]
    page.uncheck("#keep")
    page.click("#reset-limits")
    page.wait_for_function("map.state.limits[1] !== 12")
    page.check("#log")
    page.wait_for_function("map.state.scale === 'logarithmic' && map.state.limits[0] > 0")
    page.uncheck("#log")
    page.wait_for_function("map.state.scale === 'linear'")
    page.select_option("#choice-method", LEARNER)
    page.wait_for_selector(f"body[data-layer^='stock|{LEARNER}']")

    faded = """Array.from(map.plot.renderers.find(one => one.name === 'fade')
      .data_source.data.image[0]).filter(Number.isFinite).length"""
    assert page.evaluate(faded) == 0
    page.check("#fade")
    page.wait_for_function(f"{faded} > 0")
    page.uncheck("#show-profiles")
    visible = "map.plot.renderers.find(one => one.name === 'profiles').visible"
    page.wait_for_function(f"{visible} === false")

    width = "map.plot.x_range.end - map.plot.x_range.start"
    all_of_it = page.evaluate(width)
    page.click("#zoom-in")
    assert page.evaluate(width) < all_of_it
    page.click("#zoom-out")
    page.click("#zoom-out")
    assert page.evaluate(width) > all_of_it
    page.click("#zoom-all")
    assert page.evaluate(width) == pytest.approx(all_of_it)

    curve, band = page.locator("[data-line=one_batch]"), page.locator("[data-band=one_batch]")
    assert drawn(page, "one_batch")["line"] and not drawn(page, "one_batch")["band"]
    curve.uncheck()
    band.check()
    assert not drawn(page, "one_batch")["line"] and drawn(page, "one_batch")["band"]

    page.select_option("#group", "time")
    page.wait_for_selector("body[data-layer^=time]")
    assert page.inner_text("#year-shown") == "2001" and "2001" in shown(page)["title"]
    page.focus("#year")
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("map.state.title.includes('2000')")
    page.click("#play")
    page.wait_for_function("map.state.title.includes('1990')", timeout=10_000)
    page.click("#play")
    assert page.get_attribute("#play", "aria-pressed") == "false"


def test_colours_are_those_of_the_scale(opened):
    page, run = opened()
    page.uncheck("#show-profiles")
    k = free_cell(run)
    place = run.cells.lon[k] + 0.1, run.cells.lat[k] + 0.1
    for log in (False, True):
        page.set_checked("#log", log)
        page.wait_for_function(f"map.state.scale === '{'logarithmic' if log else 'linear'}'")
        low, high = page.evaluate("map.state.limits")
        value = shown(page)["values"][k]
        part = np.log(value / low) / np.log(high / low) if log else (value - low) / (high - low)
        palette = PALETTES["amount"]
        nearby = int(np.clip(part, 0, 0.9999) * len(palette))
        expected = [np.array(to_rgb(one)) for one in palette[max(nearby - 1, 0) : nearby + 2]]
        assert min(np.abs(pixel(page, *place) - one).max() for one in expected) < 0.01
    page.select_option("#group", "applicability")
    values = wait_for_layer(page, "applicability|inside")["values"]
    assert {0, 1} <= set(values)
    for inside, colour in enumerate(PALETTES["applicable"]):
        cell = values.index(inside)
        found = pixel(page, run.cells.lon[cell] + 0.15, run.cells.lat[cell] + 0.15)
        assert np.abs(found - to_rgb(colour)).max() < 0.01


def test_hover_tells_the_value(opened):
    page, run = opened()
    k = free_cell(run)
    page.mouse.move(*point(page, run.cells.lon[k], run.cells.lat[k]))
    page.wait_for_selector("#tip:not([hidden])")
    stock = run.cells.from_grid(run.open(f"{LEARNER}_grid.nc")["stock_mean"])[3, k] / 1000
    assert f"{stock:.3g} kg C m⁻²" in page.inner_text("#tip")
    page.mouse.move(2, 2)
    page.wait_for_selector("#tip", state="hidden")


def test_keyboard_alone(opened):
    page, run = opened()
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate("document.activeElement.id || document.activeElement.className")
        )
        if reached[-1] == "map":
            break
    order = ["skip", "group", "choice-method", "choice-depth", "low", "high", "map"]
    assert [one for one in reached if one in order] == order
    before = page.evaluate("document.body.dataset.selected")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"document.body.dataset.selected !== '{before}'")
    kind, index = page.evaluate("document.body.dataset.selected").split(" ")
    old = int(before.split(" ")[1])
    assert kind == "profile" and run.lon[int(index)] > run.lon[old]
    page.check("input[name=moves][value=cell]")
    page.focus("#map")
    page.keyboard.press("ArrowUp")
    page.wait_for_selector("body[data-selected^=cell]")
    cell = int(page.evaluate("document.body.dataset.selected").split(" ")[1])
    page.keyboard.press("ArrowUp")
    page.wait_for_function(f"document.body.dataset.selected !== 'cell {cell}'")
    above = int(page.evaluate("document.body.dataset.selected").split(" ")[1])
    assert (
        run.cells.lat[above] > run.cells.lat[cell] and run.cells.lon[above] == run.cells.lon[cell]
    )
    width = "map.plot.x_range.end - map.plot.x_range.start"
    wide = page.evaluate(width)
    page.keyboard.press("+")
    assert page.evaluate(width) < wide


def test_search_by_id(opened):
    page, run = opened()
    page.fill("#profile-id", run.ids[9])
    page.keyboard.press("Enter")
    page.wait_for_selector("body[data-selected='profile 9']")
    page.fill("#profile-id", "R1")
    page.click("#search button")
    page.wait_for_selector(f"body[data-selected='profile {N + 1}']")
    assert "outside region" in page.inner_text("#ledger-line")
    assert "0 of 2 horizons are used" in page.inner_text("#ledger-line")
    page.fill("#profile-id", "nobody")
    page.click("#search button")
    page.wait_for_function(
        "document.getElementById('search-answer').textContent.includes('nobody')"
    )
    page.fill("#profile-id", run.ids[0][:4])
    page.wait_for_function("document.querySelectorAll('#profile-ids option').length === 14")


def test_downloads(opened, tmp_path):
    page, run = opened()
    k = lonely_profile(run)
    click(page, run.lon[k], run.lat[k], f"profile {k}")
    with page.expect_download() as started:
        page.click("#save-csv")
    path = tmp_path / started.value.suggested_filename
    started.value.save_as(path)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    # Behind an apostrophe, as a spreadsheet would run it.
    assert {row["id"] for row in rows} == {"'" + run.ids[k]}
    for method, source in run.files.sites.items():
        file = run.open(source.name)
        mine = [row for row in rows if row["method"] == method]
        depth = [float(row["upper_depth_m"]) for row in mine]
        assert len(mine) > 5
        np.testing.assert_allclose(depth, file["layer"].values[: len(mine)], rtol=1e-5)
        soc = file["soc_mean"].values[k][: len(mine)] / 1000
        np.testing.assert_allclose([float(row["value"]) for row in mine], soc, rtol=1.1e-3)
        assert all((row["p95"] == "") == ("soc_p95" not in file) for row in mine)
    observed = [row for row in rows if row["quantity"] == "observed SOC"]
    own = run.horizons[run.horizons["profile_id"] == run.ids[k]]
    np.testing.assert_allclose(
        [float(row["value"]) for row in observed], own["soc_density"] / 1000, rtol=1.1e-3
    )
    with page.expect_download() as started:
        page.click("#save-png")
    path = tmp_path / started.value.suggested_filename
    started.value.save_as(path)
    picture = matplotlib.image.imread(path)
    assert path.suffix == ".png" and picture.shape[1] > 900 and picture.std() > 0.05


NAMED = """() => Array.from(document.querySelectorAll(
  "select, input, button, [tabindex='0']")).filter(one => one.checkVisibility()).filter(one =>
  !(one.labels && one.labels.length && one.labels[0].innerText.trim()) && !one.ariaLabel
  && !one.innerText.trim()).map(one => one.outerHTML)"""
SMALL_TEXT = """() => Array.from(document.querySelectorAll("body *")).filter(one =>
  one.checkVisibility() && one.innerText && parseFloat(getComputedStyle(one).fontSize) < 11)
  .map(one => one.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize("width", [1280, 400])
def test_readable_at_any_width(opened, width):
    page, run = opened(width)
    for group in ("stock", "time", "parameter"):
        page.select_option("#group", group)
        page.wait_for_selector(f"body[data-layer^={group}]")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    k = free_cell(run)
    click(page, run.cells.lon[k], run.cells.lat[k], f"cell {k}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    frame = page.evaluate("map.plot.frame_width")
    assert 250 <= frame <= width
    assert page.evaluate(NAMED) == []
    assert page.evaluate(SMALL_TEXT) == []
    beside = page.evaluate(
        """document.getElementById("selection").getBoundingClientRect().left
        > document.getElementById("map").getBoundingClientRect().right"""
    )
    assert beside == (width == 1280)


def test_a_run_without_maps(opened):
    page, run = opened(maps=False)
    values = shown(page)["values"]
    posteriors = run.open("site_posteriors.nc")
    np.testing.assert_allclose(values, posteriors["stock_mean"].values[:, 1], **CLOSE)
    groups = page.locator("#group option").evaluate_all("options => options.map(one => one.value)")
    assert groups == ["residual", "posterior"]
    k = lonely_profile(run)
    click(page, run.lon[k], run.lat[k], f"profile {k}")
    assert len(drawn(page, "site_by_site")["mean"]) > 5
    assert page.locator("#moves").is_hidden()


def test_the_other_structure_without_learners(opened):
    page, run = opened(structure="clm5-20", methods=("default", "one_batch"))
    table = parameter_table("clm5-20")
    assert page.locator("#parameters tbody tr:not(.heading)").count() == len(table)
    groups = page.locator("#group option").evaluate_all("options => options.map(one => one.value)")
    assert "parameter" not in groups and "applicability" not in groups and "mechanism" in groups
    assert page.evaluate("document.body.dataset.layer") == "stock|one_batch|0-100 cm"
    k = free_cell(run)
    click(page, run.cells.lon[k], run.cells.lat[k], f"cell {k}")
    assert page.locator("#covariates").count() == 0
