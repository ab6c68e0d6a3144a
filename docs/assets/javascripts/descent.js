"use strict";

/**
 * Descent, to the bit as PyTorch computes it on x86-64 with AVX2 or newer. A Float32Array rounds what it is given, so
 * a `map` is one operation; two in one would be rounded once too few.
 */
const descent = (() => {
  const DTYPES = { float32: Float32Array, float64: Float64Array };
  const LOSS_FACTORS = { mean: () => 1, sum: (n) => n, half: () => 0.5, half_sum: (n) => 0.5 * n };
  const minus = (numbers, others) => numbers.map((each, i) => each - others[i]);

  /** Height of the line at each x: w·x + b. */
  const model = (x, w, b) => x.map((each) => w * each).map((each) => each + b);

  /** Mean squared error: (1/n) Σ (ŷ − y)². */
  function loss_fn(predictions, y, lanes) {
    const squared_errors = minus(predictions, y).map((each) => each * each);
    return y.constructor.of(sum(squared_errors, lanes) / y.length)[0];
  }

  /** How the loss changes with each prediction: dL/dŷ = 2(ŷ − y)/n. */
  function dloss_fn(predictions, y) {
    return minus(predictions, y).map((each) => 2 * each).map((each) => each / y.length);
  }

  /** The gradient of the loss, (∂L/∂w, ∂L/∂b): chain rule, then the sum over the points. */
  function grad_fn(x, y, predictions, lanes) {
    const dloss = dloss_fn(predictions, y);
    return y.constructor.of(sum(dloss.map((each, i) => each * x[i]), lanes), sum(dloss, lanes));
  }

  /**
   * Σ in the order of ATen's SumKernel.cpp, for up to 8 million numbers: rows of lanes go to four accumulators in turn,
   * and every 16 rows these go up a level.
   */
  function sum(numbers, lanes = 32 / numbers.BYTES_PER_ELEMENT) {
    const n = numbers.length, total = new numbers.constructor(1), levels = [];
    if (n < lanes) lanes = 1;
    const add = (level, from, start = 0, count = 4 * lanes) => {
      const to = (levels[level] ??= new numbers.constructor(4 * lanes));
      for (let i = 0; i < count; i++) to[i] += from[start + i];
    };
    let at = 0;
    for (let rows = 1; at + 4 * lanes <= n; rows++, at += 4 * lanes) {
      add(0, numbers, at);
      for (let up = 1; up < 4 && rows % 16 ** up === 0; up++) {
        add(up, levels[up - 1]);
        delete levels[up - 1];
      }
    }
    levels.slice(1).forEach((level) => add(0, level));
    for (; at + lanes <= n; at += lanes) add(0, numbers, at, lanes);
    for (let i = 1; i < 4; i++) add(0, levels[0], i * lanes, lanes);
    for (; at < n; at++) total[0] += numbers[at];
    for (let i = 0; i < lanes; i++) total[0] += levels[0][i];
    return total[0];
  }

  /** The length of a gradient. A fused multiply-add does not round the second square: what was lost comes back. */
  function norm([g0, g1], round) {
    const a = round(g0 * g0), b = g1 * g1, both = a + b, high = Math.fround(g1), low = g1 - high;
    const lost = Math.max(a, b) - both + Math.min(a, b) + (high * high - b + 2 * high * low + low * low);
    return round(Math.sqrt(round(both + lost)));
  }

  /** A torch.Generator of this seed: MT19937. */
  function generator(seed) {
    const state = new Uint32Array(624);
    state[0] = seed;
    for (let i = 1; i < 624; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    let drawn = 0;
    return () => {
      const i = drawn++ % 624;
      let y = (state[i] & 0x80000000) | (state[(i + 1) % 624] & 0x7fffffff);
      y = state[i] = state[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 && 0x9908b0df);
      y ^= y >>> 11;
      y ^= (y << 7) & 0x9d2c5680;
      y ^= (y << 15) & 0xefc60000;
      return (y ^ (y >>> 18)) >>> 0;
    };
  }

  function randperm(n, random) {
    const order = new Uint32Array(n).map((_, i) => i);
    for (let i = 0; i < n - 1; i++) {
      const at = i + (random() % (n - i));
      [order[i], order[at]] = [order[at], order[i]];
    }
    return order;
  }

  /** What cannot be repeated, by its name in the scenario. */
  function refuse(name) {
    throw new RangeError(name);
  }

  /** State 0, 1, …, each when it is asked for. */
  function* states({
    x, y, start, learning_rate, epochs, dtype, loss: convention, momentum = 0, decay = 0, batch_size = 0,
    batch_order, seed, gradient_norm, loss_change, lanes, mistake, ...others
  }) {
    for (const name in mistake ? { mistake } : others) refuse(name);
    const Numbers = DTYPES[dtype] ?? refuse("dtype");
    x = Numbers.from(x);
    y = Numbers.from(y);
    const n = x.length, factor = (LOSS_FACTORS[convention] ?? refuse("loss"))(n);
    const round = (number) => Numbers.of(number)[0];
    const random = { shuffled: generator(seed), given: () => 0 }[batch_order] ?? refuse("batch_order");
    const gradient_at = (x, y, predictions) => grad_fn(x, y, predictions, lanes).map((each) => factor * each);

    let params = Numbers.from(start), velocity = new Numbers(2), previous_loss;
    for (let state = 0; ; state++) {
      const [w, b] = params, predictions = model(x, w, b), loss = round(factor * loss_fn(predictions, y, lanes));
      let gradient = gradient_at(x, y, predictions), stopped_by = state < epochs ? null : "epochs";
      if (Math.abs(loss - previous_loss) < loss_change) stopped_by = "loss_change";
      if (norm(gradient, round) < round(gradient_norm)) stopped_by = "gradient_norm";
      yield { w, b, loss, grad_w: gradient[0], grad_b: gradient[1], stopped_by };
      if (stopped_by) return;
      previous_loss = loss;
      const rate = round(learning_rate / (1 + decay * state)), order = randperm(batch_size && n, random);
      for (let at = 0; at < n; at += batch_size || n) {
        if (batch_size) {
          const [xs, ys] = [x, y].map((each) => Numbers.from(order.subarray(at, at + batch_size), (i) => each[i]));
          gradient = gradient_at(xs, ys, model(xs, ...params));
        }
        velocity = velocity.map((each) => round(momentum) * each).map((each, i) => each + gradient[i]);
        params = minus(params, velocity.map((each) => rate * each));
      }
    }
  }

  /** All states in columns, and what ended them. */
  function descend(run) {
    const all = [...states(run)], columns = {};
    for (const name in all[0]) columns[name] = DTYPES[run.dtype].from(all, (each) => each[name]);
    return { ...columns, stopped_by: all.at(-1).stopped_by };
  }

  return Object.freeze({ model, loss_fn, dloss_fn, grad_fn, sum, generator, randperm, states, descend });
})();
