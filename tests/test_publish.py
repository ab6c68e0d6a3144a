"""Publishing: the old site or the new one, whole, at whatever moment; and nothing that is not ours is touched."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner

from generator.cli import main
from generator.faults import Fault, Faults
from generator.project import Project
from generator.site import assembly, mark, swap
from generator.site import publish as publishing
from tests import tiny
from tests.publishing import OF_THE_HOST, READER, VERSIONS, WAYS, exchange_fails_with, found, lay, publish

OLD, NEW = VERSIONS["old"], VERSIONS["new"]


def can_exchange() -> bool:
    return sys.platform == "linux" or sys.platform == "darwin"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with an old site, in which a host keeps things of its own."""
    root = tmp_path / "project"
    root.mkdir()
    publish(root, root / "site", OLD)
    lay(root / "site", OF_THE_HOST)
    return root


def scratch_of(root: Path) -> Path:
    return root / ".site.frame-by-frame"


def nothing_unfinished(root: Path) -> bool:
    """Beside the site lie the one before it and what says so; in it nothing half done."""
    left = {path.name for path in scratch_of(root).iterdir()} if scratch_of(root).exists() else set()
    half_done = list((root / "site").rglob(".frame-by-frame-*"))
    return (
        left <= {".frame-by-frame", "kept", "lock", "previous"}
        and not half_done
        and not (root / "build/swap.json").exists()
    )


# --- What is kept ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_a_build_replaces_what_builds_made_and_keeps_all_else(root: Path, way: str) -> None:
    with WAYS[way]():
        for tree in (NEW, OLD, NEW):
            publish(root, root / "site", tree)
            assert found(root / "site") == {**tree, **OF_THE_HOST}
            assert nothing_unfinished(root)


@pytest.mark.parametrize("way", WAYS)
def test_links_empty_folders_and_permissions_of_the_host_stay_as_they_are(root: Path, tmp_path: Path, way: str) -> None:
    site = root / "site"
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos/film.mp4").write_text("large")
    (site / "videos").symlink_to(tmp_path / "videos")
    (site / "dangling").symlink_to("nowhere")
    (site / "uploads/empty").mkdir(parents=True)
    (site / "uploads/empty").chmod(0o770)
    site.chmod(0o711)
    with WAYS[way]():
        publish(root, site, NEW)
        publish(root, site, OLD)
    assert (site / "videos").readlink() == tmp_path / "videos"
    assert (site / "dangling").readlink() == Path("nowhere")
    assert (site / "uploads/empty").stat().st_mode & 0o777 == 0o770
    assert site.stat().st_mode & 0o777 == 0o711
    assert (tmp_path / "videos/film.mp4").read_text() == "large", "what a link leads to is nobody's business here"


def test_a_file_that_the_host_took_away_does_not_come_back(root: Path) -> None:
    publish(root, root / "site", NEW)
    (root / "site/CNAME").unlink()
    publish(root, root / "site", OLD)
    publish(root, root / "site", NEW)
    assert not (root / "site/CNAME").exists()


def test_what_somebody_writes_into_the_previous_tree_reaches_the_site(root: Path) -> None:
    """A program that was started in the old site, or a container that has it mounted, is in the old tree still."""
    working_folder = os.open(root / "site", os.O_RDONLY)
    publish(root, root / "site", NEW)
    late = os.open("upload.txt", os.O_WRONLY | os.O_CREAT, dir_fd=working_folder)
    os.write(late, b"late")
    os.close(late)
    os.close(working_folder)
    publish(root, root / "site", OLD)
    assert found(root / "site") == {**OLD, **OF_THE_HOST, "upload.txt": "late"}


