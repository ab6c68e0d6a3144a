"""Subset the typeface that pages and pictures share, and the one that formulas are set in (`make fonts`).

Inter (SIL Open Font License, no reserved name), cut down to the characters we print, with tabular digits as
its only digits and with larger indices, as TrueType for Matplotlib and WOFF2 for the page. Two signs that Inter
lacks, ∇ and ◐, are made of ones that it has. STIX Two Math (SIL Open Font License) keeps its MATH table, which
tells a browser how to build fractions, roots and brackets of any size.
"""

from __future__ import annotations

import math
import shutil
from pathlib import Path

from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from npm import unpacked

VERSION = "4.1.1"
VERSION_OF_STIX = "5.3.0"
FACES = {"inter-regular": "Inter-Regular", "inter-italic": "Inter-Italic", "inter-semibold": "Inter-SemiBold"}

ROOT = Path(__file__).parent.parent
FOR_PICTURES = ROOT / "generator" / "figures" / "fonts"
FOR_PAGES = ROOT / "docs" / "assets" / "fonts"

FULL, RAISED, LOWERED = "0123456789+−=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎"
INDEX = 0.72  # of the full size. Inter's own have 0.55: those of 10⁻³ in a picture cannot be read on a telephone.
RAISED_BY, LOWERED_BY = 0.5, -0.28  # of the height of a digit
LATIN = {*range(0x20, 0x7F), *range(0xA0, 0x180)}
GREEK = {*range(0x391, 0x3A2), *range(0x3A3, 0x3AA), *range(0x3B1, 0x3CA)}
SIGNS = (
    "\u0302\u0304"  # ŷ and x̄ on any letter
    "\u2007\u2009\u202f"  # figure space, thin spaces
    "–—‘’“”…•′″"
    "€₹₺₽₩₫₱₪₴‰"  # units that people measure in, beside those of Latin
    f"{RAISED}{LOWERED}"
    "−×·÷±≈≤≥≠∞√∑∏∫∂∆∇"
    "←↑→↓↔⇒●○◐▲△▶■◆"
)

# A browser sets <mi>x</mi> in italics, which have characters of their own; capital Greek is upright, as TeX has it.
IN_FORMULAS = (
    {*range(0x20, 0x7F), 0xA0, *range(0x391, 0x3A2), *range(0x3A3, 0x3AA)}
    | ({*range(0x1D400, 0x1D468)} - {0x1D455}) | {*range(0x1D6FC, 0x1D71C)}  # bold and italic; italic small Greek
    | set(map(ord, "𝜕ℎℓℒℝℕℤℚℂ𝔼𝟙"))
    | set(map(ord, "¬±×÷·′″‴‾…⋯⋮⋱†‡ˆ¯˙˜¨‖⟨⟩⌈⌉⌊⌋∣∥⏞⏟\u0302\u0303\u0304\u0307\u0308\u20d7"))
    | set(map(ord, "−∓∗∘∙√∝∞∂∇∆∑∏∫∈∉∋⊂⊆∪∩∅∀∃∧∨⊕⊗⊤⊥⋅∼≃≅≈≠≡≤≥≪≫≺≻←↑→↓↔⇐⇒⇔↦⟵⟶⟹"))
)  # fmt: skip


def freeze_tabular_digits(font: TTFont) -> None:
    """Every digit as wide as any other, without a feature to ask for: Matplotlib cannot ask."""
    gsub = font["GSUB"].table
    (lookup,) = {
        index
        for record in gsub.FeatureList.FeatureRecord
        if record.FeatureTag == "tnum"
        for index in record.Feature.LookupListIndex
    }
    tabular = {}
    for subtable in gsub.LookupList.Lookup[lookup].SubTable:
        tabular |= getattr(subtable, "ExtSubTable", subtable).mapping
    digits = {ord(digit): tabular[font.getBestCmap()[ord(digit)]] for digit in "0123456789"}
    for table in font["cmap"].tables:
        table.cmap |= digits


def add_glyph(font: TTFont, character: str, pen: TTGlyphPen, width: int) -> None:
    name = f"uni{ord(character):04X}"
    font.setGlyphOrder([*font.getGlyphOrder(), name])
    glyph = pen.glyph()
    glyph.recalcBounds(font["glyf"])
    font["glyf"][name] = glyph
    font["hmtx"][name] = (width, glyph.xMin)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[ord(character)] = name


Shape = tuple[str, tuple[float, ...], int]  # of another glyph, stretched and moved by a matrix; and so wide


def redraw(font: TTFont, shapes: dict[str, Shape]) -> None:
    """Give glyphs, by their names, another shape."""
    glyphs, drawn = font.getGlyphSet(), {}
    for name, (of, transform, _) in shapes.items():
        whole, pen = DecomposingRecordingPen(glyphs), TTGlyphPen(None)
        glyphs[of].draw(whole)
        whole.replay(TransformPen(pen, transform))
        drawn[name] = pen.glyph()
    for name, glyph in drawn.items():
        glyph.recalcBounds(font["glyf"])
        font["glyf"][name] = glyph
        font["hmtx"][name] = (shapes[name][2], glyph.xMin)


