"use strict";

/** What stepper, lab, front page and lessons draw alike: the line, the bowl with its rings, and the loss over the epochs. */
const pictures = (() => {
  const { Plot, segment, set, span, svg, tick, ticks } = chart;

  const MOST_DRAWN = 500;

  /** Epochs along an axis from 0 to 1: evenly, or where there are many, the first ones wide apart. */
  class Epochs {
    /** ``finite`` is the last epoch whose loss is a number: what explodes early would else be too near together. */
    constructor(last, finite = last) {
      Object.assign(this, { last, isLong: last > 500 || finite < last / 4 });
    }

    place(t) {
      return this.isLong ? Math.log1p(t) / Math.log1p(this.last) : t / (this.last || 1);
    }

    at(share) {
      return Math.round(this.isLong ? Math.expm1(share * Math.log1p(this.last)) : share * this.last);
    }

    /** Those that curves go through: all, or some, each with the one after it, for a path may cross a valley and back. */
    get drawn() {
      const { last } = this;
      if (last <= 5 * MOST_DRAWN) return Array.from({ length: last + 1 }, (_, t) => t);
      const some = Array.from({ length: MOST_DRAWN + 1 }, (_, i) => this.at(i / MOST_DRAWN)).flatMap((t) => [t, t + 1]);
      return [...new Set(some)].filter((t) => t <= last);
    }

    marks(width) {
      const shown = this.isLong
        ? [0, ...Array.from({ length: 7 }, (_, k) => 10 ** k).filter((t) => t < this.last * 0.6), this.last]
        : ticks(0, this.last, Math.max(2, width / 90)).filter(Number.isInteger);
      return shown.map((t) => [this.place(t), t.toLocaleString(document.documentElement.lang)]);
    }
  }

  /** Where the line of w and b enters and leaves the axes, as attributes; where it passes by, far outside. */
  function ends(plot, [w, b]) {
    const found = segment(w, b, [...plot.x, ...plot.y]);
    if (!found) return { x1: -9, y1: -9, x2: -9, y2: -9 };
    return { x1: plot.X(found[0]), y1: plot.Y(found[1]), x2: plot.X(found[2]), y2: plot.Y(found[3]) };
  }

  /** A square on the error of each point, whose side is as long on the screen as the error; to where there is room. */
  function squares(plot, rects, { x, y }, [w, b]) {
    rects.forEach((rect, i) => {
      const X = plot.X(x[i]), Y = plot.Y(y[i]), hat = plot.Y(w * x[i] + b), size = Math.abs(hat - Y), side = size < 1e4 ? size : 0;
      set(rect, { x: X + size > plot.box[2] ? X - size : X, y: side ? Math.min(Y, hat) : Y, width: side, height: side });
    });
  }

  /** The points of ``count`` rings of equal loss around least squares, the outermost at an excess of ``top``. */
  function rings(bowl, top, count) {
    const axes = bowl.eigenvalues.map((lambda) => Math.max(lambda, 1e-12 * bowl.eigenvalues[1])); // a trough's is 0
    return Array.from({ length: count }, (_, k) => {
      const [slow, fast] = axes.map((lambda) => Math.sqrt((2 * top * 3 ** -k) / lambda));
      const turns = Array.from({ length: 241 }, (_, i) => (i / 120) * Math.PI);
      return turns.map((turn) => theory.params_at(bowl, [slow * Math.cos(turn), fast * Math.sin(turn)]));
    });
  }

  /** The bowl from above, in a window of w and b: rings of equal loss, the outermost at an excess of ``top``, and its bottom. */
  function bowl_axes(width, height, [x, y], bowl, top, count = 8) {
    const plot = new Plot(width, height, { x, y, names: ["w", "b"] }), [w, b] = bowl.least_squares;
    for (const ring of rings(bowl, top, count)) plot.add("polyline", { class: "gd-s-contour", points: plot.points(ring) });
    plot.add("path", { class: "gd-s-best", d: `M${plot.X(w) - 4} ${plot.Y(b)}h8m-4 -4v8` });
    return plot;
  }

  /** Powers of ten between two of them; where there are less than two, round numbers. */
  function decades([low, high]) {
    const apart = Math.max(1, Math.ceil((high - low) / 5)), marks = [];
    for (let k = Math.ceil(low); k <= high; k++) if (k % apart === 0) marks.push([k, tick(10 ** k)]);
    if (marks.length > 1) return marks;
    return ticks(10 ** low, 10 ** high, 3).filter((value) => value > 0).map((value) => [Math.log10(value), tick(value)]);
  }

  const log = (epochs) => ([t, loss]) => [epochs.place(t), Math.log10(loss)];

  /** The axes of the loss, wide enough for those that are ``shown``, with its floor. */
  function loss_axes(width, height, epochs, { shown, floor, words }) {
    const y = span(shown.map(Math.log10), 0.08);
    const plot = new Plot(width, height, {
      x: [0, 1], y, names: ["t", "L"], ticks: { x: epochs.marks(width), y: decades(y) },
    });
    const low = plot.Y(Math.log10(floor));
    if (Math.log10(floor) > y[0]) {
      plot.add("line", { class: "gd-s-quiet gd-dashed", x1: plot.X(0), x2: plot.X(1), y1: low, y2: low });
      plot.add("text", { class: "gd-note", x: plot.box[0] + 6, y: low - 5 }, words.floor);
    }
    return plot;
  }

  /** The loss of one run, and theory's where there is one: ``losses`` and ``predicted`` are pairs, epoch and loss. */
  function loss(width, height, epochs, { losses, predicted, floor, shown = [], words }) {
    const measured = losses.map(log(epochs));
    const plot = loss_axes(width, height, epochs, { shown: [...losses.map(([, loss]) => loss), ...shown], floor, words });
    const curve = plot.add("polyline", { class: "gd-s-loss", points: plot.points(measured) });
    const legend = [svg("tspan", { class: "gd-t-line" }, words.measured)];
    if (predicted) {
      plot.add("polyline", { class: "gd-s-prediction gd-dashed", points: plot.points(predicted.map(log(epochs))) });
      legend.push("   ", svg("tspan", { class: "gd-t-prediction" }, words.predicted));
    }
    plot.root.append(svg("text", { class: "gd-note", x: plot.box[2], y: plot.box[1] - 6, "text-anchor": "end" }, ...legend));
    return { plot, curve, measured };
  }

  return Object.freeze({ Epochs, bowl_axes, ends, log, loss, loss_axes, squares });
})();
