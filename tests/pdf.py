"""What stands in a PDF that Chromium wrote: page by page its text and the size of its type; where its links lead."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field

OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.S)
SHOWN = re.compile(rb"/F(\d+) ([\d.]+) Tf|<([0-9A-F]*)> Tj")
CSS_PIXEL = 0.75  # points: Chromium writes sizes in those of the page, and scales them so


@dataclass
class Sheet:
    """One page: its text in the order in which it was painted, and each run of it with its size in points."""

    width: float  # points
    height: float
    runs: list[tuple[str, float]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(" ".join(text for text, _ in self.runs).split())

    @property
    def solid(self) -> str:
        """Without spaces: words are painted in pieces."""
        return re.sub(r"\s", "", self.text)


def sheets(content: bytes) -> list[Sheet]:
    objects = {int(found[1]): found[2] for found in OBJECT.finditer(content)}
    letters: dict[int, dict[str, str]] = {}
    for number, of_font in objects.items():
        if found := re.search(rb"/ToUnicode (\d+) 0 R", of_font):
            letters[number] = _letters(_stream(objects[int(found[1])]))
    pages = []
    for page in _pages(objects):
        box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page)
        painted = re.search(rb"/Contents (\d+) 0 R", page)
        assert box, "as Chromium writes it"
        assert painted, "as Chromium writes it"
        sheet = Sheet(float(box[1]), float(box[2]))
        font, size = 0, 0.0
        for found in SHOWN.finditer(_stream(objects[int(painted[1])])):
            if found[1]:
                font, size = int(found[1]), float(found[2]) * CSS_PIXEL
            elif found[3]:
                codes = found[3].decode()
                text = "".join(letters[font].get(codes[at : at + 4], "�") for at in range(0, len(codes), 4))
                sheet.runs.append((text, size))
        pages.append(sheet)
    return pages


def links(content: bytes) -> list[str]:
    return [found[1].decode() for found in re.finditer(rb"/URI \(([^)]*)\)", content)]


def _pages(objects: dict[int, bytes]) -> list[bytes]:
    """In their order, which the tree of pages has."""
    top = next(each for each in objects.values() if b"/Type /Catalog" in each)
    found = re.search(rb"/Pages (\d+) 0 R", top)
    assert found
    waiting, pages = [int(found[1])], []
    while waiting:
        each = objects[waiting.pop(0)]
        if kids := re.search(rb"/Kids \[([^\]]*)\]", each):
            waiting[:0] = [int(kid) for kid in re.findall(rb"(\d+) 0 R", kids[1])]
        else:
            pages.append(each)
    return pages


def _stream(of: bytes) -> bytes:
    begin = of.index(b"stream\n") + len(b"stream\n")
    return zlib.decompress(of[begin : of.rindex(b"\nendstream")])


def _letters(cmap: bytes) -> dict[str, str]:
    """Of a font, what each of its codes stands for."""
    found: dict[str, str] = {}
    for block in re.findall(rb"beginbfchar\n(.*?)endbfchar", cmap, re.S):
        for code, letter in re.findall(rb"<(\w{4})> <(\w+)>", block):
            found[code.decode()] = bytes.fromhex(letter.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange\n(.*?)endbfrange", cmap, re.S):
        for first, last, letter in re.findall(rb"<(\w{4})> <(\w{4})> <(\w{4})>", block):
            for step in range(int(last, 16) - int(first, 16) + 1):
                found[f"{int(first, 16) + step:04X}"] = chr(int(letter, 16) + step)
    return found
