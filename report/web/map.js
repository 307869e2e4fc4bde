// The map on a canvas. What is drawn is kept as a picture that follows pan and zoom at once, and is drawn anew at rest.
const Chart = (data, box, state, told) => {
  const canvas = make("canvas", undefined, { role: "img", tabindex: "0", "aria-label": "Map of accounts by territory. Arrow keys move it, plus and minus zoom, 0 shows all. The table beside it says the same." });
  box.prepend(canvas);
  box.classList.add("live");
  const context = canvas.getContext("2d");
  const picture = document.createElement("canvas"), paint = picture.getContext("2d");
  const [left, top, right, bottom] = data.view;
  let touched = false, width = 0, height = 0, ratio = 1, scale = 1, ox = 0, oy = 0, drawn = null, rest = 0, frame = 0, cells = null;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const look = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  // Ground of each view, as the page's own drawings have it.
  const grounds = data.views.map((_, index) => {
    const svg = document.querySelector(`svg.map[data-view="${index}"]`);
    return svg ? [...svg.querySelectorAll(".ground")].map((path) => [Number(path.dataset.node), new Path2D(path.getAttribute("d"))]) : [];
  });
  const drawing = (right - left) / 1000;

  const fit = () => {
    scale = Math.min(width / (right - left), height / (bottom - top));
    ox = width / 2 - scale * (left + right) / 2;
    oy = height / 2 - scale * (top + bottom) / 2;
  };
  const resize = () => {
    width = box.clientWidth;
    height = Math.max(width < 600 ? 200 : 520, Math.min(width * (bottom - top) / (right - left), innerHeight * 0.78, 720));
    box.style.height = height + "px";
    const side = document.querySelector(".side");
    side.style.maxHeight = innerWidth > 900 ? height + "px" : "";
    ratio = Math.min(devicePixelRatio || 1, 2);
    canvas.width = picture.width = Math.round(width * ratio);
    canvas.height = picture.height = Math.round(height * ratio);
    if (!touched) fit();
    render();
  };
  const zoomed = () => scale * (right - left) / width;

  const nodeOf = (account) => {
    if (state.colour === "today") {
      const owner = data.owners[data.owner[account]];
      return owner ? owner.node : -2;
    }
    return data.views[state.view].ofLeaf[data.leaf[account]];
  };
  const ramp = ["#7d8794", "#5b8fd0", "#3fa07a", "#d9a520", "#d4622a", "#b3261e"];
  const reasonColours = ["#9aa4b1", "#882255", "#332288", "#aa4499", "#cc6677", "#ddaa33", "#44aa99", "#88ccee", "#999933"];
  const colourOf = (account, node) => {
    if (state.colour === "reason") return reasonColours[Math.min(data.reason[account], 8)];
    if (state.colour.startsWith("m")) return ramp[state.rank[account]];
    return node >= 0 ? data.colours[node] : "#8a8f98";
  };

  const render = () => {
    drawn = { scale, ox, oy };
    const c = paint;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.fillStyle = look("--sea");
    c.fillRect(0, 0, picture.width, picture.height);
    const s = scale * ratio;
    const world = () => c.setTransform(s, 0, 0, s, ox * ratio, oy * ratio);
    world();
    c.fillStyle = look("--land");
    c.fill(data.land, "evenodd");
    ground(c, s);
    world();
    if (zoomed() > 2.2) {
      c.strokeStyle = look("--border");
      c.globalAlpha = 0.55;
      c.lineWidth = 0.7 / scale;
      c.stroke(data.counties);
      c.globalAlpha = 1;
    }
    c.strokeStyle = look("--border");
    c.lineWidth = 1.2 / scale;
    c.stroke(data.borders);
    c.strokeStyle = look("--line");
    for (const [l, t, r, b] of data.insets) c.strokeRect(l, t, r - l, b - t);
    dots(c);
    homes(c);
    labels(c);
    show();
    canvas.dataset.drawn = Number(canvas.dataset.drawn || 0) + 1;
  };

  const ground = (c, s) => {
    if (state.colour !== "plan") return;
    c.save();
    c.clip(data.land, "evenodd");
    c.setTransform(s * drawing, 0, 0, s * drawing, (ox + left * scale) * ratio, (oy + top * scale) * ratio);
    for (const [node, path] of grounds[state.view]) {
      c.globalAlpha = !state.who.size || state.who.has(node) ? (dark.matches ? 0.42 : 0.36) : 0.06;
      c.fillStyle = data.colours[node];
      c.fill(path, "evenodd");
      c.globalAlpha = 0.9;
      c.strokeStyle = look("--card");
      c.lineWidth = 1.2 / (scale * drawing);
      c.stroke(path);
    }
    c.restore();
    c.globalAlpha = 1;
  };

  // Accounts at one place go on a spiral around it, which does not grow without end.
  const aside = new Float32Array(2 * data.count), places = new Map();
  for (let i = 0; i < data.count; i++) {
    const key = data.x[i] * 65536 + data.y[i], before = places.get(key) || 0;
    places.set(key, before + 1);
    const away = Math.min(1.7 * Math.sqrt(before), 9);
    aside[2 * i] = Math.cos(before * 2.399963) * away;
    aside[2 * i + 1] = Math.sin(before * 2.399963) * away;
  }
  const spotOf = (i) => [ox + data.x[i] * scale + aside[2 * i] * radius(), oy + data.y[i] * scale + aside[2 * i + 1] * radius()];

  const radius = () => Math.max(1.3, Math.min(7, (data.count > 20000 ? 1.2 : data.count > 5000 ? 1.6 : 2.3) * Math.pow(zoomed(), 0.4)));
  const dots = (c) => {
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    const size = radius(), groups = new Map(), faint = [], rings = [];
    const near = (x, y) => x > -9 && y > -9 && x < width + 9 && y < height + 9;
    for (let i = 0; i < data.count; i++) {
      if (data.x[i] === 65535 && data.y[i] === 65535) continue;
      const [x, y] = spotOf(i);
      if (!near(x, y)) continue;
      if (!state.shows(i)) { faint.push(x, y); continue; }
      const colour = colourOf(i, nodeOf(i));
      const r = state.size ? size * state.weight[i] : size;
      let group = groups.get(colour);
      if (!group) groups.set(colour, group = []);
      group.push(x, y, r);
      if (data.reason[i] && state.colour !== "reason") rings.push(x, y, r);
    }
    c.globalAlpha = 0.16;
    c.fillStyle = look("--soft");
    for (let k = 0; k < faint.length; k += 2) c.fillRect(faint[k] - 0.8, faint[k + 1] - 0.8, 1.6, 1.6);
    c.globalAlpha = 1;
    // A ring around what moves; squares where dots are too small to be round, as they are quick to draw.
    const round = size > 2 && rings.length / 3 < 30000;
    const each = (list, grow) => {
      for (let k = 0; k < list.length; k += 3) {
        const r = list[k + 2] + grow;
        if (round) { c.beginPath(); c.arc(list[k], list[k + 1], r, 0, 7); c.fill(); } else c.fillRect(list[k] - r, list[k + 1] - r, 2 * r, 2 * r);
      }
    };
    c.fillStyle = look("--card");
    if (round) for (const list of groups.values()) each(list, 0.7);
    c.fillStyle = look("--ring");
    each(rings, round ? dark.matches ? 0.9 : 1.3 : 0.5);
    for (const [colour, list] of [...groups].sort()) { c.fillStyle = colour; each(list, 0); }
  };

  const at = ([x, y]) => [ox + x * scale, oy + y * scale];
  const homes = (c) => {
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const node of data.views[state.view].nodes) {
      const of = data.nodes[node];
      if (!of.anchor || of.found || state.who.size && !state.who.has(node)) continue;
      const [x, y] = at(of.anchor);
      c.beginPath();
      c.moveTo(x, y - 7); c.lineTo(x + 7, y); c.lineTo(x, y + 7); c.lineTo(x - 7, y); c.closePath();
      c.fillStyle = data.colours[node];
      c.strokeStyle = look("--card");
      c.lineWidth = 4; c.stroke();
      c.strokeStyle = look("--ring");
      c.lineWidth = 1.6; c.stroke(); c.fill();
    }
  };
  const labels = (c) => {
    if (state.colour === "today") return;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    const poles = Object.entries(data.views[state.view].poles).map(([node, pole]) => [Number(node), pole]).sort((a, b) => b[1][2] - a[1][2]);
    // Of many the labels are small, short and at their place or just beside it; one without room is told on hover and in the table.
    const many = poles.length > 40 && !state.who.size, high = many ? 7 : 9, most = many ? 13 : 22;
    c.font = `650 ${many ? 11 : 13}px ` + getComputedStyle(document.body).fontFamily;
    c.textAlign = "center";
    c.textBaseline = "middle";
    c.lineJoin = "round";
    const taken = [];
    for (const [node, pole] of poles) {
      if (state.who.size && !state.who.has(node)) continue;
      const [x, y] = at(pole);
      if (x < 0 || y < 0 || x > width || y > height) continue;
      let label = data.nodes[node].label;
      if (label.length > most) label = label.slice(0, most - 1) + "…";
      const half = c.measureText(label).width / 2 + 4;
      const free = (px, py) => taken.every(([l, t, r, b]) => px + half < l || px - half > r || py + high < t || py - high > b);
      const place = [[0, 0], [0, -20], [0, 20], [46, -11], [-46, -11], [46, 11], [-46, 11], [0, -40], [0, 40], [70, -28], [-70, -28], [70, 28], [-70, 28]].slice(0, many ? 3 : 13)
        .map(([dx, dy]) => [Math.max(half, Math.min(width - half, x + dx)), Math.max(10, Math.min(height - 10, y + dy))]).find(([px, py]) => free(px, py));
      if (!place) continue;
      const [px, py] = place;
      taken.push([px - half, py - high, px + half, py + high]);
      if (Math.hypot(px - x, py - y) > 12) {
        c.strokeStyle = look("--ring"); c.lineWidth = 1;
        c.beginPath(); c.moveTo(x, y); c.lineTo(px, py); c.stroke();
      }
      c.strokeStyle = look("--card"); c.lineWidth = 4;
      c.strokeText(label, px, py);
      c.fillStyle = look("--ink");
      c.fillText(label, px, py);
    }
  };

  // The picture as it lies now, with what is pointed at on it.
  const show = () => {
    const c = context, grow = scale / drawn.scale;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.fillStyle = look("--sea");
    c.fillRect(0, 0, canvas.width, canvas.height);
    c.drawImage(picture, (ox - drawn.ox * grow) * ratio, (oy - drawn.oy * grow) * ratio, picture.width * grow, picture.height * grow);
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    for (const account of [state.picked, state.hovered]) {
      if (account < 0 || data.x[account] === 65535 && data.y[account] === 65535) continue;
      const [x, y] = spotOf(account), r = radius() + 4;
      for (const node of [nodeOf(account)]) {
        const home = node >= 0 && data.nodes[node].anchor;
        if (!home || state.colour !== "plan") continue;
        const [hx, hy] = at(home);
        c.strokeStyle = look("--ring"); c.lineWidth = 1.2; c.setLineDash([4, 3]);
        c.beginPath(); c.moveTo(x, y); c.lineTo(hx, hy); c.stroke(); c.setLineDash([]);
      }
      c.strokeStyle = look("--card"); c.lineWidth = 5;
      c.beginPath(); c.arc(x, y, r, 0, 7); c.stroke();
      c.strokeStyle = look("--accent"); c.lineWidth = 2.6;
      c.beginPath(); c.arc(x, y, r, 0, 7); c.stroke();
    }
  };
  const soon = () => { if (!frame) frame = requestAnimationFrame(() => { frame = 0; show(); }); };
  const later = () => { clearTimeout(rest); rest = setTimeout(render, 110); };
  const follow = () => { touched = true; soon(); later(); told.hide(); };

  const zoom = (factor, x = width / 2, y = height / 2) => {
    const least = Math.min(width / data.width, height / data.height) * 0.8, most = width / data.width * 90;
    const next = Math.max(least, Math.min(most, scale * factor));
    ox = x - (x - ox) * next / scale;
    oy = y - (y - oy) * next / scale;
    scale = next;
    follow();
  };

  // Accounts by cell, so that the nearest is found at once.
  const index = () => {
    cells = new Map();
    for (let i = 0; i < data.count; i++) {
      const key = (data.x[i] >> 9) * 128 + (data.y[i] >> 9);
      const list = cells.get(key);
      if (list) list.push(i); else cells.set(key, [i]);
    }
  };
  const nearest = (px, py) => {
    if (!cells) index();
    const far = 12, reach = (far + 9 * radius()) / scale, x = (px - ox) / scale, y = (py - oy) / scale;
    let best = -1, least = far * far;
    for (let cx = (x - reach) >> 9; cx <= (x + reach) >> 9; cx++) for (let cy = (y - reach) >> 9; cy <= (y + reach) >> 9; cy++) {
      for (const i of cells.get(cx * 128 + cy) || []) {
        const [sx, sy] = spotOf(i), away = (sx - px) ** 2 + (sy - py) ** 2;
        if (away < least && state.shows(i)) { least = away; best = i; }
      }
    }
    return best;
  };

  const pointers = new Map();
  let moved = 0, pinch = 0;
  const spot = (event) => { const r = canvas.getBoundingClientRect(); return [event.clientX - r.left, event.clientY - r.top]; };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, spot(event));
    moved = 0; pinch = 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = spot(event), before = pointers.get(event.pointerId);
    if (!before) {
      const account = nearest(x, y);
      if (account !== state.hovered) { state.hovered = account; soon(); }
      if (account >= 0) told.hover(account, x, y); else told.hide();
      return;
    }
    pointers.set(event.pointerId, [x, y]);
    if (pointers.size === 1) {
      ox += x - before[0]; oy += y - before[1];
      moved += Math.abs(x - before[0]) + Math.abs(y - before[1]);
      box.classList.add("drag");
      if (moved > 3) follow();
    } else {
      const [a, b] = [...pointers.values()], apart = Math.hypot(a[0] - b[0], a[1] - b[1]);
      if (pinch) zoom(apart / pinch, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
      pinch = apart; moved = 9;
    }
  });
  const up = (event) => {
    if (pointers.delete(event.pointerId) && moved <= 3 && event.type === "pointerup") {
      const account = nearest(...spot(event));
      told.pick(account);
    }
    box.classList.remove("drag");
  };
  canvas.addEventListener("pointerup", up);
  canvas.addEventListener("pointercancel", up);
  canvas.addEventListener("pointerleave", () => { state.hovered = -1; told.hide(); soon(); });
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== canvas) return; // the page scrolls
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)), ...spot(event));
  }, { passive: false });
  canvas.addEventListener("dblclick", (event) => { event.preventDefault(); zoom(2, ...spot(event)); });
  canvas.addEventListener("keydown", (event) => {
    const step = 60, keys = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (keys[event.key]) { ox += keys[event.key][0]; oy += keys[event.key][1]; follow(); }
    else if (event.key === "+" || event.key === "=") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
    else if (event.key === "0") { touched = false; fit(); render(); }
    else return;
    event.preventDefault();
  });
  el("in").onclick = () => zoom(1.7);
  el("out").onclick = () => zoom(1 / 1.7);
  el("home").onclick = () => { touched = false; fit(); render(); };
  new ResizeObserver(() => { if (box.clientWidth !== width) resize(); }).observe(box);
  dark.addEventListener("change", render);
  resize();
  return {
    render, soon,
    go: (account) => {
      if (data.x[account] === 65535 && data.y[account] === 65535) return;
      touched = true;
      scale = Math.max(scale, width / data.width * 7);
      ox = width / 2 - data.x[account] * scale;
      oy = height / 2 - data.y[account] * scale;
      render();
    },
    reset: () => { touched = false; fit(); render(); },
  };
};
