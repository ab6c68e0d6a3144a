"""What pages ask for while they are made, beside their own text; a page is made again where any of that is another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from generator.faults import Fault
from generator.memory import Memory, digest
from generator.scenario.schema import Scenario

Asked = tuple[str, str]  # the kind of a thing, and which of that kind
_Value = TypeVar("_Value")


class Sources:
    """Scenarios, results, texts of other pages, and with which kernels PyTorch computes here: handed out, and noted.

    ``result_of`` gives the run, sweep or ladder of an id, and ``digest_of`` what it came to; without that nothing is
    noted.
    """

    def __init__(
        self,
        scenarios: Mapping[str, Scenario],
        result_of: Callable[[str, str], Any],
        kernels: Callable[[], str],
        digest_of: Callable[[str, str], str] | None = None,
    ) -> None:
        self._scenarios, self._result_of, self._kernels, self._digest_of = scenarios, result_of, kernels, digest_of
        self._digest_of_scenario = cache(lambda id: digest([repr(scenarios.get(id) and _all_of(scenarios[id]))]))
        self.scenarios = _Noting(scenarios, lambda id: self._note("scenario", id))
        self.asked: dict[Asked, str] = {}  # with what it was then, as a digest
        self._made: list[tuple[Memory, str, Any]] = []

    def result_of(self, name: str, id: str) -> Any:
        self._note(name, id)
        return self._result_of(name, id)

    def kernels(self) -> str:
        self._note("kernels", "")
        return self._kernels()

    def text_of(self, page: Path) -> str:
        text = page.read_text(encoding="utf-8")
        if self._digest_of is not None:
            self.asked["page", str(page)] = digest([text])  # as it was read: it may be saved again meanwhile
        return text

    def remembered(self, memory: Memory, key: Callable[[], str], make: Callable[[], _Value]) -> _Value:
        """What ``make`` comes to, or came to before under this key, if all that it asked for then is the same now.

        ``key`` tells of all else that it follows from. What it raises is not remembered, and nothing before `keep`.
        """
        if memory.folder is None or self._digest_of is None:
            return make()
        first = key()
        known = memory.get(first)
        if known is not None and all(self._is_still(asked, was) for asked, was in known[1].items()):
            value: _Value = known[0]
            return value
        before, self.asked = self.asked, {}
        try:
            value = make()
            if key() == first:  # or it was saved again meanwhile
                self._made.append((memory, first, (value, self.asked)))
        finally:
            self.asked = before | self.asked
        return value

    def keep(self) -> None:
        """What was made is remembered from now on."""
        for memory, key, made in self._made:
            memory.put(key, made)
        self._made = []

    def _note(self, kind: str, which: str) -> None:
        if self._digest_of is not None:
            self.asked[kind, which] = self._now(kind, which)

    def _now(self, kind: str, which: str) -> str:
        """A digest of this as it is now; nothing where it is not there, and asking for it will say why."""
        assert self._digest_of is not None
        if kind == "scenario":
            return self._digest_of_scenario(which)
        if kind == "kernels":
            return self._kernels()
        try:
            if kind == "page":
                return digest([Path(which).read_text(encoding="utf-8")])
            return digest(
                [self._digest_of(kind, which), self._digest_of_scenario(which)]
            )  # a result knows its scenario
        except (Fault, OSError, UnicodeDecodeError):
            return ""

    def _is_still(self, asked: Asked, was: str) -> bool:
        return bool(was) and self._now(*asked) == was


class _Noting(dict[str, Scenario]):
    """A project's scenarios, that tells of each that is asked for; of all, where somebody goes through them."""

    def __init__(self, scenarios: Mapping[str, Scenario], note: Callable[[str], None]) -> None:
        super().__init__(scenarios)
        self._note = note

    def _note_all(self) -> None:
        for id in super().__iter__():
            self._note(id)

    def __getitem__(self, id: str) -> Scenario:
        self._note(id)
        return super().__getitem__(id)

    def __contains__(self, id: object) -> bool:
        self._note(str(id))
        return super().__contains__(id)

    def get(self, id: str, default: Any = None) -> Any:
        self._note(id)
        return super().get(id, default)

    def __iter__(self) -> Iterator[str]:
        self._note_all()
        return super().__iter__()

    def __eq__(self, other: object) -> bool:
        self._note_all()
        return super().__eq__(other)

    def __reversed__(self) -> Iterator[str]:
        self._note_all()
        return super().__reversed__()

    def copy(self) -> dict[str, Scenario]:
        self._note_all()
        return super().copy()

    def keys(self) -> Any:
        self._note_all()
        return super().keys()

    def values(self) -> Any:
        self._note_all()
        return super().values()

    def items(self) -> Any:
        self._note_all()
        return super().items()


def _all_of(scenario: Scenario) -> str:
    return scenario.model_dump_json()
