// Details of the selected place: certificate, parameters, ledger and horizons; covariates of a cell.
const details = (() => {
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
    return about.categories[name][(await arrays.get(name)).at(0, index)];
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
    const ledger = `${accepted.at(0, index)} of ${rows.at(0, index)} horizons are used. ` +
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
    const value = async name => (await arrays.get(`certificate.${name}`)).at(0, index);
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
        ["draws_per_chain", "Draws per chain"], ["rounds", "Rounds of draws"], ["divergences", "Divergences"],
        ["r2", "R² at the horizons"], ["rmse_g_m3", "RMSE at the horizons (g m⁻³)"]]) {
        const number = await value(name);
        entries.push([label, short(number, name === "max_rhat" ? 5 : 3)]);
      }
    }
    const used = (await arrays.get("profile.used")).at(0, index);
    const role = await category("profile.role", index);
    entries.push(["Used by the methods", used ? role ? `yes, for ${role}` : "yes" : "no"]);
    if (arrays.has("profile.fold")) {
      const fold = (await arrays.get("profile.fold")).at(0, index);
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
      const quantile = q => theta.at(q * n + k, index);
      const physical = t => one.minimum + t * (one.maximum - one.minimum);
      const unit = one.unit ? ` (${one.unit})` : "";
      body.append(make("tr", {},
        make("th", {scope: "row", text: one.label + unit, title: one.meaning}),
        make("td", {text: `${short(one.minimum)} to ${short(one.maximum)}`}),
        make("td", {}, bar([0, 1, 2, 3, 4].map(quantile))),
        make("td", {text: `${short(physical(quantile(2)))} (${short(physical(quantile(0)))} to ${short(physical(quantile(4)))})`}),
        make("td", {text: hundredths(contraction.at(k, index))})));
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
      const inside = (await arrays.get("applicability.inside")).at(0, index) > 0.5;
      const distance = (await arrays.get("applicability.index")).at(0, index);
      entries.push(["Area of applicability", inside ? "inside" : "outside: learners extrapolate", inside ? "yes" : "no"]);
      entries.push(["Dissimilarity index", short(distance)]);
    }
    const elements = [section("Cell", true, pairs(entries))];
    if (about.covariates) {
      const rows = await Promise.all(about.covariates.map(async one => {
        const value = (await arrays.get(`cell.covariate.${one.name}`)).at(0, index);
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

  return {ofProfile, ofCell};
})();
