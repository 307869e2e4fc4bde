// The packed block of the page: a JSON head, and columns of numbers by account.
const el = (id) => document.getElementById(id);
const read = (bytes) => {
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const { head, sections } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const blob = bytes.subarray(4 + length);
  const part = (name) => {
    const at = sections[name];
    return at ? blob.subarray(at[0], at[0] + at[1]) : new Uint8Array(0);
  };
  const numbers = (name) => {
    const of = part(name), count = of.length / 2, out = new Uint16Array(count);
    for (let i = 0; i < count; i++) out[i] = of[i] | (of[count + i] << 8);
    return out;
  };
  // LEB128 and zigzag; beyond 32 bits by floating point, which is exact up to 2^53.
  const varints = (name) => {
    const of = part(name), out = new Float64Array(of.reduce((count, byte) => count + (byte < 128), 0));
    for (let i = 0, at = 0; i < of.length;) {
      let value = 0, factor = 1, byte;
      do {
        byte = of[i++];
        value += (byte & 127) * factor;
        factor *= 128;
      } while (byte > 127);
      out[at++] = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    return out;
  };
  const path = (name, closed) => {
    const out = new Path2D(), step = head.coarse[name], across = varints(name + "X"), down = varints(name + "Y");
    let px = 0, py = 0, at = 0;
    for (const count of varints(name)) {
      for (let k = 0; k < count; k++, at++) {
        px += across[at]; py += down[at];
        if (k) out.lineTo(px * step, py * step); else out.moveTo(px * step, py * step);
      }
      if (closed) out.closePath();
    }
    return out;
  };
  const x = numbers("x"), y = numbers("y");
  const measures = head.measures.map((_, index) => index === 0 ? new Float64Array(x.length).fill(1) : varints("m" + index));
  const rows = sections.row ? varints("row") : null;
  if (rows) for (let i = 0, at = -1; i < rows.length; i++) { at += rows[i]; rows[i] = at; }
  return {
    ...head, x, y, leaf: numbers("leaf"), owner: numbers("owner"), reason: part("reason"), amounts: measures, rows,
    land: path("land", true), borders: path("borders", false), counties: path("counties", false), count: x.length,
  };
};

// Numbers as the tables have them: three digits from 1,000 on.
const short = (whole, decimals) => {
  const value = whole / 10 ** decimals, size = Math.abs(value);
  if (size < 1000) return value.toFixed(decimals && !Number.isInteger(value) ? Math.min(decimals, 2) : 0);
  const units = ["", "k", "M", "G", "T", "P", "E"];
  let unit = Math.min(Math.floor(Math.log10(size) / 3), 6);
  let shown = value / 1000 ** unit;
  if (Math.abs(shown) >= 999.5 && unit < 6) { unit++; shown = value / 1000 ** unit; }
  const places = Math.abs(shown) >= 99.95 ? 0 : Math.abs(shown) >= 9.995 ? 1 : 2;
  return shown.toFixed(places) + units[unit];
};
const exact = (whole, decimals) => (whole / 10 ** decimals).toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
const signed = (part) => Math.abs(part) < 0.0005 ? "0\u00a0%" : (part < 0 ? "−" : "+") + (Math.abs(part) * 100).toFixed(1) + "\u00a0%";
const grouped = (number) => number.toLocaleString("en-US");
const make = (tag, text, attributes) => {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  for (const name in attributes || {}) node.setAttribute(name, attributes[name]);
  return node;
};
// A name by itself: cut where there is no room, and whole when it is pointed at.
const isolated = (name) => make("bdi", name, name && name.length > 14 ? { title: name } : {});
