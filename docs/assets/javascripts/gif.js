"use strict";

/**
 * A GIF as the generator writes it, frame by frame, in pixels that are indices of a palette: its first block is the whole
 * picture, each later one a rectangle of what changes.
 */
class Gif {
  static KEPT = 4; // of so many frames one is kept whole, for the way back

  constructor(bytes) {
    const view = new DataView(bytes.buffer), u16 = (at) => view.getUint16(at, true);
    Object.assign(this, { bytes, width: u16(6), height: u16(8), blocks: [], kept: [], at: -1 });
    this.pixels = new Uint8Array(this.width * this.height);
    const past = (at) => { // sub-blocks, down to an empty one
      while (bytes[at]) at += bytes[at] + 1;
      return at + 1;
    };
    let at = 13 + 3 * Gif.colours(bytes).length, unchanged;
    while (bytes[at] !== 0x3b) {
      if (bytes[at] === 0x21) {
        if (bytes[at + 1] === 0xf9) unchanged = bytes[at + 6];
        at = past(at + 2);
      } else {
        const [left, top, width, height] = [1, 3, 5, 7].map((offset) => u16(at + offset));
        this.blocks.push({ left, top, width, height, unchanged, data: at + 10 });
        at = past(at + 11);
      }
    }
  }

  /** The palette, a pixel a colour, of a GIF or of its beginning. */
  static colours(bytes) {
    const pixels = new Uint8Array(4 * 2 ** ((bytes[10] & 7) + 1)).fill(255);
    for (let i = 0; 4 * i < pixels.length; i++) pixels.set(bytes.subarray(13 + 3 * i, 16 + 3 * i), 4 * i);
    return new Uint32Array(pixels.buffer);
  }

  /** All pixels of a frame; the next call may change them. */
  frame(index) {
    if (index < this.at) {
      this.at = index - (index % Gif.KEPT);
      this.pixels.set(this.kept[this.at / Gif.KEPT]);
    }
    while (this.at < index) {
      this.change(this.blocks[++this.at]);
      if (this.at % Gif.KEPT === 0) this.kept[this.at / Gif.KEPT] ??= this.pixels.slice();
    }
    return this.pixels;
  }

  change({ left, top, width, height, unchanged, data }) {
    const drawn = this.decompressed(data, width * height);
    for (let y = 0, from = 0; y < height; y++) {
      const row = (top + y) * this.width + left;
      for (let x = 0; x < width; x++, from++) if (drawn[from] !== unchanged) this.pixels[row + x] = drawn[from];
    }
  }

  /** LZW: each code is a pixel, or stands for pixels that are there already and the one behind them. */
  decompressed(at, count) {
    const { bytes } = this, drawn = new Uint8Array(count), bits = bytes[at++], clear = 2 ** bits;
    const starts = new Uint32Array(4096), lengths = new Uint32Array(4096); // of what a code stands for, in what is drawn
    let size, next, start, length, end = 0, left = bytes[at++], buffer = 0, filled = 0;
    const reset = () => ([size, next, length] = [bits + 1, clear + 2, 0]);
    reset();
    while (end < count) {
      while (filled < size) {
        buffer |= bytes[at++] << filled;
        filled += 8;
        if (--left === 0) left = bytes[at++];
      }
      const code = buffer & (2 ** size - 1);
      buffer >>>= size;
      filled -= size;
      if (code === clear) {
        reset();
        continue;
      }
      if (code === clear + 1) break;
      if (length && next < 4096) {
        starts[next] = start;
        lengths[next] = length + 1;
        if (++next === 2 ** size && size < 12) size++;
      }
      start = end;
      length = code < clear ? 1 : lengths[code];
      if (code < clear) drawn[end++] = code;
      else for (let from = starts[code], stop = end + length; end < stop; ) drawn[end++] = drawn[from++];
    }
    return drawn;
  }
}
