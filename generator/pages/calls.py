"""What a page can call: runs and what else is computed, pictures, tables, questions, badges.

A page asks for pictures by name; the requests are collected while it is rendered, so that only what some page shows
is drawn.
"""

from __future__ import annotations

import itertools
import math
import posixpath
import re
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jinja2

from generator.faults import Fault, did_you_mean
from generator.figures import catalogue
from generator.figures.catalogue import SHOWN, Request
from generator.files import below
from generator.inert import in_data_block
from generator.making.source import listing
from generator.making.takehome import cells_with_holes, mistake_shown
from generator.pages import manual, measured
from generator.pages.asked import Sources
from generator.pages.legends import legends
from generator.pages.measured import Measured
from generator.pages.questions import Answer, in_order
from generator.pages.words import Words
from generator.project import GENERATED, Edition
from generator.runs import theory, thinning, worked
from generator.runs.agreement import Agreement
from generator.runs.analysis import Run
from generator.runs.lab_address import MOST_POINTS as MOST_IN_LAB
from generator.runs.lab_address import fits_the_lab, lab_address
from generator.runs.rate_sweep import RateSweep
from generator.runs.repeatable import KERNELS, MOST_POINTS, is_repeatable, is_stepped_through, repeatable
from generator.runs.update_rule import UpdateRule
from generator.scenario import reference
from generator.scenario.schema import Scenario
from generator.templating import FILTERS, calls, parse

# Functions of a page whose text arguments are scenario ids.
TAKES_IDS = (
    "figure", "how_it_ended", "again", "loss_table", "run", "named", "sweep", "ladder", "verdict", "four_rates", "lab",
    "lab_link",
)  # fmt: skip
ONCE = ("four_rates", "lab")  # a page
WORDS = "words of a stepper"  # no id of a run
TELEPHONE = "(max-width: 37.5em)"  # on what is wider, the type of a wide picture can be read
# What a page can let its reader take hold of, and whether it is of a run.
TOUCHED = {
    "line": True, "point": True, "cut": True, "stop": True, "rate": True, "unit": True, "momentum": True,
    "product": False,
}  # fmt: skip
LAB = "lab.md"  # the page of an edition that calls for it
CODE = re.compile(r"\[(?:=.*?=|%.*?%)\]|```.*?```", re.DOTALL)  # of a page: no prose
WORD = re.compile(r"[^\W\d_\u4e00-\u9fff]+|[\u4e00-\u9fff]{2}")  # a Chinese word is two characters or so
WORDS_A_MINUTE, MINUTES_A_CALL = 180, 0.5


@dataclass
class Pictures:
    """Those that one page asks for."""

    alts: dict[Request, str] = field(default_factory=dict)  # of each its alternative text, in the order of the page
    in_figures: set[Request] = field(default_factory=set)  # of those; on cards the narrow picture is enough
    first: Request | None = None  # the first that is a figure
    played: set[Request] = field(default_factory=set)  # of what moves, where nothing steps through it


