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

  async function png() {
    const views = [map.plot, selection.plot].slice(0, selection.state.at ? 2 : 1)
      .map(plot => picture(Bokeh.index.get_by_id(plot.id)));
    const canvas = document.createElement("canvas");
    const gap = 16;
    canvas.width = views.reduce((sum, one) => sum + one.width + gap, gap);
    canvas.height = Math.max(...views.map(one => one.height)) + 2 * gap;
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    let left = gap;
    for (const one of views) {
      context.drawImage(one, left, gap);
      left += one.width + gap;
    }
    const blob = await new Promise(resolve => canvas.toBlob(resolve, "image/png"));
    save(blob, `${plain(about.dataset)}_${plain(map.state.title)}.png`);
  }

  return {csv, png};
})();
