"""How templates are written, and what they may touch: ``[= expression =]``, ``[% statement %]``, ``[%# comment #%]``.

Jinja's own brackets collide with TeX, with attribute lists of Markdown, and with nested lists in code. Templates come
with a project, so they are text that shows values, and no program: what they reach is read and never changed.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from functools import cache, lru_cache, partial
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any, TypeVar, cast

import jinja2
import jinja2.meta
import numpy as np
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.defaults import DEFAULT_NAMESPACE
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from generator import bounds
from generator.faults import Fault, did_you_mean, nearest
from generator.inert import UNSEEN, Foreign, fenced, in_markdown, in_toml, in_yaml
from generator.limits import time_limit
from generator.numerals import fixed, percent, significant, whole

SYNTAX_HELP = "expressions are [= … =], statements [% … %]; to show such brackets use [% raw %] … [% endraw %]"
_Kind = TypeVar("_Kind", bound=nodes.Node)
DEPTH_HELP = "write it with fewer brackets, branches or loops inside one another"
FILTERS: Mapping[str, Callable[..., str]] = {  # beside Jinja's own
    "significant": significant, "fixed": fixed, "whole": whole, "percent": percent,
    "markdown": in_markdown, "fenced": fenced, "yaml": in_yaml, "toml": in_toml,
}  # fmt: skip
UNSEEN_HELP = "delete it: many editors show it, or show that something is there"


def environment(loader: jinja2.BaseLoader) -> jinja2.Environment:
    """What is undefined is an error, and values are put in as they stand: Markdown and code are not HTML.

    But for what a scenario says of itself: that is data, wherever it is shown. A character that nobody could see is
    an error too.
    """
    made = _Sandbox(
        variable_start_string="[=", variable_end_string="=]",
        block_start_string="[%", block_end_string="%]",
        comment_start_string="[%#", comment_end_string="#%]",
        undefined=_Undefined,
        autoescape=False,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        finalize=_shown,
        optimized=False,  # Jinja would compute what is constant while it compiles, where no line is known
        loader=loader,
    )  # fmt: skip
    made.filters.update(FILTERS)
    made.filters = {name: bounds.bounded_filter(name, apply) for name, apply in made.filters.items()}
    del made.globals["lipsum"]  # text as long as somebody likes, and another each time
    del made.filters["random"]
    return made


class _Undefined(jinja2.StrictUndefined):
    """What is missing in something of ours is said with what is there; in anything else as Jinja says it."""

    def __init__(self, hint: str | None = None, obj: Any = missing, name: Any = None, exc: Any = None) -> None:
        if hint is None and isinstance(name, str) and type(obj).__module__.partition(".")[0] == __package__:
            hint = f"there is no {name!r} in this {type(obj).__name__}"
            there = {each for each in dir(obj) if not each.startswith("_")} - FOR_FILES
            exc = partial(Fault, help=did_you_mean(name, there))
        super().__init__(hint, obj, name, exc or jinja2.UndefinedError)


@jinja2.pass_context  # or Jinja would fold constants all the same
def _shown(context: Context, value: Any) -> Any:
    """A value as it goes into the text."""
    if isinstance(value, Foreign):
        return in_markdown(value)
    if isinstance(value, str) and (found := UNSEEN.search(value)):
        raise Fault(_unseen(found[0]), help="write the expression so that it comes to text that can be seen")
    if not (_can_be_read(value) or isinstance(value, jinja2.Undefined)):  # which says itself what it has to say
        fault = f"this comes to {_kind(value)}, which is no text and no number"
        raise Fault(fault, help='show something of it, as in [= run("…").final_loss =], or the result of a call')
    return value


def _can_be_read(value: Any) -> bool:
    """Whether it is text, a number, or a collection of those: Python shows anything else with addresses and paths."""
    if isinstance(value, dict | MappingProxyType):
        return all(map(_can_be_read, value)) and all(map(_can_be_read, value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return all(map(_can_be_read, value))
    return isinstance(value, str | int | float | complex | range | np.generic | np.ndarray | type(None))


def _kind(value: Any) -> str:
    if callable(value):
        return f"a function, {getattr(value, '__name__', 'without a name')}"
    return f"a {type(value).__name__}"


def _unseen(character: str) -> str:
    return f"a character that cannot be seen, U+{ord(character):04X}"


# --- What a template may touch -----------------------------------------------------------------------------

PLAIN = (str, int, float, complex, list, tuple, dict, set, frozenset, range, MappingProxyType, type(None))
# Of NumPy's arrays and numbers, whose other methods write files, change them, or lead to memory.
OF_ARRAYS = frozenset({
    "T", "all", "any", "argmax", "argmin", "argsort", "astype", "copy", "cumsum", "diagonal", "dtype",
    "flatten", "imag", "item", "max", "mean", "min", "ndim", "prod", "ravel", "real", "reshape", "round",
    "shape", "size", "std", "sum", "tolist", "trace", "transpose", "var",
})  # fmt: skip
FOR_FILES = frozenset({"read", "save"})  # of ours: they take a file, and NumPy would take a path for one


class _BoundedCode(CodeGenerator):
    """What Jinja makes of a template, but that ``a ~ b`` and ``[a, b]`` are made by the environment, which counts."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        self.write("environment.concat(map(str, (")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write(")))")

    def visit_List(self, node: nodes.List, frame: Frame) -> None:  # noqa: N802
        self._counted(super().visit_List, node, frame)

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:  # noqa: N802
        self._counted(super().visit_Dict, node, frame)

    def visit_Tuple(self, node: nodes.Tuple, frame: Frame) -> None:  # noqa: N802
        if node.ctx == "load":
            self._counted(super().visit_Tuple, node, frame)
        else:  # names that are given values
            super().visit_Tuple(node, frame)

    def _counted(self, visit: Callable[[Any, Frame], None], node: nodes.Node, frame: Frame) -> None:
        self.write("environment.made(")
        visit(node, frame)
        self.write(")")


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's own sandbox, which keeps Python's insides and all changes from a template, and a list of what is left.

    The list is of what may be touched: a library's objects have ways to the disk that nobody has counted. What an
    expression makes has bounds; that of a range is Jinja's own.
    """

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})  # these are not folded while parsing either
    code_generator_class = _BoundedCode
    concat = staticmethod(bounds.joined)
    made = staticmethod(bounds.made)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        bounds.check_operation(operator, left, right)
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return super().is_safe_attribute(obj, attr, value) and _is_readable(obj, attr, value)

    def call(self, context: Context, called: Any, /, *args: Any, **kwargs: Any) -> Any:
        is_of_array = isinstance(getattr(called, "__self__", None), np.ndarray)
        if is_of_array and any(isinstance(given, np.ndarray) for given in (*args, *kwargs.values())):
            raise SecurityError(f"{called.__name__} could write into the array it is given")
        origin = getattr(called, "__wrapped__", called)  # Jinja wraps the `format` of a text
        if (owner := getattr(origin, "__self__", None)) is not None and isinstance(owner, PLAIN):
            bounds.check_call(origin.__name__, owner, [*args, *kwargs.values()])
        elif str(getattr(called, "__module__", "")).startswith("generator.runs"):
            bounds.check_steps(called.__name__, [*args, *kwargs.values()])
        result = super().call(context, called, *args, **kwargs)
        return bounds.made(result) if called is dict or isinstance(owner, PLAIN) else result


def _is_readable(obj: object, attribute: str, value: object) -> bool:
    if isinstance(obj, ModuleType):  # one of ours, and what it defines itself; not what it imports
        is_its_own = isinstance(value, PLAIN) or getattr(value, "__module__", None) == obj.__name__
        return _is_ours(obj.__name__) and is_its_own
    if isinstance(obj, np.ndarray | np.generic):  # before what is plain: its numbers are Python's as well
        return attribute in OF_ARRAYS
    kinds = type(obj).__mro__
    if isinstance(obj, PLAIN) or any(kind.__module__.partition(".")[0] == "jinja2" for kind in kinds):
        return True
    ours = [kind for kind in kinds if _is_ours(kind.__module__)]
    defined = any(attribute in vars(kind) for kind in ours) or attribute in getattr(obj, "__dict__", ())
    return bool(ours) and defined and attribute not in FOR_FILES


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "generator"


# --- What is wrong with a template -------------------------------------------------------------------------


def parse(file: Path) -> tuple[str, nodes.Template]:
    """The text of a template and its tree. Raises `Fault`, with the line, where it is not written as one."""
    try:
        text = file.read_text(encoding="utf-8")
        with time_limit(file):
            tree = _tree(text)
            for line, character in _unseen_in(text, tree):
                raise Fault(_unseen(character), file=file, line=line, help=UNSEEN_HELP)
            _refuse_too_deep(tree)
            return text, tree
    except UnicodeDecodeError as problem:
        raise Fault(f"the file cannot be read: {problem}", file=file, help="save it as UTF-8 text") from None
    except jinja2.TemplateSyntaxError as problem:
        raise _misspelt(problem, file) from None
    except (RecursionError, SyntaxError, MemoryError) as problem:
        raise Fault(f"nested too deep to be read: {problem}", file=file, help=DEPTH_HELP) from None


# What is written in a template is the same whoever reads it, and most are read again as they were: by another edition,
# and after an edit.
READ_AT_ONCE = 64


@cache
def _grammar() -> jinja2.Environment:
    return environment(jinja2.DictLoader({}))


@lru_cache(READ_AT_ONCE)
def _tree(text: str) -> nodes.Template:
    return _grammar().parse(text)


@lru_cache(READ_AT_ONCE)
def _refuse_too_deep(tree: nodes.Template) -> None:
    """What is nested deeper than Python can read is found where it is compiled."""
    if not _names_what_is_unknown(_grammar(), tree):
        _grammar().compile(tree)


@lru_cache(maxsize=1)  # of one template after another several ask
def lex(environment: jinja2.Environment, text: str) -> tuple[tuple[int, str, str], ...]:
    """The tokens of a template, as (line, kind, text)."""
    return (*environment.lex(text),)


def without_values(environment: jinja2.Environment, text: str) -> str:
    """A template's own text, line for line, with a number for what is not known yet."""
    own = ""
    for _, kind, value in lex(environment, text):
        own += value if kind == "data" else ("1" if kind == "variable_begin" else "") + "\n" * value.count("\n")
    return own


