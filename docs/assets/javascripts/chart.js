"use strict";

/** What is drawn here is drawn as SVG, in CSS pixels: text is as large as it says, however wide the page is. */
const chart = (() => {
  const SUPERSCRIPTS = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };
  const minus = (text) => text.replaceAll("-", "−");
  const power = (exponent) => `10${[...String(exponent)].map((digit) => SUPERSCRIPTS[digit]).join("")}`;

  /** So many significant digits; a power of ten where plain digits would mislead the eye. */
  function significant(number, digits = 4) {
    if (!Number.isFinite(number)) return minus(String(number).replace("Infinity", "inf").replace("NaN", "nan"));
    if (number === 0) return "0";
    const [mantissa, exponent] = number.toExponential(digits - 1).split("e");
    const e = Number(exponent);
    if (e < -5 || e >= 6) return minus(`${mantissa} × ${power(e)}`);
    const decimals = Math.max(digits - 1 - e, 0);
    return minus(Number(`${mantissa}e${e}`).toLocaleString("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
  }

  /** A number on an axis, as short as it can be. */
  function tick(number) {
    const size = Math.abs(number);
    if (number === 0 || (size > 1e-4 && size < 99999.5)) return minus(String(Number(number.toPrecision(6))));
    const [mantissa, exponent] = number.toExponential(5).split("e");
    const digits = mantissa.replace(/\.?0+$/, "");
    return minus(digits === "1" ? power(Number(exponent)) : digits === "-1" ? `-${power(Number(exponent))}` : `${digits}×${power(Number(exponent))}`);
  }

  /** Of people's own numbers, with marks between thousands. */
  function grouped(number) {
    const size = Math.abs(number);
    return size < 9999.5 || size >= 1e8 ? tick(number) : minus(number.toLocaleString("en"));
  }

  /** Round numbers from low to high, about so many. */
  function ticks(low, high, about) {
    const rough = (high - low) / about, size = 10 ** Math.floor(Math.log10(rough));
    const step = size * [1, 2, 5, 10].find((m) => m * size >= rough);
    const found = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push(Number((k * step).toPrecision(12)));
    return found;
  }

  function svg(name, attributes = {}, ...children) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    set(element, attributes);
    element.append(...children);
    return element;
  }

  function set(element, attributes) {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  }

  /** Limits around all finite numbers, with a margin on both sides. */
  function span(numbers, margin = 0.06) {
    let low = Infinity, high = -Infinity;
    for (const number of numbers) {
      if (!Number.isFinite(number)) continue;
      if (number < low) low = number;
      if (number > high) high = number;
    }
    if (low > high) return [-1, 1];
    const room = high - low <= 1e-9 * Math.max(Math.abs(low), Math.abs(high)) ? 0.5 * Math.abs(low) || 1 : margin * (high - low);
    return [low - room, high + room];
  }

  /** The part of the line y = w·x + b in a window, as [x, y, x, y]; nothing where it passes by, or is no line. */
  function segment(w, b, [left, right, bottom, top]) {
    if (!Number.isFinite(w) || !Number.isFinite(b)) return null;
    // In shares of the window, A·u + C·v + D = 0: a line of any slope, an upright one too, is as good as any other.
    const scale = Math.max(Math.abs(w), Math.abs(b), 1);
    let A = (w / scale) * (right - left), C = -(top - bottom) / scale, D = (w / scale) * left + b / scale - bottom / scale;
    const length = Math.hypot(A, C);
    [A, C, D] = [A / length, C / length, D / length];
    let enters = -Infinity, leaves = Infinity;
    for (const [start, step] of [[-D * A, -C], [-D * C, A]]) {
      if (Math.abs(step) < 1e-15) {
        if (start < 0 || start > 1) return null;
        continue;
      }
      const ends = [-start / step, (1 - start) / step];
      enters = Math.max(enters, Math.min(...ends));
      leaves = Math.min(leaves, Math.max(...ends));
    }
    if (!(enters < leaves)) return null;
    const at = (s) => [left + (-D * A - C * s) * (right - left), bottom + (-D * C + A * s) * (top - bottom)];
    return [...at(enters), ...at(leaves)];
  }

  let clips = 0, ruler;

  /** How wide the widest of these is in a picture, about: its numbers are tabular. */
  function widest(texts) {
    ruler ??= document.createElement("canvas").getContext("2d");
    ruler.font = '12px Inter, "Inter fallback", sans-serif';
    return Math.max(0, ...texts.map((text) => ruler.measureText(text.replace(/\d/g, "0")).width));
  }

  /** Axes in a box: two spines, few ticks. What is put into `inside` ends at them. */
  class Plot {
    /**
     * ``ticks`` of x and y are pairs, where and what; those of y begin at the left edge, where the text does. ``named``
     * has for x and y a name, and the shift and the factor that made of people's own numbers, which the ticks then are,
     * those of the axes.
     */
    constructor(width, height, { x, y, names, ticks: given = {}, named }) {
      const [top, right, bottom] = [20, 18, named ? 42 : 26];
      const marks = (axis, [low, high], about) => {
        const [, shift, factor] = named?.[axis] ?? [0, 0, 1];
        return ticks(low / factor + shift, high / factor + shift, about).map((at) => [(at - shift) * factor, named ? grouped(at) : tick(at)]);
      };
      const beside = given.y ?? marks("y", y, Math.max(2, (height - bottom - top) / 45));
      const left = Math.ceil(widest(beside.map(([, text]) => text))) + 8;
      Object.assign(this, { x, y, box: [left, top, width - right, height - bottom] });
      const clip = `gd-clip-${++clips}`;
      const [l, t, r, b] = this.box;
      this.inside = svg("g", { "clip-path": `url(#${clip})` });
      this.axes = svg("g", { class: "gd-axes" }, svg("path", { d: `M${l} ${t}V${b}H${r}` }));
      for (const [at, text] of given.x ?? marks("x", x, Math.max(2, (r - l) / 60))) {
        const X = this.X(at);
        const half = text.length * 3.5; // about: the last must not be cut off
        const x = Math.min(X, width - half);
        this.axes.append(svg("path", { d: `M${X} ${b}v4` }), svg("text", { x, y: b + 17, "text-anchor": "middle" }, text));
      }
      for (const [at, text] of beside) {
        const Y = this.Y(at);
        this.axes.append(svg("path", { d: `M${l} ${Y}h-4` }), svg("text", { x: l - 7, y: Y + 4, "text-anchor": "end" }, text));
      }
      const [below, above] = named ? ["x", "y"].map((axis) => (named[axis][0].length * 7 < width - 24 ? named[axis][0] : axis)) : names;
      this.axes.append(
        svg("text", { class: "gd-name", ...(named ? { x: width - 2, y: b + 35, "text-anchor": "end" } : { x: r + 5, y: b + 4 }) }, below),
        svg("text", { class: "gd-name", x: named ? 0 : l + 6, y: t - 6 }, above),
      );
      this.root = svg(
        "svg", { viewBox: `0 0 ${width} ${height}`, width, height, "aria-hidden": "true" },
        svg("clipPath", { id: clip }, svg("rect", { x: l, y: t - 2, width: r - l + 6, height: b - t + 6 })),
        this.axes, this.inside,
      );
    }

    X(value) {
      const [l, , r] = this.box;
      return round(l + ((value - this.x[0]) / (this.x[1] - this.x[0])) * (r - l));
    }

    Y(value) {
      const [, t, , b] = this.box;
      return round(b - ((value - this.y[0]) / (this.y[1] - this.y[0])) * (b - t));
    }

    /** Adds to what ends at the axes. */
    add(name, attributes, ...children) {
      const element = svg(name, attributes, ...children);
      this.inside.append(element);
      return element;
    }

    /** The points of a line through these, without those that are no numbers. */
    points(pairs) {
      return pairs.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)).map(([x, y]) => `${this.X(x)},${this.Y(y)}`).join(" ");
    }
  }

  // A tenth of a pixel is seen by nobody; what lies far outside is not drawn, and its number may not be one.
  const round = (pixels) => Math.round(Math.max(-1e5, Math.min(1e5, pixels)) * 10) / 10;

  return Object.freeze({ Plot, segment, set, significant, span, svg, tick, ticks });
})();
