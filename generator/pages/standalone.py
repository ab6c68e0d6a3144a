"""A picture without a site, with its words and the plain files of its runs: for a slide, a chat, another page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2

from generator.faults import Fault, Faults
from generator.figures.catalogue import Request, kind_of
from generator.inert import UNSEEN
from generator.making import arithmetic, products
from generator.pages.fragment import Fragment
from generator.pages.words import Words
from generator.resources import over_ours
from generator.runs.analysis import Run
from generator.runs.repeatable import KERNELS
from generator.scenario.schema import Scenario
from generator.templating import environment


@dataclass(frozen=True)
class Order:
    """What to draw, and how to hand it over."""

    scenarios: Sequence[Scenario]
    kind: str = "fit"
    options: Mapping[str, Any] = field(default_factory=dict)  # of the kind
    language: str = "en"
    caption: str = ""
    format: str | None = None  # one of `figures.formats`; None: a GIF of what moves, a PNG of what stands still
    loop: bool = False  # for ever, rather than one pass

    @property
    def request(self) -> Request:
        """Raises `Fault` where no such picture can be drawn of so many scenarios, or one name means two of them."""
        ids = tuple(scenario.id for scenario in self.scenarios)
        for id, count in Counter(ids).items():
            if count > 1:
                raise Fault(f"{count} scenarios are called {id!r}", help="give each file a name of its own")
        differ = any(scenario.drawn_in(self.language) != "en" for scenario in self.scenarios)
        language = self.language if differ else "en"
        request = Request(self.kind, ids, tuple(sorted(self.options.items())), language)
        kind_of(request)
        return request


def delivered(order: Order, templates: Path) -> tuple[dict[str, bytes], list[Run]]:
    """The files by their names below one folder, and the runs that they are of. Raises `Fault`.

    ``templates`` are a project's, which go over the package's; there need not be any.
    Pictures, ``alt.txt``, ``fragment.md``, ``fragment.html``, and of each run what a site would publish: several runs
    have a folder each.
    """
    request, kind = order.request, kind_of(order.request)
    words = Words(templates, order.language)
    if mistakes := words.mistakes():
        raise Faults(mistakes)
    template = words.layers.file("train.py").read_text(encoding="utf-8")
    products.check_format(kind, order.format, loop=order.loop)
    if found := UNSEEN.search(order.caption):
        fault = f"the caption has a character that cannot be seen, U+{ord(found[0]):04X}"
        raise Fault(fault, help="leave it out, and let the terminal write UTF-8")

    runs = {scenario.id: _result("run", scenario) for scenario in order.scenarios}
    shown = [*runs.values()] if kind.of == "run" else [_result(kind.of, scenario) for scenario in order.scenarios]
    try:
        alt = words.alt(request.kind, shown, **order.options)
    except IndexError as problem:  # an epoch that a run does not have
        raise Fault(str(problem), help="name one that it has, or leave the option out for the last") from None
    pictures = products.draw_as(request, shown, order.format, loop=order.loop)
    # The first frame is for a page that asks what comes next.
    files = {request.stem + name: made for name, made in pictures.items() if not name.startswith(".first")}
    ending = order.format or ("gif" if kind.animated else "png")
    exact = bool(runs) and arithmetic.of_this_process().split()[0] in KERNELS
    fragment = Fragment(request, ending, dict(files), alt, order.caption, [*runs.values()], shown, words, exact)
    made_of = environment(jinja2.FileSystemLoader(over_ours(templates, "templates").folders))
    files |= {"alt.txt": f"{alt}\n".encode(), "fragment.md": fragment.as_markdown(made_of).encode()}
    files["fragment.html"] = fragment.as_page(made_of).encode()
    for id, run in runs.items():
        folder = f"{id}/" if len(runs) > 1 else ""
        plain = products.plain_files(run, template, order.language)
        files |= {folder + name: content for name, content in plain.items()}
    return files, [*runs.values()]


def option(text: str) -> tuple[str, Any]:
    """``key=value`` as a page would write it: numbers, true, false, null and [lists] as JSON, anything else as text."""
    key, given, value = text.partition("=")
    if not (key and given):
        raise Fault(f"{text!r} is no option", help="write it as key=value, such as scale=log or products=[0.2,1.8]")
    try:
        read = json.loads(value)
    except (ValueError, RecursionError):  # no JSON, a number of too many digits, lists too deep: text like any other
        read = value
    return key.strip(), tuple(read) if isinstance(read, list) else read


def _result(name: str, scenario: Scenario) -> Any:
    return products.unpack(name, products.compute(name, scenario), scenario)
