"""What the generator says in a language: tables and templates, all of them, and nothing that runs; its numbers."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from generator.build import check
from generator.configuration import as_yaml
from generator.faults import Fault, Faults
from generator.figures.catalogue import KINDS
from generator.numerals import fixed, percent, significant, whole
from generator.pages.alt_facts import FACTS
from generator.pages.words import FILES, Words
from generator.project import Project
from generator.runs.record import StoppedBy
from generator.runs.theory import Regime
from generator.scenario.schema import Verdict
from generator.site.engine import engine_config
from tests import runs, tiny
from tests.rendered import pages

INF, NAN = float("inf"), float("nan")
TEMPLATES = tiny.REPOSITORY / "templates"
LANGUAGES = sorted(path.parent.name for path in TEMPLATES.glob("*/words.toml"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A tiny project whose second edition, xx, has pages and no words yet."""
    root = tiny.make(tmp_path)
    shutil.copytree(root / "docs/en", root / "docs/xx")
    (root / "mkdocs.xx.yml").write_text("INHERIT: mkdocs.yml\nsite_name: Xx\n")
    return Project.at(root)


@pytest.fixture
def translated(project: Project) -> Path:
    """The folder of the second language: English, copied."""
    return Path(shutil.copytree(project.templates / "en", project.templates / "xx"))


