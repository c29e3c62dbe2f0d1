// What a reader sees of the page: text that is hard to read, and what sticks out.
() => {
  const channels = (colour) => {
    const canvas = (window.__canvas ??= new OffscreenCanvas(1, 1));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return { r, g, b, a: a / 255 };
  };
  const over = (top, below) => ({
    r: top.r * top.a + below.r * (1 - top.a),
    g: top.g * top.a + below.g * (1 - top.a),
    b: top.b * top.a + below.b * (1 - top.a),
    a: 1,
  });
  // https://www.w3.org/TR/WCAG22/#dfn-relative-luminance
  const luminance = ({ r, g, b }) => {
    const linear = (value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const behind = new Map();
  const ground = (element) => {
    if (!element) {
      const scheme = getComputedStyle(document.documentElement).colorScheme;
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      return channels(scheme.includes("dark") && dark ? "#121212" : "#ffffff");
    }
    if (!behind.has(element)) {
      const own = channels(getComputedStyle(element).backgroundColor);
      behind.set(element, own.a === 1 ? own : over(own, ground(element.parentElement)));
    }
    return behind.get(element);
  };
  // What is drawn under the middle of a text of a drawing: the last shape before it that is there.
  const painted = (element, box) => {
    const drawing = element.ownerSVGElement;
    const middle = new DOMPoint(box.x + box.width / 2, box.y + box.height / 2);
    let found = ground(drawing.closest(":not(svg, svg *)"));
    for (const shape of document.querySelectorAll("svg :is(rect, path, polygon, circle, ellipse)")) {
      if (!(shape.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING)) break;
      const fill = channels(getComputedStyle(shape).fill);
      fill.a *= Number(getComputedStyle(shape).fillOpacity) * opacity(shape);
      const matrix = shape.getScreenCTM();
      if (fill.a && matrix && shape.isPointInFill(middle.matrixTransform(matrix.inverse()))) {
        found = over(fill, found);
      }
    }
    return found;
  };
  const opacity = (element) => {
    let product = 1;
    for (let each = element; each; each = each.parentElement) {
      product *= Number(getComputedStyle(each).opacity);
    }
    return product;
  };
  const name = (element) => {
    const kind = element.getAttribute("class");
    return element.tagName.toLowerCase() + (kind ? "." + kind.trim().split(/\s+/).join(".") : "");
  };

  // Whether a reader can get at what is too wide.
  const isScrolled = (element) => {
    for (let each = element; each && each !== document.body; each = each.parentElement) {
      if (/auto|scroll|hidden/.test(getComputedStyle(each).overflowX)) return true;
    }
    return false;
  };

  const width = document.documentElement.clientWidth;
  const cut = [];
  const faint = new Map();
  const small = new Map();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    const text = node.data.trim();
    if (!text || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) {
      continue;
    }
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    if ((box.right > width + 1 || box.left < -1) && !isScrolled(element)) cut.push(`${name(element)}: ${text.slice(0, 40)}`);
    const style = getComputedStyle(element);
    const drawn = element.ownerSVGElement;
    const scale = drawn ? Math.abs(element.getScreenCTM().a) : 1;
    const size = parseFloat(style.fontSize) * scale;
    if (size < 11) small.set(`${name(element)}: ${size.toFixed(1)} px: ${text.slice(0, 40)}`, size);
    const colour = channels(drawn ? style.fill : style.color);
    colour.a *= opacity(element);
    const beneath = drawn ? painted(element, box) : ground(element);
    const ratio = contrast(over(colour, beneath), beneath);
    // https://www.w3.org/TR/WCAG22/#contrast-minimum
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) {
      const key = `${name(element.parentElement)} > ${name(element)}`;
      if (!faint.has(key)) faint.set(key, `${key}: ${ratio.toFixed(2)}: ${text.slice(0, 40)}`);
    }
  }

  const sticking = [];
  if (document.documentElement.scrollWidth > width) {
    for (const element of document.body.querySelectorAll("*")) {
      if (element.getBoundingClientRect().right > width + 1) sticking.push(name(element));
    }
  }
  const size = (element) => {
    const box = element.getBoundingClientRect();
    return { width: box.width, height: box.height };
  };
  return {
    overflow: document.documentElement.scrollWidth - width,
    sticking: sticking.slice(0, 8),
    cut: cut.slice(0, 8),
    faint: [...faint.values()],
    small: [...small.keys()].slice(0, 8),
    charts: [...document.querySelectorAll("main svg:not(svg svg)")].map((svg) => ({
      ...size(svg),
      marks: svg.querySelectorAll("path, polyline, polygon, rect, line, circle").length,
    })),
    broken: [...document.images].filter((each) => !each.naturalWidth).map((each) => each.src),
    body: Math.min(
      ...[...document.querySelectorAll("p, li, td")]
        .filter((each) => each.checkVisibility() && !each.closest("nav, header, footer"))
        .map((each) => parseFloat(getComputedStyle(each).fontSize)),
      99,
    ),
    title: document.title,
  };
};
