"""The table at the end of a build: what each scenario came to, and where the time went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.figures import Request

if TYPE_CHECKING:
    from generator.staging import Made


def summary(made: Made) -> str:
    """A line a scenario, then a line a stage."""
    rows: list[tuple[str, ...]] = [("scenario", "verdict", "epochs", "files", "GIF", "work")]
    for id in made.scenarios:
        record = made.record_of(id)
        own = {request: sizes for request, sizes in made.pictures.items() if request.ids == (id,)}
        gif = own.get(Request("fit", (id,)), {}).get(".gif", 0)
        seconds = sum(s for name, s in made.work_seconds.items() if name == id or name.endswith(f" of {id}"))
        rows.append(
            (
                id,
                record.verdict,
                str(record.epochs_run),
                str(sum(map(len, own.values()))),
                f"{gif / 1000:.0f} kB" if gif else "–",
                f"{seconds:.1f} s" if seconds else "cached",
            )
        )
    stages = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in made.stage_seconds.items())
    return f"{_table(rows)}\n{stages}"


def _table(rows: list[tuple[str, ...]]) -> str:
    """Columns of equal width; the first two are words and stand left, numbers stand right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if index < 2 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join(lines)
