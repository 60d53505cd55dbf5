// Controls of the page, and what joins its parts.
(async () => {
  const groups = new Map(about.groups.map(group => [group.name, group]));
  const now = {group: null, chosen: {}, limits: null, at: null};
  let playing = null;

  function fail(error) {
    byId("failure").hidden = false;
    byId("failure").textContent = `The page cannot be shown: ${error.message || error}. It needs a browser of 2023 or later.`;
    console.error(error);
  }

  const key = () => now.group.choices.map(choice => now.chosen[choice.name]).join("|");
  const layer = () => now.group.layers[key()];

  // Options that no layer has with the other choices are disabled; a choice without a layer gives
  // way to the first that has one.
  function settle(kept) {
    if (!layer()) {
      const wanted = Object.keys(now.group.layers).find(one => {
        const values = one.split("|");
        return now.group.choices.every((choice, k) => choice.name !== kept || values[k] === now.chosen[kept]);
      }) || Object.keys(now.group.layers)[0];
      const near = Object.keys(now.group.layers).map(one => [one, one.split("|").reduce((sum, value, k) =>
        sum + (value === now.chosen[now.group.choices[k].name] ? now.group.choices[k].name === kept ? 10 : 1 : 0), 0)])
        .reduce((best, one) => one[1] > best[1] ? one : best, [wanted, -1]);
      near[0].split("|").forEach((value, k) => { now.chosen[now.group.choices[k].name] = value; });
    }
    for (const choice of now.group.choices) {
      const select = byId(`choice-${choice.name}`);
      select.value = now.chosen[choice.name];
      const free = new Set(Object.keys(now.group.layers).map(one => one.split("|")[now.group.choices.indexOf(choice)]));
      for (const option of select.options) option.disabled = !free.has(option.value);
    }
  }

  function choose(name) {
    now.group = groups.get(name);
    byId("group").value = name;
    byId("help").textContent = now.group.help;
    const elements = [];
    for (const choice of now.group.choices) {
      const id = `choice-${choice.name}`;
      const select = make("select", {id}, ...choice.options.map(([value, text]) => make("option", {value, text})));
      select.addEventListener("change", () => {
        now.chosen[choice.name] = select.value;
        settle(choice.name);
        update(true);
      });
      elements.push(make("span", {class: "field"}, make("label", {for: id, text: choice.label}), select));
      const values = choice.options.map(([value]) => value);
      if (!values.includes(now.chosen[choice.name])) {
        now.chosen[choice.name] = ["method", "set"].includes(choice.name) && values.includes(about.best) ? about.best : values[0];
      }
    }
    byId("choices").replaceChildren(...elements);
    settle(null);
  }

  async function update(fresh, limits = null) {
    const one = layer();
    if (fresh) byId("log").checked = Boolean(one.log);
    const same = map.state.layer && map.state.layer.palette === one.palette;
    if (fresh && !limits && byId("keep").checked && same) limits = map.state.limits;
    now.limits = limits;
    byId("time").hidden = !one.years;
    if (!one.years) stop();
    byId("log").disabled = one.palette === "deviation" || one.palette === "applicable";
    for (const name of ["low", "high", "reset-limits"]) byId(name).disabled = one.palette === "applicable";
    byId("show-profiles").disabled = one.where === "profiles";
    byId("fade-label").hidden = !one.fade || !map.grid;
    byId("fade-text").textContent = one.fade ? one.fade.text : "";
    const done = await map.show(one, {
      year: Number(byId("year").value), log: byId("log").checked, fade: byId("fade").checked,
      profiles: byId("show-profiles").checked, limits,
    });
    if (!done) return;
    const [low, high] = map.state.limits;
    byId("low").value = Number(low.toPrecision(6));
    byId("high").value = Number(high.toPrecision(6));
    byId("limits-unit").textContent = one.unit;
    if (about.years) byId("year-shown").textContent = String(about.years[Number(byId("year").value)]);
    byId("map").setAttribute("aria-label", `Map of ${map.state.title}. Arrow keys move the selection, plus and minus zoom, 0 shows all.`);
    read(now.at);
    document.body.dataset.layer = `${now.group.name}|${key()}`;
  }

  const again = () => update(false, now.limits);

  async function nameOf(at) {
    if (at.kind === "profile") return `Profile ${(await arrays.get("profile.id"))[at.index]}`;
    return `Cell ${place(...map.position(at))}`;
  }

  async function read(at) {
    const text = at ? `${await nameOf(at)}: ${map.valueText(at)}` : "";
    if (now.at === at) byId("readout").textContent = text;
  }

  async function select(at) {
    if (!at) return;
    now.at = at;
    map.mark(at);
    read(at);
    if (await selection.show(at)) document.body.dataset.selected = `${at.kind} ${at.index}`;
  }

  async function hover({x, y, sx, sy}) {
    const at = map.target(x, y), tip = byId("tip");
    now.pointer = at;
    if (!at) { tip.hidden = true; return; }
    const text = `${await nameOf(at)}: ${map.valueText(at)}`;
    if (now.pointer !== at) return;
    tip.textContent = text;
    tip.hidden = false;
    const box = byId("map"), left = sx + 14 + tip.offsetWidth > box.clientWidth ? sx - tip.offsetWidth - 10 : sx + 14;
    tip.style.left = `${Math.max(0, left)}px`;
    tip.style.top = `${sy + 14}px`;
  }

  async function search(event) {
    event.preventDefault();
    const ids = await arrays.get("profile.id"), wanted = byId("profile-id").value.trim();
    let index = ids.indexOf(wanted);
    if (index < 0 && wanted) index = ids.findIndex(id => id.startsWith(wanted));
    byId("search-answer").textContent = index < 0 ? wanted ? `No profile ${wanted}` : "" : "";
    if (index >= 0) await select({kind: "profile", index});
  }

  async function suggest() {
    const ids = await arrays.get("profile.id"), wanted = byId("profile-id").value.trim();
    const found = wanted ? ids.filter(id => id.startsWith(wanted)).slice(0, 20) : [];
    byId("profile-ids").replaceChildren(...found.map(value => make("option", {value})));
  }

  function stop() {
    clearInterval(playing);
    playing = null;
    byId("play").textContent = "Play";
    byId("play").setAttribute("aria-pressed", "false");
  }

  function play() {
    if (playing) { stop(); return; }
    byId("play").textContent = "Stop";
    byId("play").setAttribute("aria-pressed", "true");
    playing = setInterval(() => {
      byId("year").value = (Number(byId("year").value) + 1) % about.years.length;
      again();
    }, 400);
  }

  function keys(event) {
    const moves = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]};
    const zooms = {"+": 1.5, "=": 1.5, "-": 1 / 1.5, "0": 0};
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) {
      const kind = document.querySelector("input[name=moves]:checked").value;
      select(map.next(now.at, ...moves[event.key], kind));
    } else if (event.key in zooms) map.zoom(zooms[event.key]);
    else return;
    event.preventDefault();
  }

  function summary() {
    const {fitted, all, used, certified} = about.profiles, count = n => n.toLocaleString("en");
    const parts = [`${count(fitted)} of ${count(all)} soil profiles were assimilated, ${count(certified)} with a certificate; ` +
      `${count(used)} are used by the methods`, `model structure ${about.structure}`];
    if (about.grid) parts.push(`${count(about.grid.cells)} cells of ${about.grid.resolution}°`);
    const best = about.methods.find(one => one.name === about.best);
    byId("summary").textContent = parts.join("; ") + "." +
      (best ? ` The map opens with the method of the smallest error at profiles held out: ${best.label}.` : "");
    byId("about-numbers").textContent = "Everything is in this file; nothing is loaded. Numbers of the page have few digits: " +
      `soil carbon, stocks and other numbers that are not negative differ from the results by at most ${100 * about.relative_error} %, ` +
      "quantiles of parameters of a profile and contractions by 0.2 % of their range, other numbers by 0.001 %; the files of the run are exact. " +
      "Quantiles of parameters are those of all posterior draws. Colours end where nearly all values do; values beyond have the colour of the end." +
      (about.without_bands.length ? ` As there are so many, curves of ${about.without_bands.join(" and ")} have no bands.` : "");
  }

  function wire() {
    byId("group").append(...about.groups.map(group => make("option", {value: group.name, text: group.label})));
    byId("group").addEventListener("change", () => { choose(byId("group").value); update(true); });
    for (const name of ["low", "high"]) {
      byId(name).addEventListener("change", () => {
        const limits = [Number(byId("low").value), Number(byId("high").value)];
        if (limits[1] > limits[0] && !(byId("log").checked && limits[0] <= 0)) update(false, limits);
        else again();
      });
    }
    byId("reset-limits").addEventListener("click", () => update(false));
    byId("log").addEventListener("change", () => update(false));
    byId("fade").addEventListener("change", again);
    byId("show-profiles").addEventListener("change", again);
    byId("year").addEventListener("input", again);
    byId("play").addEventListener("click", play);
    byId("zoom-in").addEventListener("click", () => map.zoom(1.5));
    byId("zoom-out").addEventListener("click", () => map.zoom(1 / 1.5));
    byId("zoom-all").addEventListener("click", () => map.zoom(0));
    byId("map").addEventListener("keydown", keys);
    byId("search").addEventListener("submit", search);
    byId("profile-id").addEventListener("input", suggest);
    byId("save-csv").addEventListener("click", downloads.csv);
    byId("save-png").addEventListener("click", downloads.png);
    if (about.years) byId("year").max = about.years.length - 1;
    if (!map.grid) byId("moves").hidden = true;
    window.addEventListener("resize", fit);
  }

  function fit() {
    map.resize(byId("map").clientWidth);
    selection.resize(byId("depth").clientWidth);
  }

  try {
    window.explorer = {
      tick: short, tap: ({x, y}) => select(map.target(x, y)), hover, leave: () => { now.pointer = null; byId("tip").hidden = true; }};
    const plots = JSON.parse(byId("plots").textContent);
    const models = {};
    for (const [name, item] of Object.entries(plots)) {
      const views = await Bokeh.embed.embed_item(item, name);
      models[name] = (views.roots ? views.roots[0] : [...views][0]).model;
    }
    summary();
    await map.start(models.map);
    selection.start(models.depth);
    wire();
    fit();
    Object.assign(now.chosen, Object.fromEntries(
      groups.get(about.first.group).choices.map((choice, k) => [choice.name, about.first.chosen[k]])));
    choose(about.first.group);
    if (about.years) byId("year").value = about.years.length - 1;
    await update(true);
    await select(map.middle());
    map.putProfiles();
    document.body.dataset.ready = "yes";
  } catch (error) { fail(error); }
})();