class Calls:
    """What the pages of one edition call, and the pictures that they asked for.

    Nothing is trained here: ``sources`` have what was. ``environment`` has the templates of what is called.
    ``are_folders``: whether each page has a folder of its own in the site; ``left_out`` are the pages that the engine
    does not publish; ``moves_html``: whether it moves addresses in HTML, which it then takes for those from the page's
    source, to where the page comes.
    """

    def __init__(
        self,
        edition: Edition,
        sources: Sources,
        words: Words,
        environment: jinja2.Environment,
        are_folders: bool,
        left_out: Collection[str] = (),
        moves_html: bool = False,
    ) -> None:
        self.edition, self.sources, self.words, self.environment = edition, sources, words, environment
        self.scenarios, self.result_of = sources.scenarios, sources.result_of
        self.are_folders, self.left_out, self.moves_html = are_folders, left_out, moves_html
        self.pictures: dict[str, Pictures] = {}  # of the pages by their names
        self.answers: dict[str, list[Answer]] = {}  # to the questions of each page, in their order
        # Where the frames of a page's picture will stand, once it is drawn. No author's text looks like it.
        self.token = secrets.token_hex(8)
        self.mark = re.compile(rf"⟦{self.token} (delays|epochs) (\d+)⟧")

    @property
    def alts(self) -> dict[Request, str]:
        """Every picture that a page asks for, with its alternative text."""
        return {asked: alt for pictures in self.pictures.values() for asked, alt in pictures.alts.items()}

    @property
    def first_on(self) -> dict[str, Request]:
        """Of each page that shows a figure, its first."""
        return {page: pictures.first for page, pictures in self.pictures.items() if pictures.first}

    def everywhere(self) -> dict[str, Any]:
        """What means the same on every page, by its name there."""
        return {
            "run": self.record_of,
            "named": self.named,
            "sweep": self.sweep_of,
            "ladder": self.ladder_of,
            "scenarios": self.scenarios,
            "theory": theory,
            "update_rule": UpdateRule,
            "worked": worked,
            "thinning": thinning,
            "scenario_file": reference.tables,
            "loss_table": self.loss_table,
            "verdict": self.verdict,
            "gallery": self.gallery,
            "minutes": self.minutes,
            "listing": listing,
            "mistake_shown": mistake_shown,
            "language": self.edition.language,
            "words": self.words.tables,
            "kinds": catalogue.KINDS,
            "what_to_call": self.what_to_call,
        }

    def on(self, page: str) -> dict[str, Any]:
        """What depends on where the page lies."""

        def link(target: str) -> str:
            """The address of a page or file of this language, from where this page lies."""
            return _from(page, target)

        there: set[str] = set()  # what scripts read, and the page has already
        pictures = self.pictures.setdefault(page, Pictures())
        numbers = itertools.count(1)  # of figures
        answers = self.answers[page] = []

        def built(target: str) -> str:
            """As `link`, from where the page lies once it is built: for what no engine reads."""
            return _from(self._address(page), target)

        def place(target: str) -> str:
            """As `link`, for HTML."""
            return link(target) if self.moves_html else built(target)

        def unscripted(target: str) -> str:
            """As `link`, for pictures in ``noscript``, whose HTML an engine that moves addresses does not read."""
            return built(target) if self.moves_html else link(target)

        def once(call: str) -> None:
            if f"call of {call}" in there:
                raise more_than_once(call)
            there.add(f"call of {call}")

        def figure(
            *ids: str, kind: str = "fit", caption: str = "", wide: bool = False, eager: bool = False,
            step: bool = False, **options: Any,
        ) -> str:  # fmt: skip
            """A picture of one or more runs, with its alternative text, in light and dark; what moves has a player.

            `kind` is one of those on the page of figures, and `options` are those of the kind. `caption` is Markdown,
            and comes with the number of the figure on its page. `wide` lets it be wider than the text, `eager` is for
            one at the top of a page, and with `step` readers go through the run epoch by epoch.
            """
            for id in ids:
                if not isinstance(id, str):
                    raise no_id(SHOWN.repr(id))
            asked = self._request(ids, kind, options)
            pictures.first = pictures.first or asked
            for_scripts = self._stepper(asked, there) if step else None
            deep = page.startswith(f"{GENERATED}/")
            steps: dict[str, Any] = {} if for_scripts is None else {"step": ids[0], "deep": deep}
            if catalogue.kind_of(asked).animated and not steps:
                pictures.played.add(asked)
            shown = self._figure(
                pictures, asked, link, place, unscripted, numbers, caption=caption, wide=wide, eager=eager, **steps
            )
            return shown + (for_scripts or "")

        def how_it_ended(id: str) -> dict[str, Any]:
            """For the card of a run: the address, size and alternative text of a small picture of its loss."""
            return self._how_it_ended(pictures, id, link)

        def again(id: str) -> str:
            """The line that says what came of the run when the reader's browser computed it again."""
            return self._again(id, there)

        def lab(id: str) -> str:
            """The lab, opened with a run; once a page. A language's lab is its page `lab.md`."""
            once("lab")
            return self._lab(id)

        def lab_link(id: str) -> str | None:
            """The address of a run in the lab; None where the edition has no lab, or the lab no such run."""
            address = lab_address(self.record_of(id))
            if not (address and self._has_lab):
                return None
            return f"{place(self._address(LAB))}#{address}"

        def quiz(question: str, right: object, choices: Mapping[object, tuple[str, str]], ordered: bool = False) -> str:
            """A question that is answered before what follows is seen: `choices` maps an outcome to a text and a reply.

            `right` is the outcome that came out, computed from a run or from theory. Choices stand in another order on
            each page, unless they are `ordered`, as from little to much.
            """
            rows, answer = in_order(page, len(answers), right, choices, ordered=ordered)
            answers.append(answer)
            return self._template("quiz.md").render(question=question, choices=rows)

        def four_rates(id: str) -> str:
            """Four rates racing from where a run begins, and a fifth for the reader to choose; once a page."""
            once("four_rates")
            return self._four_rates(id, there, lab_link)

        def touch(what: str, id: str | None = None, at: int = 0) -> str:
            """Sliders, and what they move: `what` is "line", "point", "cut", "stop", "rate", "unit" or "momentum" of a
            run, or "product", which takes none. `at` is the number of the point that is moved.
            """
            return self._touch(what, id, at, there)

        called = {"touch": touch, "figure": figure, "quiz": quiz, "again": again, "four_rates": four_rates, "lab": lab}
        return {**called, "how_it_ended": how_it_ended, "lab_link": lab_link, "link": link, "page": page}

    def _address(self, page: str) -> str:
        """The file that a page is in the site."""
        stem = page.removesuffix(".md")
        is_index = posixpath.basename(stem) == "index"
        return f"{stem}/index.html" if self.are_folders and not is_index else f"{stem}.html"

    def record_of(self, id: str) -> Run:
        """The run of a scenario: its numbers, and what theory says of them."""
        record: Run = self._result_of_id("run", id)
        return record

    def named(self, id: str) -> Measured:
        """The run of a scenario in the names and units of its points: `named("…").line` is its last line."""
        record = self.record_of(id)
        return measured.of(record, self.edition.language)

    def sweep_of(self, id: str) -> RateSweep:
        """The points of a scenario at many rates, for each the epochs it took and the loss it ended with."""
        swept: RateSweep = self._result_of_id("sweep", id)
        return swept

    def ladder_of(self, id: str) -> Agreement:
        """The same descent by hand, with autograd and with PyTorch's modules: the states of each, (epochs + 1, 2)."""
        three_ways: Agreement = self._result_of_id("ladder", id)
        return three_ways

    def what_to_call(self) -> dict[str, Any]:
        """All of this, by groups: the calls, what a run has, and the filters."""
        return {
            "calls": manual.groups(self.everywhere() | self.on("")),
            "handed_over": manual.handed_over(),
            "filters": manual.filters(FILTERS),
        }

    @cached_property
    def _has_lab(self) -> bool:
        """Whether the edition publishes a page that a link to the lab may lead to, with the lab on it."""
        file = self.edition.pages / LAB
        if LAB in self.left_out or not file.is_file():
            return False
        return any(calls(parse(file)[1], "lab"))

    def _result_of_id(self, name: str, id: str) -> Any:
        if not isinstance(id, str):
            raise no_id(SHOWN.repr(id))
        return self.result_of(name, id)

    def _figure(
        self, pictures: Pictures, asked: Request, link: Callable[[str], str], place: Callable[[str], str],
        unscripted: Callable[[str], str], numbers: Iterator[int], caption: str = "", wide: bool = False,
        eager: bool = False, step: str = "",
        deep: bool = False,
    ) -> str:  # fmt: skip
        """The markup of a picture, for telephones a narrow one, and for paper the filmstrip of one that moves.

        ``eager`` is for a picture at the top of a page: it is loaded before it is scrolled to. ``step`` is the run that
        scripts step through in its place; where it is ``deep``, the page's address says at which epoch. With a caption
        comes the next of ``numbers``.
        """
        picture = self._picture(pictures, asked, link)
        strip = None
        said = self._said_of(asked)
        if picture["kind"].animated and len(asked.ids) in catalogue.KINDS["filmstrip"].runs:
            options = {**dict(asked.options), "of": asked.kind}
            of_moments = self._request(asked.ids, "filmstrip", options)
            strip = self._picture(pictures, of_moments, link)
            pictures.in_figures.add(of_moments)
        pictures.in_figures.add(asked)
        number = [*pictures.alts].index(asked)
        caption = "<br>".join(filter(None, [caption, *said]))
        return self._template("figure.md").render(
            **picture,
            telephone=TELEPHONE,
            size=asked.narrow,
            built_path=place(asked.path),
            unscripted_path=unscripted(asked.path),
            delays=f"⟦{self.token} delays {number}⟧",
            epochs=f"⟦{self.token} epochs {number}⟧",
            caption=caption,
            number=next(numbers) if caption else None,
            wide=wide,
            loading="eager" if eager else "lazy",
            strip=strip,
            step=step,
            deep=deep,
            legends=legends(asked, self._results(asked), step=bool(step), deep=deep),
        )

    def _said_of(self, asked: Request) -> list[str]:
        """The lines under a picture of points that have names."""
        runs = [self.record_of(id) for id in asked.ids] if catalogue.kind_of(asked).of == "run" else []
        return measured.lines_under(self._template("named.md"), asked, runs, self.edition.language)

    def _request(self, ids: Sequence[str], kind: str, options: Mapping[str, Any]) -> Request:
        """A picture, whose names are of this language where that makes a difference."""
        language = self.edition.language
        differ = any(self.scenarios[id].drawn_in(language) != "en" for id in ids if id in self.scenarios)
        return request(ids, kind, options, language if differ else "en")

    def _how_it_ended(self, pictures: Pictures, id: str, link: Callable[[str], str]) -> dict[str, Any]:
        """What a card says of the picture that shows how a run ended: its loss, as on a telephone."""
        asked = self._request([id], "loss_curve", {"scale": "log"})
        width, height = asked.narrow or (0, 0)
        return self._picture(pictures, asked, link) | {"width": width, "height": height}

    def _again(self, id: str, there: set[str]) -> str:
        """The line that says what came of a run when the reader's browser computed it again; once a page, its data."""
        record = self.record_of(id)
        if record.scenario.withholds:
            return ""
        line = self._template("again.md").render(record=record, most_points=MOST_POINTS).strip()
        return f"{line}\n\n{self._data(record, there)}"

    def _four_rates(self, id: str, there: set[str], lab_link: Callable[[str], str | None]) -> str:
        """Four rates from where a run begins, for its reader to watch, and a fifth to choose."""
        record = self.record_of(id)
        refuse_unfit("four_rates", id, record.scenario)
        markup = self._template("four_rates.html").render(id=id, lab=lab_link(id)).strip()
        return f"{self._data(record, there)}\n\n{markup}"

    def _touch(self, what: str, id: str | None, at: int, there: set[str]) -> str:
        """Something to take hold of: ``what`` is one of `TOUCHED`, ``at`` the number of the point that is moved."""
        if fault := wrong_touch(what, id, self.scenarios):
            raise fault
        data = "" if id is None else self._data(self.record_of(id), there)
        if id is not None and not 0 <= at < self.scenarios[id].count:
            raise Fault(
                f"there is no point {at} in {id!r}", help=f"they count from 0 to {self.scenarios[id].count - 1}"
            )
        record = None if id is None else self.record_of(id)
        named = "" if record is None else measured.line_of(self._template("named.md"), record, self.edition.language)
        values = {"what": what, "id": id, "at": at, "record": record, "named": named}
        return f"{data}\n\n{self._template('touch.html').render(values).strip()}"

    def _lab(self, id: str) -> str:
        """The lab, as a run leaves it to the reader, and the script that is to be taken home."""
        record = self.record_of(id)
        refuse_unfit("lab", id, record.scenario)
        start = lab_address(record)
        if start is None:
            raise Fault(f"the lab does not make such a run as {id!r}", help="name one that makes a step")
        markup = self._template("lab.html").render(start=start, most_points=MOST_IN_LAB).strip()
        template = self.words.layers.file("train.py").read_text(encoding="utf-8")
        script = cells_with_holes(template, self.words.language, self.words.tables["labels"]["lab"])
        return f'<script type="application/json" data-lab="cells">{in_data_block(script)}</script>\n\n{markup}'

    def _stepper(self, asked: Request, there: set[str]) -> str | None:
        """What a script needs to step through the run of a picture; None where no browser computes it again unasked.

        Raises `Fault` where it is no picture of one run's states.
        """
        catalogue.refuse_unless_it_steps(asked)
        record = self.record_of(asked.ids[0])
        if not is_stepped_through(record):
            return None
        words = "" if WORDS in there else self._template("stepper.html").render().strip()
        there.add(WORDS)
        return f"\n\n{words}\n\n{self._data(record, there)}\n\n"

    def _data(self, record: Run, there: set[str]) -> str:
        """What a browser needs to compute a run again, once a page."""
        if not is_repeatable(record) or record.id in there:
            return ""
        there.add(record.id)
        data = repeatable(record) | {"exact": self.sources.kernels().split()[0] in KERNELS}
        data |= measured.for_browser(record, self.edition.language)
        return f'<script type="application/json" data-run="{record.id}">{in_data_block(data)}</script>'

    def _picture(self, pictures: Pictures, asked: Request, link: Callable[[str], str]) -> dict[str, Any]:
        """What the markup says of a picture: its kind, path and alt text. From now on it is asked for.

        Raises `Fault` where it cannot be drawn.
        """
        kind = catalogue.kind_of(asked)
        alt = self.words.alt(asked.kind, self._results(asked), **dict(asked.options))
        pictures.alts[asked] = alt
        return {"kind": kind, "path": link(asked.path), "alt": alt}

    def _results(self, asked: Request) -> list[Any]:
        """What the picture shows: a run or a sweep of each id."""
        return [self.result_of(catalogue.kind_of(asked).of, id) for id in asked.ids]

    def loss_table(self, id: str, epochs: Sequence[int] | None = None, exact: bool = False) -> str:
        """The table that a run prints: under epoch e the loss and gradient of state e − 1, and w and b of state e.

        `epochs` are those of its rows, where not those of the scenario; `exact` shows every digit of the loss.
        """
        record = self.record_of(id)
        return self._template("loss_table.md").render(
            record=record, said=self.named(id), epochs=epochs or record.table_epochs, exact=exact
        )

    def key(self, page: str) -> str:
        """The answers to the questions of a page that was rendered, for the end of it on paper; nothing without any."""
        answers = self.answers.get(page)
        return f"\n\n{self._template('key.md').render(answers=answers).strip()}\n" if answers else ""

    def verdict(self, id: str) -> str:
        """A badge: shape, word and colour; beside it, whether the run has a mistake in it."""
        record = self.record_of(id)
        is_mistaken = record.scenario.training.mistake is not None
        return self._template("verdict.md").render(verdict=record.verdict, is_mistaken=is_mistaken).strip()

    def minutes(self, name: str) -> int:
        """How long an authored page takes: its words at reading speed, and time to look at what it calls for."""
        pages = {path.relative_to(self.edition.pages).as_posix(): path for path in below(self.edition.pages)}
        if str(name) not in pages:
            raise Fault(f"there is no page {SHOWN.repr(name)}", help=did_you_mean(str(name), pages))
        text = self.sources.text_of(pages[name])
        called = len(re.findall(r"\[= (?:figure|quiz|loss_table)\(", text))
        return math.ceil(len(WORD.findall(CODE.sub("", text))) / WORDS_A_MINUTE + called * MINUTES_A_CALL)

    def gallery(self) -> list[Run]:
        """Every run of the project, in the order of its pages."""
        return [self.record_of(id) for id in self.scenarios]

    def _template(self, name: str) -> jinja2.Template:
        return self.environment.get_template(name)


