"""Where a project keeps its things: the paths below its root, its editions, and what the package lends it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.configuration import NAME, at_setting, given, legible, over, over_standard
from generator.faults import Fault, Faults
from generator.files import below, refusal, unfit
from generator.resources import Layers, over_ours
from generator.version import __version__

LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]+)*")
GENERATED = "scenarios"  # the folder of the pages that every edition gets without an author
PACKAGE = "gradient-descent-frame-by-frame"
NEEDS = "frame_by_frame"  # under extra: in mkdocs.yml, the versions of the package that a project can be built with


@dataclass(frozen=True)
class Edition:
    """The site in one language: its authored pages, and the engine's configuration for it."""

    language: str
    pages: Path
    config: Path
    is_root: bool  # at the top of the site; every other edition lies in a folder named after its language

    def settings(self) -> dict[str, Any]:
        """What its configuration comes to: over that of the root edition, and all over what the package brings.

        Raises `Fault` where a file that says it cannot be read.
        """
        own = given(self.config)
        return over_standard(own if self.is_root else over(own, given(self.config.with_name(NAME))))

    def legible_settings(self) -> dict[str, Any]:
        """As `settings`, without what cannot be read: whoever builds is told."""
        own = legible(self.config)
        return own if self.is_root else over(own, legible(self.config.with_name(NAME)))


@dataclass(frozen=True)
class Project:
    """A folder with ``mkdocs.yml`` and ``docs/``; all that is made goes to ``build/``.

    Templates, words, styles, scripts and fonts come with the package; the project's own file of the same name takes the
    place of any. Paths begin with the root as it was given, so that messages name files the way the user would.
    """

    root: Path

    @classmethod
    def at(cls, root: Path) -> Project:
        """Raises `Fault` where the folder is no project."""
        project = cls(root)
        for needed in (NAME, f"docs/{project.language}"):
            if not (root / needed).exists():
                raise Fault(
                    f"there is no {needed} here, so this folder is not a project",
                    file=root,
                    help="run the command in the folder of a course, or name that folder with --project; "
                    "`frame-by-frame new course DIR` makes one",
                )
        return project

    @property
    def language(self) -> str:
        """That of the edition at the top of the site: the theme's, where there are pages in it, and else English."""
        theme = legible(self.config).get("theme")
        said = theme.get("language") if isinstance(theme, dict) else None
        is_there = isinstance(said, str) and LANGUAGE.fullmatch(said) and (self.root / "docs" / said).is_dir()
        return str(said) if is_there else "en"

    def refuse_other_version(self) -> None:
        """Raises `Fault` where the project says that it needs another version of the package than this one."""
        from packaging.specifiers import InvalidSpecifier, SpecifierSet

        extra = legible(self.config).get("extra")
        needed = extra.get(NEEDS) if isinstance(extra, dict) else None
        if needed is None:
            return
        try:
            fits = SpecifierSet(needed if isinstance(needed, str) else "=").contains(__version__, prereleases=True)
        except InvalidSpecifier:
            fault = f"{NEEDS}: {needed} names no versions of the package"
            raise at_setting(self.config, NEEDS, fault, f'a text, as in {NEEDS}: ">={__version__}"') from None
        if not fits:
            fault = f"this course is for version {needed} of {PACKAGE}, and this is {__version__}"
            install = "install one from its folder or wheel, with pip install -U (or pipx install --force)"
            help = f"{install}; CHANGELOG.md says what changes"
            raise at_setting(self.config, NEEDS, fault, help)

    def refuse_unfit(self) -> None:
        """Raises `Faults` for every file of an author's that cannot be taken as it lies there; none is opened.

        Raises `Fault` where that is for another version of the package.
        """
        trees = [self.root.resolve() / name for name in ("docs", "templates")]
        faults = [fault for tree in (self.root / "docs", self.templates) for fault in unfit(tree, trees)]
        configs = (refusal(config, [self.root]) for config in sorted(self.root.glob("mkdocs*.yml")))
        faults += filter(None, configs)
        faults += self._unread()
        if faults:
            raise Faults(faults)
        self.refuse_other_version()

    def _unread(self) -> Iterator[Fault]:
        """A fault for each file that looks like a scenario, a page or a configuration, and lies where none is read."""
        scenarios = self.root / "docs" / "scenarios"
        for path in below(scenarios):
            if path.suffix.lower() == ".toml" and (path.parent != scenarios or path.suffix != ".toml"):
                help = f"move it to {scenarios / path.stem}.toml"
                yield Fault("a scenario that nobody reads", file=path, help=help)
        editions = {self.language, *(config.name.split(".")[1] for config in self.root.glob("mkdocs.*.yml"))}
        for path in sorted((self.root / "docs").iterdir()):
            if path.suffix == ".md":
                help = f"move it into the folder of its language, such as {path.parent / self.language / path.name}"
                yield Fault("a page that is in no edition", file=path, help=help)
            elif (path / "index.md").is_file() and LANGUAGE.fullmatch(path.name.lower()) and path.name not in editions:
                help = f"write mkdocs.{path.name.lower()}.yml beside mkdocs.yml; or, if it is no language, rename it"
                yield Fault("pages of a language that has no configuration", file=path, help=help)
        for path in sorted(self.root.glob("mkdocs*.yaml")):
            yield Fault("a configuration that nobody reads", file=path, help=f"rename it to {path.stem}.yml")

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
    def config(self) -> Path:
        return self.root / NAME

    @property
    def scenarios(self) -> Path:
        return self.root / "docs" / "scenarios"

    @property
    def assets(self) -> Path:
        return self.root / "docs" / "assets"

    @property
    def asset_layers(self) -> Layers:
        """What every edition gets under ``assets/``: the project's over the package's."""
        return over_ours(self.assets, "assets")

    @property
    def templates(self) -> Path:
        return self.root / "templates"

    @property
    def template_layers(self) -> Layers:
        """The project's templates over the package's."""
        return over_ours(self.templates, "templates")

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
        return self.template_layers.file(f"{language}/train.py").read_text(encoding="utf-8")

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
        """That at the top first; then every language that has ``mkdocs.<language>.yml`` and ``docs/<language>/``."""
        first = self.language
        found = [Edition(first, self.root / "docs" / first, self.config, is_root=True)]
        for config in sorted(self.root.glob("mkdocs.*.yml")):
            language = config.name.removeprefix("mkdocs.").removesuffix(".yml")
            if not LANGUAGE.fullmatch(language) or language == first:
                name = "English" if first == "en" else f"{first!r}"
                help = f"as in mkdocs.de.yml or mkdocs.pt-br.yml; {name} is that of mkdocs.yml"
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
