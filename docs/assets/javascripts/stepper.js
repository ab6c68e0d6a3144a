"use strict";

/**
 * Every epoch of a run under one slider: the line on its points, the bowl with the path, the loss, and the step in
 * numbers. It takes the place of the animation once the browser has computed the run; without scripts that plays.
 */
{
  const word = (name) => gd.words("step")[name];
  const filled = (name, values) => gd.filled(word(name), values);
  const { element } = gd;
  const { Plot, set, significant, span, svg, tick } = chart;
  const { Epochs, bowl_axes, ends, squares } = pictures;

  const MOST_ROWS = 12; // of the table of points
  const MOST_SQUARES = 200, MOST_POINTS = 1000;
  const STILL = 60; // states that are played where the figure itself stands still
  const NARROW = 560; // pixels: below it one panel at a time
  const SPEEDS = [0.25, 0.5, 1, 2, 4];

  /** inf and nan in words. */
  const spoken = (number) =>
    Number.isFinite(number) ? significant(number) : Number.isNaN(number) ? word("nan") : (number < 0 ? "−" : "") + word("infinite");

  const inBrackets = (number) => (number < 0 ? `(${significant(number, 6)})` : significant(number, 6));

  class Stepper extends HTMLElement {
    /** Takes the place of its figure's picture; the run is computed already. */
    begin(figure, again) {
      Object.assign(this, { figure, again, t: again.epochs, squares: figure.dataset.kind === "squares" });
      const [x, y] = [again.symbol("x"), again.symbol("y")];
      Object.assign(this, { x, y, hat: y.replace("y", "ŷ") });
      const { run } = again;
      this.bowl = theory.bowl(run.x, run.y, run.loss);
      this.rule = theory.update_rule(run);
      this.isFullBatch = !(run.batch_size < run.x.length);
      // On the page of a run all is shown; in a lesson, what the figure would show, and the loss.
      const { kind } = figure.dataset;
      this.names = "deep" in figure.dataset || kind === "landscape" ? ["line", "bowl", "loss"] : ["line", "loss"];
      this.panel = { landscape: "bowl", loss_curve: "loss" }[kind] ?? "line";
      this.epochs = new Epochs(again.epochs, again.loss.findLastIndex(Number.isFinite));
      this.prepare();
      this.build();
      new ResizeObserver(() => this.draw()).observe(this);
      this.draw();
    }

    /** Of the slider. */
    get positions() {
      return this.epochs.isLong ? 1000 : this.again.epochs;
    }

    /** What is the same for every epoch. */
    prepare() {
      const { again, bowl } = this, { epochs } = again;
      this.drawn = this.epochs.drawn;
      this.errors = this.drawn.map((t) => this.errorAt(t));
      const excess = (t) => again.loss[t] - bowl.floor;
      this.isWild = !(excess(epochs) <= 4 * excess(0));
      // The animation's frames: which states, and for how long. A figure that stands still goes through all of them.
      const { epochs: shown, delays } = this.figure.dataset;
      const still = Array.from({ length: STILL + 1 }, (_, i) => this.epochs.at(i / STILL));
      this.schedule = shown ? shown.split(",").map(Number) : [...new Set(still)];
      this.delays = delays ? delays.split(",").map(Number) : this.schedule.map(() => 80);
    }

    /** The error at state t in the slow and in the fast direction. */
    errorAt(t) {
      return theory.modes(this.bowl, [this.again.w[t], this.again.b[t]]);
    }

    // --- The page's elements --------------------------------------------------------------------------------------------

    build() {
      // What the picture told whoever does not see it.
      Object.assign(this, { role: "group", ariaLabel: this.figure.querySelector("img").alt });
      this.tabs = element("div", { className: "gd-tabs", role: "group", ariaLabel: word("shown") });
      this.panels = {};
      for (const name of this.names) {
        this.panels[name] = element("div", { className: "gd-panel", role: "group", ariaLabel: word(name) });
        this.panels[name].dataset.panel = name;
        const tab = element("button", { type: "button", onclick: () => this.choose(name) }, word(name));
        tab.dataset.panel = name;
        this.tabs.append(tab);
      }
      this.slider = element("input", { type: "range", min: 0, max: this.positions, ariaLabel: word("slider") });
      this.slider.addEventListener("input", () => this.go(this.epochs.at(this.slider.value / this.positions), true));
      this.button = element("button", { type: "button", onclick: () => this.switch() });
      const step = (by, sign, name) =>
        element("button", { type: "button", ariaLabel: word(name), onclick: () => this.go(this.t + by, true) }, sign);
      this.speed = element("select", { ariaLabel: word("speed") }, ...SPEEDS.map((speed) =>
        element("option", { value: speed, selected: speed === 1 }, `${speed} ×`)));
      this.readout = element("p", { className: "gd-readout" });
      const box = element("input", { type: "checkbox", checked: this.squares, onchange: () => this.toggle(box.checked) });
      const squares = element("label", { className: "gd-squares" }, box, word("squares"));
      this.table = element("div", { className: "gd-scroll" });
      this.lines = element("div", {});
      this.details = element("details", { className: "gd-numbers", ontoggle: () => this.showNumbers() },
        element("summary", {}, word("numbers")), this.table, this.lines);
      gd.letScroll(this.details);
      this.controls = element("div", { className: "gd-controls" }, this.button, step(-1, "◀", "back"), this.slider,
        step(1, "▶", "on"), this.speed, squares);
      this.append(this.tabs, element("div", { className: "gd-panels" }, ...Object.values(this.panels)), this.readout,
        this.controls, this.details);
      this.addEventListener("keydown", (event) => this.key(event));
    }

    key(event) {
      if (event.altKey || event.ctrlKey || event.metaKey) return; // the browser's own
      const tenth = Math.max(1, Math.round(this.positions / 10));
      const jump = (by) => this.epochs.at(Math.min(1, Math.max(0, Math.round(this.epochs.place(this.t) * this.positions + by) / this.positions)));
      const target = {
        ArrowLeft: () => this.t - 1, ArrowDown: () => this.t - 1, ArrowRight: () => this.t + 1, ArrowUp: () => this.t + 1,
        PageDown: () => jump(-tenth), PageUp: () => jump(tenth), Home: () => 0, End: () => this.again.epochs,
      }[event.key];
      if (event.target === this.slider && target) this.go(target(), true);
      else if (event.target === this.slider && event.key === " ") this.button.click();
      else return;
      event.preventDefault();
    }

    choose(name) {
      this.panel = name;
      this.draw();
    }

    toggle(squares) {
      this.squares = squares;
      this.draw();
    }

    // --- Drawn once a width -----------------------------------------------------------------------------------------------

    draw() {
      const width = Math.floor(this.clientWidth);
      if (!width) return;
      const narrow = width < NARROW, half = narrow ? width : Math.floor((width - 16) / 2);
      this.dataset.narrow = narrow;
      for (const [name, panel] of Object.entries(this.panels)) panel.hidden = narrow && name !== this.panel;
      for (const tab of this.tabs.children) tab.ariaPressed = tab.dataset.panel === this.panel;
      const height = narrow ? Math.round(Math.min(width, 400) * 0.82) : 300;
      const isLossBelow = !narrow && this.names.length > 2;
      const draw = {
        line: () => this.drawLine(half, height),
        bowl: () => this.drawBowl(half, height),
        loss: () => this.drawLoss(isLossBelow ? width : half, isLossBelow ? 170 : height),
      };
      this.shows = this.names.map((name) => draw[name]());
      this.show();
    }

    drawLine(width, height) {
      const { run, w, b } = this.again;
      const x = span(run.x), points = span(run.y);
      let y = points;
      const starts = x.map((x) => w[0] * x + b[0]);
      const wide = span([...points, ...starts], 0);
      if (wide[1] - wide[0] <= 4 * (points[1] - points[0])) y = span(wide, 0.03);
      const plot = new Plot(width, height, { x, y, names: ["x", "y"], named: this.again.named });
      plot.add("line", { class: "gd-s-quiet gd-dashed", ...ends(plot, this.bowl.least_squares) });
      const boxes = plot.add("g", { class: "gd-s-squares" });
      const each = Math.ceil(run.x.length / MOST_POINTS);
      for (let i = 0; i < run.x.length; i += each) {
        plot.add("circle", { class: "gd-s-point", cx: plot.X(run.x[i]), cy: plot.Y(run.y[i]), r: 2.75 });
      }
      const line = plot.add("line", { class: "gd-s-line" });
      const rects = this.squares
        ? run.x.slice(0, MOST_SQUARES).map(() => boxes.appendChild(svg("rect", {})))
        : [];
      this.panels.line.replaceChildren(plot.root);
      return (t) => {
        set(line, ends(plot, [w[t], b[t]]));
        squares(plot, rects, run, [w[t], b[t]]);
      };
    }

    drawBowl(width, height) {
      return this.isWild ? this.drawSwings(width, height) : this.drawPath(width, height);
    }

    /** Rings of equal loss, and the path over them. */
    drawPath(width, height) {
      const { bowl } = this, [best_w, best_b] = bowl.least_squares;
      const path = this.errors.map((errors) => theory.params_at(bowl, errors));
      const x = span([best_w, ...path.map(([w]) => w)], 0.1), y = span([best_b, ...path.map(([, b]) => b)], 0.1);
      const top = Math.max(...this.drawn.map((t) => theory.excess(bowl, [this.again.w[t], this.again.b[t]])));
      const plot = bowl_axes(width, height, [x, y], bowl, top);
      plot.add("polyline", { class: "gd-s-path gd-faint", points: plot.points(path) });
      this.panels.bowl.replaceChildren(plot.root);
      return this.walker(plot, path, (t) => [this.again.w[t], this.again.b[t]], this.drawn);
    }

    /**
     * What explodes fits into no picture of the bowl. Its error in the steep direction does, side after side, on an axis
     * of powers of ten with a sign.
     */
    drawSwings(width, height) {
      const last = this.drawn.findLast((t) => Number.isFinite(this.errorAt(t)[1])), unit = Math.abs(this.errorAt(0)[1]) / 10 || 1;
      const signed = (t) => {
        const error = this.errorAt(t)[1];
        return [t, Math.sign(error) * Math.log10(1 + Math.abs(error) / unit)];
      };
      const states = this.drawn.filter((t) => t <= last), path = states.map(signed);
      const most = Math.max(...path.map(([, error]) => Math.abs(error))) * 1.08, apart = Math.max(1, Math.ceil(most / 3));
      const marks = [[0, "0"]];
      for (let k = apart; k < most; k += apart) {
        const error = Number((unit * (10 ** k - 1)).toPrecision(1)), at = Math.log10(1 + error / unit);
        marks.push([at, tick(error)], [-at, tick(-error)]);
      }
      const plot = new Plot(width, height, {
        x: [0, last * 1.04], y: [-most, most], names: ["t", word("fast")], ticks: { y: marks },
      });
      plot.add("line", { class: "gd-s-quiet gd-dashed", x1: plot.X(0), x2: plot.X(last * 1.04), y1: plot.Y(0), y2: plot.Y(0) });
      plot.add("polyline", { class: "gd-s-path gd-faint", points: plot.points(path) });
      this.panels.bowl.replaceChildren(plot.root);
      return this.walker(plot, path, signed, states);
    }

    /** Shows how far one has come on a path. */
    walker(plot, path, here, states) {
      const trail = plot.add("polyline", { class: "gd-s-path" }), dot = plot.add("circle", { class: "gd-s-dot", r: 4.5 });
      const at = ([x, y]) => (Number.isFinite(x) && Number.isFinite(y) ? `${plot.X(x)},${plot.Y(y)}` : "");
      const steps = path.map(at);
      return (t) => {
        const now = at(here(t)), [cx, cy] = now ? now.split(",") : [-99, -99];
        const passed = steps.slice(0, states.findLastIndex((each) => each <= t) + 1);
        set(trail, { points: [...passed, now].filter(Boolean).join(" ") });
        set(dot, { cx, cy });
      };
    }

    drawLoss(width, height) {
      const { again, bowl } = this, { epochs, loss } = again;
      const foretold = this.isFullBatch ? theory.excesses_by_epoch(bowl, [again.w[0], again.b[0]], this.rule, epochs) : null;
      const { plot } = pictures.loss(width, height, this.epochs, {
        losses: this.drawn.map((t) => [t, loss[t]]),
        predicted: foretold && this.drawn.map((t) => [t, foretold(t).reduce((sum, each) => sum + each, bowl.floor)]),
        floor: bowl.floor,
        shown: this.isWild ? [] : [bowl.floor],
        words: { floor: word("floor"), measured: word("measured"), predicted: word("predicted") },
      });
      const now = plot.add("line", { class: "gd-s-quiet", y1: plot.box[1], y2: plot.box[3] });
      const dot = plot.add("circle", { class: "gd-s-dot", r: 4.5 });
      this.panels.loss.replaceChildren(plot.root);
      return (t) => {
        const X = plot.X(this.epochs.place(t)), Y = Math.log10(loss[t]);
        set(now, { x1: X, x2: X });
        set(dot, Number.isFinite(Y) ? { cx: X, cy: plot.Y(Y) } : { cx: -99, cy: -99 });
      };
    }

    // --- Shown for each epoch ---------------------------------------------------------------------------------------------

    go(t, isAsked = false) {
      this.pause();
      this.t = Math.min(this.again.epochs, Math.max(0, t));
      this.show();
      if (!isAsked) return;
      this.touch();
      this.remember();
    }

    /** What comes of the run would answer the quiz before it; who steps through it wants to see. */
    wait() {
      this.dataset.waits = "";
      this.go(0);
    }

    /** From now on the reader leads. */
    touch() {
      this.isTouched = true;
      delete this.dataset.waits;
    }

    show() {
      const { again, t } = this, { w, b, loss, epochs } = again;
      for (const show of this.shows ?? []) show(t);
      this.slider.value = Math.round(this.epochs.place(t) * this.positions);
      this.slider.ariaValueText = filled("value", { epoch: t, loss: spoken(loss[t]) });
      const next = this.playing ? "pause" : t === epochs ? "replay" : "play";
      if (this.button.dataset.next !== next) {
        this.button.dataset.next = next;
        this.button.textContent = gd.word(next);
      }
      const sign = b[t] < 0 ? "−" : "+";
      const line = Number.isFinite(w[t] + b[t]) ? `${this.hat} = ${significant(w[t])} ${this.x} ${sign} ${significant(Math.abs(b[t]))}` : word("gone");
      const place = t.toLocaleString(document.documentElement.lang);
      this.readout.textContent = `t = ${place}   ${line}   L = ${significant(loss[t])}`;
      this.showNumbers();
    }

    /** The step from this state to the next, with every digit that it takes to follow it. */
    showNumbers() {
      if (!this.details.open) return;
      const { again, t } = this, { run, w, b, grad_w, grad_b } = again, n = run.x.length;
      const Numbers = again.w.constructor, x = Numbers.from(run.x), y = Numbers.from(run.y);
      const predictions = descent.model(x, w[t], b[t]), dloss = descent.dloss_fn(predictions, y);
      const { x: X, y: Y, hat } = this, error = `${hat} − ${Y}`;
      const rows = Array.from(x.keys()).slice(0, n > MOST_ROWS ? MOST_ROWS - 2 : n);
      const cells = (kind, texts) => element("tr", {}, ...texts.map((text, i) =>
        Object.assign(element(i || kind === "td" ? kind : "th", {}, text), kind === "th" ? { scope: "col" } : {})));
      const table = element("table", { ariaLabel: word("numbers") },
        element("thead", {}, cells("th", [X, Y, `${hat} = w${X} + b`, error, `2(${error})/n`, `2(${error})/n · ${X}`])),
        element("tbody", {}, ...rows.map((i) => cells("td", [x[i], y[i], predictions[i], predictions[i] - y[i], dloss[i], dloss[i] * x[i]].map((v) => significant(v))))));
      const lines = [];
      if (rows.length < n) lines.push(filled("more", { count: n - rows.length }));
      const isLast = t === again.epochs, isPlain = this.rule.is_plain && !run.batch_size;
      const factor = { mean: 1, sum: n, half: 0.5, half_sum: n / 2 }[run.loss], times = factor === 1 ? "" : `${significant(factor)} · `;
      lines.push(`∂L/∂w = ${times}Σ 2(${error})/n · ${X} = ${significant(grad_w[t], 6)}`, `∂L/∂b = ${times}Σ 2(${error})/n = ${significant(grad_b[t], 6)}`);
      if (isLast) {
        lines.push(word("end"));
      } else {
        for (const [name, now, slope] of [["w", w, grad_w], ["b", b, grad_b]]) {
          lines.push(isPlain
            ? `${name} ← ${significant(now[t], 6)} − ${run.learning_rate} · ${inBrackets(slope[t])}` +
              ` = ${significant(now[t], 6)} − ${inBrackets(this.rule.rate * slope[t])} = ${significant(now[t + 1], 6)}`
            : `${name} ← ${significant(now[t + 1], 6)}`);
        }
        if (!isPlain) lines.push(word("otherwise"));
      }
      this.table.replaceChildren(table);
      gd.nameIfWide(this.table);
      this.lines.replaceChildren(...lines.map((line) => element("p", {}, line)));
    }

    /** The address says where one is, on the page of a run. */
    remember() {
      if (!("deep" in this.figure.dataset)) return;
      // When it comes to rest: browsers take no hundred addresses in a row.
      clearTimeout(this.resting);
      this.resting = setTimeout(() => history.replaceState(null, "", `#epoch=${this.t}`), 250);
    }

    // --- Played -----------------------------------------------------------------------------------------------------------

    switch() {
      this.touch();
      if (this.playing) this.pause();
      else this.play();
    }

    async play() {
      if (this.playing) return;
      const turn = (this.playing = {});
      if (this.t === this.again.epochs) this.t = 0;
      this.show();
      for (const [i, t] of this.schedule.entries()) {
        if (t < this.t || (t === this.t && i && this.schedule[i - 1] === t)) continue;
        this.t = t;
        this.show();
        await new Promise((wake) => setTimeout(wake, this.delays[i] / this.speed.value));
        if (this.playing !== turn) return;
      }
      this.t = this.again.epochs;
      this.pause();
      this.show();
    }

    pause() {
      if (!this.playing) return;
      this.playing = null;
      this.show();
    }
  }
  customElements.define("gd-stepper", Stepper);

  // --- On a page ----------------------------------------------------------------------------------------------------------

  const steppers = new Map();

  const upgrade = async (figure) => {
    const again = Again.of(figure.dataset.run);
    try {
      await again.all();
    } catch (refusal) {
      if (refusal instanceof RangeError) return; // the animation stays
      throw refusal;
    }
    if (!figure.isConnected) return;
    const stepper = figure.querySelector("gd-stepper");
    figure.dataset.steps = "";
    stepper.begin(figure, again);
    steppers.set(figure, stepper);
    const asked = "deep" in figure.dataset && /^#epoch=(\d+)$/.exec(location.hash);
    if (asked) stepper.go(Number(asked[1]));
    else if (gd.isHeldBack(figure)) stepper.wait();
    if (!asked) gd.whenFree(figure, () => (delete stepper.dataset.waits, playing.observe(figure)));
  };

  const near = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      upgrade(target);
    }
  }, { rootMargin: "800px" });

  const playing = new IntersectionObserver((entries) => {
    for (const { target, intersectionRatio } of entries) {
      if (intersectionRatio < 0.5) continue;
      playing.unobserve(target);
      if (!matchMedia("(prefers-reduced-motion: reduce)").matches && !steppers.get(target).isTouched) steppers.get(target).play();
    }
  }, { threshold: [0.5, 0.75] });

  addEventListener("hashchange", () => {
    const asked = /^#epoch=(\d+)$/.exec(location.hash);
    for (const [figure, stepper] of steppers) if (asked && "deep" in figure.dataset) stepper.go(Number(asked[1]));
  });

  gd.eachPage(() => {
    for (const figure of document.querySelectorAll(".gd-figure[data-run]:not([data-steps])")) {
      near.observe(figure);
      if (gd.isHeldBack(figure)) gd.showStill(figure, true);
    }
  });
}