def replace(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def refused(project: Project) -> list[Fault]:
    with pytest.raises(Faults) as refusal:
        check(project)
    return refusal.value.faults


# --- All of it is there --------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_that_ships_has_a_word_for_everything_that_can_happen(language: str) -> None:
    words = Words(TEMPLATES, language)
    assert words.mistakes() == []
    assert words.tables["verdicts"].keys() == set(get_args(Verdict))
    assert words.tables["regimes"].keys() == set(get_args(Regime))
    assert words.tables["stopped_by"].keys() == set(get_args(StoppedBy))
    assert {path.stem for path in (words.folder / "alt").iterdir()} == KINDS.keys() == FACTS.keys()


SCRIPTS = TEMPLATES.parent / "docs/assets/javascripts"


def test_the_buttons_of_english_are_those_that_scripts_ask_for() -> None:
    asked = {
        name for script in SCRIPTS.glob("*.js") for name in re.findall(r'\bgd\.word\("(\w+)"\)', script.read_text())
    }
    assert asked
    assert asked <= Words(TEMPLATES, "en").tables["buttons"].keys()


@pytest.mark.parametrize(
    ("script", "template", "asks"),
    [
        ("stepper.js", "stepper.html", r'(?<!\.)\b(?:word|filled)\("(\w+)"'),
        ("again.js", "again.md", r"\bline\.dataset\.(\w+)"),
    ],
)
def test_the_words_of_a_script_are_in_its_template(script: str, template: str, asks: str) -> None:
    asked = {*re.findall(asks, (SCRIPTS / script).read_text())} - {"run", "outcome"}
    said = {*re.findall(r"\bdata-(\w+)=", (TEMPLATES / "en" / template).read_text())}
    assert asked
    assert asked <= said


def test_a_language_without_a_folder_is_told_how_to_get_one(project: Project) -> None:
    (fault,) = refused(project)
    assert fault.fault == "there are no words for the language 'xx'"
    assert fault.help == "in a course, `frame-by-frame new language xx` writes them, to be translated"


BUTTONS = (
    "play",
    "pause",
    "replay",
    "frame",
    "epoch",
    "formula",
    "code",
    "check",
    "ticked",
    "done",
    "forget",
    "report",
)


def test_all_that_a_language_lacks_is_said_at_once_and_in_full(project: Project, translated: Path) -> None:
    for name in ("train.py", "card.md", "alt/fit.txt", "alt/race.txt"):
        (translated / name).unlink()
    replace(translated / "words.toml", ('crawls = "crawls"\n', ""), ('answer = "Answer"\n', ""))
    kept, _, _ = (translated / "words.toml").read_text().partition("# What scripts put on buttons")
    (translated / "words.toml").write_text(kept)
    (fault,) = refused(project)
    assert fault.file == translated
    heading, *lacking = fault.fault.splitlines()
    assert heading == "the language 'xx' lacks:"
    assert [name.strip() for name in lacking] == [
        "card.md",
        "train.py",
        "alt/fit.txt",
        "alt/race.txt",
        "verdicts.crawls",
        "labels.answer",
        *(f"buttons.{name}" for name in BUTTONS),
    ]
    assert "templates/en/ has each" in fault.help


def test_every_file_of_english_is_one_that_a_language_has_to_have() -> None:
    there = {path.relative_to(TEMPLATES / "en").as_posix() for path in (TEMPLATES / "en").rglob("*") if path.is_file()}
    there -= {name for name in there if name.startswith("start/")}  # which a new course, lesson or run begins with
    assert there == {*FILES, "words.toml", *(f"alt/{kind}.txt" for kind in KINDS)}


def test_an_empty_folder_lacks_its_files(project: Project) -> None:
    (project.templates / "xx").mkdir()
    (fault,) = refused(project)
    assert [name.strip() for name in fault.fault.splitlines()[1:]] == [
        "words.toml",
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
    ]


def test_an_empty_table_of_words_lacks_all_of_them(project: Project, translated: Path) -> None:
    (translated / "words.toml").write_text("")
    (fault,) = refused(project)
    said = {name.strip() for name in fault.fault.splitlines()[1:]}
    assert said == {f"{table}.{name}" for table, words in Words(TEMPLATES, "en").tables.items() for name in words}


def test_what_a_project_does_not_say_in_english_the_package_says(project: Project) -> None:
    (project.root / "mkdocs.xx.yml").unlink()
    shutil.rmtree(project.root / "docs/xx")
    shutil.rmtree(project.templates / "en")
    for shared in project.templates.glob("*.md"):
        shared.unlink()
    assert len(check(project)) == 1
    (project.templates / "en").mkdir()
    (project.templates / "en/words.toml").write_text('[verdicts]\nconverges = "arrives"\n')
    assert len(check(project)) == 1
    words, ours = Words(project.templates, "en").tables, Words(TEMPLATES, "en").tables
    assert words == ours | {"verdicts": ours["verdicts"] | {"converges": "arrives"}}
    text = pages(project).scenario_page("tiny")
    assert re.search(r'data-verdict="converges">arrives<', text)
    assert "## Take it with you" in text


def test_what_english_says_otherwise_for_scripts_is_held_against_the_package(project: Project) -> None:
    (project.root / "mkdocs.xx.yml").unlink()
    shutil.rmtree(project.root / "docs/xx")
    replace(project.templates / "en/again.md", ("{same}", "{alike}"))
    faults = refused(project)
    assert {fault.file for fault in faults} == {project.templates / "en/again.md"}
    assert any("a place for {alike}, which no script fills" in fault.fault for fault in faults)


# (a file of the language, what is written for what, a part of the fault, its line, a part of the remedy)
MISTAKES = [
    ("words.toml", "crawls =", "craws =", "unknown word verdicts.craws", "craws =", "did you mean 'crawls'?"),
    ("words.toml", "[verdicts]", "[verdict]", "unknown table 'verdict'", "[verdict]", "did you mean 'verdicts'?"),
    ("words.toml", '= "Answer"', "= 3", "labels.answer must be text in quotes", "answer = 3", 'answer = "'),
    ("words.toml", '= "Answer"', '= " "', "labels.answer must be text in quotes", 'answer = " "', 'answer = "'),
    ("words.toml", '= "Answer"', "= Answer", "not valid TOML", "answer = Answer", "text goes in quotes"),
    ("words.toml", "A run from", "A run" * 25, "labels.lab must have at most 120 characters", "lab = ", "shorten it"),
    ("words.toml", "A run from", "A \u202erun", "labels.lab must end with U+202C", "lab = ", "right-to-left text"),
    ("words.toml", "A run from", "A \u2069run", "labels.lab must not end with U+2069", "lab = ", "right-to-left text"),
    ("words.toml", '"Answer"', '"\ufffe"', "labels.answer must be text, and U+FFFE", "answer = ", "leave it out"),
    ("alt/fit.txt", "[% else %]", "[% esle %]", "template syntax", "[% esle %]", "[= … =]"),
    ("alt/fit.txt", "[= points =]", "[= point =]", "unknown name 'point'", "[= point =]", "did you mean 'points'?"),
    ("alt/fit.txt", "epochs | whole", "epochs | whoel", "unknown filter 'whoel'", "after [= epochs", "'whole'?"),
    ("train.py", "[% else %]", "[% esle %]", "template syntax", "[% esle %]", "[= … =]"),
    ("train.py", "[= title =]", "[= tilte =]", "unknown name 'tilte'", "# # [= tilte =]", "did you mean 'title'?"),
    ("scenario.md", "[% else %]", "[% esle %]", "template syntax", "[% esle %]", "[= … =]"),
    ("before_after.md", "percent(3)", "precent(3)", "unknown filter 'precent'", "- Limit", "did you mean 'percent'?"),
    ("again.md", "{same}", "{gleich}", "a place for {gleich}, which no script fills", "<p class", "{same}, {differs}"),
    ("again.md", " {digits}", "", "data-agrees has no place for {digits}", "<p class", "English has {digits}"),
    ("again.md", "data-ask=", "data-asks=", "no script looks for data-asks", "<p class", "did you mean 'data-ask'?"),
    ("again.md", " data-ask=", " title=", "data-ask is missing", "<p class", "templates/en/again.md:2 has it"),
    ("stepper.html", "data-nan=", "data-nann=", "no script looks for data-nann", "<template", "'data-nan'?"),
    ("stepper.html", "not a number", "{number}", "data-nan has a place for {number}", "<template", "without braces"),
    ("stepper.html", "[%#", "[% esle %][%#", "template syntax", "[% esle %]", "[= … =]"),
    ("four_rates.html", 'panel="loss"', 'panel="los"', 'data-panel="los"', '<div class="gd-panel"', "mean 'loss'?"),
    ("lab.html", "{verdict}", "{Urteil}", "data-theory has a place for {Urteil}", '<div class="gd-lab', "{verdict}"),
    ("touch.html", "{loss}", "{Verlust}", "a place for {Verlust}, which no script fills", '"line"', "{"),
    ("lab.html", 'data-lab="run"', "", 'data-lab="run" is missing', "<div", "as English has it"),
    (
        "lab.html",
        "words.labels.lab",
        "words.labels.labb",
        "there is no words.labels.labb",
        "<div class",
        "'lab'",
    ),
    (
        "card.md",
        "verdict(id)",
        "words.labels.verdict",
        "there is no words.labels.verdict",
        "[**",
        "there are: answer, epoch, figure, gradient,",
    ),
    ("scenario.md", "words.verdicts[", "words.verdict[", "there is no words.verdict", "description:", "'verdicts'?"),
]


@pytest.mark.parametrize(("name", "old", "new", "fault", "line", "remedy"), MISTAKES)
def test_a_mistake_in_the_words_is_found_before_anything_is_trained(
    project: Project, translated: Path, name: str, old: str, new: str, fault: str, line: str, remedy: str
) -> None:
    replace(translated / name, (old, new))
    found, *others = refused(project)
    assert fault in found.fault
    assert not any("lacks" in other.fault for other in [found, *others])
    assert found.file == translated / name
    assert found.excerpt.strip().startswith(line)
    assert (translated / name).read_text(encoding="utf-8").splitlines()[(found.line or 0) - 1] == found.excerpt
    assert remedy in found.help


def test_an_alt_text_of_no_kind_is_named(project: Project, translated: Path) -> None:
    (translated / "alt/fit.txt").rename(translated / "alt/fitt.txt")
    stray, lacking = refused(project)
    assert stray.fault == "there is no kind of figure 'fitt'"
    assert stray.help == "did you mean 'fit'?"
    assert lacking.fault.endswith("alt/fit.txt")


def test_files_that_are_no_text_are_named(project: Project, translated: Path) -> None:
    (translated / "words.toml").write_bytes(b"[verdicts]\n\xff")
    (translated / "alt/fit.txt").write_bytes(b"\xff")
    found = refused(project)
    assert {fault.file for fault in found} == {translated / "words.toml", translated / "alt/fit.txt"}
    assert all("UTF-8" in fault.help for fault in found)


def test_a_mistake_in_a_template_that_all_languages_share_is_said_once(project: Project, translated: Path) -> None:
    replace(project.templates / "quiz.md", ("words.labels.answer", "words.labels.anwser"))
    (fault,) = refused(project)
    assert fault.file == project.templates / "quiz.md"
    assert fault.help == "did you mean 'answer'?"


# --- It is said on the page ----------------------------------------------------------------------------------


def test_a_page_speaks_its_language_and_what_is_not_yet_translated_stays_as_copied(
    project: Project, translated: Path
) -> None:
    replace(
        translated / "words.toml",
        ('converges = "converges"', 'converges = "konvergiert"'), ('epoch = "epoch"', 'epoch = "Epoche"'),
    )  # fmt: skip
    replace(translated / "alt/fit.txt", ("[= points =] points.", "[= points =] Punkte."))
    replace(translated / "scenario.md", ("## Take it with you", "## Zum Mitnehmen"))
    assert len(check(project)) == 1
    english, other = (
        {name: html.unescape(text) for name, text in pages(project, edition).render_all().items()} for edition in (0, 1)
    )
    assert "3 points. The line starts" in english["index.md"]
    assert "3 Punkte. The line starts" in other["index.md"]
    assert "| Epoche | loss |" in other["index.md"]
    scenario = "scenarios/tiny/index.md"
    assert re.search(r'data-verdict="converges">konvergiert<', other[scenario])
    assert "## Zum Mitnehmen" in other[scenario]
    assert "konvergiert" not in english[scenario]


IN_HTML = """
[= lab("tiny") =]

[= four_rates("tiny") =]

[= verdict("tiny") =]

[= quiz("Which?", 1, {1: ("One", "Yes"), 2: ("Two", "No")}) =]
"""


def test_no_word_is_markup_where_it_stands_in_html(project: Project, translated: Path) -> None:
    hostile = "'\\\"><img src=x onerror=alert(1)> &amp; [x](y) {verdict}'"
    words = [("A run from the lab", hostile), ("Answer", hostile)]
    words += [(f'"{verdict}"', f'"{verdict} {hostile}"') for verdict in ("converges", "crawls", "bounces", "diverges")]
    replace(translated / "words.toml", *words)
    assert len(check(project)) == 1
    made = pages(project, 1)
    page = project.editions()[1].pages / "page.md"
    page.write_text(IN_HTML)
    for text in (made.render("page.md", page), made.scenario_page("tiny").partition("---\n\n")[2]):
        assert "onerror" in text
        assert "<img" not in text
    text = made.render("page.md", page)
    titles = re.findall(r'data-title="([^"]*)"', text)
    assert [html.unescape(title) for title in titles] == ["'\"><img src=x onerror=alert(1)> &amp; [x](y) {verdict}'"]


def test_a_line_break_in_an_alt_text_is_a_space_but_not_within_chinese(translated: Path) -> None:
    (translated / "alt/cobweb.txt").write_text("一条线\n  在动。\nTwo\n\nlines:\nw 在\n这里\n", encoding="utf-8")
    assert Words(translated.parent, "xx").alt("cobweb", []) == "一条线在动。 Two lines: w 在这里"


def test_buttons_are_named_in_the_language_unless_the_configuration_says_otherwise(
    project: Project, translated: Path
) -> None:
    replace(translated / "words.toml", ('"Play"', '"Abspielen"'), ('"Pause"', '"Anhalten"'))
    with (project.root / "mkdocs.xx.yml").open("a") as file:
        file.write("extra: {words: {pause: Halt, own: Eigenes}}\n")
    words = []
    for edition in project.editions():
        buttons = Words(project.templates, edition.language).tables["buttons"]
        words.append(yaml.safe_load(as_yaml(engine_config(project, edition, buttons, "", [])))["extra"]["words"])
    assert words[0] == Words(TEMPLATES, "en").tables["buttons"]
    assert words[1] == words[0] | {"play": "Abspielen", "pause": "Halt", "own": "Eigenes"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["fit", "landscape", "squares", "race"])
def test_every_ending_has_its_words(language: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a run may be called: a template looks the word up, and stumbles over one that it has not."""
    run = runs.descended(rate=1e-4, epochs=3)
    given = FACTS[kind]
    texts = set()
    for verdict in get_args(Verdict):

        def facts(*results: Any, said: str = verdict) -> dict[str, Any]:
            found = {**given(*results), "verdict": said}
            return found | {"racers": [{**racer, "verdict": said} for racer in found.get("racers", [])]}

        monkeypatch.setitem(FACTS, kind, facts)
        texts.add(Words(TEMPLATES, language).alt(kind, [run, run]))
    assert len(texts) == len(get_args(Verdict))


# --- A template shows; it does not run -----------------------------------------------------------------------


def hostile() -> Iterator[tuple[str, str]]:
    """(an expression of a page, a part of what it is told)."""
    unsafe = "is unsafe"
    yield "''.__class__", unsafe
    yield "''.__class__.__mro__[1].__subclasses__()", unsafe
    yield "().__class__.__base__", unsafe
    yield "run.__func__.__globals__", unsafe
    yield "listing.__wrapped__.__globals__['sys'].modules['os'].system('touch owned')", unsafe
    yield "gallery.__self__.environment", unsafe
    yield "cycler.__init__.__globals__.os.popen('touch owned').read()", unsafe
    yield "'{0.__class__}'.format(1)", unsafe
    yield "page | attr('__class__') | string", unsafe
    yield "[''] | map(attribute='__class__') | join", unsafe
    yield "theory.np.lib", unsafe  # what a module of ours imports
    yield "theory.math", unsafe
    yield "theory.__builtins__", unsafe
    yield "worked.dataclass", unsafe
    yield "scenarios['tiny'].path.unlink()", unsafe  # a pathlib.Path
    yield "scenarios['tiny'].path.parent", unsafe
    yield "scenarios['tiny'].parse_raw('', allow_pickle=true)", unsafe  # pydantic's
    yield "scenarios['tiny'].model_construct()", unsafe
    yield "run('tiny').losses.tofile('owned')", unsafe  # NumPy's
    yield "run('tiny').losses.mean().tofile('owned')", unsafe
    yield "run('tiny').losses.fill(0)", unsafe
    yield "run('tiny').losses.ctypes", unsafe
    yield "run('tiny').losses.round(0, run('tiny').losses)", "could write into the array"
    yield "run('tiny').losses.cumsum(out=run('tiny').losses)", "could write into the array"
    yield "run('tiny').save('owned')", unsafe  # NumPy's savez takes a path
    yield "scenarios.clear()", unsafe
    yield "scenarios.update({})", unsafe
    yield "words.labels.pop('epoch')", unsafe
    yield "[1].append(2)", unsafe
    yield "sweep.__func__", unsafe
    yield "listing('digest', module='.etc.hosts')", "has no module"


@pytest.mark.parametrize(("expression", "told"), list(hostile()))
def test_a_template_reaches_neither_python_nor_the_disk(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, expression: str, told: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    page = project.editions()[0].pages / "page.md"
    page.write_text(f"# Page\n\n[= {expression} =]\n", encoding="utf-8")
    with pytest.raises(Fault) as refusal:
        pages(project, 0).render("page.md", page)
    assert told in refusal.value.fault
    assert (refusal.value.file, refusal.value.line) == (page, 3)
    assert not [*elsewhere.iterdir()]
    assert (project.scenarios / "tiny.toml").exists()


def test_an_alt_text_and_a_generated_page_are_as_confined(project: Project, translated: Path) -> None:
    (translated / "alt/fit.txt").write_text("fine\n[= cycler.__init__.__globals__ =]\n")
    (translated / "scenario.md").write_text("# Title\n[= record.scenario.path.unlink() =]\n")
    edition = pages(project, 1)
    page = edition.edition.pages / "index.md"
    for place, line, make in [
        (translated / "alt/fit.txt", 2, lambda: edition.render("index.md", page)),
        (translated / "scenario.md", 2, lambda: edition.scenario_page("tiny")),
    ]:
        with pytest.raises(Fault, match="is unsafe") as refusal:
            make()
        assert (refusal.value.file, refusal.value.line) == (place, line)


def test_python_in_a_folder_of_words_is_not_imported(project: Project, translated: Path) -> None:
    for name in ("__init__.py", "words.py", "alt/__init__.py", "fit.py"):
        (translated / name).write_text("raise SystemExit('imported')\n")
    check(project)
    pages(project, 1).render_all()


def test_a_page_includes_pages_and_templates_and_no_other_file(project: Project) -> None:
    (project.root / "docs/secret.md").write_text("secret")
    page = project.editions()[0].pages / "page.md"
    for name in ("../../docs/secret.md", f"{page.parent}/../secret.md", "/etc/hostname"):
        page.write_text(f'# Page\n[% include "{name}" %]\n')
        with pytest.raises(Fault, match="there is no template"):
            pages(project, 0).render("page.md", page)


# --- Numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "digits", "written"),
    [
        (648.8246, 3, "649"),
        (648.8246, 5, "648.82"),
        (0.00469265, 3, "0.00469"),
        (0.00999999, 3, "0.0100"),
        (-0.5, 3, "−0.500"),
        (999_999.0, 2, "1.0 × 10⁶"),
        (123_456.0, 3, "123,000"),
        (9.902059470433812e17, 3, "9.90 × 10¹⁷"),
        (-2.3e-7, 2, "−2.3 × 10⁻⁷"),
        (0.0, 3, "0"),
        (INF, 3, "inf"),
        (-INF, 3, "−inf"),
        (NAN, 3, "nan"),
    ],
)
def test_significant_digits_are_rounded_once_and_powers_of_ten_stand_apart(
    number: float, digits: int, written: str
) -> None:
    assert significant(number, digits) == written


def test_counts_have_their_thousands_apart_and_shares_are_per_cent() -> None:
    assert whole(5000) == "5,000"
    assert fixed(29.98122, 2) == "29.98"
    assert fixed(-0.5, 1) == "−0.5"
    assert percent(0.0213) == "2.1%"
    assert percent(4.262) == "430%"
