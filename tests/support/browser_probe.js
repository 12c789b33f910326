// Looks at the page in the frame and writes what is wrong with it into #result.
const SMALLEST = 9; // pixels
const SLACK = 1; // pixels that two boxes may share: fonts round differently
const CONTRAST = 4.5; // WCAG 2.2, 1.4.3 (AA)

const overlap = (a, b) =>
  Math.min(a.right, b.right) - Math.max(a.left, b.left) > SLACK &&
  Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > SLACK;

const channels = (colour) => {
  const numbers = colour.match(/[\d.]+/g).map(Number);
  return { rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1 };
};

const luminance = (rgb) => {
  const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

// The colour behind an element: that of the nearest ancestor that has one.
const behind = (view, element) => {
  for (let e = element; e; e = e.parentElement) {
    const { rgb, alpha } = channels(view.getComputedStyle(e).backgroundColor);
    if (alpha > 0.99) return rgb;
  }
  return [255, 255, 255];
};

const contrast = (view, element, colour, opacity) => {
  const back = behind(view, element);
  const { rgb, alpha } = channels(colour);
  const seen = rgb.map((c, i) => c * alpha * opacity + back[i] * (1 - alpha * opacity));
  const [low, high] = [luminance(seen), luminance(back)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
};

// Points along a line of an SVG, one every three pixels of the screen.
const along = (line, matrix) => {
  const at = (p) => ({ x: p.x * matrix.a + matrix.e, y: p.y * matrix.d + matrix.f });
  const corners = Array.from(line.points).map(at);
  const found = [];
  for (let i = 1; i < corners.length; i++) {
    const [a, b] = [corners[i - 1], corners[i]];
    const steps = Math.ceil(Math.hypot(b.x - a.x, b.y - a.y) / 3);
    for (let s = 0; s <= steps; s++) {
      found.push({ x: a.x + ((b.x - a.x) * s) / steps, y: a.y + ((b.y - a.y) * s) / steps });
    }
  }
  return found;
};

const lookAtChart = (view, svg, say) => {
  const box = svg.getBoundingClientRect();
  const name = svg.querySelector("title")?.textContent ?? "a chart without a title";
  const scale = box.width / svg.viewBox.baseVal.width;
  const texts = Array.from(svg.querySelectorAll("text"), (element) => ({
    element,
    words: element.textContent.trim(),
    box: element.getBoundingClientRect(),
  }));
  for (const { element, words, box: text } of texts) {
    const style = view.getComputedStyle(element);
    const size = parseFloat(style.fontSize) * scale;
    if (size < SMALLEST) say(`${name}: "${words}" is ${size.toFixed(1)} px small`);
    if (text.left < box.left - SLACK || text.right > box.right + SLACK || text.top < box.top - SLACK || text.bottom > box.bottom + SLACK)
      say(`${name}: "${words}" is cut off`);
    const ratio = contrast(view, element, style.fill, parseFloat(element.getAttribute("opacity") ?? "1"));
    if (ratio < CONTRAST) say(`${name}: "${words}" has a contrast of ${ratio.toFixed(1)}`);
  }
  for (let i = 0; i < texts.length; i++)
    for (let j = i + 1; j < texts.length; j++)
      if (overlap(texts[i].box, texts[j].box)) say(`${name}: "${texts[i].words}" and "${texts[j].words}" overlap`);
  for (const mark of svg.querySelectorAll("circle, rect, polygon")) {
    const shape = mark.getBoundingClientRect();
    for (const text of texts) if (overlap(shape, text.box)) say(`${name}: a mark lies on "${text.words}"`);
  }
  for (const line of svg.querySelectorAll("polyline")) {
    const points = along(line, line.getScreenCTM());
    for (const { box: b, words } of texts) {
      const on = points.some((p) => p.x > b.left + 1 && p.x < b.right - 1 && p.y > b.top + 2 && p.y < b.bottom - 2);
      if (on) say(`${name}: a line goes through "${words}"`);
    }
  }
};

const look = (frame) => {
  const page = frame.contentDocument;
  const view = frame.contentWindow;
  const problems = [];
  const say = (problem) => problems.push(problem);
  const root = page.documentElement;
  // Closed parts are looked at too: first as the page opens, then with everything unfolded.
  for (const open of [false, true]) {
    page.querySelectorAll("details").forEach((details) => (details.open = open));
    if (root.scrollWidth > root.clientWidth)
      say(`the page is ${root.scrollWidth} px wide in ${root.clientWidth} px${open ? ", unfolded" : ""}`);
  }
  const charts = Array.from(page.querySelectorAll("figure svg"));
  charts.forEach((svg) => lookAtChart(view, svg, say));
  for (const element of page.querySelectorAll("p, li, a, th, td, figcaption, summary, h1, h2, h3, h4, code, strong")) {
    const style = view.getComputedStyle(element);
    const ratio = contrast(view, element, style.color, 1);
    const words = element.textContent.trim().slice(0, 40);
    if (words && ratio < CONTRAST) say(`"${words}" has a contrast of ${ratio.toFixed(1)}`);
    if (words && parseFloat(style.fontSize) < SMALLEST) say(`"${words}" is ${style.fontSize} small`);
  }
  return { problems: Array.from(new Set(problems)), charts: charts.length };
};

window.addEventListener("load", () => {
  const result = document.getElementById("result");
  try {
    result.textContent = JSON.stringify(look(document.querySelector("iframe")));
  } catch (error) {
    result.textContent = JSON.stringify({ problems: [String(error)], charts: 0 });
  }
});
