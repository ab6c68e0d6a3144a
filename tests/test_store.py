"""The cache: an entry is intact or made again, and losing it costs time only."""

from __future__ import annotations

import json
import logging
import threading
from pathlib import Path

import pytest

from generator.store import MANIFEST, Store, key

KEY = key(product="test")
FILES = {"a.bin": b"first", "b.bin": b"second"}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def test_what_was_put_comes_back(store: Store) -> None:
    store.put(KEY, FILES)
    assert store.get(KEY) == FILES


def test_an_unknown_key_is_none_without_a_warning(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    assert store.get(KEY) is None
    assert not caplog.records


def test_keys_differ_when_any_part_differs() -> None:
    assert len({key(a="x", b="y"), key(a="y", b="x"), key(a="xy", b=""), key(a="x")}) == 4


def flip_a_bit(entry: Path) -> None:
    content = bytearray((entry / "a.bin").read_bytes())
    content[0] ^= 1
    (entry / "a.bin").write_bytes(content)


DAMAGES = {
    "bit flip": flip_a_bit,
    "truncation": lambda entry: (entry / "a.bin").write_bytes(b"fir"),
    "empty file": lambda entry: (entry / "a.bin").write_bytes(b""),
    "missing file": lambda entry: (entry / "a.bin").unlink(),
    "missing manifest": lambda entry: (entry / MANIFEST).unlink(),
    "empty manifest": lambda entry: (entry / MANIFEST).write_bytes(b""),
    "foreign manifest": lambda entry: (entry / MANIFEST).write_text(json.dumps(["a.bin"])),
    "a folder for a file": lambda entry: ((entry / "a.bin").unlink(), (entry / "a.bin").mkdir()),
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


def test_a_cache_that_vanishes_is_merely_empty(store: Store) -> None:
    import shutil

    store.put(KEY, FILES)
    shutil.rmtree(store.folder)
    assert store.get(KEY) is None
    store.put(KEY, FILES)
    assert store.get(KEY) == FILES


def test_two_writers_of_one_entry_leave_it_intact(store: Store) -> None:
    writers = [threading.Thread(target=lambda: [store.put(KEY, FILES) for _ in range(20)]) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert store.get(KEY) == FILES
    assert [path.name for path in store.entry(KEY).parent.iterdir()] == [store.entry(KEY).name], "no leftovers"
