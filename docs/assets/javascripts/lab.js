"use strict";

/**
 * The lab: points and a start to drag, a rate to choose, a verdict to commit to; then the run, computed here as PyTorch
 * does. Its words stand in the page; what it is set to stands in the address, by lab-state.js.
 */
{
  const { element } = gd;
  const { Plot, set, significant, span, svg, tick } = chart;
  const { Epochs, bowl_axes, ends } = pictures;

  const NARROW = 560, WIDE = 900; // pixels: one panel at a time; three in a row
  const FRAMES = 90, LASTS_MS = 3600, SLOWEST_MS = 250; // of what is played
  const THUMB = 16;
  const STORED = "gradient-descent-frame-by-frame:lab";
  const NUMBERS = ["rate", "epochs", "w", "b", "momentum", "scale"], SELECTS = ["input", "loss", "dtype"];

  // --- What is kept of a reader ---------------------------------------------------------------------------------------

  const NOTHING = { foretold: 0, missed: 0, done: [], record: null };

  /** From storage, which may be forbidden, and hold anything. */
  function remembered() {
    try {
      const { foretold, missed, done, record } = JSON.parse(localStorage.getItem(STORED));
      const count = (number) => (Number.isSafeInteger(number) && number >= 0 ? number : 0);
      return {
        foretold: count(foretold), missed: count(missed), record: record > 0 && Number.isFinite(record) ? record : null,
        done: Object.keys(CHALLENGES).filter((name) => done.includes(name)),
      };
    } catch {
      return { ...NOTHING };
    }
  }

  function remember(tally) {
    try {
      localStorage.setItem(STORED, JSON.stringify(tally));
    } catch {
      // The count holds until the page is left.
    }
  }

  // --- Challenges: what each begins from, and whether a run meets it ---------------------------------------------------

  /** Where b is 0 on the slow direction, to four digits: a rounding away, the fast one waits. */
  function onTheSlowDirection(state) {
    const { least_squares: [w, b], eigenvectors: [[of_w, of_b]] } = bowlOf(labState.run(state));
    return { w: Number((w - (b / of_b) * of_w).toPrecision(4)) || 0, b: 0 };
  }

  const bowlOf = (run) => theory.bowl(run.x, run.y, run.loss);
  const isLost = (loss) => !Number.isFinite(loss);

  const CHALLENGES = {
    falls: {
      from: (usual) => ({ epochs: 120, ...onTheSlowDirection(usual) }),
      meets: ({ again, verdict }) => verdict === "diverges" && again.epochs > 60 && again.loss.subarray(1, 61).every((loss, t) => loss < again.loss[t]),
    },
    quick: {
      from: () => ({ epochs: 50 }),
      meets: ({ again, verdict, bowl }) => {
        const at = (t) => theory.excesses(bowl, [again.w[t], again.b[t]]), enough = theory.tolerances(bowl, at(0), again.run.dtype);
        const isThere = (t) => at(t).every((each, i) => each <= enough[i]);
        if (verdict !== "converges") return false;
        for (let t = Math.min(9, again.epochs); t <= again.epochs; t++) if (!isThere(t)) return false;
        return true;
      },
    },
    nan: {
      from: () => ({ epochs: 20_000 }),
      meets: ({ again, state, bowl, usual }) => {
        const same = ["x", "y", "input", "loss", "momentum"].every((name) => String(state[name]) === String(usual[name]));
        return same && Number.isNaN(again.loss.at(-1)) && state.rate <= 1.01 * bowl.critical_learning_rate;
      },
    },
    outlive: {
      from: () => ({ epochs: 100, rate: 0.02 }),
      async meets({ again, state }) {
        if (state.dtype !== "float64" || isLost(again.loss.at(-1))) return false;
        const twin = labState.run({ ...state, dtype: "float32" });
        return twin !== null && isLost((await computed(begun(twin))).loss.at(-1));
      },
    },
  };

  /** A run, to be computed. */
  const begun = (run) =>
    new Again({ run, epochs_run: run.epochs, stopped_by: "epochs", checkpoints: [[run.epochs, 0]], exact: true });

  /** All of it, in slices, so that the page stays awake; or what there is, once nobody waits any more. */
  async function computed(again, isWanted = () => true) {
    while (!again.isDone && isWanted()) {
      again.compute(12);
      await new Promise((wake) => setTimeout(wake));
    }
    return again;
  }

  /** The same numbers, but for one. */
  const replaced = (numbers, at, value) => numbers.map((each, i) => (i === at ? value : each));

  // --- The lab --------------------------------------------------------------------------------------------------------

  class Lab {
    constructor(root) {
      this.root = root;
      this.usual = labState.read(root.dataset.default, {});
      this.state = labState.read(location.hash, this.usual) ?? this.usual;
      this.tally = remembered();
      this.seen = new Set(); // settings whose run was shown: a guess at them foretells nothing
      this.panel = "line";
      this.tool = "move";
      this.panels = Object.fromEntries([...root.querySelectorAll(".gd-panel")].map((panel) => [panel.dataset.panel, panel]));
      this.listen();
      this.settle();
      this.showTally();
      new ResizeObserver(() => this.draw()).observe(root);
    }

    part(name) {
      return this.root.querySelector(`[data-lab="${name}"]`);
    }

    /** Words of the page, with what they leave open. */
    sentence(name, values = {}) {
      return gd.sentence(this.root.dataset[name], values);
    }

    verdict(name) {
      return this.root.querySelector(`.gd-verdict[data-verdict="${name}"]`).cloneNode(true);
    }

    listen() {
      const on = (name, kind, then) => this.part(name).addEventListener(kind, then);
      for (const name of NUMBERS) on(name, "change", ({ target }) => this.enter(name, target));
      for (const name of SELECTS) on(name, "change", ({ target }) => this.change({ [name]: target.value }));
      on("slider", "input", ({ target }) => this.change({ rate: Number((10 ** target.value).toPrecision(3)) }, "slider"));
      on("slider", "change", () => this.settle());
      for (const button of this.root.querySelectorAll("[data-mark]")) {
        button.addEventListener("click", () => this.change({ rate: this.marks[button.dataset.mark] }));
      }
      for (const tab of this.root.querySelectorAll(".gd-tabs button")) tab.addEventListener("click", () => this.choose(tab.dataset.panel));
      for (const radio of this.radios()) radio.addEventListener("change", () => this.showControls());
      on("run", "click", () => this.commit());
      on("just", "click", () => this.begin());
      on("step", "click", () => this.step());
      on("reset", "click", () => this.rewind());
      on("forget", "click", () => this.forget());
      for (const radio of this.root.querySelectorAll("[name=gd-lab-tool]")) {
        radio.addEventListener("change", () => {
          this.tool = radio.value;
          this.draw();
        });
      }
      on("add", "click", () => this.add());
      on("paste", "click", () => this.paste());
      on("save", "click", () => this.save());
      on("python", "click", () => this.takeScript());
      on("load", "change", ({ target }) => this.load(target));
      this.table = this.root.querySelector(".gd-lab-table");
      this.table.closest("details").addEventListener("toggle", () => this.showTable());
      for (const item of this.root.querySelectorAll("[data-challenge]")) {
        item.querySelector("button").addEventListener("click", () => this.setUp(item.dataset.challenge));
      }
      addEventListener("hashchange", () => {
        const asked = labState.read(location.hash, this.usual);
        if (asked && labState.written(asked) !== labState.written(this.state)) this.change(asked);
      });
      this.dragOn(this.panels.line, (point, at) => this.movePoint(point, at));
      this.dragOn(this.panels.bowl, (_, [w, b]) => this.change({ w, b }, "bowl"));
      this.panels.line.addEventListener("click", (event) => this.press(event));
    }

    radios() {
      return [...this.root.querySelectorAll("[name=gd-lab-say]")];
    }

    // --- What is set ----------------------------------------------------------------------------------------------------

    /** `by` is the panel, or the slider, that is being dragged: it stays as it is, so that nothing slips away. */
    change(changes, by = "") {
      this.state = { ...this.state, ...changes };
      if (by) this.prepare(by);
      else this.settle();
    }

    /** Once nothing is being dragged: limits of axes, the address, the fields. */
    settle() {
      this.view = null;
      this.prepare();
      this.address();
    }

    prepare(by) {
      const { state } = this;
      this.turn = {}; // what still computes or plays ends
      this.t = 0;
      this.again = this.outcome = this.foretold = null;
      this.isBusy = false;
      this.run = labState.run(state);
      if (this.run) {
        this.map = labState.transformed(state);
        this.bowl = bowlOf(this.run);
        this.rule = theory.update_rule(this.run);
        this.first = descent.states(this.run).next().value;
        this.marks = {
          one: this.bowl.one_step_learning_rate,
          best: theory.best_learning_rate(this.bowl, this.rule),
          limit: theory.critical_learning_rate(this.bowl, this.rule),
        };
      }
      for (const radio of this.radios()) radio.checked = false;
      this.showSettings(by);
      this.showControls();
      this.draw(by);
    }

    address() {
      const hash = `#${labState.written(this.state)}`;
      if (labState.written(this.state) === labState.written(this.usual) && !location.hash) return;
      try {
        history.replaceState(null, "", hash);
      } catch {
        // In some frames a page has no address of its own.
      }
    }

    enter(name, field) {
      const value = labState.READ[name](field.value.replace(",", "."));
      field.ariaInvalid = value === null;
      if (value !== null) this.change({ [name]: value });
      else this.say(this.sentence("invalid"));
    }

    showSettings(by) {
      const { state } = this;
      for (const name of [...NUMBERS, ...SELECTS]) {
        const field = this.part(name);
        field.value = state[name];
        field.ariaInvalid = null;
      }
      this.part("scale").disabled = !state.input.endsWith("scale");
      this.root.querySelector(".gd-lab-count").textContent = `n = ${state.x.length}`;
      this.showRate(by);
      this.showTable();
    }

    // --- The rate -------------------------------------------------------------------------------------------------------

    showRate(by) {
      const slider = this.part("slider"), { rate } = this.state;
      if (this.run && by !== "slider") {
        const decade = (number) => Math.log10(Math.min(1e38, Math.max(1e-38, number)));
        const low = Math.floor(decade(this.marks.one)) - 2, high = Math.ceil(decade(this.marks.limit)) + 1;
        this.decades ??= [low, high];
        if (!by || low > this.decades[0] + 2 || high < this.decades[1] - 2) this.decades = [low, high];
        this.decades = [Math.min(this.decades[0], Math.floor(decade(rate))), Math.max(this.decades[1], Math.ceil(decade(rate)))];
        const [min, max] = this.decades;
        Object.assign(slider, { min, max, step: 0.005 });
        slider.value = Math.log10(rate);
      }
      slider.ariaValueText = significant(rate, 3);
      for (const button of this.root.querySelectorAll("[data-mark]")) {
        button.querySelector("output").textContent = this.run ? significant(this.marks[button.dataset.mark], 4) : "";
      }
      this.drawScale();
    }

    drawScale() {
      const box = this.part("scale-marks"), width = box.clientWidth, { decades, marks } = this;
      if (!width || !decades) return;
      const X = (number) => THUMB / 2 + ((Math.log10(number) - decades[0]) / (decades[1] - decades[0])) * (width - THUMB);
      const root = svg("svg", { viewBox: `0 0 ${width} 44`, width, height: 44, "aria-hidden": "true" });
      const apart = Math.max(1, Math.ceil(((decades[1] - decades[0]) * 40) / width));
      for (let k = decades[0]; k <= decades[1]; k++) {
        const x = X(10 ** k), isNamed = (k - decades[0]) % apart === 0;
        root.append(svg("path", { class: "gd-s-quiet", d: `M${x} 0v${isNamed ? 6 : 3}` }));
        const text = tick(10 ** k), half = text.length * 3.8; // about: none must be cut off
        const at = Math.min(width - half, Math.max(half, x));
        if (isNamed) root.append(svg("text", { class: "gd-note", x: at, y: 41, "text-anchor": "middle" }, text));
      }
      const shapes = { one: "m-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0", best: "m-5 0l5 -5l5 5l-5 5z", limit: "m-5 4l5 -9l5 9z" };
      for (const [name, shape] of Object.entries(shapes)) {
        const x = X(marks[name]);
        root.append(svg("path", { class: `gd-lab-mark gd-lab-${name}`, d: `M${x} 0V${name === "best" ? 17 : 6}m0 5${shape}` }));
      }
      box.replaceChildren(root);
    }

    // --- The points -----------------------------------------------------------------------------------------------------

    /** Whatever lies in a panel as a handle is dragged; `move` is told which, and to where. */
    dragOn(panel, move) {
      panel.addEventListener("pointerdown", (event) => {
        const handle = event.target.closest(".gd-handle");
        if (!handle || event.button || (panel === this.panels.line && this.tool !== "move")) return;
        event.preventDefault();
        handle.setPointerCapture(event.pointerId);
        const plot = this.plots[panel.dataset.panel];
        const follow = (moved) => {
          if (moved.pointerId === event.pointerId) move(Number(handle.dataset.point), this.under(moved, plot));
        };
        const end = () => {
          handle.removeEventListener("pointermove", follow);
          this.settle();
        };
        handle.addEventListener("pointermove", follow);
        handle.addEventListener("lostpointercapture", end, { once: true });
      });
    }

    /** Where the pointer is, in the units of a plot, to what a pixel can tell. */
    under({ clientX, clientY }, plot) {
      const rect = plot.root.getBoundingClientRect(), [left, top, right, bottom] = plot.box;
      const along = (pixel, from, to, [low, high]) => {
        const share = Math.min(1, Math.max(0, (pixel - from) / (to - from))), step = 10 ** Math.floor(Math.log10((high - low) / Math.abs(to - from)));
        return Number((Math.round((low + share * (high - low)) / step) * step).toPrecision(12)) + 0;
      };
      return [along(clientX - rect.left, left, right, plot.x), along(clientY - rect.top, bottom, top, plot.y)];
    }

    movePoint(point, [x, y]) {
      this.change({ x: replaced(this.state.x, point, x), y: replaced(this.state.y, point, y) }, "line");
    }

    /** A press on the picture, with one of the other two tools. */
    press(event) {
      const handle = event.target.closest(".gd-handle");
      if (this.tool === "remove" && handle) this.remove(Number(handle.dataset.point));
      if (this.tool === "add") this.add(this.under(event, this.plots.line));
    }

    add([x, y] = [this.state.x.at(-1), this.state.y.at(-1)]) {
      if (this.state.x.length >= labState.MOST_POINTS) return this.tell("points-said", "full");
      this.change({ x: [...this.state.x, x], y: [...this.state.y, y] });
      this.table.querySelector("tbody")?.lastElementChild?.querySelector("input").focus();
    }

    remove(point) {
      const others = (numbers) => numbers.filter((_, i) => i !== point);
      if (this.state.x.length > 1) this.change({ x: others(this.state.x), y: others(this.state.y) });
    }

    paste() {
      const found = labState.csv(this.part("csv").value);
      if (!found) return this.tell("points-said", "noPoints");
      const { x, y, left_out } = found;
      this.change({ x, y });
      this.tell("points-said", "pasted", { count: x.length });
      if (left_out) this.part("points-said").append(" ", ...this.sentence("left", { count: left_out }));
    }

    tell(place, name, values) {
      this.part(place).replaceChildren(...this.sentence(name, values));
    }

    /** The points in numbers: the way for whoever does not drag. */
    showTable() {
      const body = this.table.querySelector("tbody"), { x, y } = this.state;
      if (!this.table.closest("details").open) return;
      while (body.children.length > x.length) body.lastElementChild.remove();
      while (body.children.length < x.length) body.append(this.row(body.children.length));
      [...body.children].forEach((row, i) => {
        const [of_x, of_y] = row.querySelectorAll("input");
        if (of_x.value !== String(x[i])) of_x.value = x[i];
        if (of_y.value !== String(y[i])) of_y.value = y[i];
      });
    }

    row(i) {
      const number = { number: i + 1 };
      const field = (name) => {
        const input = element("input", { type: "text", inputMode: "decimal", ariaLabel: this.sentence(name, number).join("") });
        input.addEventListener("change", () => {
          const value = labState.READ.w(input.value.replace(",", "."));
          if (value === null) {
            input.value = this.state[name][i];
            this.tell("points-said", "invalid");
          } else this.change({ [name]: replaced(this.state[name], i, value) });
        });
        return element("td", {}, input);
      };
      const remove = element("button", { type: "button", ariaLabel: this.sentence("remove", number).join(""), onclick: () => this.remove(i) }, "×");
      return element("tr", {}, field("x"), field("y"), element("td", {}, remove));
    }

    // --- Committed to, and run --------------------------------------------------------------------------------------------

    get guess() {
      return this.radios().find((radio) => radio.checked)?.value;
    }

    showControls() {
      const isOver = this.t === this.state.epochs, isFresh = this.t === 0 && !this.isBusy;
      for (const radio of this.radios()) radio.disabled = !isFresh || !this.run;
      this.part("run").disabled = !isFresh || !this.guess || !this.run;
      this.part("just").disabled = isOver || this.isBusy || !this.run;
      this.part("step").disabled = isOver || this.isBusy || !this.run;
      this.part("reset").disabled = isFresh;
      if (!isFresh || this.outcome) return;
      if (this.run) this.say(this.sentence(this.guess ? "ready" : "choose"));
      else this.say(this.sentence("unfit", { dtype: this.state.dtype }));
    }

    say(...sentences) {
      const status = this.root.querySelector(".gd-lab-status"), said = sentences.map((words) => element("p", {}, ...words));
      // What is said already is not read out again.
      if (status.textContent !== said.map((each) => each.textContent).join("")) status.replaceChildren(...said);
    }

    /** The run, to be computed when it is needed. */
    ensure() {
      this.again ??= begun(this.run);
      return this.again;
    }

    /** All states; null where something has changed meanwhile. */
    async whole() {
      const { turn } = this, again = await computed(this.ensure(), () => turn === this.turn);
      return turn === this.turn ? again : null;
    }

    commit() {
      const key = labState.written(this.state), isNew = !this.seen.has(key);
      this.begin(this.guess, isNew);
    }

    async begin(guess, counts = false) {
      this.seen.add(labState.written(this.state));
      this.isBusy = true;
      this.showControls();
      this.say(this.sentence("computing"));
      this.root.querySelector(".gd-panels").scrollIntoView({ block: "nearest" });
      const again = await this.whole();
      if (!again) return;
      const said = theory.predict(this.bowl, [this.first.w, this.first.b], this.rule, this.state.epochs);
      const words = [this.sentence("theory", { verdict: this.verdict(said.verdict) })];
      for (const other of said.possible.slice(1)) words.push(this.sentence("or", { verdict: this.verdict(other).textContent }));
      this.foretold = words;
      this.say(...words);
      this.draw();
      if (await this.play()) await this.finish(guess, counts);
    }

    /** Frame by frame, or all at once; false where something came between. */
    async play() {
      const { turn, again } = this, { epochs, loss } = again;
      const lost = loss.findIndex(isLost), last = lost < 0 ? epochs : lost;
      const frames = Math.min(FRAMES, last - this.t), begun = this.t;
      const at = (share) => (this.epochs.isLong ? Math.expm1(Math.log1p(begun) + share * (Math.log1p(last) - Math.log1p(begun))) : begun + share * (last - begun));
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      for (let frame = 1; frame <= frames && !still; frame++) {
        const t = Math.round(at(frame / frames));
        if (t <= this.t) continue;
        this.t = t;
        this.show();
        await new Promise((wake) => setTimeout(wake, Math.min(SLOWEST_MS, LASTS_MS / frames)));
        if (turn !== this.turn) return false;
      }
      this.t = epochs;
      this.show();
      return true;
    }

    async step() {
      const again = this.ensure();
      this.seen.add(labState.written(this.state));
      if (again.computed <= this.t + 1) again.compute(-1);
      if (again.computed <= this.t + 1) again.compute(-1); // the start is a state too
      this.t++;
      if (this.t === 1) this.draw();
      this.show();
      this.showControls();
      if (this.t === 1) this.say();
      if (this.t === this.state.epochs) await this.finish();
    }

    rewind() {
      this.prepare();
    }

    async finish(guess, counts) {
      const again = await this.whole();
      if (!again) return;
      const verdict = theory.measured(this.bowl, this.rule, again), loss = again.loss.at(-1);
      this.outcome = { verdict };
      this.isBusy = false;
      const word = guess && (verdict === guess ? "foretold" : "missed");
      if (counts) this.tally[word]++;
      this.say(
        ...(this.foretold ?? []),
        [
          ...this.sentence(word ?? "ran", { verdict: this.verdict(verdict), said: guess && this.verdict(guess).textContent }),
          " ", ...this.sentence("end", { epochs: again.epochs, loss: significant(loss) }),
          ...(guess && !counts ? [" ", ...this.sentence("seen")] : []),
        ],
      );
      this.foretold = null;
      this.draw();
      this.showControls();
      await this.judge(again, verdict);
      remember(this.tally);
      this.showTally();
    }

    async judge(again, verdict) {
      const { state, bowl, usual, tally } = this;
      for (const [name, challenge] of Object.entries(CHALLENGES)) {
        if (!(await challenge.meets({ again, verdict, state, bowl, usual }))) continue;
        if (!tally.done.includes(name)) tally.done.push(name);
        if (name === "nan") tally.record = Math.min(tally.record ?? Infinity, state.rate);
      }
    }

    showTally() {
      const { foretold, missed, done, record } = this.tally;
      this.part("foretold").textContent = foretold.toLocaleString(document.documentElement.lang);
      this.part("missed").textContent = missed.toLocaleString(document.documentElement.lang);
      for (const item of this.root.querySelectorAll("[data-challenge]")) {
        const name = item.dataset.challenge, words = done.includes(name) ? [...this.sentence("done")] : [];
        if (name === "nan" && record) words.push(" ", ...this.sentence("record", { rate: significant(record, 6) }));
        item.toggleAttribute("data-done", done.includes(name));
        item.querySelector("output").replaceChildren(...words);
      }
    }

    forget() {
      this.tally = { ...NOTHING, done: [] };
      try {
        localStorage.removeItem(STORED);
      } catch {
        // There was nothing.
      }
      this.showTally();
    }

    setUp(name) {
      this.change({ ...this.usual, ...CHALLENGES[name].from(this.usual) });
      this.part("slider").focus();
    }

    // --- Kept -----------------------------------------------------------------------------------------------------------

    async save() {
      if (!this.run) return;
      const { state, bowl, rule } = this, again = await this.whole();
      if (!again) return;
      const here = location.protocol === "file:" ? "lab/" : `${location.origin}${location.pathname}`;
      this.hand("from-the-lab.toml", labState.toml(state, {
        address: `${here}#${labState.written(state)}`, title: this.root.dataset.title, verdict: theory.measured(bowl, rule, again),
      }));
    }

    takeScript() {
      this.hand("train.py", labState.python(this.state, gd.data("lab", "cells")));
    }

    /** As a download, and, where that is forbidden, to be copied. */
    hand(name, text) {
      const field = this.part("text");
      field.hidden = false;
      field.value = text;
      gd.save(name, text);
    }

    async load(field) {
      const [file] = field.files;
      if (!file) return;
      const asked = labState.read(labState.commented(await file.slice(0, 1e6).text()) ?? "", this.usual);
      if (asked) this.change(asked);
      this.tell("kept-said", asked ? "loaded" : "noAddress");
      field.value = "";
    }

    // --- Drawn ----------------------------------------------------------------------------------------------------------

    choose(panel) {
      this.panel = panel;
      this.draw();
    }

    /** The panel that is being dragged in is not drawn anew: its handle would be lost. */
    draw(by) {
      const width = Math.floor(this.root.clientWidth);
      if (!width) return;
      const narrow = width < NARROW, columns = narrow ? 1 : width < WIDE ? 2 : 3;
      this.root.dataset.narrow = narrow;
      for (const [name, panel] of Object.entries(this.panels)) panel.hidden = narrow && name !== this.panel;
      for (const tab of this.root.querySelectorAll(".gd-tabs button")) tab.ariaPressed = tab.dataset.panel === this.panel;
      this.drawScale();
      if (!this.run) return;
      const wide = Math.floor((width - 16 * (columns - 1)) / columns), height = narrow ? Math.round(Math.min(width, 400) * 0.82) : 300;
      const { epochs } = this.state, finite = this.again?.isDone ? this.again.loss.findLastIndex(Number.isFinite) : epochs;
      this.epochs = new Epochs(epochs, finite);
      this.view ??= this.views();
      this.plots ??= {};
      this.shows ??= {};
      const draw = {
        line: () => this.drawLine(wide, height),
        bowl: () => this.drawBowl(wide, height),
        loss: () => (columns === 2 ? this.drawLoss(width, 170) : this.drawLoss(wide, height)),
      };
      for (const name of Object.keys(this.panels)) if (name !== by) this.shows[name] = draw[name]();
      this.show();
    }

    /** What the plots show, until something is let go: axes do not run away from the pointer. */
    views() {
      const { state, bowl, first: { w, b } } = this, [best_w, best_b] = bowl.least_squares;
      const x = span(state.x, 0.15), points = span(state.y, 0.15), [slope, height] = this.lineOf(w, b);
      const wide = span([...points, ...x.map((each) => slope * each + height)], 0.03);
      const y = wide[1] - wide[0] <= 3 * (points[1] - points[0]) ? wide : points;
      const [, fast] = theory.modes(bowl, [w, b]), [, [of_w, of_b]] = bowl.eigenvectors;
      const across = [w - 2 * fast * of_w, b - 2 * fast * of_b]; // where alternating steps land, at most
      return { x, y, w: span([best_w, w, across[0]], 0.2), b: span([best_b, b, across[1]], 0.2) };
    }

    /** Slope and height over x as given of the line that w and b are over x as trained on. */
    lineOf(w, b) {
      return [w * this.map.factor, b - w * this.map.factor * this.map.shift];
    }

    at(t) {
      if (t === 0) return [this.first.w, this.first.b, this.first.loss];
      return [this.again.w[t], this.again.b[t], this.again.loss[t]];
    }

    drawLine(width, height) {
      const { x, y } = this.view, plot = (this.plots.line = new Plot(width, height, { x, y, names: ["x", "y"] }));
      const best = plot.add("line", { class: "gd-s-quiet gd-dashed" }), line = plot.add("line", { class: "gd-s-line" });
      const add = (attributes) => this.state.x.map((_, i) => plot.add("circle", { ...attributes, "data-point": i }));
      const dots = add({ class: "gd-s-point", r: 4 });
      const handles = this.tool === "add" ? [] : add({ class: "gd-handle", r: 14 });
      plot.root.dataset.tool = this.tool;
      this.panels.line.replaceChildren(plot.root);
      return (t) => {
        set(best, ends(plot, this.lineOf(...this.bowl.least_squares)));
        set(line, ends(plot, this.lineOf(...this.at(t))));
        for (const circles of [dots, handles]) {
          circles.forEach((circle, i) => set(circle, { cx: plot.X(this.state.x[i]), cy: plot.Y(this.state.y[i]) }));
        }
      };
    }

    drawBowl(width, height) {
      const { bowl, view, again } = this, corners = view.w.flatMap((w) => view.b.map((b) => theory.excess(bowl, [w, b])));
      const plot = (this.plots.bowl = bowl_axes(width, height, [view.w, view.b], bowl, Math.max(...corners) || 1, 10));
      const states = again?.isDone ? this.epochs.drawn : [], path = plot.add("polyline", { class: "gd-s-path" });
      const here = plot.add("circle", { class: "gd-s-dot", r: 4.5 });
      const start = plot.add("circle", { class: "gd-lab-start", r: 5.5 }), handle = plot.add("circle", { class: "gd-handle", r: 15 });
      this.panels.bowl.replaceChildren(plot.root);
      return (t) => {
        const passed = again?.isDone ? states.filter((each) => each <= t) : Array.from({ length: Math.min(t, 5000) + 1 }, (_, each) => each);
        set(path, { points: t ? plot.points([...passed, t].map((each) => this.at(each))) : "" });
        const [w, b] = this.at(t), fits = Number.isFinite(w) && Number.isFinite(b);
        set(here, { cx: fits ? plot.X(w) : -99, cy: fits ? plot.Y(b) : -99 });
        for (const circle of [start, handle]) set(circle, { cx: plot.X(this.first.w), cy: plot.Y(this.first.b) });
      };
    }

    drawLoss(width, height) {
      const { again, bowl, epochs, root: { dataset: words } } = this, isKnown = again?.isDone, states = isKnown ? epochs.drawn : [0];
      const foretold = isKnown && theory.excesses_by_epoch(bowl, [this.first.w, this.first.b], this.rule, epochs.last);
      const start = this.at(0)[2];
      const { plot, curve, measured } = pictures.loss(width, height, epochs, {
        losses: states.map((t) => [t, this.at(t)[2]]),
        predicted: foretold && states.map((t) => [t, foretold(t).reduce((sum, each) => sum + each, bowl.floor)]),
        floor: bowl.floor,
        shown: isKnown ? [bowl.floor] : [bowl.floor, 10 * start, start / 10],
        words,
      });
      this.plots.loss = plot;
      const dot = plot.add("circle", { class: "gd-s-dot", r: 4.5 });
      this.panels.loss.replaceChildren(plot.root);
      return (t) => {
        const passed = isKnown ? measured.slice(0, states.findLastIndex((each) => each <= t) + 1) : this.stepped(t);
        set(curve, { points: plot.points(passed) });
        const height = Math.log10(this.at(t)[2]);
        set(dot, Number.isFinite(height) ? { cx: plot.X(epochs.place(t)), cy: plot.Y(height) } : { cx: -99, cy: -99 });
      };
    }

    /** The losses up to state t of a run that is not computed to its end. */
    stepped(t) {
      return Array.from({ length: t + 1 }, (_, each) => [this.epochs.place(each), Math.log10(this.at(each)[2])]);
    }

    show() {
      if (!this.run) return;
      for (const show of Object.values(this.shows ?? {})) show(this.t);
      const [w, b, loss] = this.at(this.t), place = this.t.toLocaleString(document.documentElement.lang);
      const line = Number.isFinite(w + b) ? `w = ${significant(w)}   b = ${significant(b)}` : this.root.dataset.gone;
      this.root.querySelector(".gd-readout").textContent = `t = ${place}   ${line}   L = ${significant(loss)}`;
    }
  }

  gd.eachPage(() => {
    for (const root of document.querySelectorAll(".gd-lab:not([data-lab-ready])")) {
      root.dataset.labReady = "";
      new Lab(root);
    }
  });
}
