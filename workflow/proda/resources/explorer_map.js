// The map: layers on its cells or at its profiles, colours, hover, zoom.
const map = (() => {
  const SCALES = ["linear", "logarithmic", "classes"];
  const state = {year: 0, layer: null, values: null, limits: null, scale: null, title: ""};
  const parts = {};
  let ndarray, plot, grid = null, places, request = 0, full;

  async function start(of_plot) {
    plot = of_plot;
    ({ndarray} = Bokeh.require("core/util/ndarray"));
    for (const one of plot.renderers) parts[one.name] = one;
    for (const one of plot.below) if (one.name) parts[one.name] = one;
    parts.size = parts.profiles.glyph.size.value;
    parts.selected = parts.selected.data_source;
    full = {x: [plot.x_range.start, plot.x_range.end], y: [plot.y_range.start, plot.y_range.end]};
    const [lon, lat] = await Promise.all([
      arrays.get("profile.longitude"), arrays.get("profile.latitude")]);
    const degree = (code, low) => code === 0 ? NaN : (code - 1) * about.profiles.degree + low;
    places = {
      lon: Float64Array.from(lon.values, code => degree(code, -180)),
      lat: Float64Array.from(lat.values, code => degree(code, -90)),
    };
    if (about.grid) {
      const [row, column, land] = await Promise.all(
        ["cell.row", "cell.column", "cell.land"].map(name => arrays.get(name)));
      grid = {...about.grid, row: row.values, column: column.values, land: land.values, at: new Map()};
      for (let i = 0; i < grid.cells; i++) grid.at.set(grid.row[i] * grid.columns + grid.column[i], i);
      paint("land", new Float32Array(grid.cells).fill(1));
    }
  }

  // Fill an image of the map with one value per cell.
  function paint(name, values) {
    const image = new Float32Array(grid.rows * grid.columns).fill(NaN);
    for (let i = 0; i < grid.cells; i++) image[grid.row[i] * grid.columns + grid.column[i]] = values[i];
    parts[name].data_source.data = {
      image: [ndarray(image, {dtype: "float32", shape: [grid.rows, grid.columns]})],
      x: [grid.west], y: [grid.south],
      dw: [grid.columns * grid.resolution], dh: [grid.rows * grid.resolution],
    };
  }

  // Put the profiles on the map, after all else: many take long to paint, and are painted once.
  function putProfiles() {
    const n = about.profiles.fitted;
    parts.profiles.data_source.data = {x: places.lon.subarray(0, n), y: places.lat.subarray(0, n)};
  }

  // Colour the profiles, by the scale in use; the others have none, which is fast with many profiles.
  function putPoints(values) {
    const n = about.profiles.fitted, none = {x: [], y: [], value: []};
    const data = {x: places.lon.subarray(0, n), y: places.lat.subarray(0, n), value: values};
    for (const name of SCALES) {
      const source = parts[`points_${name}`].data_source, own = values && name === state.scale;
      if (own || source.data.x.length) source.data = own ? data : none;
    }
  }

  // Values of the layer, of each cell or profile.
  async function valuesOf(layer, year) {
    const [name, row] = layer.values;
    let values = Float32Array.from(await arrays.row([name, row + (layer.years ? year : 0)]));
    if (layer.less) {
      const less = await arrays.row(layer.less);
      for (let i = 0; i < values.length; i++) values[i] -= less[i];
    }
    if (layer.per) {
      const per = await arrays.row(layer.per);
      for (let i = 0; i < values.length; i++) values[i] = per[i] > 0 ? 100 * values[i] / per[i] : NaN;
    }
    if (layer.index) {
      const index = (await arrays.get(layer.index)).values;
      values = Float32Array.from(index, place => place > 0 ? values[place - 1] : NaN);
    }
    return values;
  }

  // Ends of the scale: nearly all values lie between them.
  function limitsOf(values, layer, log) {
    let known = Array.from(values).filter(Number.isFinite);
    if (log) known = known.filter(value => value > 0);
    if (!known.length) return log ? [0.1, 1] : [0, 1];
    known.sort((a, b) => a - b);
    const quantile = p => known[Math.round(p * (known.length - 1))];
    if (layer.palette === "deviation") {
      const sizes = known.map(Math.abs).sort((a, b) => a - b);
      const end = Number(sizes[Math.round(0.98 * (sizes.length - 1))].toPrecision(2)) || 1;
      return [-end, end];
    }
    let low = quantile(0.02), high = quantile(0.98);
    if (low >= 0 && low < 0.3 * high && !log) low = 0;
    low = Number(low.toPrecision(3));
    high = Number(high.toPrecision(3));
    if (log && low <= 0) low = known[0];
    return high > low ? [low, high] : [low, low + (Math.abs(low) || 1)];
  }

  function colour() {
    const {layer, limits, scale} = state;
    if (scale !== "classes") {
      parts[`cells_${scale}`].glyph.color_mapper.setv(
        {palette: about.palettes[layer.palette], low: limits[0], high: limits[1]});
    }
    const atProfiles = layer.where === "profiles";
    for (const name of SCALES) {
      const own = name === scale;
      parts[`bar_${name}`].visible = own;
      parts[`cells_${name}`].visible = own && !atProfiles;
      parts[`points_${name}`].visible = own && atProfiles;
    }
  }

  // Show a layer; what was asked for last wins.
  async function show(layer, options) {
    const own = ++request;
    const values = await valuesOf(layer, options.year);
    const fade = layer.fade && options.fade ? await arrays.row(layer.fade.values) : null;
    const log = options.log && layer.palette !== "deviation", atProfiles = layer.where === "profiles";
    const limits = options.limits || limitsOf(await judged(layer, values), layer, log);
    if (own !== request) return false;
    const scale = layer.palette === "applicable" ? "classes" : log ? "logarithmic" : "linear";
    Object.assign(state, {layer, values, limits, scale, year: options.year});
    if (grid) {
      if (!atProfiles) paint(`cells_${scale}`, values);
      paint("fade", fade
        ? fade.map(value => value < layer.fade.limit ? 1 : NaN) : new Float32Array(grid.cells).fill(NaN));
    }
    putPoints(atProfiles ? values.subarray(0, about.profiles.fitted) : null);
    parts.profiles.visible = options.profiles && !atProfiles;
    colour();
    const unit = layer.unit ? ` (${layer.unit})` : "";
    const year = layer.years ? `, ${about.years[options.year]}` : "";
    state.title = layer.title + year + unit;
    byId("map-title").textContent = state.title;
    return true;
  }

  // What the limits are taken from: of a layer with years always the same ones.
  async function judged(layer, values) {
    if (!layer.years) return values;
    const last = about.years.length - 1;
    const [some, others] = await Promise.all([Math.round(last / 2), last].map(year => valuesOf(layer, year)));
    return Float32Array.from([...some, ...others]);
  }

  function cellAt(lon, lat) {
    if (!grid) return -1;
    const column = Math.floor((lon - grid.west) / grid.resolution);
    const row = Math.floor((lat - grid.south) / grid.resolution);
    if (column < 0 || row < 0 || column >= grid.columns || row >= grid.rows) return -1;
    const found = grid.at.get(row * grid.columns + column);
    return found === undefined ? -1 : found;
  }

  // The fitted profile nearest to a point, if it is within so many pixels.
  function profileAt(lon, lat, pixels) {
    const perX = plot.frame_width / (plot.x_range.end - plot.x_range.start);
    const perY = plot.frame_height / (plot.y_range.end - plot.y_range.start);
    let best = -1, least = pixels * pixels;
    for (let i = 0; i < about.profiles.fitted; i++) {
      const distance = ((places.lon[i] - lon) * perX) ** 2 + ((places.lat[i] - lat) * perY) ** 2;
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  }

  function seen() {
    return parts.profiles.visible || state.layer.where === "profiles";
  }

  function target(lon, lat) {
    const profile = seen() ? profileAt(lon, lat, 9) : -1;
    if (profile >= 0) return {kind: "profile", index: profile};
    const cell = cellAt(lon, lat);
    return cell >= 0 ? {kind: "cell", index: cell} : null;
  }

  function position({kind, index}) {
    if (kind === "profile") return [places.lon[index], places.lat[index]];
    const half = grid.resolution / 2;
    return [grid.west + grid.column[index] * grid.resolution + half,
      grid.south + grid.row[index] * grid.resolution + half];
  }

  // What the layer has at a place.
  function valueAt({kind, index}) {
    const {layer, values} = state;
    if (layer.where === "profiles") return kind === "profile" ? values[index] : NaN;
    const cell = kind === "cell" ? index : cellAt(...position({kind, index}));
    return cell < 0 ? NaN : values[cell];
  }

  function valueText(at) {
    const value = valueAt(at);
    if (state.layer.palette === "applicable") return value > 0.5 ? "yes" : value <= 0.5 ? "no" : "–";
    return withUnit(value, state.layer.unit);
  }

  function mark(at) {
    const [x, y] = at ? position(at) : [NaN, NaN];
    parts.selected.data = at ? {x: [x], y: [y]} : {x: [], y: []};
    if (at && (x < plot.x_range.start || x > plot.x_range.end || y < plot.y_range.start || y > plot.y_range.end)) {
      const dx = (plot.x_range.end - plot.x_range.start) / 2, dy = (plot.y_range.end - plot.y_range.start) / 2;
      plot.x_range.setv({start: x - dx, end: x + dx});
      plot.y_range.setv({start: y - dy, end: y + dy});
    }
  }

  // The next profile or cell in a direction: near, and not far to the side.
  function next(at, dx, dy, kind) {
    const [x, y] = at ? position(at) : [(full.x[0] + full.x[1]) / 2, (full.y[0] + full.y[1]) / 2];
    const n = kind === "profile" ? about.profiles.fitted : grid.cells;
    let best = -1, least = Infinity;
    for (let index = 0; index < n; index++) {
      if (at && at.kind === kind && at.index === index) continue;
      const [lon, lat] = position({kind, index});
      const along = (lon - x) * dx + (lat - y) * dy, aside = Math.abs((lon - x) * dy) + Math.abs((lat - y) * dx);
      if (!(along > 1e-9)) continue;
      const distance = along + 2.5 * aside;
      if (distance < least) [best, least] = [index, distance];
    }
    return best < 0 ? null : {kind, index: best};
  }

  // The fitted profile nearest to the middle of the map, which is selected at first.
  function middle() {
    const index = profileAt((full.x[0] + full.x[1]) / 2, (full.y[0] + full.y[1]) / 2, Infinity);
    return index < 0 ? null : {kind: "profile", index};
  }

  function zoom(factor) {
    for (const [name, ends] of Object.entries(full)) {
      const range = plot[`${name}_range`];
      if (factor === 0) { range.setv({start: ends[0], end: ends[1]}); continue; }
      const middle = (range.start + range.end) / 2, half = (range.end - range.start) / 2 / factor;
      range.setv({start: middle - half, end: middle + half});
    }
  }

  function resize(width) {
    const [w, h] = [full.x[1] - full.x[0], full.y[1] - full.y[0]];
    const stretch = 1 / Math.max(0.3, Math.cos((full.y[0] + full.y[1]) / 2 * Math.PI / 180));
    const ratio = h / w * stretch, highest = 0.72 * Math.max(window.innerHeight, 500);
    const frame = Math.floor(Math.min(Math.max(200, width - 72), highest / ratio));
    plot.setv({frame_width: frame, frame_height: Math.round(frame * ratio)});
    const size = parts.size * Math.min(1, Math.max(0.55, frame / 600));
    parts.profiles.glyph.size = {value: size};
    for (const name of SCALES) parts[`points_${name}`].glyph.size = {value: size + 2};
  }

  return {start, show, state, target, position, valueText, valueAt, mark, middle, next, putProfiles, zoom, resize,
    get grid() { return grid; }, get plot() { return plot; }};
})();
