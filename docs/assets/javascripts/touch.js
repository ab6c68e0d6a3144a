"use strict";

/**
 * Something to take hold of in a lesson: sliders, and what they do to a line, a bowl or a run, computed here as they move.
 * Each kind says what its sliders range over, what it draws, and what there is to say; the words stand in the page.
 */
{
  const { Plot, set, significant, span } = chart;
  const { Epochs, bowl_axes, ends, log, loss_axes, squares } = pictures;

  const WIDE = 560; // pixels: from there two pictures stand beside each other
  const POSITIONS = 480; // of a slider: round numbers are among them
  const MOST = 5000; // epochs until a run that has not arrived is given up
  const MILLIONTH = 1e-6;

  const mean = (numbers) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
  const around = (middle, room) => ({ low: middle - room, high: middle + room });

  /** The losses and parameters of a run, with what theory says of it. */
  function ran(run) {
    const all = descent.descend(run), bowl = theory.bowl(run.x, run.y, run.loss), rule = theory.update_rule(run);
    return { ...all, epochs: all.loss.length - 1, verdict: theory.measured(bowl, rule, all) };
  }

  /** How many epochs a run takes to a millionth of its first excess loss, and the path until there. */
  function arrival(run, bowl) {
    const path = [], enough = MILLIONTH * theory.excess(bowl, run.start);
    for (const { w, b, loss } of descent.states({ ...run, epochs: MOST })) {
      path.push([w, b, loss]);
      const excess = theory.excess(bowl, [w, b]);
      if (excess <= enough) return { path, epochs: path.length - 1 };
      if (!Number.isFinite(excess)) break;
    }
    return { path, epochs: null };
  }

  // --- What is drawn: each makes axes of a size, and the function that shows what is set -------------------------------

  /** Points, the best line dashed, and with ``boxes`` a square on each error of the line shown. */
  function line(width, height, { run, bowl, named }, { y, boxes = false, moved = -1 }) {
    const plot = new Plot(width, height, { x: span(run.x, 0.1), y, names: ["x", "y"], named });
    const best = plot.add("line", { class: "gd-s-quiet gd-dashed", ...ends(plot, bowl.least_squares) });
    const rects = boxes ? run.x.map(() => plot.add("rect", { class: "gd-s-square" })) : [];
    const dots = run.x.map((x, i) => plot.add("circle", { class: i === moved ? "gd-s-moved" : "gd-s-point", cx: plot.X(x), r: i === moved ? 5 : 2.75 }));
    const shown = plot.add("line", { class: "gd-s-line" });
    return [plot, ({ params, points = run, dashed = bowl.least_squares }) => {
      dots.forEach((dot, i) => set(dot, { cy: plot.Y(points.y[i]) }));
      set(best, ends(plot, dashed));
      set(shown, ends(plot, params));
      squares(plot, rects, points, params);
    }];
  }

  /** The bowl, as wide as a run at the limit swings from its start. */
  function seen_from_above(width, height, { run: { start }, bowl }) {
    const [slow, fast] = theory.modes(bowl, start), corners = [[slow, fast], [slow, -fast], [-slow / 4, fast]];
    const places = corners.map((errors) => theory.params_at(bowl, errors)), window = [0, 1].map((i) => span(places.map((each) => each[i]), 0.2));
    return bowl_axes(width, height, window, bowl, theory.excess(bowl, start) || 1);
  }

  /** A path through the bowl, and where it ends. */
  function walk(plot) {
    const path = plot.add("polyline", { class: "gd-s-path" }), dot = plot.add("circle", { class: "gd-s-dot", r: 4.5 });
    return (states) => {
      const finite = states.filter(([w, b]) => Number.isFinite(w) && Number.isFinite(b)), [w, b] = finite.at(-1);
      set(path, { points: plot.points(finite.slice(0, 1000)) });
      set(dot, { cx: plot.X(w), cy: plot.Y(b) });
    };
  }

  /** A loss by epoch on axes that do not move with it. */
  function curve(width, height, { bowl, run, words }, last) {
    const epochs = new Epochs(last), start = theory.excess(bowl, run.start) + bowl.floor;
    const plot = loss_axes(width, height, epochs, { shown: [bowl.floor || start * MILLIONTH, 100 * start], floor: bowl.floor, words });
    const drawn = plot.add("polyline", { class: "gd-s-loss" }), to_log = log(epochs), states = epochs.drawn;
    const show = (losses) => set(drawn, { points: plot.points(states.filter((t) => t < losses.length).map((t) => to_log([t, losses[t]]))) });
    return [plot, show, epochs];
  }

  // --- The kinds -------------------------------------------------------------------------------------------------------

  const KINDS = {
    line: {
      sliders({ run: { start: [w, b] }, bowl: { least_squares: [best_w, best_b] } }) {
        const room = (start, best) => 1.6 * Math.abs(start - best) || 1;
        return { w: { ...around(best_w, room(w, best_w)), at: w }, b: { ...around(best_b, room(b, best_b)), at: b } };
      },
      draw(width, height, its) {
        const { run } = its, [plot, show] = line(width, height, its, { y: span([...run.y, ...run.x.map((x) => run.start[0] * x + run.start[1])], 0.1), boxes: true });
        return { line: [plot, ({ w, b }) => show({ params: [w, b] })] };
      },
      say({ run }, { w, b }) {
        const errors = run.x.map((x, i) => w * x + b - run.y[i]);
        return { w, b, loss: mean(errors.map((error) => error * error)), sum: errors.reduce((sum, error) => sum + error, 0) };
      },
    },

    point: {
      sliders({ run, at }) {
        const [low, high] = span(run.y, 1);
        return { y: { low, high, at: run.y[at] } };
      },
      fit: ({ run, at }, { y }) => {
        const points = { x: run.x, y: run.y.map((each, i) => (i === at ? y : each)) }, bowl = theory.bowl(points.x, points.y, run.loss);
        return { points, params: bowl.least_squares, loss: bowl.floor };
      },
      draw(width, height, its) {
        const [plot, show] = line(width, height, its, { y: span(its.run.y, 1.1), moved: its.at });
        return { line: [plot, (values) => show(KINDS.point.fit(its, values))] };
      },
      say(its, { y }) {
        const { params: [w, b], loss } = KINDS.point.fit(its, { y });
        return { y, w, b, loss };
      },
    },

    cut: {
      sliders({ run: { start: [w] }, bowl: { least_squares: [best] } }) {
        return { w: { ...around(best, 1.5 * Math.abs(w - best) || 1), at: w } };
      },
      /** Loss and slope at w, where b stays as it was at the start. */
      at({ run: { x, y, start: [, b] } }, w) {
        const errors = x.map((each, i) => w * each + b - y[i]);
        return { loss: mean(errors.map((error) => error * error)), slope: mean(errors.map((error, i) => 2 * error * x[i])) };
      },
      draw(width, height, its) {
        const { low, high } = KINDS.cut.sliders(its).w, places = Array.from({ length: 101 }, (_, i) => low + ((high - low) * i) / 100);
        const losses = places.map((w) => KINDS.cut.at(its, w).loss);
        const plot = new Plot(width, height, { x: [low, high], y: span([0, ...losses], 0.05), names: ["w", "L"] });
        plot.add("polyline", { class: "gd-s-loss", points: plot.points(places.map((w, i) => [w, losses[i]])) });
        const tangent = plot.add("line", { class: "gd-s-path" }), dot = plot.add("circle", { class: "gd-s-dot", r: 4.5 });
        return { cut: [plot, ({ w }) => {
          const { loss, slope } = KINDS.cut.at(its, w);
          set(tangent, ends(plot, [slope, loss - slope * w]));
          set(dot, { cx: plot.X(w), cy: plot.Y(loss) });
        }] };
      },
      say: (its, { w }) => ({ w, ...KINDS.cut.at(its, w) }),
    },

    stop: {
      sliders: ({ bowl: { floor } }) => ({ threshold: { low: MILLIONTH * floor, high: floor, at: floor / 100, isLog: true } }),
      /** The first state whose loss is so near to the one before it. */
      found({ whole: { loss } }, threshold) {
        return loss.findIndex((each, t) => t > 0 && Math.abs(each - loss[t - 1]) < threshold);
      },
      draw(width, height, its) {
        const [plot, show, epochs] = curve(width, height, its, its.whole.epochs);
        show(its.whole.loss);
        const rule = plot.add("line", { class: "gd-s-path", y1: plot.box[1], y2: plot.box[3] });
        return { loss: [plot, ({ threshold }) => {
          const t = KINDS.stop.found(its, threshold), X = t < 0 ? -9 : plot.X(epochs.place(t));
          set(rule, { x1: X, x2: X });
        }] };
      },
      say(its, { threshold }) {
        const { whole, bowl } = its, epoch = KINDS.stop.found(its, threshold);
        if (epoch < 0) return { otherwise: true, epochs: whole.epochs };
        return { epoch, loss: whole.loss[epoch], excess: theory.excess(bowl, [whole.w[epoch], whole.b[epoch]]) };
      },
    },

    rate: {
      sliders({ run, bowl: { critical_learning_rate: limit } }) {
        return { rate: { low: Math.min(limit / 100, run.learning_rate), high: Math.max(3 * limit, run.learning_rate), at: limit / 10, isLog: true, mark: limit } };
      },
      run: (its, { rate }) => (its.made?.rate === rate ? its.made : (its.made = { rate, ...ran({ ...its.run, learning_rate: rate }) })),
      draw(width, height, its) {
        const plot = seen_from_above(width, height, its), go = walk(plot), [axes, show] = curve(width, height, its, its.run.epochs);
        return {
          bowl: [plot, (values) => {
            const { w, b } = KINDS.rate.run(its, values);
            go(Array.from(w.subarray(0, 1000), (each, t) => [each, b[t]]));
          }],
          loss: [axes, (values) => show(KINDS.rate.run(its, values).loss)],
        };
      },
      say(its, { rate }) {
        const { verdict, epochs, loss } = KINDS.rate.run(its, { rate });
        return { rate, share: rate / its.bowl.critical_learning_rate, verdict: its.badge(verdict), epochs, loss: loss.at(-1) };
      },
    },

    unit: {
      sliders: () => ({ factor: { low: 0.01, high: 3, at: 1, isLog: true } }),
      /** The same points and the same first line, in a unit in which each x is another number. */
      run(its, { factor }) {
        if (its.made?.factor === factor) return its.made;
        const { start: [w, b], ...rest } = its.run, run = { ...rest, x: rest.x.map((x) => factor * x), start: [w / factor, b] };
        const bowl = theory.bowl(run.x, run.y, run.loss), rate = bowl.best_learning_rate;
        return (its.made = { factor, run, bowl, rate, ...arrival({ ...run, learning_rate: rate }, bowl) });
      },
      draw(width, height, its) {
        const states = new Epochs(MOST);
        return {
          // Axes of equal units: a round bowl looks round.
          bowl: [null, (values) => {
            const { bowl, run, path } = KINDS.unit.run(its, values), [w, b] = bowl.least_squares;
            const reach = 1.5 * Math.max(Math.abs(run.start[0] - w), Math.abs(run.start[1] - b)) || 1, wide = (reach * (width - 74)) / (height - 46);
            const plot = bowl_axes(width, height, [[w - wide, w + wide], [b - reach, b + reach]], bowl, 2 * theory.excess(bowl, run.start) || 1);
            walk(plot)(path);
            return plot;
          }],
          loss: [null, (values) => {
            const { run, bowl, path } = KINDS.unit.run(its, values), [plot, show] = curve(width, height, { ...its, run, bowl }, states.last);
            show(path.map(([, , loss]) => loss));
            return plot;
          }],
        };
      },
      say(its, values) {
        const { factor, bowl: { eigenvalues: [slow, fast], condition_number: kappa }, rate, epochs } = KINDS.unit.run(its, values);
        return { otherwise: epochs === null, factor, slow, fast, kappa, rate, epochs: epochs ?? MOST };
      },
    },

    momentum: {
      sliders: () => ({ beta: { low: 0, high: 0.96, at: 0 } }),
      run: (its, { beta }) => (its.made?.beta === beta ? its.made : (its.made = { beta, ...arrival({ ...its.run, momentum: beta }, its.bowl) })),
      draw(width, height, its) {
        const plot = seen_from_above(width, height, its), go = walk(plot), [axes, show] = curve(width, height, its, MOST);
        return {
          bowl: [plot, (values) => go(KINDS.momentum.run(its, values).path)],
          loss: [axes, (values) => show(KINDS.momentum.run(its, values).path.map(([, , loss]) => loss))],
        };
      },
      say(its, values) {
        const { beta, epochs } = KINDS.momentum.run(its, values);
        return { otherwise: epochs === null, beta, epochs: epochs ?? MOST };
      },
    },

    product: {
      sliders: () => ({ product: { low: 0, high: 2.4, at: 0.2 } }),
      draw(width, height) {
        const plot = new Plot(width, height, { x: [-2.4, 2.4], y: [0, 2.9], names: ["e", "½e²"] });
        const places = Array.from({ length: 121 }, (_, i) => -2.4 + i / 25);
        plot.add("polyline", { class: "gd-s-loss", points: plot.points(places.map((e) => [e, (e * e) / 2])) });
        const steps = plot.add("polyline", { class: "gd-s-path" }), dots = Array.from({ length: 13 }, () => plot.add("circle", { class: "gd-s-dot", r: 3.5 }));
        return { parabola: [plot, ({ product }) => {
          const errors = dots.map((_, t) => (1 - product) ** t);
          set(steps, { points: plot.points(errors.map((e) => [e, (e * e) / 2])) });
          dots.forEach((dot, t) => set(dot, { cx: plot.X(errors[t]), cy: plot.Y(errors[t] ** 2 / 2) }));
        }] };
      },
      say: (_, { product }) => ({ product, factor: 1 - product }),
    },
  };

  // --- One of them on a page -------------------------------------------------------------------------------------------

  class Touch {
    constructor(root) {
      const { what, run: id, at } = root.dataset;
      Object.assign(this, { root, kind: KINDS[what], its: { at: Number(at), words: root.dataset, badge: (verdict) => this.badge(verdict) } });
      if (id) {
        const { run: { gradient_norm, loss_change, ...run }, named } = gd.data("run", id);
        Object.assign(this.its, { run, named, bowl: theory.bowl(run.x, run.y, run.loss) });
        if (what === "stop") this.its.whole = ran(run);
      }
      this.scales = this.kind.sliders(this.its);
      this.rows = Object.fromEntries([...root.querySelectorAll("[data-slider]")].map((slider) => [slider.dataset.slider, slider]));
      for (const [name, slider] of Object.entries(this.rows)) {
        const { at } = this.scales[name];
        Object.assign(slider, { min: 0, max: POSITIONS, step: 1 });
        slider.value = Math.round(POSITIONS * this.share(name, at));
        slider.addEventListener("input", () => this.ask());
      }
      new ResizeObserver(() => this.draw()).observe(root);
      this.draw();
    }

    badge(verdict) {
      return this.root.querySelector(`[data-badges] [data-verdict="${verdict}"]`).cloneNode(true);
    }

    /** How far along its slider a value stands. */
    share(name, value) {
      const { low, high, isLog } = this.scales[name], as = isLog ? Math.log : Number;
      return (as(value) - as(low)) / (as(high) - as(low));
    }

    get values() {
      return Object.fromEntries(Object.entries(this.rows).map(([name, slider]) => {
        const { low, high, isLog } = this.scales[name], share = slider.value / POSITIONS;
        const value = isLog ? Math.exp(Math.log(low) + share * Math.log(high / low)) : low + share * (high - low);
        return [name, Math.abs(value) < 1e-9 * (high - low) ? 0 : Number(value.toPrecision(4))];
      }));
    }

    /** Once a frame, however fast the slider moves. */
    ask() {
      this.asked ??= requestAnimationFrame(() => {
        this.asked = null;
        this.show();
      });
    }

    draw() {
      const width = Math.floor(this.root.clientWidth);
      if (!width) return;
      const panels = [...this.root.querySelectorAll(".gd-panel")], isBeside = width >= WIDE && panels.length > 1;
      this.drawn = this.kind.draw(isBeside ? Math.floor((width - 16) / 2) : width, width >= WIDE ? 260 : 190, this.its);
      for (const panel of panels) {
        const [plot] = this.drawn[panel.dataset.panel];
        if (plot) panel.replaceChildren(plot.root);
      }
      this.show();
    }

    show() {
      const { values, root } = this;
      for (const panel of root.querySelectorAll(".gd-panel")) {
        const plot = this.drawn[panel.dataset.panel][1](values);
        if (plot) panel.replaceChildren(plot.root);
      }
      for (const [name, slider] of Object.entries(this.rows)) {
        slider.ariaValueText = slider.nextElementSibling.textContent = significant(values[name], 3);
      }
      const { otherwise, ...said } = this.kind.say(this.its, values), isCount = ["epoch", "epochs"];
      const words = Object.entries(said).map(([name, value]) =>
        [name, typeof value === "number" && !isCount.includes(name) ? significant(value) : value]);
      root.querySelector(".gd-readout").replaceChildren(...gd.sentence(root.dataset[otherwise ? "otherwise" : "said"], Object.fromEntries(words)));
    }
  }

  gd.eachPage(() => {
    const near = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        new Touch(target);
      }
    }, { rootMargin: "800px" });
    for (const root of document.querySelectorAll(".gd-touch:not([data-ready])")) {
      root.dataset.ready = "";
      near.observe(root);
    }
  });
}