def enlarge_indices(font: TTFont) -> None:
    """Each is the full character, smaller; raised or lowered along the slant of an italic."""
    names, widths = font.getBestCmap(), font["hmtx"]
    slant = math.tan(math.radians(-font["post"].italicAngle))
    shapes: dict[str, Shape] = {}
    for indices, share in ((RAISED, RAISED_BY), (LOWERED, LOWERED_BY)):
        up = share * font["OS/2"].sCapHeight
        for full, index in zip(FULL, indices, strict=False):
            of = names[ord(full)]
            shapes[names[ord(index)]] = of, (INDEX, 0, 0, INDEX, up * slant, up), round(INDEX * widths[of][0])
    redraw(font, shapes)


def add_nabla(font: TTFont) -> None:
    """∇ is ∆ turned by half a circle, which keeps the slant of an italic."""
    glyphs, delta = font.getGlyphSet(), font.getBestCmap()[ord("∆")]
    bounds = BoundsPen(glyphs)
    glyphs[delta].draw(bounds)
    left, bottom, right, top = bounds.bounds
    pen = TTGlyphPen(None)
    glyphs[delta].draw(TransformPen(pen, (-1, 0, 0, -1, left + right, bottom + top)))
    add_glyph(font, "∇", pen, glyphs[delta].width)


def add_half_circle(font: TTFont) -> None:
    """◐ is ○ and the left half of a disc."""
    glyphs, ring = font.getGlyphSet(), font.getBestCmap()[ord("○")]
    bounds = BoundsPen(glyphs)
    glyphs[ring].draw(bounds)
    left, bottom, right, top = bounds.bounds
    x, y, radius = (left + right) / 2, (bottom + top) / 2, 0.97 * (top - bottom) / 2
    # Quadratic arcs of 45°: their end points, halfway between the control points, lie on the circle.
    controls = [(math.radians(a), radius / math.cos(math.pi / 8)) for a in (247.5, 202.5, 157.5, 112.5)]
    pen = TTGlyphPen(None)
    glyphs[ring].draw(pen)
    pen.moveTo((x, y - radius))
    pen.qCurveTo(*((x + r * math.cos(a), y + r * math.sin(a)) for a, r in controls), (x, y + radius))
    pen.closePath()
    add_glyph(font, "◐", pen, glyphs[ring].width)


def mend_roots(font: TTFont) -> None:
    """Every root sign as wide as the smallest: a browser keeps the room of the widest behind each root it sets.

    And in a line of text the bar keeps more of a distance, or it would touch small letters.
    """
    constants, variants = font["MATH"].table.MathConstants, font["MATH"].table.MathVariants
    constants.RadicalVerticalGap.Value = 130
    order = font.getBestCmap()
    root = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(order[ord("√")])]
    names = {record.VariantGlyph for record in root.MathGlyphVariantRecord}
    names |= {part.glyph for part in root.GlyphAssembly.PartRecords}
    width = font["hmtx"][order[ord("√")]][0]
    redraw(font, {name: (name, (width / font["hmtx"][name][0], 0, 0, 1, 0, 0), width) for name in names})


def subset(font: TTFont, characters: set[int], features: list[str]) -> None:
    options = Options()
    options.layout_features = features
    options.hinting = False
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14, 16, 17]  # names, copyright, licence
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)


def main() -> None:
    FOR_PICTURES.mkdir(parents=True, exist_ok=True)
    FOR_PAGES.mkdir(parents=True, exist_ok=True)
    with unpacked("inter-ui", VERSION) as package:
        for ours, theirs in FACES.items():
            font = TTFont(package / "web" / f"{theirs}.woff2", recalcTimestamp=False)
            freeze_tabular_digits(font)
            add_nabla(font)
            add_half_circle(font)
            enlarge_indices(font)
            subset(font, LATIN | GREEK | set(map(ord, SIGNS)), ["ccmp", "kern", "mark", "mkmk"])
            missing = {c for c in SIGNS if ord(c) not in font.getBestCmap()}
            assert not missing, f"{theirs} has no {' '.join(sorted(missing))}"
            font.flavor = None
            font.save(FOR_PICTURES / f"{ours}.ttf")
            font.flavor = "woff2"
            font.save(FOR_PAGES / f"{ours}.woff2")
        for folder in (FOR_PICTURES, FOR_PAGES):
            shutil.copyfile(package / "LICENSE.txt", folder / "LICENSE-Inter.txt")
    with unpacked("@fontsource/stix-two-math", VERSION_OF_STIX) as package:
        # The package calls the whole font its Latin part.
        font = TTFont(package / "files" / "stix-two-math-latin-400-normal.woff2", recalcTimestamp=False)
        subset(font, IN_FORMULAS, ["ssty"])  # the forms of what stands small, as primes do
        missing = {chr(code) for code in IN_FORMULAS - font.getBestCmap().keys()}
        assert not missing, f"STIX has no {' '.join(sorted(missing))}"
        mend_roots(font)
        font.save(FOR_PAGES / "stix-two-math.woff2")
        shutil.copyfile(package / "LICENSE", FOR_PAGES / "LICENSE-STIX-Two-Math.txt")


if __name__ == "__main__":
    main()
