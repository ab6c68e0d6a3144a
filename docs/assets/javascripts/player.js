"use strict";

/**
 * Animated figures. Each shows its last frame until it is scrolled into view, then plays once; a button pauses and
 * replays, and a slider goes through the frames. Who prefers less motion sees it move only when asked.
 *
 * A GIF in an <img> can be neither paused nor stepped, so its frames are drawn on a canvas. A script brings it, for a script
 * is loaded from a file and into a frame, too. Where none comes, the <img> plays, and "pause" goes back to the last frame.
 */
const sleep = (ms) => new Promise((wake) => setTimeout(wake, ms));

/** The frames of a GIF on a canvas, in the colours of either theme. */
class Film {
  constructor({ gif, dark }) {
    const [light, head] = [gif, dark].map((text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)));
    this.gif = new Gif(light);
    this.colours = { light: Gif.colours(light), dark: Gif.colours(head) };
  }

  draw(index, theme, canvas) {
    const { width, height } = this.gif, colours = this.colours[theme];
    if (canvas.hidden) Object.assign(canvas, { width, height, hidden: false });
    this.image ??= new ImageData(width, height);
    const seen = new Uint32Array(this.image.data.buffer), pixels = this.gif.frame(index);
    for (let i = 0; i < seen.length; i++) seen[i] = colours[pixels[i]];
    canvas.getContext("2d").putImageData(this.image, 0, 0);
  }
}

class Player {
  turn = 0; // grows with every order of the reader: what an earlier order began, stops
  plays = 0;
  playing = false;

  constructor(figure) {
    this.delays = figure.dataset.delays.split(",").map(Number);
    this.epochs = figure.dataset.epochs?.split(",");
    this.figure = figure;
    this.images = [...figure.querySelectorAll(":scope > picture > img")];
    this.last = this.delays.length - 1;
    this.at = this.last;

    // One of the images is shown, the one that fits the theme; only that one is ever loaded.
    for (const image of this.images) image.dataset.gif = image.src.replace(/\.png$/, ".gif");
    this.rest();

    this.canvas = gd.element("canvas", { hidden: true, ariaHidden: "true" });
    this.button = gd.element("button", { type: "button", onclick: () => (this.playing ? this.pause() : this.play()) });
    this.slider = gd.element("input", { type: "range", max: this.last, ariaLabel: gd.word("frame") });
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
    this.label = gd.element("span", { ariaHidden: "true" });
    (figure.querySelector(":scope > noscript") ?? this.images.at(-1).parentElement).after(
      this.canvas,
      gd.element("div", { className: "gd-player" }, this.button, this.slider, this.label),
    );
    this.show();
  }

  get shownImage() {
    return this.images.find((image) => image.checkVisibility()) ?? this.images[0];
  }

  /** Show the last frame, as a still; where that would give an answer away, the first. */
  rest() {
    const isHeldBack = this.turn === 0 && gd.isHeldBack(this.figure);
    if (isHeldBack) this.at = 0;
    gd.showStill(this.figure, Boolean(isHeldBack));
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

  /** The frames, once they are asked for; null where they do not come. */
  film() {
    const load = async () => {
      const script = gd.element("script", { src: this.images[0].dataset.gif.replace(/gif$/, "frames.js") });
      try {
        await new Promise((done, failed) => {
          Object.assign(script, { onload: done, onerror: failed });
          document.head.append(script);
        });
        return new Film(script);
      } catch {
        this.isBare = true;
        this.slider.remove();
        this.label.remove();
        return null;
      } finally {
        script.remove();
      }
    };
    return (this.loaded ??= load());
  }

  async play() {
    const turn = ++this.turn;
    this.plays++;
    this.playing = true;
    this.show();
    try {
      const film = await this.film();
      if (turn === this.turn) await (film ? this.playFrames(film, turn) : this.playImage());
    } finally {
      if (turn === this.turn) this.pause();
    }
  }

  pause() {
    this.turn++;
    this.playing = false;
    if (this.isBare) {
      this.at = this.last;
      this.rest();
    }
    this.show();
  }

  async seek(index) {
    this.pause();
    const turn = this.turn, film = await this.film();
    if (film && turn === this.turn) this.draw(film, index);
  }

  async playFrames(film, turn) {
    let index = this.at === this.last ? 0 : this.at;
    this.draw(film, index);
    let due = performance.now();
    while (index < this.last) {
      due += this.delays[index];
      await sleep(due - performance.now());
      if (turn !== this.turn) return;
      this.draw(film, ++index);
    }
  }

  playImage() {
    // A browser may keep one clock for all images of one address: a new query starts the GIF anew.
    const image = this.shownImage;
    image.src = image.previousElementSibling.srcset = `${image.dataset.gif}?${this.plays}`;
    return sleep(this.delays.reduce((sum, delay) => sum + delay));
  }

  draw(film, index) {
    const image = this.shownImage;
    film.draw(index, image.matches(".gd-dark") ? "dark" : "light", this.canvas);
    this.at = index;
    // Of the end a telephone has a still that can be read.
    if (index === this.last && image.currentSrc.includes(".narrow.")) {
      this.rest();
      this.canvas.hidden = true;
    }
    this.show();
  }

  /** The theme has changed: the frame on the canvas is of the other one. */
  redraw() {
    if (this.isBare) this.pause();
    else if (!this.playing && !this.canvas.hidden) this.seek(this.at);
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
  for (const figure of document.querySelectorAll(".gd-figure[data-delays]:not([data-run], :has(.gd-player))")) {
    players.set(figure, new Player(figure));
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) continue;
    gd.whenFree(figure, () => scrolledIntoView.observe(figure));
  }
});

new MutationObserver(() => players.forEach((player) => player.redraw())).observe(document.body, {
  attributeFilter: ["data-md-color-scheme"],
});
