"""What a page tells before anything is trained: the scenarios, figures and words it names, and the results it needs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, nodes

from generator.faults import Fault, did_you_mean, nearest
from generator.figures import catalogue
from generator.figures.catalogue import SHOWN
from generator.pages.calls import ONCE, TAKES_IDS, more_than_once, no_id, refuse_unfit, request, wrong_touch
from generator.pages.formulas import wrong_formulas
from generator.runs.analysis import Run
from generator.scenario.schema import Scenario
from generator.templating import calls, find_all, lex, without_values

BLOCKS = ("figure", "again", "four_rates", "lab", "loss_table", "quiz", "touch")  # calls that come to more than a line
NO_IDS: dict[type, str] = {nodes.List: "a list", nodes.Tuple: "a list", nodes.Dict: "a table"}
LINK_OF_MARKDOWN = re.compile(r"(?:\]\(|^[ >]*\[[^\]\n]+\]:)[ \n]*<?\Z", re.MULTILINE)  # up to its address
NO_LINK_OF_MARKDOWN = Fault(
    "lab_link is no address for a link of Markdown",
    help='write it as HTML: <a href="[= lab_link("…") | e =]">Open in the lab</a>',
)
CALL = "\0"  # in the place of one; no page has such a character
LAYOUT = ("caption", "wide", "eager", "step")  # of `figure`: what is not about the picture itself


def wrong_calls(path: Path, text: str, tree: nodes.Template, scenarios: Mapping[str, Scenario]) -> Iterator[Fault]:
    """A fault for every scenario that there is not, and everything that cannot be shown of one that there is."""
    wrong: list[tuple[nodes.Expr, Fault]] = []
    for call in calls(tree, *TAKES_IDS, "touch"):
        name = call.node.name  # type: ignore[attr-defined]  # a call by name
        if name != "touch":
            wrong += [(call, fault) for fault in _wrong(call, name, scenarios)]
        elif fault := _wrong_touch(call, scenarios):
            wrong.append((call, fault))
    for name in ONCE:
        wrong += [(call, more_than_once(name)) for call in _always(name, tree)[1:]]
    wrong += [(node, NO_LINK_OF_MARKDOWN) for node in _links_of_markdown(tree)]
    for node, fault in wrong:
        yield Fault.at_line(fault.fault, file=path, text=text, line=node.lineno, help=fault.help)


def _wrong(call: nodes.Call, name: str, scenarios: Mapping[str, Scenario]) -> list[Fault]:
    ids = _ids(call, name)
    if not (ids or call.dyn_args or call.dyn_kwargs or name == "figure"):  # which may show none
        return [Fault(f"{name}() names no scenario", help='name one in quotes, as in run("tiny")')]
    faults = [fault for id in ids if (fault := _wrong_id(name, id, scenarios))]
    if name == "figure" and not faults and (fault := _unfit(call)):
        faults.append(fault)
    return faults


def _wrong_touch(call: nodes.Call, scenarios: Mapping[str, Scenario]) -> Fault | None:
    try:
        written = dict(zip(("what", "id"), map(_written, call.args), strict=False))
        written |= {keyword.key: _written(keyword.value) for keyword in call.kwargs}
    except nodes.Impossible:
        return None
    return wrong_touch(written.get("what"), written.get("id"), scenarios)


def _always(name: str, tree: nodes.Template) -> list[nodes.Call]:
    """The calls that are made whatever is the case: in no branch, loop or macro."""
    shown = [node for output in tree.body if isinstance(output, nodes.Output) for node in output.nodes]
    return [call for node in shown if not isinstance(node, nodes.CondExpr) for call in calls(node, name)]


def _ids(call: nodes.Call, name: str) -> list[nodes.Expr]:
    """What a call of this name has in the places of scenario ids: `figure` takes several."""
    if name == "figure":
        return call.args
    return [*call.args[:1], *(keyword.value for keyword in call.kwargs if keyword.key == "id")]


def _written(node: nodes.Expr) -> Any:
    """The value of what is written out. Raises `nodes.Impossible` where it is known only later, or never."""
    try:
        return node.as_const()
    except TypeError:  # Python's own: a list is the key of a table
        raise nodes.Impossible from None


def _links_of_markdown(tree: nodes.Template) -> Iterator[nodes.Expr]:
    """What is, or was set to, the address of a run in the lab, where a link of Markdown has its own."""
    names = {
        each.target.name
        for each in find_all(tree, nodes.Assign)
        if isinstance(each.target, nodes.Name) and any(calls(each.node, "lab_link"))
    }
    for output in find_all(tree, nodes.Output):
        for before, node in itertools.pairwise(output.nodes):
            if isinstance(before, nodes.TemplateData) and LINK_OF_MARKDOWN.search(before.data):
                used = {name.name for name in node.find_all(nodes.Name)}
                used |= {node.name} if isinstance(node, nodes.Name) else set()
                if used & names or any(calls(node, "lab_link")):
                    yield node


def misplaced_calls(environment: Environment, path: Path, text: str) -> Iterator[Fault]:
    """A fault for every call of a block of HTML that does not stand alone on its lines, at their beginning.

    In a list, a quotation, a note, a heading or a table only its first line would be, and Markdown would read the rest.
    """
    outline, first = "", 0
    calls: list[tuple[int, str]] = []
    inside: list[str] = []
    for line, kind, value in lex(environment, text):
        if kind == "data":
            outline += value
        elif kind == "variable_begin":
            inside, first = [], line
        elif kind in ("name", "operator"):
            inside.append(value)
        elif kind == "variable_end":
            called = _block_called(inside)
            calls += [(first, called)] if called else []
            outline += CALL if called else "1"
        elif kind.endswith("_end") and "\n" in value:
            outline += "\n"
    places = (each for each in outline.split("\n") for _ in range(each.count(CALL)))
    for (line, called), place in zip(calls, places, strict=True):
        if place.rstrip() != CALL:
            fault = f"{called}(…) makes a block, which stands on a line of its own and is not indented"
            help = (
                "move it to the beginning of a line of its own, behind the list, quotation, note or table it stands in"
            )
            yield Fault.at_line(fault, file=path, text=text, line=line, help=help)


def meant(scenarios: Collection[str], known: Collection[str], name: str) -> str:
    """The remedy for an unknown name: a run without its quotes, or something of a run without the run; else nothing."""
    if ids := [id for id in scenarios if id == name or id.startswith(f"{name}-")]:
        return f'the name of a run stands in quotes: "{min(ids)}"'
    if nearest(name, known):
        return ""
    close = nearest(name, sorted(each for each in {*dir(Run), *Run.__dataclass_fields__} if not each.startswith("_")))
    return f'if it is something of a run, run("…").{close} was meant' if close else ""


def _block_called(tokens: list[str]) -> str:
    for before, name, after in zip(["", *tokens], tokens, tokens[1:], strict=False):
        if name in BLOCKS and after == "(" and before not in (".", "|"):
            return name
    return ""


def _wrong_id(call: str, given: nodes.Expr, scenarios: Mapping[str, Scenario]) -> Fault | None:
    if type(given) in NO_IDS:
        return no_id(NO_IDS[type(given)])
    try:
        id = _written(given)
        if not isinstance(id, str):
            return no_id(SHOWN.repr(id))
        if id not in scenarios:
            return Fault(f"there is no scenario {SHOWN.repr(id)}", help=did_you_mean(id, scenarios))
        refuse_unfit(call, id, scenarios[id])
    except nodes.Impossible:
        pass
    except Fault as fault:
        return fault
    return None


def _unfit(call: nodes.Call) -> Fault | None:
    """What is wrong with a call of `figure`, as far as it is written out: what is computed is known only later."""
    if call.dyn_args or call.dyn_kwargs:
        return None
    try:
        ids = [_written(argument) for argument in call.args]
        options = {keyword.key: _written(keyword.value) for keyword in call.kwargs if keyword.key not in LAYOUT}
        asked = request(ids, options.pop("kind", "fit"), options)
        catalogue.kind_of(asked)
        if any(keyword.key == "step" and _written(keyword.value) for keyword in call.kwargs):
            catalogue.refuse_unless_it_steps(asked)
    except nodes.Impossible:
        pass
    except Fault as fault:
        return fault
    return None


def wrong_words(path: Path, text: str, tree: nodes.Template, known: Mapping[str, Collection[str]]) -> Iterator[Fault]:
    """A fault for every table of words, and every word, that no language has: ``words.labels.lose``."""
    for lookup in find_all(tree, (nodes.Getattr, nodes.Getitem)):
        match _looked_up(lookup):
            case ["words", str(table)] if table not in known:
                fault, remedy = f"there is no words.{table}", did_you_mean(table, known)
            case ["words", str(table), str(name)] if known.get(table) and name not in known[table]:
                fault, remedy = f"there is no words.{table}.{name}", did_you_mean(name, known[table])
            case _:
                continue
        yield Fault.at_line(fault, file=path, text=text, line=lookup.lineno, help=remedy)


def _looked_up(node: nodes.Node) -> list[str | None]:
    """The names in ``a.b["c"]``, one after another; None for what the page computes."""
    match node:
        case nodes.Name():
            return [node.name]
        case nodes.Getattr():
            return [*_looked_up(node.node), node.attr]
        case nodes.Getitem():
            return [*_looked_up(node.node), str(node.arg.value) if isinstance(node.arg, nodes.Const) else None]
    return [None]


def unset_formulas(environment: Environment, path: Path, text: str) -> Iterator[Fault]:
    """A fault for every formula that cannot be set, in the page and in the texts that it hands to what it calls."""
    for first, part in _texts(environment, text):
        for line, fault in wrong_formulas(part):
            yield Fault.at_line(fault.fault, file=path, text=text, line=first + line - 1, help=fault.help)


def _texts(environment: Environment, text: str) -> Iterator[tuple[int, str]]:
    """The Markdown of a template and where it begins, with a number for what is not known yet; and its strings."""
    for line, kind, value in lex(environment, text):
        if kind == "string":
            yield line, value[1:-1].encode("ascii", "backslashreplace").decode("unicode-escape")
    yield 1, without_values(environment, text)


def needs(trees: Iterable[nodes.Template]) -> set[tuple[str, str]]:
    """Results besides runs that pages ask for as (name, scenario id), where both are written out.

    What a page computes is not known yet; it is asked for when the page is rendered.
    """
    found: set[tuple[str, str]] = set()
    for tree in trees:
        for called in ("figure", "sweep", "ladder"):
            for call in calls(tree, called):
                name = _result_shown(call) if called == "figure" else called
                if name in ("sweep", "ladder"):
                    found |= {(name, id.value) for id in _ids(call, called) if isinstance(id, nodes.Const)}
    return found


def _result_shown(call: nodes.Call) -> str | None:
    """What a call of `figure` shows of each id, where its kind is written out."""
    kind = next((keyword.value for keyword in call.kwargs if keyword.key == "kind"), None)
    known = catalogue.KINDS.get(kind.value) if isinstance(kind, nodes.Const) else None
    return known.of if known else None
