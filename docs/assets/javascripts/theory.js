"use strict";

/**
 * What generator/runs says before any training, in theory.py, update_rule.py and prediction.py: the same names, the same
 * rules, reasons and sources there. All in doubles; of two directions the slow one stands first.
 */
const theory = (() => {
  const EPS = { float32: 2 ** -23, float64: 2 ** -52 };
  const LARGEST = { float32: 3.4028234663852886e38, float64: Number.MAX_VALUE };
  const CONVERGING = ["glides", "swings", "alternates"];
  const MAX_EPOCHS = 1_000_000, FOR_EVER = 2 ** 53, NEVER = 10 ** 15;
  const DIRECTIONS = [0, 1];

  /** Σ in NumPy's order, in pairs, so that equal eigenvalues come out as equal here as there. */
  function total(numbers) {
    const n = numbers.length, eights = n - (n % 8);
    if (n > 128) {
      const half = (n >> 1) - ((n >> 1) % 8);
      return total(numbers.subarray(0, half)) + total(numbers.subarray(half));
    }
    if (n < 8) return numbers.reduce((sum, each) => sum + each, 0);
    const r = numbers.slice(0, 8);
    for (let i = 8; i < eights; i++) r[i % 8] += numbers[i];
    const eight = r[0] + r[1] + (r[2] + r[3]) + (r[4] + r[5] + (r[6] + r[7]));
    return numbers.subarray(eights).reduce((sum, each) => sum + each, eight);
  }

  const mean = (numbers) => total(numbers) / numbers.length;
  const mean_square = (numbers) => mean(numbers.map((each) => each * each));

  // --- The bowl ---------------------------------------------------------------------------------------------

  /** The loss as a function of (w, b), for x and y as trained on; loss is one of the schema's four conventions. */
  function bowl(x, y, loss = "mean") {
    const xs = Float64Array.from(x), ys = Float64Array.from(y), n = xs.length;
    const factor = (loss.includes("sum") ? n : 1) * (loss.includes("half") ? 0.5 : 1);
    const x_mean = xs.every((each) => each === xs[0]) ? xs[0] : mean(xs), y_mean = mean(ys);
    // The mean of large numbers is itself rounded.
    const off = (numbers, middle) => {
      const once = numbers.map((each) => each - middle), rest = mean(once);
      return once.map((each) => each - rest);
    };
    const x_off = off(xs, x_mean), y_off = off(ys, y_mean), variance = mean_square(x_off);
    let least_squares, residuals;
    if (variance > 0) {
      const weight = mean(x_off.map((each, i) => each * y_off[i])) / variance;
      least_squares = [weight, y_mean - weight * x_mean];
      residuals = x_off.map((each, i) => weight * each - y_off[i]);
    } else {
      const share = y_mean / (x_mean * x_mean + 1);
      least_squares = [share * x_mean, share];
      residuals = y_off;
    }
    const [w, b] = least_squares;
    const terms = xs.map((each, i) => Math.abs(w * each) + Math.abs(b) + Math.abs(ys[i]));

    const second_moment = mean_square(xs);
    const fast = factor * (second_moment + 1 + Math.hypot(second_moment - 1, 2 * x_mean));
    const slow = (4 * factor * factor * variance) / fast;
    const angle = 0.5 * Math.atan2(2 * x_mean, second_moment - 1), across = Math.sin(angle), along = Math.cos(angle);
    return {
      least_squares,
      floor: factor * mean_square(residuals),
      eigenvalues: [slow, fast],
      eigenvectors: [[-across, along], [along, across]], // of each direction, its w and b
      magnitude: factor * mean_square(terms),
      sum_share: factor / n,
      spread: factor * Math.max(mean_square(y_off), 1e-6 * mean_square(ys)),
      condition_number: slow > 0 ? fast / slow : Infinity,
      critical_learning_rate: 2 / fast,
      best_learning_rate: slow > 0 ? 2 / (slow + fast) : 1 / fast,
      one_step_learning_rate: 1 / fast,
    };
  }

  /** The rate and the momentum that are fastest together. */
  function best_pair({ eigenvalues }) {
    const [slow, fast] = eigenvalues.map(Math.sqrt);
    return [4 / (slow + fast) ** 2, ((fast - slow) / (fast + slow)) ** 2];
  }

  /** The error of [w, b] in the directions of the bowl. */
  const modes = ({ least_squares, eigenvectors }, [w, b]) =>
    eigenvectors.map((direction) => (w - least_squares[0]) * direction[0] + (b - least_squares[1]) * direction[1]);

  /** The w and b of such an error. */
  const params_at = ({ least_squares: [w, b], eigenvectors: [[sw, sb], [fw, fb]] }, [slow, fast]) => [
    w + slow * sw + fast * fw,
    b + slow * sb + fast * fb,
  ];

  const excesses_of = ({ eigenvalues }, errors) =>
    eigenvalues.map((eigenvalue, i) => (eigenvalue > 0 ? eigenvalue * 0.5 * (errors[i] * errors[i]) : 0));

  /** How far [w, b] is above the floor, in each direction. */
  const excesses = (bowl, params) => excesses_of(bowl, modes(bowl, params));
  const excess = (bowl, params) => sum(excesses(bowl, params));
  const sum = ([slow, fast]) => slow + fast;

  /** An excess that the dtype cannot tell from nothing. */
  const rounding = (bowl, dtype) => bowl.magnitude * EPS[dtype] ** 2;

  /** The excess in each direction at which it counts as arrived, from what it was at first. */
  const tolerances = (bowl, first, dtype) =>
    first.map((each) => {
      const wanted = Math.max(1e-3 * each, 4 * rounding(bowl, dtype));
      return Math.max(1e-6 * bowl.floor, Math.min(1e-2 * bowl.spread, wanted));
    });

  /** What a run does in its epochs, by the excesses at its start and its end; minibatches have no regime. */
  function verdict(bowl, first, last, regime, dtype, stays = true) {
    const before = sum(first), after = sum(last), enough = tolerances(bowl, first, dtype);
    if (!Number.isFinite(after)) return "diverges";
    if (stays && DIRECTIONS.every((i) => last[i] <= enough[i])) return "converges";
    if (regime === "bounces") return "bounces";
    return !CONVERGING.includes(regime) && after > 1.001 * before ? "diverges" : "crawls";
  }

  // --- The update rule --------------------------------------------------------------------------------------

  /** η, β and d of a [training] table, and what a run in the dtype makes of them. */
  function update_rule({ learning_rate, momentum, decay, dtype }) {
    const stored = dtype === "float32" ? Math.fround : Number;
    const rule = { learning_rate, momentum: momentum ?? 0, decay: decay ?? 0, dtype, eps: EPS[dtype] };
    const rate_of = (epoch) => stored(learning_rate / (1 + rule.decay * epoch));
    return { ...rule, is_plain: !(momentum || decay), rate: rate_of(0), beta: stored(rule.momentum), rate_of };
  }

  const critical_learning_rate = (bowl, { beta }) => (1 + beta) * bowl.critical_learning_rate;
  const best_learning_rate = (bowl, { beta }) => (1 + beta) * bowl.best_learning_rate;

  /** What the rule does for ever in the fast direction. */
  function regime(bowl, { is_plain, rate, beta, decay, eps }) {
    const product = rate * bowl.eigenvalues[1], root = Math.sqrt(beta), share = product / (2 * (1 + beta));
    if (Math.abs(share - 1) <= 4 * eps) return decay ? "alternates" : "bounces";
    if (share > 1) return decay ? "settles" : "explodes";
    if (is_plain) return product <= 1 + 1e-6 ? "glides" : "alternates";
    if (product <= (1 - root) ** 2) return "glides";
    return product < (1 + root) ** 2 ? "swings" : "alternates";
  }

  /** In how many epochs, the first ones, a decaying rate is past the limit. */
  function epochs_past_limit(bowl, rule) {
    if (!rule.decay) return 0;
    const past = Math.max(0, rule.rate / critical_learning_rate(bowl, rule) - 1) / rule.decay;
    return Math.ceil(Math.min(past, NEVER));
  }

  /** The roots of z² − (1 + β − ηλ)z + β, the larger first: each its real part, its imaginary part and its size. */
  function roots({ beta }, eigenvalue, rate) {
    const middle = 1 + beta - rate * eigenvalue, square = middle * middle - 4 * beta;
    if (square < 0) {
      const imaginary = Math.sqrt(-square) / 2, size = Math.hypot(middle / 2, imaginary);
      return [[middle / 2, imaginary, size], [middle / 2, -imaginary, size]];
    }
    const larger = (middle + (middle < 0 ? -1 : 1) * Math.sqrt(square)) / 2, smaller = larger ? beta / larger : 0;
    return [[larger, 0, Math.abs(larger)], [smaller, 0, Math.abs(smaller)]];
  }

  /** What an epoch multiplies the fast direction's excess by in the long run, at the first rate. */
  function growth_factor(bowl, rule) {
    const [, fast] = bowl.eigenvalues;
    if (!rule.momentum) return (1 - rule.rate * fast) ** 2;
    const [[, imaginary, size]] = roots(rule, fast, rule.rate);
    return imaginary ? Math.sqrt(rule.beta) ** 2 : size * size;
  }

  /** Epochs in which the error halves, in each direction; null where the rate decays. */
  function half_lives(bowl, rule) {
    if (rule.decay) return null;
    const lives = bowl.eigenvalues.map((eigenvalue) => (rule.is_plain ? plain_half_life : half_life)(rule, eigenvalue));
    if (regime(bowl, rule) !== "bounces") return lives;
    return [bowl.condition_number === 1 ? Infinity : lives[0], Infinity];
  }

  function plain_half_life({ rate }, eigenvalue) {
    const product = rate * eigenvalue, left = Math.abs(1 - product);
    if (product > 0 && product < 0.5) return Math.log(0.5) / Math.log1p(-product); // or a tiny one keeps few digits
    if (left === 0) return 0;
    return left < 1 ? Math.log(0.5) / Math.log(left) : Infinity;
  }

  function half_life(rule, eigenvalue) {
    const [[larger, imaginary], [smaller]] = roots(rule, eigenvalue, rule.rate);
    if (imaginary) return (2 * Math.log(0.5)) / Math.log(rule.beta);
    if (larger <= 0) return larger <= -1 ? Infinity : Math.log(0.5) / Math.log(-larger);
    const gap = smaller < 1 ? (rule.rate * eigenvalue) / (1 - smaller) : 0; // (1 − z₁)(1 − z₂) = ηλ
    return gap === 0 ? Infinity : Math.log(0.5) / (gap < 0.5 ? Math.log1p(-gap) : Math.log(larger));
  }

  // --- State by state ---------------------------------------------------------------------------------------

  /** What states 0, 1, … have of the first error, an array a direction; of plain descent it is (1 − ηλ)ᵗ. */
  function factors(bowl, rule, epochs) {
    return bowl.eigenvalues.map((eigenvalue) => {
      const made = new Float64Array(epochs + 1).fill(1);
      let error = 1, velocity = 0;
      for (let epoch = 0; epoch < epochs; epoch++) {
        const rate = rule.rate_of(epoch);
        velocity = rule.beta * velocity + eigenvalue * error;
        error = rule.beta ? error - rate * velocity : error * (1 - rate * eigenvalue);
        made[epoch + 1] = Number.isNaN(error) ? Infinity : error; // inf − inf: both have outgrown a double
      }
      return made;
    });
  }

  /** The function from a number of epochs, up to so many, to the errors after them. */
  function errors_by_epoch(bowl, start, rule, epochs) {
    const first = modes(bowl, start), iterated = rule.is_plain ? null : factors(bowl, rule, epochs);
    const factor = (i, t) => (iterated ? iterated[i][t] : (1 - rule.rate * bowl.eigenvalues[i]) ** t);
    return (t) => first.map((error, i) => (error === 0 ? 0 : factor(i, t) * error)); // 0 · inf stays nothing
  }

  /** Likewise, to the excesses. */
  function excesses_by_epoch(bowl, start, rule, epochs) {
    if (rule.is_plain) {
      const errors = errors_by_epoch(bowl, start, rule);
      return (t) => excesses_of(bowl, errors(t));
    }
    const roots = excesses(bowl, start).map(Math.sqrt), iterated = factors(bowl, rule, epochs);
    return (t) => roots.map((root, i) => (root === 0 ? 0 : (root * iterated[i][t]) ** 2));
  }

  const excesses_after = (bowl, start, rule, epochs) => excesses_by_epoch(bowl, start, rule, epochs)(epochs);
  const loss_after = (bowl, start, rule, epochs) => bowl.floor + sum(excesses_after(bowl, start, rule, epochs));

  /** Whether each direction stays within its tolerance, from its errors in the last two states of so many epochs. */
  function stays(bowl, rule, before, now, enough, epochs) {
    const rate = rule.rate_of(epochs - 1);
    if (!rule.momentum || rate >= critical_learning_rate(bowl, rule) || regime(bowl, rule) === "bounces") {
      return [true, true];
    }
    return DIRECTIONS.map((i) => {
      const eigenvalue = bowl.eigenvalues[i], largest = Math.sqrt((2 * enough[i]) / eigenvalue);
      const [[real, imaginary], [, , size]] = roots(rule, eigenvalue, rate), carries = size / Math.max(1 - size, 2 ** -52);
      let last = before[i], error = now[i];
      for (let epoch = 0; eigenvalue > 0 && epoch < MAX_EPOCHS; epoch++) {
        if (!(Math.abs(error) <= largest)) return false;
        if (Math.abs(error) + carries * Math.hypot(error - real * last, imaginary * last) <= largest) return true;
        [last, error] = [error, error - rate * eigenvalue * error + rule.beta * (error - last)];
      }
      return eigenvalue === 0;
    });
  }

  function stays_after(bowl, start, rule, epochs) {
    if (!rule.momentum) return [true, true];
    const errors = errors_by_epoch(bowl, start, rule, epochs), enough = tolerances(bowl, excesses(bowl, start), rule.dtype);
    return stays(bowl, rule, errors(epochs - 1), errors(epochs), enough, epochs);
  }

  /** Whether w, b or a sum in the gradient overflows at once, or before a decaying rate has come within its limit. */
  function breaks(bowl, start, rule, epochs) {
    if (rule.is_plain) epochs = Math.min(epochs, 1); // at a constant rate only the first step can do that
    const errors = errors_by_epoch(bowl, start, rule, epochs), [slow, fast] = bowl.eigenvectors;
    const fits = (number) => Math.abs(number) <= LARGEST[rule.dtype];
    for (let t = 0; t <= epochs; t++) {
      const [s, f] = errors(t), [gs, gf] = [s * bowl.eigenvalues[0], f * bowl.eigenvalues[1]];
      for (const i of DIRECTIONS) {
        if (!fits(bowl.least_squares[i] + (s * slow[i] + f * fast[i]))) return true;
        if (!fits((gs * slow[i] + gf * fast[i]) / (2 * bowl.sum_share))) return true;
      }
    }
    return false;
  }

  // --- When -------------------------------------------------------------------------------------------------

  /** The first whole number for which a condition holds that, once true, stays true; or null. */
  function first_that(holds) {
    let low = 0, high = 1;
    while (high < FOR_EVER && !holds(high)) high *= 2;
    while (low < high) {
      const middle = Math.floor(low + (high - low) / 2);
      if (holds(middle)) high = middle;
      else low = middle + 1;
    }
    return holds(low) ? low : null;
  }

  function* horizons(epochs) {
    for (; epochs < MAX_EPOCHS; epochs *= 8) yield epochs;
    yield MAX_EPOCHS;
  }

  /** How many epochs until both directions have arrived, and stay; null: never. Not asked of a rate that breaks. */
  function epochs_to_arrival(bowl, start, rule, epochs) {
    const enough = tolerances(bowl, excesses(bowl, start), rule.dtype), ever = regime(bowl, rule);
    if (rule.is_plain) {
      const at = excesses_by_epoch(bowl, start, rule), there = (i) => (t) => at(t)[i] <= enough[i];
      const slow = first_that(there(0)), fast = CONVERGING.includes(ever) ? first_that(there(1)) : 0;
      if (slow === null || fast === null) return null;
      const both = Math.max(slow, fast);
      return DIRECTIONS.every((i) => there(i)(both)) ? both : null;
    }
    for (const horizon of [...CONVERGING, "settles"].includes(ever) ? horizons(epochs) : [epochs]) {
      const at = excesses_by_epoch(bowl, start, rule, horizon);
      const is_away = (t) => at(t).some((each, i) => each > enough[i]);
      if (is_away(horizon) || !stays_after(bowl, start, rule, horizon).every(Boolean)) continue;
      let t = horizon;
      while (t > 0 && !is_away(t - 1)) t--;
      return t;
    }
    return null;
  }

  /** The first epoch that starts from a loss of inf; null: none. */
  function overflow_epoch(bowl, start, rule, epochs) {
    const largest = LARGEST[rule.dtype] * bowl.sum_share, explodes = regime(bowl, rule) === "explodes";
    if (rule.is_plain) {
      const at = excesses_by_epoch(bowl, start, rule), state = first_that((t) => bowl.floor + sum(at(t)) > largest);
      return bowl.floor + sum(at(0)) > largest ? 1 : state === null ? null : state + 1;
    }
    for (const horizon of explodes ? horizons(epochs) : [epochs]) {
      const at = excesses_by_epoch(bowl, start, rule, horizon);
      for (let t = 0; t <= horizon; t++) if (bowl.floor + sum(at(t)) > largest) return t + 1;
    }
    return null;
  }

  // --- The prediction ---------------------------------------------------------------------------------------

  /** By how much a number of the dtype differs from the next. */
  function spacing(number, dtype) {
    const numbers = (dtype === "float32" ? Float32Array : Float64Array).of(number), [rounded] = numbers;
    new (dtype === "float32" ? Uint32Array : BigUint64Array)(numbers.buffer)[0]++;
    return numbers[0] - rounded;
  }

  /** The verdict of this start; then of those that the dtype cannot tell from it, and of a run that stands still. */
  function* verdicts(bowl, start, rule, epochs) {
    const ever = regime(bowl, rule), first = excesses(bowl, start), { dtype, eps } = rule;
    const stay = stays_after(bowl, start, rule, epochs).every(Boolean);
    const judged = (begun, ended) => verdict(bowl, begun, ended, ever, dtype, stay);
    if (breaks(bowl, start, rule, epochs)) {
      yield "diverges";
      return;
    }
    yield judged(first, excesses_after(bowl, start, rule, epochs));
    if (ever === "settles" && overflow_epoch(bowl, start, rule, epochs) !== null) yield "diverges";

    const unsure = 4 * (rounding(bowl, dtype) + eps * eps * sum(first));
    const iterated = rule.is_plain ? null : factors(bowl, rule, epochs);
    const last = DIRECTIONS.map((i) =>
      iterated ? iterated[i][epochs] ** 2 : Math.abs(1 - rule.rate * bowl.eigenvalues[i]) ** (2 * epochs),
    );
    const highest = last.map((each, i) =>
      iterated ? iterated[i].reduce((most, one) => Math.max(most, Math.abs(one)), 0) ** 2 : Math.max(1, each),
    );
    const standstill = bowl.eigenvalues.map((eigenvalue, i) => {
      const [of_w, of_b] = bowl.eigenvectors[i].map(Math.abs), most = of_b > of_w ? 1 : 0;
      const step = (rule.rate_of(epochs - 1) / (1 - rule.beta)) * eigenvalue * Math.max(of_w, of_b);
      const place = spacing(Math.max(Math.abs(start[most]), Math.abs(bowl.least_squares[most])), dtype);
      return (eigenvalue / 2) * (place / (step > 0 ? step : 1)) ** 2;
    });
    const grown = (begun, by) => begun.map((each, i) => (each === 0 ? 0 : each * by[i]));
    for (const slow of [-unsure, 0, unsure]) {
      for (const fast of [-unsure, 0, unsure]) {
        const begun = [Math.max(first[0] + slow, 0), Math.max(first[1] + fast, 0)];
        for (const leak of [0, 4 * eps * eps * sum(grown(begun, highest))]) {
          const ended = grown(begun, last).map((each) => each + leak);
          yield judged(begun, ended);
          yield judged(begun, ended.map((each, i) => Math.max(each, Math.min(standstill[i], begun[i]))));
        }
      }
    }
  }

  /** What descent by this rule, along the gradient of all points, will do from start, [w, b], in so many epochs. */
  function predict(bowl, start, rule, epochs) {
    const possible = new Set(verdicts(bowl, start, rule, epochs)), [verdict] = possible;
    if (possible.has("converges") && possible.has("diverges")) possible.add("crawls"); // what lies between
    const enough = tolerances(bowl, excesses(bowl, start), rule.dtype), stay = stays_after(bowl, start, rule, epochs);
    const ended = excesses_after(bowl, start, rule, epochs);
    return {
      regime: regime(bowl, rule),
      verdict,
      possible: [...possible], // more than one: rounding decides
      arrived: ended.map((each, i) => each <= enough[i] && stay[i]),
      critical_learning_rate: critical_learning_rate(bowl, rule),
      best_learning_rate: best_learning_rate(bowl, rule),
      growth_factor: growth_factor(bowl, rule),
      half_lives: half_lives(bowl, rule),
      epochs_past_limit: epochs_past_limit(bowl, rule),
    };
  }

  /** The verdict of a run that was made, by the same rule, from the columns w and b of its states. */
  function measured(bowl, rule, { w, b }, is_full_batch = true) {
    const at = (state) => [w.at(state), b.at(state)], first = excesses(bowl, at(0)), { dtype } = rule;
    const ever = is_full_batch ? regime(bowl, rule) : null, [before, now] = [at(-2), at(-1)].map((p) => modes(bowl, p));
    const is_known = is_full_batch && w.length > 1 && [...before, ...now].every(Number.isFinite);
    const stay = is_known ? stays(bowl, rule, before, now, tolerances(bowl, first, dtype), w.length - 1) : [true];
    return verdict(bowl, first, excesses(bowl, at(-1)), ever, dtype, stay.every(Boolean));
  }

  return Object.freeze({
    bowl, best_pair, modes, params_at, excess, excesses, rounding, tolerances, verdict, update_rule, critical_learning_rate,
    best_learning_rate, regime, epochs_past_limit, growth_factor, half_lives, excesses_by_epoch, excesses_after, loss_after, stays, breaks,
    epochs_to_arrival, overflow_epoch, predict, measured,
  });
})();
