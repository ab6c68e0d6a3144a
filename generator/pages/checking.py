"""What a page tells before anything is trained: the scenarios, figures and words it names, and the results it needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from jinja2 import Environment, nodes

from generator.faults import Fault, did_you_mean
from generator.figures import catalogue
from generator.pages.calls import TAKES_IDS, request
from generator.pages.formulas import wrong_formulas

LAYOUT = ("caption", "wide", "eager")  # of `figure`: what is not about the picture itself


def wrong_calls(path: Path, text: str, tree: nodes.Template, scenarios: Collection[str]) -> Iterator[Fault]:
    """A fault for every scenario that there is not, and every figure that cannot be."""
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name not in TAKES_IDS:
            continue
        for argument in call.args:
            if isinstance(argument, nodes.Const) and argument.value not in scenarios:
                yield Fault.at_line(
                    f"there is no scenario {argument.value!r}", file=path, text=text, line=call.lineno,
                    help=did_you_mean(str(argument.value), scenarios),
                )  # fmt: skip
        if call.node.name == "figure" and (fault := _unfit(call)):
            yield Fault.at_line(fault.fault, file=path, text=text, line=call.lineno, help=fault.help)


def _unfit(call: nodes.Call) -> Fault | None:
    """What is wrong with a call of `figure`, as far as it is written out: what is computed is known only later."""
    if call.dyn_args or call.dyn_kwargs:
        return None
    try:
        ids = [argument.as_const() for argument in call.args]
        options = {keyword.key: keyword.value.as_const() for keyword in call.kwargs if keyword.key not in LAYOUT}
        catalogue.kind_of(request(ids, options.pop("kind", "fit"), options))
    except nodes.Impossible:
        pass
    except Fault as fault:
        return fault
    return None


def wrong_words(path: Path, text: str, tree: nodes.Template, known: Mapping[str, Collection[str]]) -> Iterator[Fault]:
    """A fault for every table of words, and every word, that no language has: ``words.labels.lose``."""
    for lookup in tree.find_all((nodes.Getattr, nodes.Getitem)):
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
    page = ""
    for line, kind, value in environment.lex(text):
        if kind == "data":
            page += value
            continue
        page += ("1" if kind == "variable_begin" else "") + "\n" * value.count("\n")
        if kind == "string":
            yield line, value[1:-1].encode("ascii", "backslashreplace").decode("unicode-escape")
    yield 1, page


def needs(trees: Iterable[nodes.Template]) -> set[tuple[str, str]]:
    """Results besides runs that pages ask for as (name, scenario id), where both are written out.

    What a page computes is not known yet; it is asked for when the page is rendered.
    """
    found: set[tuple[str, str]] = set()
    for call in (call for tree in trees for call in tree.find_all(nodes.Call)):
        called = call.node.name if isinstance(call.node, nodes.Name) else None
        name = _result_shown(call) if called == "figure" else called
        if name in ("sweep", "ladder"):
            found |= {(name, id.value) for id in call.args if isinstance(id, nodes.Const)}
    return found


def _result_shown(call: nodes.Call) -> str | None:
    """What a call of `figure` shows of each id, where its kind is written out."""
    kind = next((keyword.value for keyword in call.kwargs if keyword.key == "kind"), None)
    known = catalogue.KINDS.get(kind.value) if isinstance(kind, nodes.Const) else None
    return known.of if known else None
