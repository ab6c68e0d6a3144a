"""Makes what the site needs of its scenarios, each thing at most once: results of PyTorch, pictures, other files."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property, partial
from typing import Any

from generator.faults import Fault, did_you_mean, of_system
from generator.figures.catalogue import KINDS, Request
from generator.limits import untimed
from generator.making import arithmetic, keys, pool, products
from generator.making.options import Options
from generator.making.pool import Task
from generator.making.report import Effort
from generator.making.store import Store
from generator.runs import advice
from generator.runs.analysis import Run
from generator.scenario.schema import Scenario

RESULTS_IN_MEMORY = 64_000_000  # bytes, as they are stored; with what is derived from them it is about twice that


class Recent:
    """Results that were asked for lately, up to so many bytes of them and always the last one.

    Those of five hundred scenarios, or of a few very long ones, need not fit in memory: they are read again.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._kept: OrderedDict[tuple[str, str], tuple[Any, int]] = OrderedDict()  # the last one asked for is last

    def __contains__(self, asked: tuple[str, str]) -> bool:
        return asked in self._kept

    def __getitem__(self, asked: tuple[str, str]) -> Any:
        self._kept.move_to_end(asked)
        return self._kept[asked][0]

    def keep(self, asked: tuple[str, str], result: Any, size: int) -> None:
        self._kept[asked] = result, size
        while len(self._kept) > 1 and sum(size for _, size in self._kept.values()) > self.most:
            self._kept.popitem(last=False)


