"use strict";

/**
 * One bowl, one start, four rates at once, and a fifth that is the reader's: each run computed here, epoch by epoch. They
 * play once when they are seen; who prefers less motion sees how they end.
 */
{
  const { set, significant, span } = chart;
  const { Epochs, bowl_axes, log, loss_axes } = pictures;

  const FEWEST = 40, MOST = 1000; // epochs
  const FRAMES = 60, LASTS_MS = 7000;
  const TAIL = 4; // steps of a path that are bold, behind the dot
  const WIDE = 560; // pixels: from there the pictures stand beside each other
  const LOW = 0.01, HIGH = 1.5; // of the limit: the ends of the slider

  class Race {
    constructor(root) {
      const { run: { gradient_norm, loss_change, ...run } } = gd.data("run", root.dataset.run);
      this.bowl = theory.bowl(run.x, run.y, run.loss);
      // Until a good rate has arrived, and a little longer; none stops before the others.
      const good = theory.update_rule({ ...run, learning_rate: 0.5 * this.bowl.critical_learning_rate });
      const arrives = theory.epochs_to_arrival(this.bowl, run.start, good, MOST) ?? MOST;
      this.last = Math.min(MOST, Math.max(FEWEST, 10 * Math.ceil(arrives / 8)));
      Object.assign(this, { root, run: { ...run, epochs: this.last }, t: this.last, turn: null });
      this.epochs = new Epochs(this.last);
      this.limit = this.bowl.critical_learning_rate;
      this.panels = Object.fromEntries([...root.querySelectorAll(".gd-panel")].map((panel) => [panel.dataset.panel, panel]));
      this.runners = [...root.querySelectorAll("[data-share]")].map((row) => this.runner(row, row.dataset.share * this.limit));
      this.slider = root.querySelector("input");
      this.button = root.querySelector("button");
      const ends = { min: Math.log10(LOW * this.limit), max: Math.log10(HIGH * this.limit) };
      Object.assign(this.slider, ends, { step: (ends.max - ends.min) / 400 });
      this.slider.value = Math.log10(0.1 * this.limit);
      this.slider.addEventListener("input", () => this.own());
      const mark = root.querySelector(".gd-race-limit");
      mark.style.setProperty("--at", (Math.log10(this.limit) - ends.min) / (ends.max - ends.min));
      this.button.addEventListener("click", () => (this.turn ? this.pause() : this.play()));
      this.aim();
      new ResizeObserver(() => this.draw()).observe(root);
      this.draw();
    }

    /** A run of this rate, all of it, and the row that it is read in. */
    runner(row, rate) {
      const run = { ...this.run, learning_rate: rate }, all = descent.descend(run);
      const verdict = theory.measured(this.bowl, theory.update_rule(run), all);
      const badge = this.root.querySelector(`[data-badges] [data-verdict="${verdict}"]`).cloneNode(true);
      row.querySelector("output").textContent = `η = ${significant(rate, 3)}`;
      row.querySelector(".gd-race-verdict").replaceChildren(badge);
      const states = Array.from(all.loss.keys());
      const losses = states.map((t) => [t, all.loss[t]]).map(log(this.epochs));
      return { row, verdict: badge.textContent, path: states.map((t) => [all.w[t], all.b[t]]), losses };
    }

    get rate() {
      return Number((10 ** this.slider.value).toPrecision(3));
    }

    /** What is said of the slider before anyone has taken hold of it is its place alone. */
    aim() {
      this.slider.ariaValueText = this.mine ? `${significant(this.rate, 3)}, ${this.mine.verdict}` : significant(this.rate, 3);
      const link = this.root.querySelector("a");
      link?.setAttribute("href", link.getAttribute("href").replace(/(?<=&rate=)[^&]*/, this.rate).replace(/(?<=&epochs=)[^&]*/, this.last));
    }

    /** The reader's: there at once, beside how the others end. */
    own() {
      this.pause();
      this.t = this.last;
      this.mine = this.runner(this.root.querySelector(".gd-race-own"), this.rate);
      this.mine.row.toggleAttribute("data-is-set", true);
      this.aim();
      this.show();
    }

    // --- Drawn once a width ---------------------------------------------------------------------------------------------

    draw() {
      const width = Math.floor(this.root.clientWidth);
      if (!width) return;
      const beside = width >= WIDE, each = beside ? Math.floor((width - 16) / 2) : width;
      this.drawn = [this.drawBowl(each, beside ? 270 : 180), this.drawLoss(each, beside ? 270 : 140)];
      this.show();
    }

    drawBowl(width, height) {
      const { bowl } = this, [best_w, best_b] = bowl.least_squares;
      const seen = this.runners.filter(({ row }) => row.dataset.share <= 1).flatMap(({ path }) => path);
      const x = span([best_w, ...seen.map(([w]) => w)], 0.12), y = span([best_b, ...seen.map(([, b]) => b)], 0.12);
      return this.lines(bowl_axes(width, height, [x, y], bowl, theory.excess(bowl, seen[0])), "bowl", "path");
    }

    drawLoss(width, height) {
      const start = theory.excess(this.bowl, this.run.start) + this.bowl.floor, shown = [this.bowl.floor, 100 * start];
      return this.lines(loss_axes(width, height, this.epochs, { shown, floor: this.bowl.floor, words: this.root.dataset }), "loss", "losses");
    }

    /** A line and a dot for each run; the reader's is on top. What swings to and fro would cover the bowl: it fades. */
    lines(plot, panel, name) {
      const kinds = [...this.runners.map(({ row }) => row.dataset.runner), "own"];
      const marks = kinds.map((kind) => [
        plot.add("polyline", { class: `gd-r-${kind} gd-faint` }), plot.add("polyline", { class: `gd-r-${kind}` }),
        plot.add("circle", { class: `gd-r-${kind}`, r: 4.5 }),
      ]);
      this.panels[panel].replaceChildren(plot.root);
      return (t) => marks.forEach(([faint, line, dot], i) => {
        const all = (this.runners[i] ?? this.mine)?.[name] ?? [], [x, y] = all[t] ?? [NaN, NaN];
        const fades = name === "path" && i > 1 && i < 4;
        set(faint, { points: fades ? plot.points(all.slice(0, t + 1)) : "" });
        set(line, { points: plot.points(all.slice(fades ? Math.max(0, t - TAIL) : 0, t + 1)) });
        set(dot, Number.isFinite(x) && Number.isFinite(y) ? { cx: plot.X(x), cy: plot.Y(y) } : { cx: -99, cy: -99 });
      });
    }

    // --- Shown for each epoch -------------------------------------------------------------------------------------------

    show() {
      for (const show of this.drawn ?? []) show(this.t);
      this.root.toggleAttribute("data-over", this.t === this.last);
      this.root.querySelector(".gd-race-epoch").textContent = `t = ${this.t}`;
      const next = this.turn ? "pause" : this.t === this.last ? "replay" : "play";
      if (this.button.dataset.next === next) return;
      this.button.dataset.next = next;
      this.button.textContent = gd.word(next);
    }

    async play() {
      const turn = (this.turn = {});
      if (this.t === this.last) this.t = 0;
      const by = Math.ceil(this.last / FRAMES);
      for (this.show(); this.t < this.last; this.t = Math.min(this.last, this.t + by), this.show()) {
        await new Promise((wake) => setTimeout(wake, (LASTS_MS * by) / this.last));
        if (this.turn !== turn) return;
      }
      this.pause();
    }

    pause() {
      this.turn = null;
      this.show();
    }
  }

  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      const race = races.get(target);
      if (!race.mine && !matchMedia("(prefers-reduced-motion: reduce)").matches) race.play();
    }
  }, { threshold: 0.5 });

  const races = new WeakMap();

  gd.eachPage(() => {
    for (const root of document.querySelectorAll(".gd-race:not([data-ready])")) {
      root.dataset.ready = "";
      races.set(root, new Race(root));
      seen.observe(root);
    }
  });
}
