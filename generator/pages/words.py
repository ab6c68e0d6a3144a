"""What the generator says in a language: the tables and the templates in its folder, and all that these lack.

``templates/<language>/`` has ``words.toml``, the templates of whole pages, and ``alt/``, a template a kind of figure.
What there has to be a word for follows from the types; of what only has a name, English sets the measure.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, get_args

import jinja2

from generator.faults import Fault, did_you_mean
from generator.figures.catalogue import KINDS
from generator.inert import UNSEEN
from generator.limits import untimed
from generator.making.takehome import Holes, wrong_template
from generator.pages.alt_facts import FACTS, names_of
from generator.runs.record import StoppedBy
from generator.runs.theory import Regime
from generator.scenario.mistakes import at_key
from generator.scenario.reading import read_toml
from generator.scenario.schema import Verdict
from generator.templating import environment, parse, render, unknown_filters, unknown_names
from generator.version import __version__

FILE = "words.toml"
FILES = (
    FILE,
    "scenario.md",
    "foot.html",
    "before_after.md",
    "notes.md",
    "card.md",
    "train.py",
    *(f"alt/{kind}.txt" for kind in KINDS),
)
OF_TYPES: dict[str, Collection[str]] = {
    "verdicts": get_args(Verdict),
    "regimes": get_args(Regime),
    "stopped_by": get_args(StoppedBy),
}
# What the templates are given that no page includes; an alt text is given the facts of its kind.
GIVEN = {"train.py": {*Holes.__annotations__}, "foot.html": {"version", "commit", "changed"}}
NAMED = ("labels", "buttons")  # tables whose entries English names
HELP = "what there is to say of a kind of figure stands in generator/pages/alt_facts.py"
# Where a template breaks a line its text goes on: after a space, but not between the characters of Chinese or Japanese.
WIDE = "[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]"
BREAKS = [(re.compile(rf"(?<={WIDE})\s*\n\s*(?={WIDE})"), ""), (re.compile(r"[ \n]+"), " ")]


class Words:
    """One language. Reading it raises nothing: what is wrong with it is said by `mistakes`, all at once."""

    def __init__(self, templates: Path, language: str) -> None:
        self.language, self.folder = language, templates / language
        self.english = self if language == "en" else Words(templates, "en")
        self.environment = environment(jinja2.FileSystemLoader(self.folder))
        self.text, self.read, self.unreadable = _read(self.folder / FILE)

    @property
    def tables(self) -> dict[str, dict[str, Any]]:
        """The words that stand alone, by table and name."""
        return {name: table for name, table in self.read.items() if isinstance(table, dict)}

    @property
    def required(self) -> dict[str, Collection[str]]:
        """The names that each table has to have."""
        return OF_TYPES | {table: tuple(self.english.tables.get(table, ())) for table in NAMED}

    def alt(self, kind: str, results: Sequence[Any], **options: Any) -> str:
        """The alt text of a figure: one line, that says what moves and how it ends."""
        name = f"alt/{kind}.txt"
        with untimed():  # of a long run there is much to look through
            facts = FACTS[kind](results, **options)
        text = render(self.environment, name, self.folder / name, facts, HELP)
        for line_break, joint in BREAKS:
            text = line_break.sub(joint, text)
        return text.strip()

    def foot(self, commit: str, changed: bool) -> str:
        """What stands at the foot of every page: the generator's version, and the project's commit if it has one."""
        values = {"version": __version__, "commit": commit, "changed": changed}
        return render(
            self.environment, "foot.html", self.folder / "foot.html", values, "it is given version, commit, changed"
        ).strip()

    # --- What is wrong -------------------------------------------------------------------------------------

    def mistakes(self) -> list[Fault]:
        """All that the language lacks, in one fault, and one for each thing that is there and wrong."""
        if not self.folder.is_dir():
            remedy = "it comes with the project: put it back"
            if self is not self.english:
                remedy = f"copy {self.english.folder}/ to {self.folder}/ and translate what is in it"
            return [Fault(f"there are no words for the language {self.language!r}", file=self.folder, help=remedy)]
        faults = [self.unreadable] if self.unreadable else [*self._wrong_words()]
        faults += self._wrong_templates()
        if lacking := [*self._lacking()]:
            what = "\n  ".join([f"the language {self.language!r} lacks:", *lacking])
            remedy = "write them after those that are there"
            if self is not self.english:
                remedy = f"{self.english.folder}/ has each of them in English"
            faults.append(Fault(what, file=self.folder, help=remedy))
        return faults

    def _lacking(self) -> Iterator[str]:
        """Each file and each word, unless it is there and misspelt, which is said of it where it stands."""
        yield from (name for name in FILES if not (self.folder / name).is_file())
        if self.unreadable or not (self.folder / FILE).is_file():
            return
        absent = {*_absent(self.read, self.required)}
        for table, names in self.required.items():
            there = self.tables.get(table, {} if table in absent else names)
            yield from (f"{table}.{name}" for name in _absent(there, names))
            if table in absent and not names:
                yield table  # of English, which alone says what is in it

    def _wrong_words(self) -> Iterator[Fault]:
        for table, words in self.read.items():
            if table not in self.required:
                yield self._at([table], f"unknown table {table!r}", did_you_mean(table, self.required))
            elif not isinstance(words, dict):
                yield self._at([table], f"{table} must be a table", f"begin it with [{table}]")
            else:
                for name, word in words.items():
                    if name not in self.required[table]:
                        remedy = did_you_mean(name, self.required[table])
                        yield self._at([table, name], f"unknown word {table}.{name}", remedy)
                    elif isinstance(word, str) and (found := UNSEEN.search(word)):
                        fault = f"{table}.{name} has a character that cannot be seen, U+{ord(found[0]):04X}"
                        yield self._at([table, name], fault, "leave it out")
                    elif not (isinstance(word, str) and word.strip()):
                        remedy = f'as in {name} = "{name}"'
                        yield self._at([table, name], f"{table}.{name} must be text in quotes", remedy)

    def _at(self, location: list[str], fault: str, remedy: str) -> Fault:
        return at_key(self.folder / FILE, self.text, location, fault, remedy)

    def _wrong_templates(self) -> Iterator[Fault]:
        """Of those that no page includes: `checking` looks at the others."""
        others = (self.folder / name for name in GIVEN)
        for path in [*sorted(self.folder.glob("alt/*.txt")), *(path for path in others if path.is_file())]:
            is_alt = path.suffix == ".txt"
            if is_alt and path.stem not in KINDS:
                fault = f"there is no kind of figure {path.stem!r}"
                yield Fault(fault, file=path, help=did_you_mean(path.stem, KINDS))
                continue
            try:
                text, tree = parse(self.environment, path)
            except Fault as fault:
                yield fault
                continue
            given = names_of(path.stem) if is_alt else GIVEN[path.name]
            wrong = [*unknown_filters(self.environment, path, text, tree)]
            wrong += unknown_names(path, text, tree, given | {*self.environment.globals})
            if not wrong and path.name == "train.py" and (broken := wrong_template(text, path)):
                wrong = [broken]
            yield from wrong


def _read(file: Path) -> tuple[str, dict[str, Any], Fault | None]:
    """The text of the tables, the tables, and what is wrong where there are none; a missing file is empty."""
    try:
        return *read_toml(file), None
    except FileNotFoundError:
        return "", {}, None
    except Fault as fault:
        return "", {}, fault


def _absent(there: Collection[str], required: Collection[str]) -> Iterator[str]:
    """What is required and not there, not even misspelt."""
    unknown = [name for name in there if name not in required]
    meant = {close for name in unknown for close in difflib.get_close_matches(name, [*required], n=1, cutoff=0.5)}
    return (name for name in required if name not in there and name not in meant)
