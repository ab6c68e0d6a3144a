"""Where a site will lie, as far as anybody has said: `site_url` in `mkdocs.yml`, and SITE_URL over it.

A site that is told no address has none in it: all its links are relative, and it works wherever it lies.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import yaml

from generator.configuration import Reader, Tag, given, legible
from generator.faults import Fault
from generator.project import Edition, Project

KEY, VARIABLE = "site_url", "SITE_URL"
NO_ADDRESS = re.compile(r"[\s\"'<>`\\]")  # the theme puts addresses into its pages as they stand
MISSING_PAGE = "404.html"
NEEDED = (
    f"no {KEY}: all links are relative, and the site works at any address; but {MISSING_PAGE}, which a host shows in "
    "place of a missing page at any depth, needs one, and so do social cards and the sitemap\n"
    f"help: write {KEY}: https://… in mkdocs.yml, or build with {VARIABLE}=https://…"
)


def from_environment() -> str:
    """What whoever builds says; nothing where it is empty, as a workflow leaves it that does not know."""
    return os.environ.get(VARIABLE, "").strip(" ")


def of_edition(edition: Edition, config: Mapping[str, Any]) -> Any:
    """The address as it was said, of this edition: that of another language is a folder below that of the whole site.

    ``config`` is what its settings come to. What is no text is left for the engine to refuse; None where there is none.
    """
    said = from_environment() or _resolved(config.get(KEY))
    if not isinstance(said, str) or not said:
        return said or None
    is_own = not edition.is_root and not from_environment() and KEY in given(edition.config)
    if edition.is_root or is_own:
        return said if why_not(said) else f"{said.rstrip('/')}/"
    return f"{said.rstrip('/')}/{edition.language}/"


def of_site(project: Project) -> str:
    """The address of the whole site, that ends in a slash; nothing where there is none, or none that is an address."""
    said = from_environment() or _resolved(legible(project.config).get(KEY))
    return f"{said.rstrip('/')}/" if isinstance(said, str) and said and why_not(said) is None else ""


def why_not(said: str) -> str | None:
    """What keeps a text from being the address of a site."""
    try:
        parts = urlsplit(said)
        _ = parts.port
    except ValueError as problem:
        return str(problem)
    if found := NO_ADDRESS.search(said):
        return f"{found[0]!r} is in none"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "it does not begin with https://, or http://, and a host"
    if parts.query or parts.fragment or said.endswith(("?", "#")):
        return "pages lie below it, and nothing lies below what follows a ? or a #"
    return None


def leads_out(link: str) -> bool:
    """Whether it is the address of a page somewhere, that may be put into pages as it stands."""
    try:
        parts = urlsplit(link)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and not NO_ADDRESS.search(link)
    except ValueError:
        return False


HELP = "as it stands in the browser's address bar, such as https://example.org/course/"


def unfit(said: str) -> Fault | None:
    """A fault for an address in the environment that is none."""
    if (why := why_not(said)) is None:
        return None
    return Fault(f"{VARIABLE} in the environment is no address: {said[:80]!r}: {why}", help=f"{HELP}; or unset it")


def _resolved(value: Any) -> Any:
    """A setting behind `!ENV` as it stands in the environment."""
    if not isinstance(value, Tag):
        return value
    from yaml_env_tag import construct_env_tag  # type: ignore[import-untyped]

    try:
        return construct_env_tag(Reader(""), value.node) if value.node.tag == "!ENV" else value
    except yaml.YAMLError:
        return value


def at_any_depth(context: dict[str, Any], template: str, site_url: str | None) -> dict[str, Any]:
    """What links begin with on the page for missing pages; the engine takes the top of the host if it knows nothing."""
    if template.rpartition("/")[2] == MISSING_PAGE and not site_url:
        context["base_url"] = "."
    return context
