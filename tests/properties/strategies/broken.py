"""Applications with one mistake in them, of a kind that is known to be one."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st
from strategies import wrong_places, wrong_text
from strategies.applications import Application, applications, write
from strategies.keys import Path as Key
from strategies.wrong_environments import ENVIRONMENT_RULES
from strategies.wrong_pipelines import PIPELINE_RULES
from strategies.wrong_services import SERVICE_RULES
from strategies.wrong_values import wrong_values

from slipway.settings.service import OVERRIDES
from slipway.settings.source import dotted

VALUES = 8
"""Wrong values of one application, tried one after the other: drawing applications takes long."""


@dataclass(frozen=True)
class Broken:
    """The files of an application that is wrong.

    Attributes
    ----------
    kind
        What is wrong.
    files
        The content of each file, by its path.
    told
        What one line must say.
    place
        What to do with the folder when they are written.
    """

    kind: str
    files: dict[str, str | bytes]
    told: tuple[str, ...] = ()
    place: Callable[[Path], None] = field(default=lambda _: None)

    def __repr__(self) -> str:
        return f"Broken({self.kind!r}, {self.told})"

    def write(self, root: Path) -> Path:
        """Write the files below a folder, and return it."""
        write(self.files, root)
        self.place(root)
        return root


@st.composite
def broken_by_values(draw: st.DrawFn) -> list[Broken]:
    """An application, broken by a value that its key can't have, an unknown or a missing key."""
    application = draw(applications(fewest=1, most=2))
    return [draw(_wrong_value(application)) for _ in range(VALUES)]


@st.composite
def _wrong_value(draw: st.DrawFn, right: Application) -> Broken:
    file = draw(st.sampled_from(sorted(right.files())))
    application = copy.deepcopy(right)
    tree = application.files()[file]
    # They could take the place of what is wrong.
    tree.pop(OVERRIDES, None)
    kind, key = draw(wrong_values(file, tree))
    # Written for one environment only, it is as wrong.
    if file.startswith("services/") and len(key) > 1 and draw(st.booleans()):
        tree[OVERRIDES] = {min(application.environments): {key[0]: tree[key[0]]}}
    return Broken(kind, dict(application.texts()), (f"{file}:", _as_told(key)))


def _as_told(key: Key) -> str:
    """Write a key as messages do."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in dotted(key))


def broken_by_rules(application: Application) -> Iterator[Broken]:
    """The application, broken by each rule between values or of AWS."""
    for rules in (ENVIRONMENT_RULES, PIPELINE_RULES, SERVICE_RULES):
        for kind, break_ in rules.items():
            broken = copy.deepcopy(application)
            for service in broken.services.values():
                service.pop(OVERRIDES, None)
            named = broken.services if rules is SERVICE_RULES else broken.environments
            told = break_(broken, min(named))
            yield Broken(kind, dict(broken.texts()), (told,))


def broken_by_text(application: Application, file: str) -> Iterator[Broken]:
    """The application, one of whose files is no YAML, or more than settings need."""
    for kind, break_ in wrong_text.KINDS.items():
        files: dict[str, str | bytes] = dict(application.texts())
        files[file] = break_(application.texts()[file])
        yield Broken(kind, files, (f"{file}:",))


def broken_by_place(application: Application, file: str) -> Iterator[Broken]:
    """The application, one of whose files is where nobody reads it, or is no file."""
    for kind, break_ in wrong_places.KINDS.items():

        def place(root: Path, break_: wrong_places.Place = break_) -> None:
            break_(root, file)

        yield Broken(kind, dict(application.texts()), place=place)
