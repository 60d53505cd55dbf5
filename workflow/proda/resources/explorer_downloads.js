// Files of what is seen: csv of the selection, png of map and curves.
const downloads = (() => {
  function save(blob, name) {
    const link = make("a", {href: URL.createObjectURL(blob), download: name});
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  const plain = text => String(text).normalize("NFKD").replace(/[^A-Za-z0-9._-]+/g, "_").slice(0, 80);

  // A text that a spreadsheet would run as a formula stands behind an apostrophe.
  function cell(value) {
    if (typeof value === "number") return Number.isFinite(value) ? String(Number(value.toPrecision(6))) : "";
    const text = /^'*[=+\-@\t\r\n＝＋－＠]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  function csv() {
    const {at, curves, horizons, details} = selection.state;
    const rows = [["place", "id", "longitude", "latitude", "quantity", "method", "upper_depth_m",
      "lower_depth_m", "value", "p05", "p95", "unit", "status"]];
    const start = [at.kind, details.id, details.lon, details.lat];
    for (const one of horizons) {
      rows.push([...start, "observed SOC", "", one.upper, one.lower, one.soc, NaN, NaN, "kg m-3", one.status]);
    }
    for (const one of curves) {
      one.nodes.forEach((depth, k) => rows.push([...start, "modelled SOC", one.name, depth, depth, one.mean[k],
        one.low ? one.low[k] : NaN, one.high ? one.high[k] : NaN, "kg m-3", ""]));
    }
    const value = map.valueAt(at);
    if (Number.isFinite(value)) {
      rows.push([...start, map.state.title, "", NaN, NaN, value, NaN, NaN, map.state.layer.unit, ""]);
    }
    const text = rows.map(row => row.map(cell).join(",")).join("\n") + "\n";
    const name = details.id || `${details.lat.toFixed(3)}_${details.lon.toFixed(3)}`;
    save(new Blob([text], {type: "text/csv;charset=utf-8"}), `${plain(about.dataset)}_${at.kind}_${plain(name)}.csv`);
  }

  function picture(view) {
    const exported = view.export ? view.export("auto", true) : view.model.export();
    return exported.canvas || exported;
  }

  // A title in lines of a width, from a place downwards; returns where it ends.
  function write(context, text, left, top, width) {
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
      if (lines.at(-1) && context.measureText(longer).width > width) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    lines.forEach((line, k) => context.fillText(line, left, top + 22 * (k + 1)));
    return top + 22 * lines.length + 8;
  }

  function drawLegend(context, methods, left, top) {
    context.font = "13px system-ui, sans-serif";
    methods.forEach(({label, colour, dashed}, k) => {
      const y = top + 18 * k + 6;
      context.strokeStyle = colour;
      context.lineWidth = 3;
      context.setLineDash(dashed ? [6, 4] : []);
      context.beginPath();
      context.moveTo(left, y);
      context.lineTo(left + 28, y);
      context.stroke();
      context.fillText(label, left + 36, y + 4);
    });
  }

  async function png() {
    const gap = 16, ratio = window.devicePixelRatio || 1;
    const seen = [[map.plot, map.state.title]];
    if (selection.state.at) seen.push([selection.plot, selection.state.details.heading]);
    const views = seen.map(([plot, title]) => [picture(Bokeh.index.get_by_id(plot.id)), title, plot]);
    const canvas = document.createElement("canvas"), context = canvas.getContext("2d");
    const size = one => [one.width / ratio, one.height / ratio];
    const width = views.reduce((sum, [one]) => sum + size(one)[0] + gap, gap);
    const legend = views.length > 1 ? selection.seen() : [];
    const height = Math.max(...views.map(([one], k) => size(one)[1] + (k ? 18 * legend.length : 0)))
      + 3 * gap + 66;
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    context.scale(ratio, ratio);
    context.fillStyle = "white";
    context.fillRect(0, 0, width, height);
    context.fillStyle = "#1a1a1a";
    let left = gap;
    for (const [one, title, plot] of views) {
      const [w, h] = size(one);
      context.font = "600 16px system-ui, sans-serif";
      const top = write(context, title, left, gap / 2, w);
      context.drawImage(one, left, top, w, h);
      if (plot === selection.plot) drawLegend(context, legend, left + 50, top + h + 8);
      left += w + gap;
    }
    context.font = "12px system-ui, sans-serif";
    context.fillText(about.dataset, gap, height - gap / 2);
    const blob = await new Promise(resolve => canvas.toBlob(resolve, "image/png"));
    save(blob, `${plain(about.dataset)}_${plain(map.state.title)}.png`);
  }

  return {csv, png};
})();
