"""What a site needs where no server answers and its pages are opened as files.

A browser then shows a folder's list of files in place of its page, takes no font that is a file, and shows a program
that was to be saved. So links name the page itself, style sheets hold their fonts, and what is to be saved stands there
once more as a script, which is all that a page may read: `page.js` asks for it.
"""

from __future__ import annotations

import html
import json
import posixpath
import re
from base64 import b64encode
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from generator.site.engine import INDEX, index_for_files
from generator.site.links import StartTags, target_of

SAVED = {".py", ".ipynb", ".csv"}  # page.js has the same
MOST_SAVED = 2**24  # bytes: what is larger is left to the browser
FONTS = {".woff2": "font/woff2", ".woff": "font/woff", ".ttf": "font/ttf", ".otf": "font/otf"}
LINKING = {"href", "src", "action"}
ATTRIBUTE = re.compile(r"""([^\s"'<>/=]+)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""")
FONT_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
FONT = re.compile(r"""url\(\s*(["']?)(?P<address>[^"')]+)\1\s*\)(?P<format>\s*format\([^)]*\))?""")


def fit_for_files(site: Path) -> None:
    """Change a whole site, in a folder that is ours, so that it works wherever it is unpacked, and on a host too."""
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    to_save: set[str] = set()
    for name in sorted(files):
        path = site / name
        if name.endswith(".html") and (text := _text(path)) is not None:
            path.write_bytes(page(text, name, files).encode())
            to_save |= {target for target in linked(text, name, files) if PurePosixPath(target).suffix in SAVED}
        elif name.endswith(".css") and (text := _text(path)) is not None:
            path.write_bytes(style_sheet(text, name, files, site).encode())
        elif f"/{name}".endswith(f"/{INDEX}"):
            with suppress(ValueError, TypeError, KeyError):  # none that the engine has written
                path.write_bytes(search_index(path.read_bytes(), name, files).encode())
                index_for_files(site / name.removesuffix(INDEX))
    for name in to_save:
        script = site / f"{name}.js"
        is_small = (site / name).stat().st_size <= MOST_SAVED
        if is_small and not script.exists() and (text := _text(site / name)) is not None:
            script.write_bytes(as_script(text).encode())


def _text(path: Path) -> str | None:
    """Of a file; None where it is in another code than ours: an author's own may be, and stays as it is."""
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError:
        return None


# --- Pages ---------------------------------------------------------------------------------------------------


def page(text: str, name: str, files: Collection[str]) -> str:
    """The page of this name in a site of these files: its links name files, and it asks for nothing in vain."""
    parts, end = [], 0
    for start, written, tag, attributes in StartTags(text).found:
        if not LINKING & attributes.keys():
            continue
        changed = ATTRIBUTE.sub(lambda attribute: _named(attribute, name, files), written)
        if _is_asked_for_in_vain(tag, attributes):
            changed = ""
        if changed != written:
            parts += [text[end:start], changed]
            end = start + len(written)
    return "".join([*parts, text[end:]])


def _is_asked_for_in_vain(tag: str, attributes: dict[str, str | None]) -> bool:
    """A font before its time; and the maps of the other editions, which the theme asks for where a page names those."""
    is_font = attributes.get("rel") == "preload" and attributes.get("as") == "font"
    return tag == "link" and (is_font or (attributes.get("rel") == "alternate" and "hreflang" in attributes))


def _named(attribute: re.Match[str], name: str, files: Collection[str]) -> str:
    if attribute[1].lower() not in LINKING:
        return attribute[0]
    value = attribute[2]
    address = html.unescape(value[1:-1] if value[0] in "\"'" else value).strip()
    named = naming_a_file(address, name, files)
    return attribute[0] if named == address else f'{attribute[1]}="{html.escape(named)}"'


def naming_a_file(link: str, name: str, files: Collection[str]) -> str:
    """A link on the page of this name that leads to a folder leads to the page in it."""
    path = re.split("[?#]", link, maxsplit=1)[0]
    target, _ = target_of(name, link, files)
    is_folder = target and path and target != posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(path)))
    return f"{posixpath.join(path, 'index.html').removeprefix('./')}{link[len(path) :]}" if is_folder else link


def linked(text: str, name: str, files: Collection[str]) -> Iterator[str]:
    """The files that the page of this name links to."""
    for _, _, tag, attributes in StartTags(text).found:
        if tag == "a" and (target := target_of(name, attributes.get("href") or "", files)[0]):
            yield target


# --- What pages load -----------------------------------------------------------------------------------------


def style_sheet(text: str, name: str, files: Collection[str], site: Path) -> str:
    """The style sheet of this name with its fonts in it; behind each the file, for a host that forbids such data."""

    def with_data(font: re.Match[str]) -> str:
        path = re.split("[?#]", font["address"], maxsplit=1)[0]
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(path)))
        kind = FONTS.get(posixpath.splitext(target)[1])
        if kind is None or target not in files:
            return font[0]
        data = b64encode((site / target).read_bytes()).decode()
        return f"url(data:{kind};base64,{data}){font['format'] or ''}, {font[0]}"

    return FONT_FACE.sub(lambda rule: FONT.sub(with_data, rule[0]), text)


def search_index(content: bytes, name: str, files: Collection[str]) -> str:
    """What the search of one edition reads, the places where it finds something named as links are."""
    index = json.loads(content)
    front = f"{name.removesuffix(INDEX)}index.html"
    for section in index["docs"]:
        section["location"] = naming_a_file(section["location"] or ".", front, files)
    return json.dumps(index, sort_keys=True, separators=(",", ":"))


def as_script(text: str) -> str:
    """What is to be saved, for a page to read."""
    return f"Object.assign(document.currentScript, {json.dumps({'file': text})});\n"
