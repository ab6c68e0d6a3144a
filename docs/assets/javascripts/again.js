"use strict";

/**
 * A run of this site, computed once more in the reader's browser, and held against what PyTorch came to.
 *
 * A page has the points, the settings and for some epochs a digest of all states up to there: so a difference is found,
 * to the last bit, and where.
 */
class Again {
  static known = new Map();
  static MOST_UNASKED = 2e7; // points times epochs: more is computed when its reader asks

  /** The run of this id, whose data the page has; the same one for all who ask. */
  static of(id) {
    if (!Again.known.has(id)) Again.known.set(id, new Again(gd.data("run", id)));
    return Again.known.get(id);
  }

  constructor({ run, epochs_run, stopped_by, checkpoints, exact, named }) {
    Object.assign(this, { run, epochs: epochs_run, stopped_by, checkpoints, exact, named });
    const Numbers = { float32: Float32Array, float64: Float64Array }[run.dtype];
    // State t in row t of each.
    for (const name of Again.COLUMNS) this[name] = new Numbers(epochs_run + 1);
    this.scratch = new Numbers(1);
    this.words = new Uint32Array(this.scratch.buffer);
    this.rest = descent.states(run);
    this.computed = 0; // states, so far
    this.digest = 0;
    this.same = 0; // the last checkpoint up to which all is the same
    this.differs = 0; // the first at which something is not
    this.digits = Infinity; // that agree, at the checkpoint where fewest do
  }

  static COLUMNS = ["w", "b", "grad_w", "grad_b", "loss"];

  get size() {
    return this.run.x.length * this.epochs;
  }

  /** What x or y is called in formulas: where people have another name for it, what was made of it has a prime. */
  symbol(axis) {
    const [, shift, factor] = this.named?.[axis] ?? [0, 0, 1];
    return shift || factor !== 1 ? `${axis}′` : axis;
  }

  get isDone() {
    return this.computed > this.epochs;
  }

  /** Goes on for so many milliseconds. */
  compute(budget) {
    const until = performance.now() + budget;
    while (!this.isDone) {
      const { value, done } = this.rest.next();
      // A run that is another may end earlier, too.
      for (const name of Again.COLUMNS) this.keep(name, done ? NaN : value[name]);
      if (this.computed === this.epochs && value?.stopped_by !== this.stopped_by) this.differs ||= this.epochs;
      this.check(this.computed++);
      if (performance.now() > until) return;
    }
  }

  keep(name, value) {
    this[name][this.computed] = value;
    this.scratch[0] = value;
    // Every nan is the same, whatever bits a browser gives it.
    if (value !== value) this.words.fill(0).fill(this.words.length > 1 ? 0x7ff80000 : 0x7fc00000, -1);
    for (const word of this.words) this.digest = (Math.imul(this.digest, 16777619) + word) >>> 0;
  }

  check(epoch) {
    const [at, digest, ...values] = this.checkpoints.find(([at]) => at >= epoch);
    if (at !== epoch) return;
    if (digest !== this.digest) this.differs ||= epoch;
    if (!this.differs) this.same = epoch;
    values.forEach((value, i) => {
      const mine = this[["w", "b", "loss"][i]][epoch], theirs = Number({ inf: "Infinity", "-inf": "-Infinity" }[value] ?? value);
      if (!Object.is(mine, theirs)) this.digits = Math.min(this.digits, -Math.log10(Math.abs(mine / theirs - 1)) || 0);
    });
  }

  /** All of it, a slice now and then, so that the page stays awake. */
  all() {
    return (this.whole ??= (async () => {
      while (!this.isDone) {
        await new Promise((wake) => (window.requestIdleCallback ?? setTimeout)(wake, { timeout: 100 }));
        this.compute(8);
      }
      return this;
    })());
  }
}

// The line under a run: what came of it. Long runs are computed when their reader asks.
gd.eachPage(() => {
  const begun = new WeakSet();

  const begin = async (line) => {
    if (begun.has(line)) return;
    begun.add(line);
    const again = Again.of(line.dataset.run);
    line.textContent = line.dataset.computing;
    try {
      await again.all();
    } catch (refusal) {
      if (!(refusal instanceof RangeError)) throw refusal;
      line.dataset.outcome = "refused";
      line.textContent = gd.filled(line.dataset.refused, { setting: refusal.message });
      return;
    }
    const kind = !again.exact ? "agrees" : again.differs ? "differs" : "identical";
    line.dataset.outcome = kind;
    line.textContent = gd.filled(line.dataset[kind], {
      same: again.same, differs: again.differs, digits: Math.floor(Math.min(again.digits, 17)),
    });
  };

  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      begin(target);
    }
  });

  for (const line of document.querySelectorAll(".gd-again[data-run]:not([data-outcome])")) {
    if (Again.of(line.dataset.run).size <= Again.MOST_UNASKED) {
      seen.observe(line);
    } else {
      const ask = gd.element("button", { type: "button", onclick: () => begin(line) }, line.dataset.ask);
      line.replaceChildren(ask);
    }
  }
});
