"""What the copy of the project needs so that its pipeline can be rehearsed."""

from __future__ import annotations

from pathlib import Path

from slipway.rehearsal.errors import RehearsalError

_MAKEFILE = "Makefile"
_WATCHED = "--stop-with-parent $$PPID"
# What targets run, and what is left of it: old, new.
_NARROWED = {
    f"scripts/set_up.py {_WATCHED}\n": f"scripts/set_up.py {_WATCHED} --only synthesis\n",
    f"scripts/check.py {_WATCHED}\n": f'scripts/check.py {_WATCHED} "lock files"\n',
    f"scripts/run_tests.py {_WATCHED} fast\n": f"scripts/run_tests.py {_WATCHED} services\n",
}


def narrow_tests(folder: Path) -> None:
    """Let the copy's ``make check`` and ``make test`` run what is about its services only.

    What is locked of their stacks, and their own tests. ``make set-up`` installs what that needs.
    The rest is about Slipway itself, takes six minutes, and says the same at every push: who works
    on Slipway runs it in the checkout.

    Parameters
    ----------
    folder
        The copy, with its Makefile.

    Raises
    ------
    RehearsalError
        The Makefile is not the one that this was written for.
    """
    file = folder / _MAKEFILE
    text = file.read_text(encoding="utf-8")
    for old, new in _NARROWED.items():
        if (found := text.count(old)) != 1:
            raise RehearsalError(
                f"{_MAKEFILE}: expected {old.strip()!r} once, found it {found} times: bring the "
                "rehearsal's edit in line with the file"
            )
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")
