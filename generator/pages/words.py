"""What the generator says in a language: the tables and the templates in its folder, and all that these lack.

``templates/<language>/`` has ``words.toml``, the templates of whole pages, and ``alt/``, a template a kind of figure.
What there has to be a word for follows from the types; of what only has a name, English sets the measure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import jinja2

from generator.faults import Fault, did_you_mean, nearest
from generator.figures.catalogue import KINDS
from generator.inert import UNSEEN
from generator.limits import untimed
from generator.making.takehome import Holes, wrong_template
from generator.pages import for_scripts, measured
from generator.pages.alt_facts import FACTS, names_of
from generator.resources import over_ours, resource
from generator.runs.record import StoppedBy
from generator.runs.theory import Regime
from generator.scenario.mistakes import at_key
from generator.scenario.reading import read_toml
from generator.scenario.schema import LONGEST_TITLE, Mistake, Verdict
from generator.scenario.showing import unfit_to_show
from generator.templating import environment, parse, render, unknown_filters, unknown_names
from generator.version import __version__

OURS = resource("templates")
FILE = "words.toml"
FILES = (
    FILE,
    "scenario.md",
    "foot.html",
    "before_after.md",
    "again.md",
    "stepper.html",
    "four_rates.html",
    "lab.html",
    "touch.html",
    "named.md",
    "notes.md",
    "card.md",
    "train.py",
    *(f"alt/{kind}.txt" for kind in KINDS),
)
OF_TYPES: dict[str, Collection[str]] = {
    "verdicts": get_args(Verdict),
    "regimes": get_args(Regime),
    "stopped_by": get_args(StoppedBy),
    "mistakes": get_args(Mistake),
}
# What the templates are given that no page includes; an alt text is given the facts of its kind.
OF_THE_FOOT = ("version", "commit", "changed", "site", "author", "address", "license", "license_url")
GIVEN = {"train.py": {*Holes.__annotations__}, "foot.html": {*OF_THE_FOOT}}
TITLE = ("labels", "lab")  # of a scenario
NAMED_FACT = "named"  # of a kind of figure beside its own: the names of the points, and the line in their units
NAMED = ("labels", "legend", "buttons", "site")  # tables whose entries English names
HELP = "what there is to say of a kind of figure stands in generator/pages/alt_facts.py"
# Where a template breaks a line its text goes on: after a space, but not between the characters of Chinese or Japanese.
WIDE = "[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]"
BREAKS = [(re.compile(rf"(?<={WIDE})\s*\n\s*(?={WIDE})"), ""), (re.compile(r"[ \n]+"), " ")]


class Words:
    """One language. Reading it raises nothing: what is wrong with it is said by `mistakes`, all at once.

    ``templates`` are a project's, which go over the package's, file by file, and word by word of the tables.
    """

    def __init__(self, templates: Path, language: str) -> None:
        self.language, self.folder = language, templates / language
        self.layers = over_ours(templates, "templates").folder(language)
        self.english = self if language == "en" else Words(templates, "en")
        self.environment = environment(jinja2.FileSystemLoader(self.layers.folders))
        self.files = [_Tables(folder / FILE) for folder in self.layers.folders]

    @cached_property
    def read(self) -> dict[str, Any]:
        """What all files of tables say together."""
        together: dict[str, Any] = {}
        for file in reversed(self.files):
            for name, table in file.read.items():
                beneath = together.get(name, {})
                if isinstance(table, dict) and isinstance(beneath, dict):
                    table = beneath | table
                together[name] = table
        return together

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
            facts = {**FACTS[kind](results, **options), NAMED_FACT: measured.facts(results, self.language)}
        text = render(self.environment, name, self.layers.file(name), facts, HELP)
        for line_break, joint in BREAKS:
            text = line_break.sub(joint, text)
        return text.strip()

    def foot(self, commit: str, changed: bool, cited: Mapping[str, str]) -> str:
        """What stands at the foot of every page: the generator's version, and the project's commit if it has one.

        ``cited``, as HTML, are the site's name, its author and address, and the name and address of its licence; those
        that nobody has said are empty.
        """
        values = {
            **dict.fromkeys(OF_THE_FOOT, ""),
            **cited,
            "version": __version__,
            "commit": commit,
            "changed": changed,
        }
        file, help = self.layers.file("foot.html"), f"it is given {', '.join(OF_THE_FOOT)}"
        return render(self.environment, "foot.html", file, values, help).strip()

    # --- What is wrong -------------------------------------------------------------------------------------

    def mistakes(self) -> list[Fault]:
        """All that the language lacks, in one fault, and one for each thing that is there and wrong."""
        if not any(folder.is_dir() for folder in self.layers.folders):
            remedy = f"in a course, `frame-by-frame new language {self.language}` writes them, to be translated"
            return [Fault(f"there are no words for the language {self.language!r}", file=self.folder, help=remedy)]
        faults: list[Fault] = []
        for file in self.files:
            faults += [file.unreadable] if file.unreadable else self._wrong_words(file)
        faults += self._wrong_templates()
        if lacking := [*self._lacking()]:
            what = "\n  ".join([f"the language {self.language!r} lacks:", *lacking])
            remedy = f"{OURS / 'en'}/ has each of them in English"
            faults.append(Fault(what, file=self.folder, help=remedy))
        return faults

    def _lacking(self) -> Iterator[str]:
        """Each file and each word, unless it is there and misspelt, which is said of it where it stands."""
        yield from (name for name in FILES if not self.layers.file(name).is_file())
        if any(file.unreadable for file in self.files) or not self.layers.file(FILE).is_file():
            return
        absent = {*_absent(self.read, self.required)}
        for table, names in self.required.items():
            there = self.tables.get(table, {} if table in absent else names)
            yield from (f"{table}.{name}" for name in _absent(there, names))
            if table in absent and not names:
                yield table  # of English, which alone says what is in it

    def _wrong_words(self, file: _Tables) -> Iterator[Fault]:
        for table, words in file.read.items():
            if table not in self.required:
                yield file.at([table], f"unknown table {table!r}", did_you_mean(table, self.required))
            elif not isinstance(words, dict):
                yield file.at([table], f"{table} must be a table", f"begin it with [{table}]")
            else:
                for name, word in words.items():
                    if name not in self.required[table]:
                        remedy = did_you_mean(name, self.required[table])
                        yield file.at([table, name], f"unknown word {table}.{name}", remedy)
                    elif isinstance(word, str) and (found := UNSEEN.search(word)):
                        fault = f"{table}.{name} has a character that cannot be seen, U+{ord(found[0]):04X}"
                        yield file.at([table, name], fault, "leave it out")
                    elif not (isinstance(word, str) and word.strip()):
                        remedy = f'as in {name} = "{name}"'
                        yield file.at([table, name], f"{table}.{name} must be text in quotes", remedy)
                    elif unfit := unfit_to_show(word):
                        fault, _, remedy = unfit.partition("; ")
                        yield file.at([table, name], f"{table}.{name} {fault}", remedy)
                    elif (table, name) == TITLE and len(word) > LONGEST_TITLE:
                        fault = f"{table}.{name} must have at most {LONGEST_TITLE} characters"
                        yield file.at([table, name], fault, "shorten it: it is the title of what the lab saves")

    def _wrong_templates(self) -> Iterator[Fault]:
        """Of those that no page includes: `checking` looks at the others."""
        others = (self.layers.file(name) for name in GIVEN)
        for path in [*self.layers.folder("alt").listed(".txt"), *(path for path in others if path.is_file())]:
            is_alt = path.suffix == ".txt"
            if is_alt and path.stem not in KINDS:
                fault = f"there is no kind of figure {path.stem!r}"
                yield Fault(fault, file=path, help=did_you_mean(path.stem, KINDS))
                continue
            try:
                text, tree = parse(path)
            except Fault as fault:
                yield fault
                continue
            given = {*names_of(path.stem), NAMED_FACT} if is_alt else GIVEN[path.name]
            wrong = [*unknown_filters(self.environment, path, text, tree)]
            wrong += unknown_names(path, text, tree, given | {*self.environment.globals})
            if not wrong and path.name == "train.py" and (broken := wrong_template(text, path)):
                wrong = [broken]
            yield from wrong
        for name in for_scripts.FILES:
            path, english = self.layers.file(name), OURS / "en" / name
            if path != english:
                yield from for_scripts.wrong_for_scripts(self.environment, path, english)


class _Tables:
    """One file of tables: its text, what it says, and what is wrong where it cannot be read; a missing one is empty."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.text, self.read, self.unreadable = "", dict[str, Any](), None
        try:
            self.text, self.read = read_toml(file)
        except FileNotFoundError:
            pass
        except Fault as fault:
            self.unreadable = fault

    def at(self, location: list[str], fault: str, remedy: str) -> Fault:
        return at_key(self.file, self.text, location, fault, remedy)


def _absent(there: Collection[str], required: Collection[str]) -> Iterator[str]:
    """What is required and not there, not even misspelt."""
    unknown = [name for name in there if name not in required]
    meant = {nearest(name, required) for name in unknown}
    return (name for name in required if name not in there and name not in meant)
