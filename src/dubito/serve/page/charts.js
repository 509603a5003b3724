// Two small charts on the unit square, drawn into an SVG of 220 x 170.
const NAMESPACE = "http://www.w3.org/2000/svg";
const LEFT = 28, TOP = 8, WIDTH = 184, HEIGHT = 134;

const x = (share) => LEFT + WIDTH * share;
const y = (share) => TOP + HEIGHT * (1 - share);

function add(svg, name, attributes, text = "") {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  svg.append(made);
}

export function axes(svg, across, up, ideal = false) {
  svg.replaceChildren();
  for (const share of [0, 0.5, 1]) {
    add(svg, "line", { x1: x(0), x2: x(1), y1: y(share), y2: y(share), class: "axis" });
    add(svg, "text", { x: 4, y: y(share) + 3 }, share.toFixed(1));
    add(svg, "text", { x: x(share) - 6, y: y(0) + 11 }, share.toFixed(1));
  }
  if (ideal) add(svg, "line", { x1: x(0), y1: y(0), x2: x(1), y2: y(1), class: "ideal" });
  add(svg, "text", { x: x(0.5) - 18, y: y(0) + 22 }, across);
  add(svg, "text", { x: 4, y: TOP + 14 }, up);
}

export function polyline(svg, across, up) {
  const line = across.map((share, i) => `${x(share)},${y(up[i])}`).join(" ");
  add(svg, "polyline", { points: line, class: "curve" });
}

export function points(svg, across, up, size) {
  const most = Math.max(...size);
  across.forEach((share, i) => {
    const r = 2 + 4 * Math.sqrt(size[i] / most);
    add(svg, "circle", { cx: x(share), cy: y(up[i]), r });
  });
}
