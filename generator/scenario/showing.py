"""Whether a text for people can be shown as it is written."""

from __future__ import annotations

import unicodedata

# By Unicode's names: what turns the direction of writing until another character ends it, and that one.
TURNS = {
    **dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c"),
    **dict.fromkeys("\u2066\u2067\u2068", "\u2069"),
}  # fmt: skip


def unfit_to_show(words: str) -> str:
    """What is wrong with a text for people, and a remedy; nothing where it can be shown as it is."""
    open_turns: list[str] = []
    for character in words:
        kind, name = unicodedata.category(character), f"U+{ord(character):04X}"
        is_no_character = kind == "Cs" or (ord(character) & 0xFFFE) == 0xFFFE or "\ufdd0" <= character <= "\ufdef"
        if is_no_character or (kind == "Cc" and character not in "\t\n\r"):
            return f"must be text, and {name} is no character that can be shown; leave it out"
        if character in TURNS:
            open_turns.append(TURNS[character])
        elif character in TURNS.values() and (not open_turns or open_turns.pop() != character):
            return f"must not end with {name} what it has not begun; right-to-left text needs no such characters"
    if open_turns:
        ends = f"U+{ord(open_turns[-1]):04X}"
        return f"must end with {ends} the turn it begins; right-to-left text needs no such characters"
    if all(unicodedata.category(character)[0] in "ZC" for character in words):
        return "must have something to be seen, and it is blank; a few words for people to read"
    return ""
