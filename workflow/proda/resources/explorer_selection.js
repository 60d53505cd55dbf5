// The selected place: its curves over depth, and what each method has of carbon.
const selection = (() => {
  const state = {at: null, request: 0};
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
    const part = k => how.nodes.map((_, j) => array.at(k * n + j, index));
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
      upper: depth(upper.at(0, first + k)), lower: depth(lower.at(0, first + k)),
      soc: soc.at(0, first + k),
      status: about.categories["horizon.status"][status.at(0, first + k)],
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
    const found = await (where === "profile" ? details.ofProfile(at.index, horizons) : details.ofCell(at.index));
    const extra = await (where === "profile" ? storageOf(at.index, fitted) : stocksOf(at.index));
    if (own !== state.request) return false;
    Object.assign(state, {at, curves, horizons, details: found});
    draw();
    table(extra);
    byId("place").textContent = found.heading;
    byId("place-about").textContent = found.about;
    byId("details").replaceChildren(...found.elements);
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
    const observed = array.at(0, profile);
    about.stored.forEach((name, k) => {
      const value = array.at(k + 1, profile);
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
            s => s < how.statistics.length ? array.at(s * n + k, cell) : NaN);
          return [short(mean), Number.isFinite(low) ? `${short(low)}–${short(high)}` : ""];
        }));
    }
    const intervals = Object.values(about.grids)[0].intervals.filter(name => name.startsWith("0-"))
      .map(name => name.replace("-", "–"));
    return {columns: intervals, numbers, caption: "SOC stock and 5–95 %, kg C m⁻²"};
  }

  function resize(width) {
    const frame = Math.max(200, Math.min(620, Math.floor(width - 72)));
    plot.setv({frame_width: frame, frame_height: Math.round(Math.min(430, Math.max(300, 0.8 * frame)))});
  }

  // Methods whose curves are seen, in order.
  const seen = () => methods.filter(({name}) => parts.line.get(name).visible);

  return {start, show, seen, state, resize, get plot() { return plot; }};
})();
