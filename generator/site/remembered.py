"""What one run of the engine works out and the next would again, of pages that nobody has changed meanwhile.

Conversions of Markdown, entries of the search's index, and the theme's templates, compiled.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from importlib import metadata
from typing import Any

from generator.making.keys import all_code
from generator.memory import Memory, digest

# Of these the HTML of a page follows from its text, from what they are told, and from which files there are.
OF_THE_TEXT_ALONE = {
    "abbr", "admonition", "attr_list", "def_list", "fenced_code", "footnotes", "generator.pages.formulas",
    "generator.pages.addresses", "generator.pages.tables", "md_in_html",
    "meta", "pymdownx.details", "pymdownx.highlight", "pymdownx.inlinehilite", "pymdownx.keys", "pymdownx.mark",
    "pymdownx.superfences", "pymdownx.tabbed", "pymdownx.tasklist", "sane_lists", "tables", "toc",
}  # fmt: skip
VERSIONS = ("markdown", "mkdocs", "mkdocs-material", "pygments", "pymdown-extensions")


class Remembered:
    """To the engine a plugin. ``said`` counts what the engine has warned of."""

    PARTS = ("content", "toc", "_title_from_render", "present_anchor_ids")  # of a page, once it is converted

    def __init__(self, memory: Memory, said: Callable[[], int]) -> None:
        self.memory, self.said = memory, said

    def on_env(self, env: Any, config: Any, **_: object) -> Any:
        """The theme's templates, compiled once."""
        env.bytecode_cache = self.memory.part("theme").compiled()
        return env

    def on_files(self, files: Any, config: Any, **_: object) -> Any:
        """All that every page's HTML follows from besides its own text."""
        extensions = [name for name in config.markdown_extensions if isinstance(name, str)]
        self.is_known = {*extensions} <= OF_THE_TEXT_ALONE and len(extensions) == len(config.markdown_extensions)
        told = [sorted(extensions), config.mdx_configs, dict(config.validation), config.use_directory_urls]
        places = [(file.src_uri, file.url, str(file.inclusion)) for file in files]
        versions = [metadata.version(name) for name in VERSIONS]
        self.same = digest([repr(told), repr(sorted(places)), repr(versions), all_code()])
        index: Any = getattr(
            config.plugins.get("material/search") or config.plugins.get("search"), "search_index", None
        )
        if hasattr(index, "add_entry_from_context"):
            index.add_entry_from_context = self._indexing(index, index.add_entry_from_context)
        return files

    def on_pre_page(self, page: Any, files: Any, **_: object) -> Any:
        if self.is_known:
            page.render = self._converting(page, page.render, {file.src_uri: file for file in files})
        return page

    def _converting(self, page: Any, convert: Callable[..., None], by_name: dict[str, Any]) -> Callable[..., None]:
        """What converts a page's Markdown, unless it was converted before."""

        def render(config: Any, files: Any) -> None:
            key = digest([self.same, page.file.src_uri, page.markdown])
            known = self.memory.part("converted").get(key)
            if known is not None:
                parts, links = known
                for name, value in parts.items():
                    setattr(page, name, value)
                page.links_to_anchors = links and {by_name[name]: anchors for name, anchors in links.items()}
                return
            before = self.said()
            convert(config, files)
            if self.said() == before:
                links = page.links_to_anchors
                links = links and {file.src_uri: anchors for file, anchors in links.items()}
                self.memory.part("converted").put(key, ({name: getattr(page, name) for name in self.PARTS}, links))

        return render

    def _indexing(self, index: Any, add: Callable[[Any], None]) -> Callable[[Any], None]:
        """What adds a page to the index of the search, unless its entries are known."""

        def add_entry_from_context(page: Any) -> None:
            meta = json.dumps(page.meta, default=str, sort_keys=True)
            key = digest([self.same, page.content, page.url, str(page.title), meta])
            if (entries := self.memory.part("indexed").get(key)) is None:
                before = len(index.entries)
                add(page)
                self.memory.part("indexed").put(key, deepcopy(index.entries[before:]))
            else:
                index.entries.extend(entries)

        return add_entry_from_context
