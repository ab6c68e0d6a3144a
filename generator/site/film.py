"""What moves, as a script: a page may load that from a file and into a sandboxed frame, where it may fetch nothing.

`docs/assets/javascripts/player.js` asks for it, once somebody is to see a frame.
"""

from __future__ import annotations

import json
from base64 import b64encode

ENDING = ".frames.js"


def script(light: bytes, dark: bytes) -> bytes:
    """The frames of a GIF and, since its dark twin is the same but for the palette, the beginning of that."""
    palette_end = 13 + 3 * 2 ** ((dark[10] & 7) + 1)
    frames = {"gif": _text(light), "dark": _text(dark[:palette_end])}
    return f"Object.assign(document.currentScript, {json.dumps(frames)});\n".encode()


def _text(file: bytes) -> str:
    return b64encode(file).decode("ascii")