def _unseen_in(text: str, tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """What cannot be seen, with its line: as it stands, or in a string that is shown, or handed to what shows it."""
    if found := UNSEEN.search(text):
        yield text.count("\n", 0, found.start()) + 1, found[0]
    shown = [node for output in find_all(tree, nodes.Output) for node in output.nodes]
    for call in find_all(tree, nodes.Call):
        if isinstance(call.node, nodes.Name):
            shown += [*call.args, *(keyword.value for keyword in call.kwargs)]
    for node in shown:
        if isinstance(node, nodes.Const) and (found := UNSEEN.search(str(node.value))):
            yield node.lineno, found[0]


def _names_what_is_unknown(environment: jinja2.Environment, tree: nodes.Template) -> bool:
    filters, tests = find_all(tree, nodes.Filter), find_all(tree, nodes.Test)
    return any(f.name not in environment.filters for f in filters) or any(
        t.name not in environment.tests for t in tests
    )


def unknown_filters(environment: jinja2.Environment, file: Path, text: str, tree: nodes.Template) -> Iterator[Fault]:
    for kind, known in ((nodes.Filter, environment.filters), (nodes.Test, environment.tests)):
        for node in find_all(tree, kind):
            if node.name not in known:
                fault = f"unknown {kind.__name__.lower()} {node.name!r}"
                yield Fault.at_line(
                    fault, file=file, text=text, line=node.lineno, help=did_you_mean(node.name, known)
                )  # fmt: skip


def unknown_names(
    file: Path, text: str, tree: nodes.Template, known: set[str], meant: Callable[[str], str] = lambda name: ""
) -> Iterator[Fault]:
    """A fault for every name that the template neither sets itself nor is given.

    ``meant`` is the remedy for a name that stands for something else than one of the known; empty for any other.
    """
    tracker = jinja2.meta.TrackingCodeGenerator(cast("jinja2.Environment", tree.environment))
    tracker.optimizer = None  # as in `environment`
    try:
        tracker.visit(tree)
    except jinja2.TemplateAssertionError:
        return  # an unknown filter or test, which hides the names
    for name in sorted(tracker.undeclared_identifiers - known):
        line = next(node.lineno for node in find_all(tree, nodes.Name) if node.name == name)
        fault = f"unknown name {name!r}"
        help = meant(name) or did_you_mean(name, known if nearest(name, known) else known - DEFAULT_NAMESPACE.keys())
        yield Fault.at_line(fault, file=file, text=text, line=line, help=help)


def render(environment: jinja2.Environment, name: str, file: Path, values: Mapping[str, Any], help: str) -> str:
    """What the template comes to that lies in this file. Raises `Fault` with the line of the file that failed."""
    try:
        with time_limit(file):
            return environment.get_template(name).render(values)
    except jinja2.TemplateSyntaxError as problem:
        raise _misspelt(problem, file) from None
    except Exception as problem:
        if isinstance(problem, Fault) and problem.file is not None:
            raise
        lines = [frame.lineno for frame in traceback.extract_tb(problem.__traceback__) if frame.filename == str(file)]
        fault, remedy = str(problem) or type(problem).__name__, help
        if isinstance(problem, Fault):
            fault, remedy = problem.fault, problem.help
        elif isinstance(problem, jinja2.TemplateNotFound):
            fault, remedy = f"there is no template {problem.name}", "write it after the one of another language"
        elif isinstance(problem, KeyError):
            fault = f"there is no {problem}"
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        raise Fault.at_line(fault, file=file, text=text, line=lines[-1] if lines else None, help=remedy) from problem


def find_all(of: nodes.Node, kind: type[_Kind] | tuple[type[_Kind], ...]) -> Iterator[_Kind]:
    """Every node of a kind below this one, as Jinja's own `find_all`."""
    below = _below(of) if isinstance(of, nodes.Template) else of.find_all(nodes.Node)
    return (node for node in below if isinstance(node, kind))


@lru_cache(READ_AT_ONCE)  # a template is looked through a dozen times, each for something else
def _below(tree: nodes.Template) -> tuple[nodes.Node, ...]:
    return (*tree.find_all(nodes.Node),)


def calls(of: nodes.Node, *names: str) -> Iterator[nodes.Call]:
    """Every call of one of these names, in a template or in a part of one."""
    found = [of] if isinstance(of, nodes.Call) else []
    for call in (*found, *find_all(of, nodes.Call)):
        if isinstance(call.node, nodes.Name) and call.node.name in names:
            yield call


def _misspelt(problem: jinja2.TemplateSyntaxError, file: Path) -> Fault:
    place = Path(problem.filename or file)
    text = problem.source or place.read_text(encoding="utf-8")
    fault = f"template syntax: {problem.message}"
    return Fault.at_line(fault, file=place, text=text, line=problem.lineno, help=SYNTAX_HELP)