def test_what_somebody_writes_there_and_leads_out_reaches_no_site(root: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("a secret of this machine")
    publish(root, root / "site", NEW)
    previous = scratch_of(root) / "previous"
    (previous / "out.txt").symlink_to(tmp_path / "secret.txt")
    (previous / "around").symlink_to("../../..")
    (previous / "in.txt").symlink_to("index.html")
    publish(root, root / "site", OLD)
    assert found(root / "site") == {**OLD, **OF_THE_HOST, "in.txt": OLD["index.html"]}
    assert not os.path.lexists(root / "site/around")


def test_what_somebody_writes_there_reaches_no_site_through_a_link_of_the_host(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    publish(root, root / "site", NEW)
    lay(scratch_of(root) / "previous", {"films/late.mp4": "late"})
    (root / "site/films").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Fault, match=r"films/late\.mp4"):
        publish(root, root / "site", OLD)
    assert not any((tmp_path / "elsewhere").iterdir())


def test_a_build_that_fails_changes_nothing_of_the_site(root: Path) -> None:
    """Also where there is something to be taken over."""
    publish(root, root / "site", NEW)
    lay(scratch_of(root) / "previous", {"upload.txt": "late"})
    with pytest.raises(Faults):
        publish(root, root / "site", {"index.html": '<a href="nowhere.html">'})
    assert found(root / "site") == {**NEW, **OF_THE_HOST}
    publish(root, root / "site", OLD)
    assert found(root / "site") == {**OLD, **OF_THE_HOST, "upload.txt": "late"}


@pytest.mark.parametrize("way", WAYS)
def test_a_file_of_the_host_whose_name_is_like_ours_stays(root: Path, way: str) -> None:
    lay(root / "site", {".frame-by-frame-7": "mine", "slides/.frame-by-frame-0": "mine"})
    with WAYS[way]():
        publish(root, root / "site", NEW)
    assert (root / "site/.frame-by-frame-7").read_text() == "mine"
    assert (root / "site/slides/.frame-by-frame-0").read_text() == "mine"


def test_a_folder_whose_name_ends_like_that_of_a_page_is_a_folder(root: Path) -> None:
    publish(root, root / "site", {**OLD, "deck.html/index.html": '<a href="../index.html">'})
    assert (root / "site/deck.html/index.html").exists()


def without_removing(stuck: Path) -> AbstractContextManager[object]:
    """On a disk that lets nobody remove that folder, nor what is in it: as where somebody else owns it."""
    remove, holds = shutil.rmtree, [stuck, *stuck.parents]

    def rmtree(path: Path, ignore_errors: bool = False) -> None:
        if Path(path) not in holds:
            remove(path, ignore_errors=ignore_errors)
        elif not ignore_errors:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), stuck.name)  # as `rmtree` names it

    return mock.patch.object(shutil, "rmtree", rmtree)


@pytest.mark.parametrize("way", WAYS)
def test_a_previous_site_that_cannot_be_removed_stops_no_build(root: Path, way: str) -> None:
    publish(root, root / "site", NEW)
    stuck = scratch_of(root) / "previous/scenarios"
    assert stuck.is_dir()
    with without_removing(stuck), WAYS[way]():
        for version in (OLD, NEW, OLD, NEW):
            said = publish(root, root / "site", version)
            assert found(root / "site") == {**version, **OF_THE_HOST}
            assert [line for line in said if str(stuck.parent) in line and "may be deleted" in line]
        assert mark.read(stuck.parent) is not None  # which it is known by
    said = publish(root, root / "site", OLD)  # the disk lets go of it
    assert not [line for line in said if "may be deleted" in line]
    assert found(root / "site") == {**OLD, **OF_THE_HOST}
    assert nothing_unfinished(root)


def test_folders_that_may_not_be_written_go_with_the_site_that_they_were_in(root: Path) -> None:
    publish(root, root / "site", NEW)
    previous = scratch_of(root) / "previous"
    (previous / "scenarios/run").chmod(0o500)
    (previous / "scenarios").chmod(0o500)
    assert not publish(root, root / "site", OLD)
    assert nothing_unfinished(root)


def test_what_came_along_and_cannot_be_removed_is_named_whole(root: Path, tmp_path: Path) -> None:
    publish(root, root / "site", NEW)
    copy = Path(shutil.copytree(root, tmp_path / "copy", symlinks=True))
    stuck = scratch_of(copy) / "previous/scenarios"
    with without_removing(stuck), pytest.raises(Fault, match="not all of it can be removed") as told:
        publish(copy, copy / "site", OLD)
    assert told.value.file == stuck.parent
    assert "delete it" in told.value.help
    assert found(copy / "site") == {**NEW, **OF_THE_HOST}


