"""The cache: an entry is intact or made again, and losing it costs time only."""

from __future__ import annotations

import io
import logging
import os
import shutil
import tempfile
import threading
import time
import traceback
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.making.keys import key
from generator.making.store import MANIFEST, Store

KEY = key(product="test")
FILES = {"a.bin": b"first", "b.bin": b"second"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


@pytest.mark.parametrize("files", [FILES, {}, {"empty": b""}])
def test_what_was_put_comes_back(store: Store, files: dict[str, bytes]) -> None:
    store.put(KEY, files)
    assert store.get(KEY) == files
    assert store.has(KEY)


def test_what_was_put_again_takes_the_place_of_what_was_there(store: Store) -> None:
    store.put(KEY, FILES)
    store.put(KEY, {"c.bin": b"third"})
    assert store.get(KEY) == {"c.bin": b"third"}


def test_an_unknown_key_is_none_without_a_warning(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    assert store.get(KEY) is None
    assert not caplog.records


def flip_a_bit(entry: Path) -> None:
    content = bytearray(entry.read_bytes())
    content[content.index(b"first")] ^= 1
    entry.write_bytes(content)


def replace_by_a_folder(entry: Path) -> None:
    entry.unlink()
    (entry / "within").mkdir(parents=True)


def put_another_entry_there(entry: Path) -> None:
    """Intact by itself, and not what belongs under this key."""
    other = Store(entry.parents[2] / "other cache")
    other.put(key(product="another"), {"a.bin": b"of another"})
    shutil.copy(other.entry(key(product="another")), entry)


def put_another_zip_there(entry: Path) -> None:
    with zipfile.ZipFile(entry, "w") as archive:
        archive.writestr("a.bin", b"first")


def rewrite(change: Callable[[dict[str, bytes]], object]) -> Callable[[Path], None]:
    """Change members of the zip, and leave it a valid one."""

    def apply(entry: Path) -> None:
        with zipfile.ZipFile(io.BytesIO(entry.read_bytes())) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        change(members)
        with zipfile.ZipFile(entry, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    return apply


DAMAGES: dict[str, Callable[[Path], object]] = {
    "bit flip": flip_a_bit,
    "truncation": lambda entry: entry.write_bytes(entry.read_bytes()[:-30]),
    "truncation to the first half": lambda entry: entry.write_bytes(entry.read_bytes()[:100]),
    "empty file": lambda entry: entry.write_bytes(b""),
    "no zip": lambda entry: entry.write_text("an error page of a proxy"),
    "a folder for the file": replace_by_a_folder,
    "the entry of another key": put_another_entry_there,
    "a foreign zip": put_another_zip_there,
    "a member is missing": rewrite(lambda members: members.pop("b.bin")),
    "a member is another": rewrite(lambda members: members.update({"a.bin": b"other"})),
    "a manifest of another shape": rewrite(lambda members: members.update({MANIFEST: b'["a.bin"]'})),
    "a manifest that is no JSON": rewrite(lambda members: members.update({MANIFEST: b"\xff{"})),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_warns_and_can_be_made_again(
    store: Store, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    store.put(KEY, FILES)
    DAMAGES[damage](store.entry(KEY))
    with caplog.at_level(logging.WARNING):
        assert store.get(KEY) is None
    assert "damaged" in caplog.text
    store.put(KEY, FILES)
    assert store.get(KEY) == FILES


def test_no_bit_of_an_entry_can_flip_and_give_other_files_or_an_error(store: Store) -> None:
    store.put(KEY, FILES)
    entry = store.entry(KEY)
    intact = entry.read_bytes()
    for bit in range(8 * len(intact)):
        flipped = bytearray(intact)
        flipped[bit // 8] ^= 1 << bit % 8
        entry.write_bytes(flipped)
        assert store.get(KEY) in (None, FILES)  # what says nothing, such as a date, may be anything


def test_what_is_kept_in_memory_cannot_be_changed_by_who_gets_it(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder")
    store = Store(tmp_path / "cache")
    store.put(KEY, FILES)
    got = store.get(KEY)
    assert got is not None
    got.pop("a.bin")
    assert store.get(KEY) == FILES


def test_a_cache_that_cannot_be_written_costs_one_warning_and_keeps_the_build(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # A file where the folder should be: permissions would not stop the superuser.
    (tmp_path / "cache").write_text("not a folder")
    store = Store(tmp_path / "cache")
    with caplog.at_level(logging.WARNING):
        store.put(KEY, FILES)
        store.put(key(product="another"), FILES)
    assert store.get(KEY) == FILES
    assert len(caplog.records) == 1


def without_privileges(check: Callable[[], object]) -> None:
    """Call it as a user whom permissions stop: the superuser does so in a process that gives its rights up."""
    if os.geteuid() != 0:
        check()
        return
    child = os.fork()
    if child == 0:
        failed = 1
        try:
            os.setuid(65534)
            check()
            failed = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(failed)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no permissions as Unix has them")
def test_a_read_only_cache_gives_what_it_has_and_the_rest_is_kept_in_memory() -> None:
    other = key(product="another")

    def check() -> None:
        store = Store(Path(folder))
        assert store.get(KEY) == FILES
        with pytest.raises(PermissionError):
            store.entry(other).parent.mkdir()
        store.put(other, FILES)
        assert store.get(other) == FILES
        assert Store(Path(folder)).get(other) is None

    with tempfile.TemporaryDirectory() as folder:  # that of pytest is closed to other users
        store = Store(Path(folder))
        store.put(KEY, FILES)
        for path in (store.folder, store.entry(KEY).parent):
            path.chmod(0o555)
        without_privileges(check)
        for path in (store.folder, store.entry(KEY).parent):
            path.chmod(0o755)


def test_a_cache_that_vanishes_is_merely_empty(store: Store) -> None:
    store.put(KEY, FILES)
    shutil.rmtree(store.folder)
    assert store.get(KEY) is None
    store.put(KEY, FILES)
    assert store.get(KEY) == FILES


def test_what_killed_writes_left_is_swept_and_nothing_else(store: Store) -> None:
    store.put(KEY, FILES)
    folder = store.entry(KEY).parent
    (folder / f".new-{'0123456789abcdef' * 2}").write_bytes(b"half of an entry")
    (folder / "notes.txt").write_text("somebody's own")
    store.sweep()
    assert {path.name for path in folder.iterdir()} == {store.entry(KEY).name, "notes.txt"}
    assert store.get(KEY) == FILES


def test_a_cache_that_is_not_there_is_swept(tmp_path: Path) -> None:
    Store(tmp_path / "nowhere").sweep()
    assert not (tmp_path / "nowhere").exists()


def used_days_ago(store: Store, **days: float) -> dict[str, str]:
    """Entries of 1000 bytes and some more, by name; each was last used so many days ago."""
    keys = {name: key(product=name) for name in days}
    for name, ago in days.items():
        store.put(keys[name], {"a.bin": bytes(1000)})
        then = time.time() - 86_400 * ago
        os.utime(store.entry(keys[name]), (then, then))
    return keys


def there(store: Store, keys: dict[str, str]) -> set[str]:
    return {name for name, key in keys.items() if store.entry(key).exists()}


def test_what_nobody_has_used_for_long_is_forgotten_and_what_was_asked_for_has_been_used(store: Store) -> None:
    keys = used_days_ago(store, old=40, older=50, asked=60, new=1)
    size = store.entry(keys["old"]).stat().st_size
    assert store.get(keys["asked"]) is not None
    assert store.forget(before=time.time() - 86_400 * 30) == (2, 2 * size)
    assert there(store, keys) == {"asked", "new"}


def test_a_bound_takes_those_unused_longest_and_nothing_used_since_the_build_began(store: Store) -> None:
    keys = used_days_ago(store, a=1, b=2, c=3, d=4)
    size = store.entry(keys["a"]).stat().st_size
    assert store.forget(before=time.time(), keep=3 * size) == (1, size)
    assert there(store, keys) == {"a", "b", "c"}
    began = time.time() - 86_400 * 1.5
    assert store.forget(before=began, keep=0) == (2, 2 * size)
    assert there(store, keys) == {"a"}, "which this build has used, however large it is"


def test_nothing_that_is_not_ours_is_forgotten(store: Store, tmp_path: Path) -> None:
    store.put(KEY, FILES)
    folder = store.entry(KEY).parent
    (folder / "notes.zip").write_text("somebody's own")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "ab.zip").write_text("somebody's own")
    (store.folder / ("00" if folder.name != "00" else "01")).symlink_to(outside)
    (folder / "abc.zip").symlink_to(outside / "ab.zip")
    (store.folder / ("02" if folder.name != "02" else "03")).write_text("somebody's own")
    assert store.forget(before=time.time() + 1)[0] == 1
    assert {path.name for path in folder.iterdir()} == {"notes.zip", "abc.zip"}
    assert (outside / "ab.zip").exists()
    assert Store(tmp_path / "nowhere").forget(before=time.time()) == (0, 0)


def test_who_reads_while_others_write_sees_a_whole_entry_always(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    versions = [{"a.bin": bytes([n]) * 200_000, "b.bin": bytes([n])} for n in range(2)]
    store.put(KEY, versions[0])
    at_work = True

    def write(version: dict[str, bytes]) -> None:
        while at_work:
            store.put(KEY, version)

    writers = [threading.Thread(target=write, args=[version]) for version in versions]
    for writer in writers:
        writer.start()
    try:
        seen = [store.get(KEY) for _ in range(300)]
    finally:
        at_work = False
        for writer in writers:
            writer.join()
    assert all(files in versions for files in seen)
    assert not caplog.records
    assert [path.name for path in store.entry(KEY).parent.iterdir()] == [store.entry(KEY).name], "no leftovers"
