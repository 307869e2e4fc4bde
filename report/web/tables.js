// The list of moves: sorted by any column, filtered by a text, as long as it is looked at.
const Moves = (data, names, go) => {
  const table = el("move-table");
  if (!table) return;
  const body = table.tBodies[0], more = el("pager"), count = el("move-count"), search = el("move-search");
  const named = data.names.length > 0, step = 100;
  const list = [];
  for (let i = 0; i < data.count; i++) if (data.reason[i]) list.push(i);
  const size = data.amounts[data.sized], decimals = data.measures[data.sized].decimals;
  const text = { id: names.id, name: names.name, from: names.owner, to: names.territory, reason: names.reason };
  let key = "amount", down = true, shown = [], limit = step;
  const order = () => {
    const compare = key === "amount" ? (a, b) => size[a] - size[b] : ((of) => (a, b) => of(a) < of(b) ? -1 : of(a) > of(b) ? 1 : 0)(text[key]);
    shown.sort((a, b) => (down ? -compare(a, b) : compare(a, b)) || a - b);
  };
  const cell = (row, value, tag = "td") => {
    const node = row.appendChild(make(tag));
    node.appendChild(isolated(value));
    return node;
  };
  const fill = () => {
    body.replaceChildren(...shown.slice(0, limit).map((i) => {
      const row = make("tr");
      const head = row.appendChild(make("th", undefined, { scope: "row" }));
      const link = head.appendChild(make("button", undefined, { type: "button", class: "linklike" }));
      link.appendChild(isolated(names.id(i)));
      link.onclick = () => go(i);
      if (table.tHead.querySelector("[data-sort=name]")) cell(row, names.name(i));
      cell(row, names.owner(i));
      cell(row, names.territory(i));
      row.appendChild(make("td", short(size[i], decimals)));
      const why = row.appendChild(make("td", names.reason(i), { class: "why" }));
      if (data.details[i]) why.appendChild(make("small", data.details[i]));
      return row;
    }));
    more.hidden = shown.length <= limit;
    const all = list.length === shown.length ? "" : " of " + grouped(list.length);
    const part = shown.length > limit ? ", the first " + grouped(limit) + " shown" : "";
    count.textContent = grouped(shown.length) + all + " moves" + part;
  };
  const filter = () => {
    const wanted = search.value.trim().toLowerCase();
    const fits = (i) => [names.id(i), names.name(i), names.owner(i), names.territory(i), names.reason(i), data.details[i] || ""].some((part) => part.toLowerCase().includes(wanted));
    shown = wanted ? list.filter(fits) : list.slice();
    limit = step;
    order();
    fill();
  };
  for (const head of table.tHead.querySelectorAll("[data-sort]")) {
    const button = make("button", head.textContent, { type: "button" });
    head.replaceChildren(button);
    button.onclick = () => {
      down = key === head.dataset.sort ? !down : head.dataset.sort === "amount";
      key = head.dataset.sort;
      mark();
      order();
      fill();
    };
  }
  const mark = () => {
    for (const head of table.tHead.querySelectorAll("[data-sort]")) {
      if (head.dataset.sort === key) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  };
  search.addEventListener("input", filter);
  el("more-moves").onclick = () => { limit += 10 * step; fill(); };
  document.querySelector(".movetools").hidden = false;
  for (const note of document.querySelectorAll(".noscript")) note.hidden = true;
  mark();
  filter();
  // On paper the first of what is filtered.
  let was = limit;
  const note = el("printed");
  addEventListener("beforeprint", () => { was = limit; limit = 200; fill(); note.hidden = shown.length <= limit; });
  addEventListener("afterprint", () => { limit = was; note.hidden = true; fill(); });
};
