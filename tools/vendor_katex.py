"""Vendor KaTeX, which typesets the formulas of a page (`make katex`): script, styles, fonts, licence."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from npm import unpacked

VERSION = "0.19.1"
TARGET = Path(__file__).parent.parent / "docs" / "assets" / "vendor" / "katex"


def main() -> None:
    shutil.rmtree(TARGET, ignore_errors=True)
    (TARGET / "fonts").mkdir(parents=True)
    with unpacked("katex", VERSION) as package:
        for font in (package / "dist" / "fonts").glob("*.woff2"):
            shutil.copyfile(font, TARGET / "fonts" / font.name)
        shutil.copyfile(package / "dist" / "katex.min.js", TARGET / "katex.min.js")
        shutil.copyfile(package / "LICENSE", TARGET / "LICENSE")
        # Every browser that can run the page reads WOFF2.
        css = (package / "dist" / "katex.min.css").read_text()
        (TARGET / "katex.min.css").write_text(re.sub(r',url\([^)]*\.(woff|ttf)\) format\("\w+"\)', "", css))


if __name__ == "__main__":
    main()
