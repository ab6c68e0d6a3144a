"use strict";

/**
 * Animated figures. Each shows its last frame until it is scrolled into view, then plays once; a button pauses and
 * replays, and a slider goes through the frames. Who prefers less motion sees it move only when asked.
 *
 * A GIF in an <img> can be neither paused nor stepped, so its frames are decoded and drawn on a canvas. Where the
 * browser cannot do that (Safari; pages opened as files), the <img> plays, and "pause" goes back to the last frame.
 */
const canDecode = "ImageDecoder" in window && location.protocol !== "file:";

const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

class Player {
  turn = 0; // grows with every order of the reader: what an earlier order began, stops
  plays = 0;
  playing = false;
  decoders = new Map();

  constructor(figure) {
    this.delays = figure.dataset.delays.split(",").map(Number);
    this.epochs = figure.dataset.epochs?.split(",");
    this.images = [...figure.querySelectorAll("img[src$='.gif']")];
    this.last = this.delays.length - 1;
    this.at = this.last;

    // One of the images is shown, the one that fits the theme; only that one is ever loaded.
    for (const image of this.images) image.dataset.gif = image.src;
    this.rest();

    this.canvas = gd.element("canvas", { hidden: true, ariaHidden: "true" });
    this.button = gd.element("button", { type: "button", onclick: () => (this.playing ? this.pause() : this.play()) });
    this.slider = gd.element("input", { type: "range", max: this.last, ariaLabel: gd.word("frame") });
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
    this.label = gd.element("span", { ariaHidden: "true" });
    const steps = canDecode ? [this.slider, this.label] : [];
    this.images.at(-1).after(
      this.canvas,
      gd.element("div", { className: "gd-player" }, this.button, ...steps),
    );
    this.show();
  }

  get shownImage() {
    return this.images.find((image) => image.checkVisibility()) ?? this.images[0];
  }

  /** Show the last frame, as a still. */
  rest() {
    for (const image of this.images) {
      const still = image.dataset.gif.replace(/\.gif$/, ".png");
      if (image.src !== still) image.src = still;
    }
  }

  /** The button and the slider say how things stand. */
  show() {
    const next = this.playing ? "pause" : this.plays && this.at === this.last ? "replay" : "play";
    this.button.textContent = gd.word(next);
    this.button.dataset.next = next;
    const place = this.epochs ? `${gd.word("epoch")} ${this.epochs[this.at]}` : `${this.at + 1} / ${this.last + 1}`;
    this.slider.value = this.at;
    this.slider.ariaValueText = place;
    this.label.textContent = place;
  }

  async play() {
    const turn = ++this.turn;
    this.plays++;
    this.playing = true;
    this.show();
    try {
      await (canDecode ? this.playFrames(turn) : this.playImage());
    } finally {
      if (turn === this.turn) this.pause();
    }
  }

  pause() {
    this.turn++;
    this.playing = false;
    if (!canDecode) this.rest();
    this.show();
  }

  seek(index) {
    this.pause();
    return this.draw(index, this.turn);
  }

  async playFrames(turn) {
    let index = this.at === this.last ? 0 : this.at;
    await this.draw(index, turn);
    let due = performance.now();
    while (index < this.last && turn === this.turn) {
      due += this.delays[index];
      await sleep(due - performance.now());
      await this.draw(++index, turn);
    }
  }

  playImage() {
    // A browser may keep one clock for all images of one address: a new query starts the GIF anew.
    const image = this.shownImage;
    image.src = `${image.dataset.gif}?${this.plays}`;
    return sleep(this.delays.reduce((sum, delay) => sum + delay));
  }

  async draw(index, turn) {
    const decoder = await this.decoder(this.shownImage.dataset.gif);
    const { image } = await decoder.decode({ frameIndex: index });
    if (turn === this.turn) {
      if (this.canvas.hidden) {
        Object.assign(this.canvas, { width: image.displayWidth, height: image.displayHeight, hidden: false });
      }
      this.canvas.getContext("2d").drawImage(image, 0, 0);
      this.at = index;
      this.show();
    }
    image.close();
  }

  decoder(address) {
    const open = async () => {
      const data = await (await fetch(address)).arrayBuffer();
      const decoder = new ImageDecoder({ data, type: "image/gif" });
      await decoder.completed;
      return decoder;
    };
    if (!this.decoders.has(address)) this.decoders.set(address, open());
    return this.decoders.get(address);
  }

  /** The theme has changed: the frame on the canvas is of the other one. */
  redraw() {
    if (!canDecode) this.pause();
    else if (!this.playing && !this.canvas.hidden) this.draw(this.at, this.turn);
  }
}

const players = new Map();

const scrolledIntoView = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting, intersectionRatio, intersectionRect } of entries) {
      if (!isIntersecting || (intersectionRatio < 0.6 && intersectionRect.height < innerHeight / 2)) continue;
      scrolledIntoView.unobserve(target);
      const player = players.get(target);
      if (player.turn === 0) player.play();
    }
  },
  { threshold: [0.2, 0.4, 0.6, 0.8] },
);

gd.eachPage(() => {
  players.forEach((_, figure) => figure.isConnected || players.delete(figure));
  for (const figure of document.querySelectorAll(".gd-figure[data-delays]:not(:has(.gd-player))")) {
    players.set(figure, new Player(figure));
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) scrolledIntoView.observe(figure);
  }
});

new MutationObserver(() => players.forEach((player) => player.redraw())).observe(document.body, {
  attributeFilter: ["data-md-color-scheme"],
});