def wrong_touch(what: object, id: object, scenarios: Mapping[str, Scenario]) -> Fault | None:
    """What is wrong with something to take hold of, before anything is trained."""
    if not isinstance(what, str) or what not in TOUCHED:
        return Fault(f"there is nothing to touch that is called {what!r}", help=did_you_mean(str(what), TOUCHED))
    if not TOUCHED[what]:
        return None if id is None else Fault(f"touch({what!r}) is of no run", help="leave the scenario out")
    if not isinstance(id, str) or id not in scenarios:
        return Fault(f"there is no scenario {id!r}", help=did_you_mean(str(id), scenarios))
    training = scenarios[id].training
    if scenarios[id].withholds:
        return withheld(id)
    if scenarios[id].count > MOST_POINTS or not (
        training.is_plain or (what == "momentum" and fits_the_lab(scenarios[id]))
    ):
        return Fault(
            f"nothing of {id!r} can be touched",
            help=f"name a run of at most {MOST_POINTS} points, all in each step, at a constant rate, without a mistake",
        )
    return None


def _from(page: str, target: str) -> str:
    """The way from one file of the site to another; wherever the command is at work."""
    return posixpath.relpath(posixpath.join("/", target), posixpath.join("/", posixpath.dirname(page)))


def no_id(given: str) -> Fault:
    """Of what a page gives in place of the id of a scenario."""
    return Fault(f"{given} is no id of a scenario, which is a text", help='name one in quotes, as in run("tiny")')


