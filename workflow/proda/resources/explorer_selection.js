// The selected place: curves over depth, methods, parameters, certificate, ledger, covariates.
const selection = (() => {
  const state = {at: null, rows: [], request: 0};
  const shown = {line: new Map(), band: new Map()};
  const parts = {line: new Map(), band: new Map()};
  let plot;
  const methods = about.methods;

  function start(of_plot) {
    plot = of_plot;
    for (const {name, dashed} of methods) {
      parts.line.set(name, plot.renderers.find(one => one.name === `line_${name}`));
      parts.band.set(name, plot.renderers.find(one => one.name === `band_${name}`));
      shown.line.set(name, !dashed);
    }
    parts.horizons = plot.renderers.find(one => one.name === "horizons").data_source;
    // Bands of two methods are told apart; of all they are not.
    const own = methods.filter(one => !one.mapped && !one.dashed).map(one => one.name);
    for (const {name} of methods) shown.band.set(name, name === about.best || own.includes(name));
  }

  // Rows of an array of one place: statistics one after the other.
  async function curve(where, name, index) {
    const how = where === "profile" ? about.curves[name] : about.grids[name];
    const array = await arrays.get(`${where}.soc.${name}`);
    const statistics = how.curves || how.statistics, n = how.nodes.length;
    const part = k => how.nodes.map((_, j) => array.row(k * n + j)[index]);
    const [mean, low, high] = [0, 1, 2].map(k => k < statistics.length ? part(k) : null);
    return {name, nodes: how.nodes, mean, low, high};
  }

  async function horizonsOf(profile) {
    const [count, upper, lower, soc, status] = await Promise.all(
      ["count", "upper", "lower", "soc", "status"].map(name => arrays.get(`horizon.${name}`)));
    let first = 0;
    for (let i = 0; i < profile; i++) first += count.values[i];
    const depth = code => code > 0 ? (code - 1) / 1000 : NaN;
    return Array.from({length: count.values[profile]}, (_, k) => ({
      upper: depth(upper.values[first + k]), lower: depth(lower.values[first + k]),
      soc: soc.values[first + k],
      status: about.categories["horizon.status"][status.values[first + k]],
    }));
  }

  async function show(at) {
    const own = ++state.request;
    const where = at.kind;
    const fitted = where === "profile" && at.index < about.profiles.fitted;
    const names = methods.map(one => one.name).filter(
      name => where === "cell" ? about.grids[name] : fitted && about.curves[name]);
    const curves = await Promise.all(names.map(name => curve(where, name, at.index)));
    const horizons = where === "profile" ? await horizonsOf(at.index) : [];
    const details = await (where === "profile" ? ofProfile(at.index, horizons) : ofCell(at.index));
    const extra = await (where === "profile" ? storageOf(at.index, fitted) : stocksOf(at.index));
    if (own !== state.request) return false;
    Object.assign(state, {at, curves, horizons, details});
    draw();
    table(extra);
    byId("place").textContent = details.heading;
    byId("place-about").textContent = details.about;
    byId("details").replaceChildren(...details.elements);
    byId("save-csv").disabled = false;
    return true;
  }

  function draw() {
    const used = state.horizons.filter(one => one.status === "accepted");
    parts.horizons.data = {
      soc: used.map(one => one.soc), upper: used.map(one => one.upper), lower: used.map(one => one.lower),
      middle: used.map(one => (one.upper + one.lower) / 2),
    };
    const byName = new Map(state.curves.map(one => [one.name, one]));
    let most = Math.max(0, ...used.map(one => one.soc).filter(Number.isFinite));
    let deepest = Math.max(1.5, ...used.map(one => one.lower).filter(Number.isFinite));
    for (const {name} of methods) {
      const one = byName.get(name), line = parts.line.get(name), band = parts.band.get(name);
      const known = one ? one.nodes.map((_, k) => k).filter(k => Number.isFinite(one.mean[k])) : [];
      const pick = values => known.map(k => values[k]);
      line.data_source.data = {
        depth: one ? pick(one.nodes) : [], mean: one ? pick(one.mean) : [],
        low: one ? pick(one.low || one.mean) : [], high: one ? pick(one.high || one.mean) : [],
      };
      line.visible = known.length > 0 && shown.line.get(name);
      band.visible = known.length > 0 && one.low !== null && shown.band.get(name);
      const high = line.visible ? pick(one.mean) : [];
      if (band.visible) high.push(...pick(one.high));
      most = Math.max(most, ...high);
    }
    plot.x_range.setv({start: 0, end: 1.05 * (most || 1)});
    plot.y_range.setv({start: deepest * 1.04, end: 0});
    plot.title.text = state.details.heading;
    byId("depth").setAttribute("aria-label",
      `Soil organic carbon over depth: ${state.details.heading}, ${state.curves.length} methods, ` +
      `${used.length} observed horizons. The numbers are in the csv of the selection.`);
  }

  function swatch({colour, dashed}) {
    const line = make("line", {x1: 0, x2: 34, y1: 8, y2: 8, stroke: colour, "stroke-width": 5,
      "stroke-dasharray": dashed ? "8 5" : null});
    return make("svg", {class: "swatch", viewBox: "0 0 34 16", "aria-hidden": "true"}, line);
  }

  // Legend of the curves, with what each method has of carbon.
  function table({columns, numbers, caption, first}) {
    const body = byId("methods").tBodies[0];
    byId("methods").caption.textContent = caption;
    byId("methods").tHead.replaceChildren(make("tr", {},
      ...["Method", "Curve", "Band", ...columns].map(text => make("th", {scope: "col", text}))));
    const rows = [];
    if (first) rows.push(make("tr", {}, make("th", {scope: "row", text: first.label}), make("td"), make("td"),
      ...first.numbers.map(text => make("td", {text}))));
    for (const one of state.curves) {
      const method = methods.find(each => each.name === one.name);
      const head = make("th", {scope: "row", title: method.note || null}, swatch(method), method.label);
      const boxes = ["line", "band"].map(kind => {
        if (kind === "band" && one.low === null) return make("td", {text: "–"});
        const box = make("input", {type: "checkbox",
          "aria-label": `${kind === "line" ? "Curve" : "Band"} of ${method.label}`});
        box.dataset[kind] = one.name;
        box.checked = shown[kind].get(one.name);
        box.addEventListener("change", () => { shown[kind].set(one.name, box.checked); draw(); });
        return make("td", {}, box);
      });
      rows.push(make("tr", {}, head, ...boxes,
        ...(numbers.get(one.name) || columns.map(() => "–")).map(number)));
    }
    body.replaceChildren(...rows);
  }

  // A cell of the table: a number, and below it its interval.
  function number(value) {
    const [text, interval] = Array.isArray(value) ? value : [value, ""];
    return make("td", {}, text, interval ? make("small", {text: interval}) : null);
  }

  async function storageOf(profile, fitted) {
    const numbers = new Map();
    if (!fitted || !about.stored) return {columns: [], numbers, caption: fitted ? "Methods" : ""};
    const array = await arrays.get("profile.storage");
    const observed = array.row(0)[profile];
    about.stored.forEach((name, k) => {
      const value = array.row(k + 1)[profile];
      numbers.set(name, [short(value), short(value - observed)]);
    });
    return {columns: ["SOC", "Minus observed"], numbers, first: {label: "Observed", numbers: [short(observed), ""]},
      caption: "SOC in the observed horizons, kg C m⁻²"};
  }

  async function stocksOf(cell) {
    const numbers = new Map();
    for (const [name, how] of Object.entries(about.grids)) {
      const array = await arrays.get(`cell.stock.${name}`), n = how.intervals.length;
      numbers.set(name, how.intervals.map((interval, k) => [interval, k])
        .filter(([interval]) => interval.startsWith("0-")).map(([, k]) => {
          const [mean, low, high] = [0, 1, 2].map(
            s => s < how.statistics.length ? array.row(s * n + k)[cell] : NaN);
          return [short(mean), Number.isFinite(low) ? `${short(low)}–${short(high)}` : ""];
        }));
    }
    const intervals = Object.values(about.grids)[0].intervals.filter(name => name.startsWith("0-"))
      .map(name => name.replace("-", "–"));
    return {columns: intervals, numbers, caption: "SOC stock and 5–95 %, kg C m⁻²"};
  }

  function section(title, open, ...elements) {
    return make("details", {open}, make("summary", {text: title}), ...elements);
  }

  function pairs(entries) {
    const list = make("dl");
    for (const [name, value, kind] of entries) {
      list.append(make("dt", {text: name}), make("dd", {text: value, class: kind || null}));
    }
    return list;
  }

  async function category(name, index) {
    if (!arrays.has(name)) return "";
    return about.categories[name][(await arrays.get(name)).values[index]];
  }

  async function ofProfile(index, horizons) {
    const ids = await arrays.get("profile.id");
    const id = ids[index];
    const [lon, lat] = map.position({kind: "profile", index});
    const heading = `Profile ${id}`;
    const status = await category("profile.status", index);
    const [rows, accepted] = await Promise.all(
      ["profile.horizons", "profile.accepted"].map(name => arrays.get(name)));
    const source = await category("profile.source", index);
    const ledger = `${accepted.values[index]} of ${rows.values[index]} horizons are used. ` +
      `Status of the profile: ${words(status)}` + (about.reasons[status] && status !== "accepted" ? ` (${about.reasons[status]})` : "") +
      (source ? `. Source: ${source}` : "") + ".";
    const elements = [];
    if (index < about.profiles.fitted) {
      elements.push(await certificate(index));
      elements.push(section("Parameters of the profile: prior and posterior", true, ...await parameters(index)));
    }
    elements.push(section("Ledger and horizons", index >= about.profiles.fitted,
      make("p", {id: "ledger-line", text: ledger}), horizonTable(horizons)));
    return {heading, id, lon, lat, elements,
      about: `${place(lon, lat)}${index < about.profiles.fitted ? "" : "; not used, see the ledger"}`};
  }

  const words = text => text.replaceAll("_", " ");

  async function certificate(index) {
    const value = async name => (await arrays.get(`certificate.${name}`)).values[index];
    const status = await category("certificate.status", index);
    const entries = [["Assimilation", status]];
    const reason = await category("certificate.reason", index);
    if (reason) entries.push(["Reason", reason]);
    if (status === "fitted") {
      const held = await value("certified") > 0.5;
      entries.push(["Certificate", held ? "held" : "not held", held ? "yes" : "no"]);
      const failed = await category("certificate.failed_quantity", index);
      if (failed) entries.push(["Fails furthest", words(failed)]);
      for (const [name, label] of [["max_rhat", "Largest R-hat"], ["min_ess_bulk", "Smallest bulk ESS"],
        ["min_ess_tail", "Smallest tail ESS"], ["max_mcse", "Largest Monte-Carlo error (posterior sd)"],
        ["draws_per_chain", "Draws per chain"], ["divergences", "Divergences"], ["r2", "R² at the horizons"]]) {
        const number = await value(name);
        entries.push([label, short(number, name === "max_rhat" ? 5 : 3)]);
      }
    }
    const used = (await arrays.get("profile.used")).values[index];
    const role = await category("profile.role", index);
    entries.push(["Used by the methods", used ? role ? `yes, for ${role}` : "yes" : "no"]);
    if (arrays.has("profile.fold")) {
      const fold = (await arrays.get("profile.fold")).values[index];
      if (fold >= 0) entries.push(["Held out in fold", String(Math.round(fold))]);
    }
    const vegetation = await category("profile.vegetation", index);
    if (vegetation) entries.push(["Vegetation", vegetation]);
    return section("Certificate of the posterior", true, pairs(entries));
  }

  async function parameters(index) {
    const [theta, contraction] = await Promise.all(
      ["profile.theta", "profile.contraction"].map(name => arrays.get(name)));
    const n = about.parameters.length;
    const body = make("tbody");
    const order = [...about.parameters.keys()].sort((a, b) => groupOf(a) - groupOf(b) || a - b);
    let group = null;
    for (const k of order) {
      const one = about.parameters[k];
      if (one.group !== group) {
        group = one.group;
        body.append(make("tr", {class: "heading"}, make("th", {colspan: 5, scope: "rowgroup", text: group})));
      }
      const quantile = q => theta.row(q * n + k)[index];
      const physical = t => one.minimum + t * (one.maximum - one.minimum);
      const unit = one.unit ? ` (${one.unit})` : "";
      body.append(make("tr", {},
        make("th", {scope: "row", text: one.label + unit, title: one.meaning}),
        make("td", {text: `${short(one.minimum)} to ${short(one.maximum)}`}),
        make("td", {}, bar([0, 1, 2, 3, 4].map(quantile))),
        make("td", {text: `${short(physical(quantile(2)))} (${short(physical(quantile(0)))} to ${short(physical(quantile(4)))})`}),
        make("td", {text: hundredths(contraction.row(k)[index])})));
    }
    const head = make("thead", {}, make("tr", {}, ...["Parameter", "Prior", "In the prior", "Median (5–95 %)", "Contraction"]
      .map(text => make("th", {scope: "col", text}))));
    return [
      make("p", {text: "The grey line is the range of the prior, the thin bar the posterior from 5 to 95 %, the thick one from 25 to 75 %, with the median. A contraction near 0 says that the horizons tell nothing about the parameter, near 1 that they determine it."}),
      make("div", {class: "scroll"}, make("table", {id: "parameters"}, head, body)),
    ];
  }

  function groupOf(k) {
    return about.parameters.findIndex(one => one.group === about.parameters[k].group);
  }

  function bar(q) {
    const x = t => 2 + 96 * Math.min(1, Math.max(0, t));
    const parts = [make("line", {x1: 2, x2: 98, y1: 8, y2: 8, stroke: "#9a9a9a", "stroke-width": 1.5})];
    if (q.every(Number.isFinite)) {
      for (const [from, to, height, colour] of [[q[0], q[4], 5, "#56B4E9"], [q[1], q[3], 10, "#0072B2"]]) {
        parts.push(make("rect", {x: x(from), y: 8 - height / 2, width: Math.max(0.6, x(to) - x(from)), height, fill: colour}));
      }
      parts.push(make("rect", {x: x(q[2]) - 0.8, y: 1.5, width: 1.6, height: 13, fill: "#1a1a1a"}));
    }
    return make("svg", {class: "bar", viewBox: "0 0 100 16", preserveAspectRatio: "none", "aria-hidden": "true"}, ...parts);
  }

  function horizonTable(horizons) {
    if (!horizons.length) return make("p", {text: "The horizons of this profile were counted, but not examined."});
    const head = make("thead", {}, make("tr", {}, ...["Depth (cm)", "SOC (kg C m⁻³)", "Status"]
      .map(text => make("th", {scope: "col", text}))));
    const body = make("tbody", {}, ...horizons.map(one => make("tr", {},
      make("td", {text: `${short(100 * one.upper)}–${short(100 * one.lower)}`}), make("td", {text: short(one.soc)}),
      make("td", {text: words(one.status), title: about.reasons[one.status] || null}))));
    return make("table", {id: "horizons"}, head, body);
  }

  async function ofCell(index) {
    const [lon, lat] = map.position({kind: "cell", index});
    const entries = [["Land", `${Math.round(100 * map.grid.land[index])} % of the cell`]];
    if (arrays.has("applicability.inside")) {
      const inside = (await arrays.get("applicability.inside")).values[index] > 0.5;
      const distance = (await arrays.get("applicability.index")).values[index];
      entries.push(["Area of applicability", inside ? "inside" : "outside: learners extrapolate", inside ? "yes" : "no"]);
      entries.push(["Dissimilarity index", short(distance)]);
    }
    const elements = [section("Cell", true, pairs(entries))];
    if (about.covariates) {
      const rows = await Promise.all(about.covariates.map(async one => {
        const value = (await arrays.get(`cell.covariate.${one.name}`)).values[index];
        const text = one.classes ? Number.isFinite(value) ? `class ${Math.round(value)}` : "–" : withUnit(value, one.unit);
        return [one.label, text];
      }));
      const list = pairs(rows);
      list.id = "covariates";
      elements.push(section("Covariates of the cell", true, list));
    }
    return {heading: `Cell ${place(lon, lat)}`, id: "", lon, lat, elements,
      about: `A cell of ${map.grid.resolution}°. Curves are those of the mapped methods.`};
  }

  function resize(width) {
    const frame = Math.max(200, Math.min(620, Math.floor(width - 72)));
    plot.setv({frame_width: frame, frame_height: Math.round(Math.min(430, Math.max(300, 0.8 * frame)))});
  }

  return {start, show, state, resize, get plot() { return plot; }};
})();
