"""What the generator brings along besides code, its templates and the assets of its pages; a project's go over them."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

from generator.files import below, listed

# Where each lies in a clone, beside the package; the wheel holds them inside it, under the name itself.
Resource = Literal["templates", "assets"]
IN_CLONE: dict[Resource, str] = {"templates": "templates", "assets": "docs/assets"}


def resource(name: Resource) -> Path:
    """The folder of this name, of the installed package or of the clone that it runs from."""
    package = Path(str(files("generator")))
    inside = package / name
    return inside if inside.is_dir() else package.parent / IN_CLONE[name]


@dataclass(frozen=True)
class Layers:
    """Folders that lie one above another: of files of one name that of the first folder counts."""

    folders: tuple[Path, ...]

    def folder(self, name: str) -> Layers:
        """What lies in the folders of this name."""
        return Layers(tuple(folder / name for folder in self.folders))

    def file(self, name: str) -> Path:
        """The one that counts; where there is none, its place in the first folder."""
        places = [folder / name for folder in self.folders]
        return next((place for place in places if place.is_file()), places[0])

    def files(self) -> dict[str, Path]:
        """All that lie there at any depth, by their names below the folders, in order."""
        found = {
            path.relative_to(folder).as_posix(): path for folder in reversed(self.folders) for path in below(folder)
        }
        return dict(sorted(found.items()))

    def listed(self, ending: str) -> list[Path]:
        """Those in the folders themselves whose names end so, in order."""
        found = {path.name: path for folder in reversed(self.folders) for path in listed(folder, ending)}
        return [path for _, path in sorted(found.items())]


def over_ours(own: Path, name: Resource) -> Layers:
    """A folder of a project's, which need not be there, above the package's; which in a clone are the same."""
    ours = resource(name)
    return Layers((own,) if own.resolve() == ours.resolve() else (own, ours))
