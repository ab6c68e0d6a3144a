"""Titles and descriptions as the engine's theme takes them: it puts them into its pages as HTML, whatever they are.

So what is staged for it is HTML that says just that. What is no text is left for the engine to judge.
"""

from __future__ import annotations

from typing import Any

import yaml

from generator.inert import in_html

OF_THE_SITE = ("site_name", "site_description", "site_author", "repo_name")
OF_A_PAGE = ("title", "description", "author", "subtitle")


def of_site(config: dict[str, Any]) -> dict[str, Any]:
    """The engine's configuration with the texts that it shows, and the titles in its navigation, as HTML."""
    shown = {name: _html(config[name]) for name in OF_THE_SITE if name in config}
    return config | shown | ({"nav": _navigation(config["nav"])} if "nav" in config else {})


def of_page(text: str) -> str:
    """A page with the title and the description in its front matter as HTML."""
    from mkdocs.utils.meta import get_data  # the engine's own reading, which takes more for front matter than YAML

    body, given = get_data(text.removeprefix("\ufeff"))  # an editor's byte order mark, which the engine takes off
    shown = {name: _html(given[name]) for name in OF_A_PAGE if name in given}
    if all(given[name] == value for name, value in shown.items()):
        return text
    front = yaml.safe_dump(given | shown, sort_keys=False, width=1000)
    return f"---\n{front}---\n\n{body}"


def _navigation(item: Any) -> Any:
    match item:
        case list():
            return [_navigation(part) for part in item]
        case dict():
            return {_html(title): _navigation(target) for title, target in item.items()}
    return item


def _html(value: Any) -> Any:
    match value:
        case str():
            return in_html(value)
        case list():
            return [_html(part) for part in value]
        case dict():
            return {_html(name): _html(part) for name, part in value.items()}
    return value
