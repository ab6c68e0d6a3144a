"use strict";

/**
 * What the lab is set to, as text: in its address, as a scenario, as a script; and points read from text. What comes
 * from outside is bounded and checked number by number. No page is touched here.
 */
const labState = (() => {
  const MOST_POINTS = 200, MOST_EPOCHS = 100_000, MOST_TEXT = 1_000_000;
  const MOST_ADDRESS = 100 * MOST_POINTS;
  const LINE_BREAK = /\r\n?|\n/;
  const LARGEST = 3.4028234663852886e38; // what a scenario may hold, whatever its dtype
  const CHOICES = {
    input: ["as-is", "scale", "center", "center-scale", "standardize"],
    loss: ["mean", "sum", "half", "half_sum"],
    dtype: ["float32", "float64"],
  };
  // What an address need not say.
  const USUAL = { input: "as-is", scale: 0.1, loss: "mean", dtype: "float32", momentum: 0 };

  // --- Numbers ------------------------------------------------------------------------------------------------

  const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

  /** The number that a text is, or null: none, or one that no scenario can hold. */
  function number(text) {
    text = text.trim().replace(/^−/, "-");
    const value = text.length <= 40 && NUMBER.test(text) ? Number(text) + 0 : NaN; // no −0, whose bits are others
    return Math.abs(value) <= LARGEST ? value : null;
  }

  const above0 = (text) => (number(text) > 0 ? number(text) : null);
  const numbers = (text) => {
    const all = text.length <= 50 * MOST_POINTS ? text.split(",").map(number) : [null];
    return all.length <= MOST_POINTS && !all.includes(null) ? all : null;
  };
  const choice = (name) => (text) => (CHOICES[name].includes(text) ? text : null);

  /** From the text of a setting to its value; null where it is none. */
  const READ = {
    x: numbers,
    y: numbers,
    rate: above0,
    epochs: (text) => (/^\d{1,6}$/.test(text.trim()) && text >= 1 && text <= MOST_EPOCHS ? Number(text) : null),
    w: number,
    b: number,
    input: choice("input"),
    scale: above0,
    loss: choice("loss"),
    dtype: choice("dtype"),
    // At 1, as float32 rounds it, a run would swing for ever.
    momentum: (text) => (number(text) !== null && number(text) >= 0 && Math.fround(number(text)) < 1 ? number(text) : null),
  };

  // --- In an address ------------------------------------------------------------------------------------------

  const isUsed = (state, name) => name !== "scale" || state.input.endsWith("scale");

  /** As in "x=1,2,4&y=2,3,5.5&rate=0.1&epochs=200&w=0&b=0", with what is unusual behind it. */
  function written(state) {
    return Object.keys(READ)
      .filter((name) => isUsed(state, name) && state[name] !== USUAL[name])
      .map((name) => `${name}=${state[name]}`)
      .join("&");
  }

  /** The state that a text asks for, null where it asks for none; what it does not say, or says amiss, is the other's. */
  function read(text, otherwise) {
    const asked = {};
    for (const part of text.slice(0, MOST_ADDRESS).replace(/^#/, "").split("&")) {
      const [name, value] = part.split(/=(.*)/s);
      if (!Object.hasOwn(READ, name)) continue;
      try {
        asked[name] = READ[name](decodeURIComponent(value ?? ""));
      } catch {
        asked[name] = null; // a % that escapes nothing
      }
    }
    if (!Object.keys(asked).length) return null;
    if (!asked.x || !asked.y || asked.x.length !== asked.y.length) asked.x = asked.y = null;
    const said = Object.entries(asked).filter(([, value]) => value !== null);
    return { ...otherwise, ...USUAL, ...Object.fromEntries(said) };
  }

  // --- As it is trained on -------------------------------------------------------------------------------------

  /** x as `transform` in generator/descent/points.py makes it, in float64: (x − shift) · factor. */
  function transformed({ x: given, input, scale }) {
    const wide = Float64Array.from(given), mean = (all) => descent.sum(all) / all.length;
    let shift = 0, factor = 1;
    if (input.startsWith("center") || input === "standardize") {
      shift = wide.every((each) => each === wide[0]) ? wide[0] : mean(wide);
    }
    if (input === "standardize") {
      const once = wide.map((each) => each - shift), rest = mean(once);
      const deviation = Math.sqrt(mean(once.map((each) => (each - rest) ** 2)));
      factor = deviation > 0 ? 1 / deviation : 1;
    }
    if (input.endsWith("scale")) factor = scale;
    return { x: wide.map((each) => (each - shift) * factor), shift, factor };
  }

  /** What `descent` runs; null where the points do not fit in the dtype. They are rounded to it once. */
  function run(state) {
    const Numbers = { float32: Float32Array, float64: Float64Array }[state.dtype];
    const x = Array.from(Numbers.from(transformed(state).x)), y = Array.from(Numbers.from(state.y));
    if (![...x, ...y].every(Number.isFinite)) return null;
    const { rate: learning_rate, epochs, dtype, loss, momentum, w, b } = state;
    return { x, y, start: [w, b], learning_rate, epochs, dtype, loss, batch_order: "given", ...(momentum && { momentum }) };
  }

  // --- As a scenario -------------------------------------------------------------------------------------------

  /** With a point or an exponent, so that no reader takes it for a whole number; as short as it can be. */
  const float = (value) => (/[.e]/.test(String(value)) ? String(value) : `${value}.0`);

  const rows = (values) => {
    const texts = values.map(float), lines = [];
    for (let i = 0; i < texts.length; i += 10) lines.push(`    ${texts.slice(i, i + 10).join(", ")},`);
    return lines.join("\n");
  };
  const list = (values) => (values.length > 10 ? `[\n${rows(values)}\n]` : `[${values.map(float).join(", ")}]`);

  /** A TOML file; `address` leads back to the lab. */
  function toml(state, { address, title, verdict }) {
    const input = {
      "as-is": [], scale: [`scale = ${float(state.scale)}`], center: ["center = true"],
      "center-scale": ["center = true", `scale = ${float(state.scale)}`], standardize: ["standardize = true"],
    }[state.input];
    const unusual = ["loss", "dtype"].filter((name) => state[name] !== USUAL[name]).map((name) => `${name} = "${state[name]}"`);
    if (state.momentum) unusual.push(`momentum = ${float(state.momentum)}`);
    return [
      `# ${address}`, `expect = "${verdict}"`, "",
      "[title]", `en = ${JSON.stringify(title)}`, "",
      "[data]", 'source = "points"', `x = ${list(state.x)}`, `y = ${list(state.y)}`, "",
      ...(input.length ? ["[input]", ...input, ""] : []),
      "[training]", `learning_rate = ${float(state.rate)}`, `epochs = ${state.epochs}`,
      `start = { w = ${float(state.w)}, b = ${float(state.b)} }`, ...unusual, "",
    ].join("\n");
  }

  /** What the comment in a scenario says, for `read`; null where there is none. */
  function commented(text) {
    for (const line of text.slice(0, MOST_TEXT).split(LINE_BREAK)) {
      const at = line.lastIndexOf("#"), said = line.slice(at + 1).trimEnd();
      if (at > 0 && line[0] === "#" && said.length <= MOST_ADDRESS && /\bx=\S/.test(said) && !/\s/.test(said)) return said;
    }
    return null;
  }

  // --- As a script ---------------------------------------------------------------------------------------------

  /** 1, 2, 5, 10 … and the last: ten rows, as in `Record.table_epochs`. */
  function table_epochs(last) {
    const round = [];
    for (let size = 1; size < last; size *= 10) round.push(...[size, 2 * size, 5 * size].filter((each) => each < last));
    return [...round.slice(-9), last];
  }

  /**
   * train.py, from the cells that generator/making/takehome.py wrote for each kind of run, in turn text and the name of a hole.
   */
  function python(state, { cells, kinds }) {
    const kind = [state.momentum > 0, state.input !== "as-is", state.loss !== "mean", state.dtype === "float64", state.x.length === 1];
    const transformed = {
      "as-is": "", scale: `scale=${float(state.scale)}`, center: "center=True",
      "center-scale": `scale=${float(state.scale)}, center=True`, standardize: "standardize=True",
    }[state.input];
    const holes = {
      count: state.x.length, rate: float(state.rate), epochs: state.epochs, momentum: float(state.momentum), transformed,
      xs: rows(state.x), ys: rows(state.y), start: `[${float(state.w)}, ${float(state.b)}]`,
      loss_factor: { sum: "float(len(x))", half: "0.5", half_sum: "0.5 * len(x)" }[state.loss],
      table_epochs: `[${table_epochs(state.epochs).join(", ")}]`,
    };
    return kinds[kind.map(Number).join("")].flatMap((cell) => cells[cell].map((part, i) => (i % 2 ? holes[part] : part))).join("");
  }

  // --- Points from text ----------------------------------------------------------------------------------------

  const decimal = (text) => number(text.replace(/^(\s*[+-]?\d*),(\d+(?:e[+-]?\d+)?\s*)$/i, "$1.$2"));
  const bare = (text) => text.trim().replace(/^"(.*)"$/, "$1");
  // How a line is divided, and what its numbers look like; the first way in which most lines are read is the text's.
  const WAYS = [["\t", decimal], [";", decimal], [",", number], [/\s+/, number], [/\s+/, decimal]];

  /** The first two cells of each line as a point, and how many lines are left out; null: there is not one point. */
  function csv(text) {
    const lines = text.slice(0, MOST_TEXT).split(LINE_BREAK).filter((line) => line.trim());
    let best = [];
    for (const [separator, numeral] of WAYS) {
      const cells = lines.map((line) => (separator === "\t" ? line : line.trim()).split(separator, 3).map((cell) => numeral(bare(cell))));
      const points = cells.filter(([x = null, y = null]) => x !== null && y !== null);
      if (points.length > best.length) best = points;
    }
    if (!best.length) return null;
    const kept = best.slice(0, MOST_POINTS);
    return { x: kept.map(([x]) => x), y: kept.map(([, y]) => y), left_out: lines.length - kept.length };
  }

  return Object.freeze({
    MOST_POINTS, MOST_EPOCHS, CHOICES, READ, written, read, transformed, run, toml, commented, table_epochs, python, csv,
  });
})();
