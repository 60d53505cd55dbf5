// Arrays of the page, decoded when they are first needed, and numbers as texts.
const about = JSON.parse(document.getElementById("about").textContent);

const arrays = (() => {
  const elements = new Map();
  for (const element of document.querySelectorAll("script[data-array]")) {
    elements.set(element.dataset.array, element);
  }
  const found = new Map();

  async function inflate(text) {
    const packed = atob(text);
    const bytes = new Uint8Array(packed.length);
    for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  async function decode(name) {
    const how = about.arrays[name];
    const bytes = await inflate(elements.get(name).textContent);
    if (how.kind === "texts") return JSON.parse(new TextDecoder().decode(bytes));
    const n = bytes.length / how.bytes, length = n / how.rows, rows = new Map();
    // A place needs few of the numbers, a map a row of them: nothing else is computed.
    const value = i => {
      let code = 0;
      for (let place = how.bytes - 1; place >= 0; place--) code = 256 * code + bytes[place * n + i];
      if (how.kind === "codes") return code;
      if (code === 0) return NaN;
      if (how.kind === "linear") return how.low + (code - 1) * how.step;
      return code === 1 ? 0 : how.low * Math.exp((code - 2) * how.step);
    };
    const row = k => {
      if (!rows.has(k)) rows.set(k, Float64Array.from({length}, (_, i) => value(k * length + i)));
      return rows.get(k);
    };
    return {at: (k, i) => value(k * length + i), row, get values() { return row(0); }};
  }

  return {
    has: name => name in about.arrays,
    get(name) {
      if (!found.has(name)) found.set(name, decode(name));
      return found.get(name);
    },
    async row([name, k]) {
      return (await this.get(name)).row(k);
    },
  };
})();

// A number with few digits, as a reader wants it.
function short(value, digits = 3) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-3
    ? value.toExponential(digits - 1).replace(/\.?0*e\+?/, "e")
    : size >= 10 ** digits ? String(Math.round(value)) : String(Number(value.toPrecision(digits)));
  return text.replace("-", "−");
}

// A number with two decimals; what rounds to nothing has no sign.
function hundredths(value) {
  return Number.isFinite(value) ? (Math.round(100 * value) / 100 || 0).toFixed(2).replace("-", "−") : "–";
}

function withUnit(value, unit) {
  const text = short(value);
  return unit && text !== "–" ? `${text} ${unit}` : text;
}

function place(lon, lat) {
  if (!Number.isFinite(lon) || !Number.isFinite(lat)) return "no coordinates";
  const part = (value, positive, negative) =>
    `${Math.abs(value).toFixed(2)}° ${value < 0 ? negative : positive}`;
  return `${part(lat, "N", "S")}, ${part(lon, "E", "W")}`;
}

function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "line", "rect"].includes(tag);
  const element = svg
    ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "text") element.textContent = value;
    else if (value !== false && value !== null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter(child => child !== null));
  return element;
}

const byId = name => document.getElementById(name);
