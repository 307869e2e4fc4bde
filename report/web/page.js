// Ties the parts together: what is filtered, picked and searched.
const start = (data) => {
  const state = { view: data.current, colour: "plan", who: new Set(), only: "all", size: 0, weight: null, rank: null, by: 0, least: -Infinity, most: Infinity, hovered: -1, picked: -1 };
  const named = data.names.length > 0, ided = data.ids.length > 0;
  const node = (i) => data.views[data.current].ofLeaf[data.leaf[i]];
  const names = {
    id: (i) => ided && data.ids[i] ? data.ids[i] : "account " + grouped((data.rows ? data.rows[i] : i) + 1),
    name: (i) => named ? data.names[i] : "",
    owner: (i) => (data.owners[data.owner[i]] || { label: "nobody" }).label,
    territory: (i) => node(i) >= 0 ? data.nodes[node(i)].label : "",
    reason: (i) => data.reason[i] ? data.reasons[data.reason[i] - 1] || "Moves" : "",
  };
  state.shows = (i) => {
    if (state.by) {
      const value = data.amounts[state.by][i];
      if (value < state.least || value > state.most) return false;
    }
    if (state.who.size) {
      const own = data.views[state.view].ofLeaf[data.leaf[i]];
      const before = data.owners[data.owner[i]];
      if (!state.who.has(own) && !(state.view === data.current && before && state.who.has(before.node) && state.only !== "all")) return false;
    }
    if (state.only === "moved") return data.reason[i] > 0;
    if (state.only === "kept") return data.reason[i] === 0;
    if (state.only.startsWith("r")) return data.reason[i] === Number(state.only.slice(1));
    return true;
  };
  const describe = (i, into) => {
    const title = names.name(i) || names.id(i);
    into.appendChild(make("strong", title));
    const lines = [];
    if (names.name(i)) lines.push(names.id(i));
    lines.push(data.ofToday ? (names.territory(i) === "nobody" ? "owned by nobody" : names.territory(i)) : data.reason[i] ? `${names.owner(i)} → ${names.territory(i)}` : data.owned && data.owner[i] !== 65535 ? `${names.territory(i)}, as today` : `${names.territory(i)}, owned by nobody today`);
    const amounts = data.measures.slice(1, 4).map((measure, k) => `${measure.name} ${short(data.amounts[k + 1][i], measure.decimals)}`);
    if (amounts.length) lines.push(amounts.join(" · "));
    if (data.reason[i]) lines.push(data.details[i] || names.reason(i));
    for (const line of lines) { into.appendChild(make("bdi", line)); into.appendChild(make("br")); }
  };
  const tip = el("tip"), detail = el("detail"), box = el("mapbox");
  let chart = null;
  const told = {
    hover: (i, x, y) => {
      tip.replaceChildren();
      describe(i, tip);
      tip.hidden = false;
      const right = x + 18 + tip.offsetWidth > box.clientWidth;
      tip.style.left = Math.max(4, right ? x - 14 - tip.offsetWidth : x + 14) + "px";
      tip.style.top = Math.max(4, Math.min(y + 12, box.clientHeight - tip.offsetHeight - 4)) + "px";
    },
    hide: () => { tip.hidden = true; },
    pick: (i) => {
      state.picked = i;
      detail.hidden = i < 0;
      detail.replaceChildren();
      if (i >= 0) account(i);
      if (chart) chart.soon();
    },
  };
  const account = (i) => {
    const head = detail.appendChild(make("h3"));
    head.appendChild(make("bdi", names.name(i) || names.id(i)));
    const list = detail.appendChild(make("dl"));
    const fact = (name, value) => {
      if (!value) return;
      const pair = list.appendChild(make("div"));
      pair.appendChild(make("dt", name));
      pair.appendChild(make("dd")).appendChild(make("bdi", value));
    };
    fact("Account", names.id(i));
    fact(data.ofToday ? "Owner today" : "Territory", names.territory(i));
    if (data.owned) fact("Owner today", names.owner(i));
    data.measures.forEach((measure, k) => { if (k) fact(measure.name, short(data.amounts[k][i], measure.decimals) + (measure.unit ? " " + measure.unit : "")); });
    data.views.forEach((view, v) => { if (data.views.length > 1 && v !== data.current) fact(`Of ${view.count} territories`, (data.nodes[view.ofLeaf[data.leaf[i]]] || {}).label); });
    if (data.reason[i]) detail.appendChild(make("p", `Why it moves: ${names.reason(i)}${data.details[i] ? " — " + data.details[i] : ""}.`));
    else if (data.owned && data.owner[i] !== 65535) detail.appendChild(make("p", "It stays with its owner."));
  };
  const go = (i) => {
    told.pick(i);
    if (chart) { box.scrollIntoView({ block: "center" }); chart.go(i); }
  };

  // The territories beside the map, which are also its filter.
  const legend = el("legend"), body = legend && legend.tBodies[0], who = el("who");
  const toggle = (n) => {
    if (state.who.has(n) && state.who.size === 1) state.who.clear(); else state.who = new Set([n]);
    selected();
  };
  const selected = () => {
    const one = [...state.who][0];
    who.value = one === undefined ? "" : String(one);
    for (const row of document.querySelectorAll("tr[data-node]")) row.classList.toggle("on", state.who.has(Number(row.dataset.node)));
    for (const button of body.querySelectorAll("button")) button.setAttribute("aria-pressed", state.who.has(Number(button.closest("tr").dataset.node)));
    redraw();
  };
  const rows = () => {
    const view = data.views[state.view];
    body.replaceChildren(...view.nodes.map((n) => {
      const of = data.nodes[n], row = make("tr", undefined, { "data-node": n });
      const head = row.appendChild(make("th", undefined, { scope: "row" }));
      head.appendChild(make("i", undefined, { class: "dot c" + n }));
      const button = head.appendChild(make("button", undefined, { type: "button", "aria-pressed": "false" }));
      button.appendChild(isolated(of.label));
      if (of.outside) head.appendChild(make("small", " outside the balance"));
      else if (of.seat && state.view === data.current) head.appendChild(make("small", (of.seat.hire ? " to be hired" : " starts later") + (of.seat.start ? " " + of.seat.start : "")));
      row.appendChild(make("td", grouped(of.amounts[0])));
      let worst = null;
      of.deviations.forEach((off, m) => { if (of.bands[m] !== null && !of.outside && (worst === null || Math.abs(off) > Math.abs(of.deviations[worst]))) worst = m; });
      const cell = row.appendChild(make("td", worst === null ? "" : signed(of.deviations[worst]), worst === null ? {} : { title: data.measures[worst].name }));
      if (worst !== null && Math.abs(of.deviations[worst]) > of.bands[worst] + 1e-9) cell.className = "bad";
      row.onclick = () => toggle(n);
      return row;
    }));
    who.replaceChildren(make("option", "All", { value: "" }), ...view.nodes.map((n) => make("option", data.nodes[n].label, { value: n })));
  };
  legend.classList.add("live");
  for (const hint of legend.querySelectorAll(".hint")) hint.hidden = !data.view;
  who.onchange = () => { state.who = new Set(who.value ? [Number(who.value)] : []); selected(); };

  const choose = (id, options) => el(id).append(...options.map(([value, label]) => make("option", label, { value })));
  const seen = new Set(data.reason);
  choose("only", [["all", "All accounts"], ...(data.owned ? [["moved", "Those that change owner"], ["kept", "Those that stay"]] : []), ...data.reasons.map((words, k) => ["r" + (k + 1), words]).filter((_, k) => seen.has(k + 1))]);
  choose("colour", [...(data.owned ? [["today", "Owner today"], ["reason", "Reason to move"]] : []), ...data.measures.map((measure, k) => ["m" + k, measure.name]).slice(1)]);
  choose("size", [["0", "All alike"], ...data.measures.map((measure, k) => [String(k), measure.name]).slice(1)]);
  const redraw = () => { if (chart) chart.render(); tell(); };
  el("only").onchange = (event) => { state.only = event.target.value; redraw(); };
  el("colour").onchange = (event) => {
    state.colour = event.target.value;
    if (state.colour.startsWith("m")) {
      // Six classes of alike many accounts, nothing being the first.
      const of = data.amounts[Number(state.colour.slice(1))], some = Float64Array.from(of.filter((value) => value > 0)).sort();
      const limits = [0.2, 0.4, 0.6, 0.8].map((part) => some[Math.floor(part * some.length)] || 0);
      state.rank = Uint8Array.from(of, (value) => value <= 0 ? 0 : 1 + limits.filter((limit) => value > limit).length);
    }
    redraw();
  };
  el("size").onchange = (event) => {
    state.size = Number(event.target.value);
    const of = data.amounts[state.size], most = of.reduce((a, b) => Math.max(a, b), 0) || 1;
    state.weight = Float32Array.from(of, (value) => 0.55 + 5 * Math.sqrt(Math.max(0, value) / most));
    redraw();
  };

  // A measure from the least to the most that is wanted, as people write amounts: 1,250.50 or 1.2M.
  const by = el("by"), limits = [el("least"), el("most")], matched = el("matched");
  const written = (text) => {
    const part = /^([+-]?)(\d[\d,\s]*(?:\.\d*)?|\.\d+)([kKmMgGbB]?)$/.exec(text.trim());
    if (!part) return NaN;
    const unit = { k: 1e3, m: 1e6, g: 1e9, b: 1e9 }[part[3].toLowerCase()] || 1;
    return Number(part[1] + part[2].replace(/[,\s]/g, "")) * unit;
  };
  const limit = (input, none) => {
    const text = input.value.trim(), whole = written(text) * 10 ** data.measures[state.by].decimals;
    const bad = text !== "" && Number.isNaN(whole);
    input.setAttribute("aria-invalid", String(bad));
    // Floats of what has decimals are a hair off: 15 digits are exact.
    return text === "" || bad ? none : Number(whole.toPrecision(15));
  };
  const tell = () => {
    let count = 0;
    for (let i = 0; i < data.count; i++) if (state.shows(i)) count++;
    const bad = limits.some((input) => input.getAttribute("aria-invalid") === "true");
    matched.textContent = (bad ? "What is framed is no number. " : "") + (count === data.count ? "" : grouped(count) + " of " + grouped(data.count) + " accounts");
  };
  const bounded = () => {
    state.by = Number(by.value);
    for (const input of limits) input.disabled = !state.by;
    state.least = limit(limits[0], -Infinity);
    state.most = limit(limits[1], Infinity);
    redraw();
  };
  choose("by", [["0", "All"], ...data.measures.map((measure, k) => [String(k), measure.name + (measure.unit ? ", " + measure.unit : "")]).slice(1)]);
  by.onchange = () => {
    const k = Number(by.value), of = data.amounts[k], decimals = data.measures[k].decimals;
    const ends = k ? [of.reduce((a, b) => Math.min(a, b), Infinity), of.reduce((a, b) => Math.max(a, b), -Infinity)] : ["", ""];
    limits.forEach((input, end) => { input.value = ""; input.placeholder = k ? exact(ends[end], decimals) : ""; });
    bounded();
  };
  for (const input of limits) input.addEventListener("input", bounded);
  if (data.measures.length < 2) by.closest(".tool").hidden = true;

  el("clear").onclick = () => {
    state.who.clear(); state.only = "all"; state.colour = "plan"; state.size = 0;
    for (const id of ["only", "colour", "size", "by"]) el(id).selectedIndex = 0;
    by.onchange();
    el("search").value = "";
    told.pick(-1);
    selected();
    if (chart) chart.reset();
  };

  // Search: names and ids.
  const search = el("search"), found = el("found");
  let at = -1, hits = [];
  const find = () => {
    const wanted = search.value.trim().toLowerCase();
    hits = [];
    if (wanted) for (let i = 0; i < data.count && hits.length < 12; i++) if (names.id(i).toLowerCase().includes(wanted) || names.name(i).toLowerCase().includes(wanted)) hits.push(i);
    at = -1;
    const item = (i, k) => {
      const line = make("li", undefined, { role: "option", id: "hit" + k, "aria-selected": "false" });
      line.appendChild(isolated(names.name(i) || names.id(i)));
      line.appendChild(make("small", names.territory(i)));
      line.onpointerdown = (event) => { event.preventDefault(); take(k); };
      return line;
    };
    found.replaceChildren(...hits.map(item));
    if (wanted && !hits.length) found.appendChild(make("li", data.ids.length < data.count || data.ids.includes("") ? "None among those named in this page" : "No such account", { class: "none" }));
    found.hidden = !wanted;
    search.setAttribute("aria-expanded", String(!found.hidden));
  };
  const take = (k) => {
    if (hits[k] === undefined) return;
    search.value = names.name(hits[k]) || names.id(hits[k]);
    found.hidden = true;
    search.setAttribute("aria-expanded", "false");
    go(hits[k]);
  };
  search.addEventListener("input", find);
  search.addEventListener("blur", () => { found.hidden = true; });
  search.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      at = Math.max(0, Math.min(hits.length - 1, at + (event.key === "ArrowDown" ? 1 : -1)));
      [...found.children].forEach((line, k) => line.setAttribute("aria-selected", String(k === at)));
      search.setAttribute("aria-activedescendant", "hit" + at);
      event.preventDefault();
    } else if (event.key === "Enter") take(Math.max(0, at));
    else if (event.key === "Escape") { found.hidden = true; }
  });
  if (!ided && !named) search.closest(".tool").hidden = true;

  // Stages.
  if (data.views.length > 1) {
    const slider = el("stage"), name = el("stage-name");
    slider.max = data.views.length - 1;
    const set = (view) => {
      state.view = view;
      state.who.clear();
      slider.value = view;
      const words = `${data.views[view].count} territories${data.views[view].current ? ", today" : ""}`;
      name.textContent = words;
      slider.setAttribute("aria-valuetext", words);
      for (const stage of document.querySelectorAll(".stage")) stage.classList.toggle("shown", Number(stage.dataset.view) === view);
      rows();
      selected();
    };
    slider.addEventListener("input", () => set(Number(slider.value)));
    document.querySelector(".stagebar").hidden = false;
    set(data.current);
  } else rows();

  // What is folded is unfolded on paper.
  const folded = () => [...document.querySelectorAll("details")];
  addEventListener("beforeprint", () => folded().forEach((part) => { part.dataset.was = part.open; part.open = true; }));
  addEventListener("afterprint", () => folded().forEach((part) => { part.open = part.dataset.was === "true"; }));

  document.querySelector(".tools").hidden = !data.view;
  if (data.view) {
    document.querySelector(".zoom").hidden = false;
    chart = Chart(data, box, state, told);
  }
  selected();
  Moves(data, names, go);
  document.documentElement.dataset.ready = "yes";
};

try {
  const bytes = globalThis.carve;
  delete globalThis.carve;
  start(read(bytes));
} catch (error) {
  document.documentElement.dataset.ready = "no";
  console.error(error);
}
