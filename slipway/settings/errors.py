"""What a person reads when a setting is wrong."""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import TypeVar

Mistake = TypeVar("Mistake")


class SettingsError(Exception):
    """One or more mistakes in the settings, one line each.

    Every line reads ``file:line: key.path what is wrong and what would be right``; the file is
    relative to the root of the project, so that editors and terminals can jump to it.

    Attributes
    ----------
    lines
        The mistakes, in the order of the files; never empty.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        # Several environments share a service's file: one mistake in it is told once.
        self.lines: tuple[str, ...] = tuple(dict.fromkeys(map(_printable, lines)))
        super().__init__("\n".join(self.lines))


def _printable(line: str) -> str:
    """Keep a line a line, whatever characters the keys and values in it have."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in line)


class RuleError(ValueError):
    """A rule between values is broken; raised by the models' validators.

    Parameters
    ----------
    message
        What is wrong, to be read after the key: ``must be at least {here}min (3 < 5)``.
        ``{here}`` stands for the path of the mapping that holds the key.
    at
        Where below the validated key the mistake is, when it is not the key itself.
    """

    def __init__(self, message: str, at: tuple[str | int, ...] = ()) -> None:
        self.at = at
        super().__init__(message)


# Whoever has more mistakes in a file has another file in its place.
_MOST_TOLD = 100


def first_of(file: str, mistakes: Sequence[Mistake], tell: Callable[[Mistake], str]) -> list[str]:
    """Tell the mistakes in a file: the first hundred, and how many more there are."""
    lines = [tell(mistake) for mistake in mistakes[:_MOST_TOLD]]
    more = len(mistakes) - len(lines)
    return [*lines, f"{file}:1: has {more} more mistakes; mend those above"] if more else lines


def suggestion(name: str, known: Iterable[str]) -> str:
    """Say which name was probably meant, or else which there are."""
    known = list(known)
    nearest = get_close_matches(name, known, n=1)
    return f"did you mean {nearest[0]}?" if nearest else f"known: {', '.join(known) or 'none'}"