class Workshop:
    """Makes results and files, keeps them in the store, and hands them out.

    What cannot be made does not stop the rest: it is in `faults`, and raises its fault when it is asked for.
    """

    def __init__(self, scenarios: dict[str, Scenario], store: Store, options: Options, workers: pool.Workers) -> None:
        self.scenarios, self.store, self.options, self.workers = scenarios, store, options, workers
        self.efforts: list[Effort] = []
        self.faults: dict[str, Fault] = {}  # by the key of what could not be made
        self._keys: dict[tuple[str, str], str] = {}  # of results, by name and scenario id, …
        self._digests: dict[str, str] = {}  # … and what they came to, by their keys
        self._recent = Recent(RESULTS_IN_MEMORY)

    @cached_property
    def arithmetic(self) -> str:
        """That of this machine; asked when there is something to train or to find."""
        return arithmetic.remembered(self.store.folder)

    # --- Made --------------------------------------------------------------------------------------------------

    def train(self, needs: Iterable[tuple[str, str]] = ()) -> None:
        """Train every scenario that is not in the store.

        ``needs`` are other results that will be asked for, as (name, scenario id): computed here, they keep no
        page waiting and all workers busy.
        """
        wanted = [*needs, *(("run", id) for id in self.scenarios)]
        wanted.sort(key=lambda need: (need[0] == "run", -self.scenarios[need[1]].training.epochs))  # longest first
        tasks = {}
        for name, id in wanted:
            key = self._key_of(name, id)
            if key not in tasks and self._is_wanted(key, [id]):
                tasks[key] = self._computation(name, id)
        self._make("train", tasks)

    def draw(self, requests: Iterable[Request], templates: Mapping[str, str]) -> None:
        """Draw every picture, and make the other files of every scenario that has a run, if not in the store.

        ``templates`` are those of what a reader takes home, by language.
        """
        tasks: dict[str, Task] = {}
        for request in sorted(requests, key=lambda request: not KINDS[request.kind].animated):  # longest first
            key = self._key_of_picture(request)
            if key not in tasks and self._is_wanted(key, request.ids):
                name = f"{request.kind} of {', '.join(request.ids)}"
                tasks[key] = Task(name, request.ids, products.draw, partial(self._drawing_of, request))
        for id in self._that_ran():
            for language, template in templates.items():
                key = self._key_of_files(id, template, language)
                if self._is_wanted(key, [id]):
                    arguments = partial(self._files_of, id, template, language)
                    tasks[key] = Task(f"files of {id}", (id,), products.plain_files, arguments)
        self._make("draw", tasks)

    def draw_cards(self, requests: Iterable[Request]) -> None:
        """Make the card of each of these pictures, which are drawn, if it is not in the store."""
        tasks: dict[str, Task] = {}
        for request in requests:
            key = self._key_of_card(request)
            if self._key_of_picture(request) not in self.faults and self._is_wanted(key, request.ids):
                name = f"card of {', '.join(request.ids)}"
                tasks[key] = Task(name, request.ids, products.card, partial(self._shown_on, request))
        self._make("draw", tasks)

    def _shown_on(self, request: Request) -> tuple[dict[str, bytes]]:
        return (self.picture(request),)

    def _computation(self, name: str, id: str) -> Task:
        scenario = self.scenarios[id]
        return Task(
            id if name == "run" else f"{name} of {id}", (id,), products.compute, partial(tuple, (name, scenario))
        )

    def _drawing_of(self, request: Request) -> tuple[Request, list[Any]]:
        return request, [self.result_of(KINDS[request.kind].of, id) for id in request.ids]

    def _files_of(self, id: str, template: str, language: str) -> tuple[Run, str, str]:
        return self.record_of(id), template, language

    def _that_ran(self) -> list[str]:
        return [id for id in self.scenarios if self._key_of("run", id) not in self.faults]

    def _key_of(self, name: str, id: str) -> str:
        if (name, id) not in self._keys:
            self._keys[name, id] = products.computation_key(name, self.scenarios[id], self.arithmetic)
        return self._keys[name, id]

    def _key_of_picture(self, request: Request) -> str:
        shown = KINDS[request.kind].of
        return products.picture_key(request, self.scenarios, [self.digest_of(shown, id) for id in request.ids])

    def _key_of_card(self, request: Request) -> str:
        return products.card_key(self._key_of_picture(request))

    def _key_of_files(self, id: str, template: str, language: str) -> str:
        return products.plain_files_key(self.scenarios[id], template, language, self.digest_of("run", id))

    def _is_wanted(self, key: str, ids: Collection[str]) -> bool:
        allowed = not self.options.only or bool({*self.options.only}.intersection(ids))
        if self.options.force and allowed:
            return True
        if self.store.has(key):
            return False
        if not allowed:
            raise Fault(
                f"{', '.join(ids)} is not in the cache",
                help="build once without --only; then --only is enough",
            )
        return True

    def _make(self, stage: str, tasks: Mapping[str, Task]) -> None:
        for key, done in pool.carry_out(tasks, self.workers.pool(len(tasks)), self.options.report):
            if keys.all_code() != keys.LOADED:  # and who knows which of it made this
                raise Fault("the generator was edited while it was at work", help="build again")
            if done.files is not None:
                self.store.put(key, done.files)
            else:
                self.faults[key] = self._as_fault(done)
            self.efforts.append(Effort(done.task.name, stage, done.task.ids, done.seconds))

    def _as_fault(self, done: pool.Done) -> Fault:
        problem = done.problem
        if isinstance(problem, MemoryError):
            problem = of_system(problem)
        if isinstance(problem, Fault):
            return problem
        return Fault(
            f"{done.task.name}: {type(problem).__name__}: {problem}",
            file=self.scenarios[done.task.ids[0]].path if done.task.ids else None,
            help="\n".join(
                ["this is a mistake of the generator; report it with what follows", *getattr(problem, "__notes__", [])]
            ),
        )

    # --- Handed out --------------------------------------------------------------------------------------------

    def record_of(self, id: str) -> Run:
        record: Run = self.result_of("run", id)
        return record

    def result_of(self, name: str, id: str) -> Any:
        """The run, sweep or ladder of a scenario. Raises `Fault` where there is none."""
        if id not in self.scenarios:
            raise Fault(f"there is no scenario {id!r}", help=did_you_mean(id, self.scenarios))
        if (name, id) not in self._recent:
            with untimed():
                files = self._packed(name, id)
                result = products.unpack(name, files, self.scenarios[id])
            self._recent.keep((name, id), result, size=sum(map(len, files.values())))
        return self._recent[name, id]

    def _packed(self, name: str, id: str) -> dict[str, bytes]:
        """A result as it is stored."""
        key = self._key_of(name, id)
        files = None if key in self.faults else self.store.get(key)
        if files is None:
            # A page computed which result it wants; and anybody may empty the cache at any time.
            if key not in self.faults:
                self._make("train", {key: self._computation(name, id)})
            if key in self.faults:
                raise self.faults[key]
            files = self.store.get(key) or products.compute(name, self.scenarios[id])
        self._digests[key] = products.digest(files)
        return files

    def digest_of(self, name: str, id: str) -> str:
        """What a result came to. Raises `Fault` where there is none."""
        key = self._key_of(name, id)
        if key not in self._digests:
            self._packed(name, id)
        return self._digests[key]

    def picture(self, request: Request) -> dict[str, bytes]:
        files = self.store.get(self._key_of_picture(request))
        return files or products.draw(*self._drawing_of(request))

    def card(self, request: Request) -> bytes:
        files = self.store.get(self._key_of_card(request)) or products.card(self.picture(request))
        return files[products.CARD_FILE]

    def plain_files(self, id: str, template: str, language: str) -> dict[str, bytes]:
        files = self.store.get(self._key_of_files(id, template, language))
        return files or products.plain_files(*self._files_of(id, template, language))

    # --- Judged ------------------------------------------------------------------------------------------------

    def unexpected(self) -> list[Fault]:
        """A fault for every run that shows something other than its scenario promises."""
        return [fault for id in self._that_ran() if (fault := unexpected_end(self.record_of(id)))]


def unexpected_end(run: Run) -> Fault | None:
    """A scenario that shows something other than it promises, and why."""
    ended = advice.End(run.params[-1], run.arrived, run.swings_on, run.held_off)
    return advice.unexpected(run.scenario, run.bowl, run.params[0], run.verdict, ended)
