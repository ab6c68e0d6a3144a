"""Where a project keeps its things: the paths below its root, and its editions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from generator.faults import Fault, Faults
from generator.files import refusal, unfit

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]+)*")
GENERATED = "scenarios"  # the folder of the pages that every edition gets without an author


@dataclass(frozen=True)
class Edition:
    """The site in one language: its authored pages, and the engine's configuration for it."""

    language: str
    pages: Path
    config: Path
    is_root: bool  # at the top of the site; every other edition lies in a folder named after its language


@dataclass(frozen=True)
class Project:
    """A folder with ``mkdocs.yml``, ``docs/`` and ``templates/``; all that is made goes to ``build/``.

    Paths begin with the root as it was given, so that messages name files the way the user would.
    """

    root: Path

    @classmethod
    def at(cls, root: Path) -> Project:
        """Raises `Fault` where the folder is no project."""
        for needed in ("mkdocs.yml", "docs/scenarios", "docs/en", "templates"):
            if not (root / needed).exists():
                raise Fault(
                    f"there is no {needed} here, so this folder is not a project",
                    file=root,
                    help="run the command in the folder of the clone, or name that folder with --project",
                )
        return cls(root)

    def refuse_unfit(self) -> None:
        """Raises `Faults` for every file of an author's that cannot be taken as it lies there; none is opened."""
        trees = [self.root.resolve() / name for name in ("docs", "templates")]
        faults = [fault for tree in (self.root / "docs", self.templates) for fault in unfit(tree, trees)]
        configs = (refusal(config, [self.root]) for config in sorted(self.root.glob("mkdocs*.yml")))
        faults += filter(None, configs)
        if faults:
            raise Faults(faults)

    def refuse_links_in_build(self) -> None:
        """Raises `Faults`: what is written there would go where a link leads, and what is not ours there is removed."""
        faults = [
            Fault("a link, or no file, where the generator writes", file=path, help="delete it")
            for path in (self.build, *self.build.glob("*"), *self.build.glob("docs/*"))
            if path.is_symlink() or (path.exists() and not (path.is_dir() or path.is_file()))
        ]
        if faults:
            raise Faults(faults)

    @property
    def scenarios(self) -> Path:
        return self.root / "docs" / "scenarios"

    @property
    def assets(self) -> Path:
        return self.root / "docs" / "assets"

    @property
    def templates(self) -> Path:
        return self.root / "templates"

    @property
    def build(self) -> Path:
        return self.root / "build"

    @property
    def lock(self) -> Path:
        """Whoever holds it is at work in `build` and publishes."""
        return self.build / "lock"

    @property
    def journal(self) -> Path:
        """What a swap that takes two steps is about to do, until it is done."""
        return self.build / "swap.json"

    def takehome_template(self, language: str) -> str:
        """The text that a reader's script and notebook are made from."""
        return (self.templates / language / "train.py").read_text(encoding="utf-8")

    @property
    def cache(self) -> Path:
        """What was made before, by the hash of all it depends on."""
        return self.build / "cache"

    def staged(self, edition: Edition) -> Path:
        """The plain Markdown and files that the engine reads."""
        return self.build / "docs" / edition.language

    def staged_config(self, edition: Edition) -> Path:
        return self.build / f"mkdocs.{edition.language}.yml"

    def editions(self) -> list[Edition]:
        """English first; then every language that has ``mkdocs.<language>.yml`` and ``docs/<language>/``."""
        found = [Edition("en", self.root / "docs" / "en", self.root / "mkdocs.yml", is_root=True)]
        for config in sorted(self.root.glob("mkdocs.*.yml")):
            language = config.name.removeprefix("mkdocs.").removesuffix(".yml")
            if not LANGUAGE.fullmatch(language) or language == "en":
                help = "as in mkdocs.de.yml or mkdocs.pt-br.yml; English is that of mkdocs.yml"
                raise Fault(f"{language!r} is no other language", file=config, help=help)
            pages = self.root / "docs" / language
            if not pages.is_dir():
                raise Fault(
                    f"the edition {language!r} has no pages",
                    file=config,
                    help=f"write them in docs/{language}/, or remove the file",
                )
            found.append(Edition(language, pages, config, is_root=False))
        return found