def test_a_file_of_the_name_of_our_list_is_refused(root: Path) -> None:
    with pytest.raises(Fault, match="own list"):
        publish(root, root / "site", {**OLD, mark.NAME: "mine"})
    assert found(root / "site") == {**OLD, **OF_THE_HOST}


def test_builds_of_two_projects_at_one_place_take_turns(tmp_path: Path) -> None:
    """The folder that they share comes and goes meanwhile."""
    site = tmp_path / "www/site"
    builds = []
    for number in range(8):
        (tmp_path / f"{number}").mkdir()
        command = [sys.executable, "-m", "tests.publishing", str(tmp_path / f"{number}"), str(site)]
        version = "old" if number % 2 else "new"
        builds.append(subprocess.Popen([*command, version], cwd=tiny.REPOSITORY, stderr=subprocess.PIPE, text=True))
    said = [build.communicate(timeout=120)[1] for build in builds]
    assert [build.returncode for build in builds] == [0] * 8, said
    assert found(site) in (OLD, NEW)


IN_THE_WAY: dict[str, dict[str, str]] = {
    "a file of the same name": {"scenarios/another/index.html": "by hand"},
    "a file where a folder is to be": {"scenarios/another": "by hand"},
    "a folder where a file is to be": {"turns/into/by-hand.txt": "by hand"},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("what", IN_THE_WAY)
def test_a_file_of_the_host_in_the_way_of_one_of_ours_is_named_and_kept(root: Path, what: str, way: str) -> None:
    lay(root / "site", IN_THE_WAY[what])
    with WAYS[way](), pytest.raises(Fault, match=next(iter(IN_THE_WAY[what]))) as fault:
        publish(root, root / "site", NEW)
    assert fault.value.help
    assert found(root / "site") == {**OLD, **OF_THE_HOST, **IN_THE_WAY[what]}
    assert nothing_unfinished(root)


def test_a_link_of_the_host_in_the_way_is_not_followed(root: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    shutil.rmtree(root / "site/assets")
    (root / "site/assets").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Fault, match="assets"):
        publish(root, root / "site", NEW)
    assert not any((tmp_path / "elsewhere").iterdir())


def test_a_file_of_the_host_that_is_the_same_as_ours_is_in_nobodys_way(root: Path) -> None:
    lay(root / "site", {"scenarios/another/index.html": NEW["scenarios/another/index.html"]})
    publish(root, root / "site", NEW)
    assert found(root / "site") == {**NEW, **OF_THE_HOST}


def test_a_mark_that_lists_files_outside_takes_none_of_them(root: Path, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("years of work")
    outside = ["../../precious.txt", str(tmp_path / "precious.txt"), "assets/../../../precious.txt"]
    (root / "site/.frame-by-frame").write_text(mark.text([*OLD, *outside]))
    with WAYS["file by file"]():
        publish(root, root / "site", NEW)
    assert (tmp_path / "precious.txt").read_text() == "years of work"


@pytest.mark.parametrize("way", WAYS)
def test_a_build_that_is_begun_inside_the_site_ends_there(
    root: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """The folder that it works in is put aside meanwhile; what is named from there is still found."""
    monkeypatch.chdir(root / "site")
    with WAYS[way]():
        publish(Path(".."), Path(), NEW)
    assert Path("index.html").read_text() == NEW["index.html"]
    assert Path("../build").is_dir()
    assert nothing_unfinished(root)


def test_whoever_begins_a_build_in_a_folder_that_is_gone_gets_one(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a terminal does that was left open in the site for two builds."""
    monkeypatch.chdir(root / "site")
    here = os.open(".", os.O_RDONLY)
    os.chdir(root)
    publish(root, root / "site", NEW)
    publish(root, root / "site", NEW)
    os.fchdir(here)
    os.close(here)
    publish(root, root / "site", OLD)
    assert found(root / "site") == {**OLD, **OF_THE_HOST}


# --- What is refused ---------------------------------------------------------------------------------------


def make_unmarked(site: Path) -> None:
    lay(site, OLD)


PLACES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "the project": (".", lambda place: None, "pages and scenarios would go"),
    "what holds the project": ("..", lambda place: None, "pages and scenarios would go"),
    "the root of the disk": ("/", lambda place: None, "would go with it"),
    "home": ("{home}", lambda place: None, "your home would go"),
    "what holds home": ("{home}/..", lambda place: None, "your home would go"),
    "the sources": ("docs", lambda place: None, "would go with it"),
    "a folder in the sources": ("docs/en/site", lambda place: None, "among the project's pages"),
    "a folder in the templates": ("templates/site", lambda place: None, "among the project's templates"),
    "a folder in what builds leave": ("build/site", lambda place: None, "among what builds leave"),
    "a folder that builds keep for themselves": (
        ".public.frame-by-frame/previous/site", lambda place: None, "keep for themselves",
    ),
    "a folder in the sources by way of a link": (
        "way/site", lambda place: place.parent.symlink_to("docs"), "among the project's pages",
    ),
    "the sources in a roundabout way": ("build/../docs/en/..", lambda place: None, "would go with it"),
    "a file": ("file", lambda place: place.write_text("words"), "this is a file"),
    "a link elsewhere": ("link", lambda place: place.symlink_to(place.parent.parent), "link to another place"),
    "a link to nowhere": ("link", lambda place: place.symlink_to("nowhere"), "link to another place"),
    "somebody's folder": ("thesis", lambda place: lay(place, {"thesis.txt": "years of work"}), "thesis.txt would be"),
    "somebody's site": ("public", lambda place: lay(place, {**OLD, ".git/HEAD": "ref"}), "an older version or another"),
    "a site with a broken mark": ("public", lambda place: lay(place, {**OLD, mark.NAME: '{"files'}), "an older"),
}  # fmt: skip


def everything_in(folder: Path) -> dict[str, bytes]:
    """But for the project's folder of builds."""
    paths = [path for path in folder.rglob("*") if "build" not in path.parts]
    return {str(path): path.read_bytes() if path.is_file() else b"" for path in paths}


@pytest.mark.parametrize("what", PLACES)
def test_a_place_where_something_would_be_lost_is_refused_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    name, prepare, said = PLACES[what]
    monkeypatch.setenv("HOME", str(tmp_path / "home/of-me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home/of-me"))
    (tmp_path / "home/of-me").mkdir(parents=True)
    project = tiny.make(tmp_path / "holding/project")
    place = project / name.format(home=tmp_path / "home/of-me")
    prepare(place)
    before = everything_in(tmp_path)
    done = CliRunner().invoke(main, ["--project", str(project), "build", "--site-dir", str(place)])
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), "no traceback"
    assert said in done.output
    assert f"--> {place}" in done.output
    assert "help: " in done.output
    assert everything_in(tmp_path) == before
    assert not (project / "build/cache").exists()


def test_a_place_where_no_folder_can_be_made_is_refused(tmp_path: Path) -> None:
    with mock.patch.object(os, "access", return_value=False), pytest.raises(Fault, match="none can be made") as fault:
        publish(tmp_path, tmp_path / "far/away/site", NEW)
    assert fault.value.file == tmp_path / "far/away/site"
    assert not (tmp_path / "far").exists()


@pytest.mark.parametrize("of_the_host", [{}, {".git/HEAD": "ref"}, {"CNAME": "example.org", ".nojekyll": ""}])
def test_an_empty_folder_and_one_with_what_hosts_put_there_is_published_into(
    tmp_path: Path, of_the_host: dict[str, str]
) -> None:
    (tmp_path / "site").mkdir()
    lay(tmp_path / "site", of_the_host)
    publish(tmp_path, tmp_path / "site", OLD)
    assert found(tmp_path / "site") == {**OLD, **of_the_host}


@pytest.mark.parametrize("name", ["site.old", "site.new", "site.before", ".site.new"])
def test_folders_of_similar_names_are_nobodys_but_the_users(root: Path, name: str) -> None:
    lay(root / name, {"thesis.txt": "years of work", "sitemap.xml": "mine"})
    publish(root, root / "site", NEW)
    publish(root, root / "site", OLD)
    assert found(root / name) == {"thesis.txt": "years of work", "sitemap.xml": "mine"}


def test_a_scratch_folder_that_no_build_made_is_not_taken(tmp_path: Path) -> None:
    lay(scratch_of(tmp_path), {"new/thesis.txt": "years of work"})
    with pytest.raises(Fault, match="needs a folder of this name"):
        publish(tmp_path, tmp_path / "site", NEW)
    assert found(scratch_of(tmp_path)) == {"new/thesis.txt": "years of work"}
    assert not (tmp_path / "site").exists()


def test_a_lock_that_somebody_has_written_in_is_no_lock_of_ours(tmp_path: Path) -> None:
    lay(scratch_of(tmp_path), {"lock": "the number of my bicycle's"})
    with pytest.raises(Fault, match="needs a folder of this name"):
        publish(tmp_path, tmp_path / "site", NEW)
    assert found(scratch_of(tmp_path)) == {"lock": "the number of my bicycle's"}


def test_a_scratch_folder_that_is_a_link_is_not_taken(tmp_path: Path) -> None:
    lay(tmp_path / "elsewhere.frame-by-frame", {"new/thesis.txt": "years of work", mark.NAME: ""})
    scratch_of(tmp_path).symlink_to(tmp_path / "elsewhere.frame-by-frame")
    with pytest.raises(Fault, match="needs a folder of this name"):
        publish(tmp_path, tmp_path / "site", NEW)
    assert (tmp_path / "elsewhere.frame-by-frame/new/thesis.txt").exists()


# --- At whatever moment ------------------------------------------------------------------------------------

# What Python tells of before it does it, and changes a disk: a kill comes before each. `make soak` kills at every
# system call besides.
STEPS = {
    "os.rename", "os.mkdir", "os.rmdir", "os.remove", "os.link", "os.symlink", "os.chmod", "shutil.rmtree",
    "ctypes.dlsym", "ctypes.get_errno",
}  # fmt: skip


def is_step(event: str, arguments: tuple[object, ...]) -> bool:
    return event in STEPS or (event == "open" and isinstance(arguments[1], str) and bool({*"wx"} & {*arguments[1]}))


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no process can be copied here")
needs_exchange = pytest.mark.skipif(not can_exchange(), reason="no two folders can be exchanged here")


def survives(step: int, act: Callable[[], object]) -> bool:
    """Call it in a process of its own that is killed before its step of that number; whether it ended before."""
    child = os.fork()
    if child == 0:
        steps = itertools.count(1)

        def kill(event: str, arguments: tuple[object, ...]) -> None:
            if is_step(event, arguments) and next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        failed = 1
        try:
            sys.addaudithook(kill)
            act()
            failed = 0
        finally:
            os._exit(failed)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    assert os.waitstatus_to_exitcode(status) == 0
    return True


def killed_at_every_step(root: Path, act: Callable[[Path], object]) -> Iterator[Path]:
    """A copy of the project for every step, in which it was killed there."""
    for step in itertools.count(1):
        copy = root.with_name(f"killed-at-{step}")
        shutil.copytree(root, copy, symlinks=True)
        if survives(step, lambda copy=copy: act(copy)):
            assert step > 20, "the steps are told of"
            return
        yield copy
        shutil.rmtree(copy)


@needs_fork
@pytest.mark.parametrize("way", ["one step", "two renames"])
def test_a_kill_at_any_step_leaves_the_old_site_or_the_new_one(root: Path, way: str) -> None:
    if way == "one step" and not can_exchange():
        pytest.skip("no two folders can be exchanged here")
    old, new = ({**tree, **OF_THE_HOST} for tree in (OLD, NEW))
    left = []
    with WAYS[way]():
        for copy in killed_at_every_step(root, lambda copy: publish(copy, copy / "site", NEW)):
            if way == "two renames":
                swap.repair(Project(copy))
            left.append(found(copy / "site"))
            assert left[-1] in (old, new)
            publish(copy, copy / "site", NEW)
            assert found(copy / "site") == new
            assert nothing_unfinished(copy)
    assert old in left
    assert new in left


@needs_fork
def test_a_kill_at_any_step_of_a_first_build_leaves_no_site_or_the_whole_one(tmp_path: Path) -> None:
    root = tmp_path / "project"
    (root / "build").mkdir(parents=True)
    left = []
    for copy in killed_at_every_step(root, lambda copy: publish(copy, copy / "site", NEW)):
        left.append(found(copy / "site") if (copy / "site").exists() else {})
        publish(copy, copy / "site", NEW)
        assert found(copy / "site") == NEW
        assert nothing_unfinished(copy)
    assert all(tree in ({}, NEW) for tree in left)


@needs_fork
def test_a_kill_while_files_are_replaced_one_by_one_is_mended_by_the_next_build(root: Path) -> None:
    """What is there meanwhile may be of both; none of it is torn, and none of the host's is gone."""
    with WAYS["file by file"]():
        for copy in killed_at_every_step(root, lambda copy: publish(copy, copy / "site", NEW)):
            there = found(copy / "site")
            assert OF_THE_HOST.items() <= there.items()
            whole = {name: {tree.get(name) for tree in (OLD, NEW, OF_THE_HOST)} for name in there}
            assert all(there[name] in whole[name] for name in there if ".frame-by-frame-" not in name)
            again = Path(shutil.copytree(copy, copy.with_name("again"), symlinks=True))
            for site, tree in ((copy, OLD), (again, NEW)):
                publish(site, site / "site", tree)
                assert found(site / "site") == {**tree, **OF_THE_HOST}
                assert nothing_unfinished(site)
            shutil.rmtree(again)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_where_the_second_of_two_renames_fails_the_first_is_taken_back(root: Path, code: int) -> None:
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise OSError(code, os.strerror(code), str(self))
        return rename(self, target)

    with (
        WAYS["two renames"](),
        mock.patch.object(Path, "rename", fail),
        pytest.raises(Fault, match=os.strerror(code)),
    ):
        publish(root, root / "site", NEW)
    assert found(root / "site") == {**OLD, **OF_THE_HOST}
    assert nothing_unfinished(root)


COMMANDS = [["check"], ["predict"], ["stage"], ["build"], ["serve"], ["build", "--jobs", "0"], ["render", "tinny"]]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_repairs_first_even_one_that_fails(root: Path, command: list[str]) -> None:
    """It is no project at all any more, and the old site is back nevertheless."""
    site, previous = root / "site", scratch_of(root) / "previous"
    publish(root, site, NEW)
    shutil.rmtree(previous)
    was = [site.lstat().st_dev, site.lstat().st_ino]
    site.rename(previous)  # between the two renames, before a new one took its place
    (root / "build/swap.json").write_text(f'{{"site": "{site}", "previous": "{previous}", "was": {was}}}')
    done = CliRunner().invoke(main, ["--project", str(root), *command])
    assert done.exit_code in (1, 2)
    assert found(site) == {**NEW, **OF_THE_HOST}
    assert not (root / "build/swap.json").exists()


@pytest.mark.parametrize(
    "journal", ["", "{", "[]", '{"site": 5, "previous": 6}', '{"site": "SITE", "previous": "PRECIOUS"}']
)
def test_a_journal_that_no_swap_wrote_moves_nothing(root: Path, journal: str) -> None:
    """It came with a clone, or was cut short: only what a build has put aside goes back."""
    shutil.rmtree(root / "site")
    lay(root / "precious", {"thesis.txt": "years of work"})
    text = journal.replace("SITE", str(root / "site")).replace("PRECIOUS", str(root / "precious"))
    (root / "build/swap.json").write_text(text)
    swap.repair(Project(root))
    assert found(root / "precious") == {"thesis.txt": "years of work"}
    assert not (root / "site").exists()
    assert (root / "build/swap.json").read_text() == text


def test_a_site_that_somebody_removed_is_not_brought_back(root: Path) -> None:
    publish(root, root / "site", NEW)
    shutil.rmtree(root / "site")
    swap.repair(Project(root))
    assert not (root / "site").exists()
    publish(root, root / "site", OLD)
    assert found(root / "site") == OLD


# --- Whoever reads meanwhile -------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="promised on Linux")
def test_who_opens_files_without_pause_during_twenty_swaps_never_fails(root: Path) -> None:
    site = root / "site"
    stop = root / "stop"
    names = [*(OLD.keys() & NEW.keys()), *OF_THE_HOST]
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(site), str(stop), *names], stdout=subprocess.PIPE, text=True
    )
    assert reader.stdout
    assert reader.stdout.readline() == "ready\n"
    for _ in range(10):
        publish(root, site, NEW)
        publish(root, site, OLD)
    stop.touch()
    said, _ = reader.communicate(timeout=60)
    opened, failed = map(int, said.split())
    assert opened > 0
    assert failed == 0


def test_who_had_the_old_site_open_finds_its_files_until_the_build_after_the_next(root: Path) -> None:
    visit = os.open(root / "site", os.O_RDONLY)

    def read(name: str) -> bytes:
        file = os.open(name, os.O_RDONLY, dir_fd=visit)
        try:
            return os.read(file, 100)
        finally:
            os.close(file)

    publish(root, root / "site", NEW)
    assert all(read(name) == content.encode() for name, content in OLD.items())
    publish(root, root / "site", NEW)
    with pytest.raises(FileNotFoundError):
        read("gone/index.html")
    os.close(visit)


# --- Where no folder can be swapped ------------------------------------------------------------------------


def test_file_by_file_the_front_page_comes_last_and_the_mark_after_it(root: Path) -> None:
    order = []
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if target.is_relative_to(root / "site"):
            order.append(target.relative_to(root / "site").as_posix())
        return real(self, target)

    with mock.patch.object(swap, "is_mounted", return_value=True), mock.patch.object(Path, "replace", replace):
        said = publish(root, root / "site", NEW)
    assert order[0] == order[-1] == mark.NAME
    pages = [name for name in order if name.endswith(".html")]
    assert order[1:-1] == [*(name for name in order[1:-1] if name not in pages), *pages]
    assert pages[-1] == "index.html"
    assert "404.html" not in order, "what is the same is not touched"
    assert len(said) == 1
    assert "pages of both builds" in said[0]


@pytest.mark.parametrize("code", [errno.EBUSY, errno.EXDEV, errno.EACCES])
def test_a_site_that_the_system_does_not_move_is_replaced_file_by_file(root: Path, code: int) -> None:
    with exchange_fails_with(code):
        said = publish(root, root / "site", NEW)
    assert os.strerror(code) in said[0]
    assert found(root / "site") == {**NEW, **OF_THE_HOST}
    assert nothing_unfinished(root)


def test_a_file_system_without_hard_links_keeps_what_is_the_hosts(root: Path) -> None:
    with mock.patch.object(os, "link", side_effect=PermissionError(errno.EPERM, "Operation not permitted")):
        publish(root, root / "site", NEW)
    assert found(root / "site") == {**NEW, **OF_THE_HOST}


# --- Real mounts and real disks that are full --------------------------------------------------------------


def can_mount() -> bool:
    try:
        done = subprocess.run(
            ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


needs_mounts = pytest.mark.skipif(not can_mount(), reason="nothing can be mounted here")


def mounted(script: str, root: Path) -> subprocess.CompletedProcess[str]:
    """Run it where it may mount what it likes, and nobody else sees it. ``publish VERSION`` is a command there."""
    head = f'set -e; publish() {{ "{sys.executable}" -m tests.publishing "{root}" "{root}/site" "$1"; }}\n'
    return subprocess.run(
        ["unshare", "-rm", "sh", "-c", head + script], cwd=tiny.REPOSITORY, capture_output=True, text=True, check=False
    )


@needs_mounts
def test_a_mount_point_is_published_into_and_stays_one(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    done = mounted(
        f"""
        mount -t tmpfs none "{tmp_path}/site"
        publish old; echo example.org > "{tmp_path}/site/CNAME"; publish new
        mountpoint "{tmp_path}/site"; cat "{tmp_path}/site/CNAME" "{tmp_path}/site/index.html"
        test ! -e "{tmp_path}/site/gone"; test ! -e "{tmp_path}/.site.frame-by-frame"
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "pages of both builds" in done.stdout
    assert f"example.org\n{NEW['index.html']}" in done.stdout


@needs_mounts
def test_in_a_project_that_cannot_be_written_two_volumes_are_enough(root: Path) -> None:
    """What is needed meanwhile lies among what builds leave."""
    done = mounted(
        f"""
        mount --bind "{root}" "{root}"; mount -o remount,bind,ro "{root}"
        mount -t tmpfs none "{root}/build"; mount -t tmpfs none "{root}/site"
        publish old; publish new; cat "{root}/site/index.html"; ls -A "{root}/build"
        """,
        root,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(f"{NEW['index.html']}cache\n")


@needs_mounts
@pytest.mark.parametrize("what", ["none", "{root}/volume"])
def test_what_is_mounted_in_a_site_is_not_taken_along(root: Path, what: str) -> None:
    """Also what is of the same file system, which nothing but the list of mounts tells."""
    lay(root / "volume", {"upload.txt": "precious"})
    (root / "site/uploads").mkdir()
    how = "-t tmpfs" if what == "none" else "--bind"
    done = mounted(
        f"""
        mount {how} "{what.format(root=root)}" "{root}/site/uploads"
        publish new; publish old; publish new
        mountpoint "{root}/site/uploads"
        """,
        root,
    )
    assert done.returncode == 0, done.stderr
    assert found(root / "volume") == {"upload.txt": "precious"}


def test_where_no_list_of_mounts_is_to_be_had_every_folder_is_asked(root: Path) -> None:
    def is_mount(path: Path) -> bool:
        return Path(path).name == "slides"

    with (
        mock.patch.object(Path, "read_text", side_effect=FileNotFoundError),
        mock.patch.object(os.path, "ismount", is_mount),
    ):
        assert swap.is_mounted(root / "site")
        assert not swap.is_mounted(root / "site/scenarios")


@needs_mounts
def test_a_full_disk_costs_one_diagnostic_and_leaves_the_old_site(tmp_path: Path) -> None:
    """The real engine, on a disk that has room for one site and a little more."""
    project = tiny.copy_of_built(tmp_path / "project")
    (tmp_path / "disk").mkdir()
    build = f'"{sys.executable}" -m generator --project "{project}" build --site-dir "{tmp_path}/disk/site"'
    done = mounted(
        f"""
        size=$(du -sk "{project}/site" | cut -f1)
        mount -t tmpfs -o size=$((size + size / 2))k none "{tmp_path}/disk"
        {build} >/dev/null; cp -r "{tmp_path}/disk/site" "{tmp_path}/before"
        if {build}; then echo "there was room"; exit 3; fi
        diff -r "{tmp_path}/before" "{tmp_path}/disk/site"
        ls -A "{tmp_path}/disk"
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == "site\n"
    assert done.stderr.count("error: ") == 1
    assert "No space left" in done.stderr
    assert "help: make room on the disk" in done.stderr
    assert "Traceback" not in done.stderr


@needs_mounts
@pytest.mark.parametrize("state", ["full", "read-only"])
def test_a_mounted_site_on_a_disk_that_cannot_be_written_stays_the_old_one(tmp_path: Path, state: str) -> None:
    (tmp_path / "site").mkdir()
    site = tmp_path / "site"
    stop = f'cat /dev/zero > "{site}/filler" || true' if state == "full" else f'mount -o remount,ro "{site}"'
    done = mounted(
        f"""
        mount -t tmpfs -o size=64k none "{site}"
        publish old; {stop}
        find "{site}" -type f | sort > "{tmp_path}/before"; cp "{site}/index.html" "{tmp_path}"
        if publish new; then exit 3; fi
        find "{site}" -type f | sort | diff "{tmp_path}/before" -; diff "{tmp_path}/index.html" "{site}/index.html"
        """,
        tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not scratch_of(tmp_path).exists()


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (errno.ENOSPC, "make room"), (errno.EDQUOT, "make room"), (errno.EROFS, "may only be read"),
        (errno.EIO, "damaged"), (errno.EACCES, "allowed"), (errno.ENAMETOOLONG, "shorter name"),
    ],
)  # fmt: skip
def test_a_disk_that_fails_the_engine_is_one_fault_and_the_old_site_stays(root: Path, code: int, remedy: str) -> None:
    def fail(project: Project, edition: object, target: Path, memory: Path | None) -> None:
        lay(target, {"index.html": "half"})
        raise OSError(code, os.strerror(code))

    with mock.patch.dict(assembly.ENGINES, mkdocs=fail), pytest.raises(Fault, match=os.strerror(code)) as fault:
        publishing.publish(Project(root), root / "site", print)
    assert fault.value.file == root / "site"
    assert remedy in fault.value.help
    assert "the old site is as it was" in fault.value.help
    assert found(root / "site") == {**OLD, **OF_THE_HOST}
    assert nothing_unfinished(root)