def more_than_once(call: str) -> Fault:
    return Fault(
        f"this is the second {call}(…) of the page", help="a page has one at most: give the other its own page"
    )


def withheld(id: str) -> Fault:
    """Of what needs points that are not to be published."""
    return Fault(
        f"the points of {id!r} are not published, and a reader's browser would need them",
        help=f"leave publish = false out of {id}.toml, or name another run",
    )


def refuse_unfit(call: str, id: str, scenario: Scenario) -> None:
    """Raises `Fault` where the lab, or the four rates, can do nothing with such a run."""
    if call in ("lab", "four_rates") and scenario.withholds:
        raise withheld(id)
    if call == "lab" and not fits_the_lab(scenario):
        raise Fault(
            f"the lab does not make such a run as {id!r}",
            help=f"one of at most {MOST_IN_LAB} points, all of them at once, at a rate that stays, without a mistake",
        )
    if call == "four_rates" and not (scenario.count <= MOST_POINTS and scenario.training.is_plain):
        raise Fault(
            f"no four rates can start where {id!r} does",
            help=f"name a run of at most {MOST_POINTS} points, all in each step, without momentum, decay or a mistake",
        )


def request(ids: Sequence[str], kind: str, options: Mapping[str, Any], language: str = "en") -> Request:
    """A page may write a list; a request is a key."""
    frozen = {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}
    return Request(kind, tuple(ids), tuple(sorted(frozen.items())), language)
