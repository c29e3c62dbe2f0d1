"""Lets a Python process resolve the names of the local AWS's hosted zones.

Python imports it at the start of each task and function, from a folder that the local AWS puts on
PYTHONPATH. It stands in front of a program that knows nothing of it: it imports next to nothing,
never fails, and leaves the word to a ``sitecustomize`` that the program has itself.
"""

from __future__ import annotations

import _socket
import os
import sys

# Types are read by checkers only: typing takes longer to import than all of this.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def addresses(table: dict[str, Any], host: object) -> list[str] | None:
    """Return what a name leads to: nothing if it doesn't exist, None if no hosted zone holds it."""
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not isinstance(name, str):
        return None
    name = (name[:-1] if name.endswith(".") else name).lower()
    if not any(name == zone or name.endswith("." + zone) for zone in table["zones"]):
        return None
    known: dict[str, list[str]] = table["addresses"]
    return known.get(name, [])


def _look_up(host: object) -> list[str] | None:
    import json  # takes a task longer than all the rest: only those that ask for a name pay it

    try:
        with open(os.environ["LOCAL_AWS_NAMES"], encoding="utf-8") as file:  # noqa: PTH123
            found = addresses(json.load(file), host)
    except (KeyError, OSError, ValueError):
        return None  # the local AWS is gone, or was never meant
    if found == []:
        # A zone's names end with the zone: asking the world would find somebody else's.
        raise _socket.gaierror(_socket.EAI_NONAME, "Name or service not known")
    return found


def _install() -> None:
    """Wrap what resolves names beneath the module ``socket``, whoever imports that later."""
    getaddrinfo = _socket.getaddrinfo
    gethostbyname = _socket.gethostbyname
    gethostbyname_ex = _socket.gethostbyname_ex

    def getaddrinfo_here(host: Any, *args: Any, **kwargs: Any) -> Any:
        targets = _look_up(host) or [host]
        return [entry for target in targets for entry in getaddrinfo(target, *args, **kwargs)]

    def gethostbyname_here(host: Any) -> str:
        return gethostbyname((_look_up(host) or [host])[0])

    def gethostbyname_ex_here(host: Any) -> Any:
        targets = _look_up(host)
        if targets is None:
            return gethostbyname_ex(host)
        return host, [], [gethostbyname(target) for target in targets]

    _socket.getaddrinfo = getaddrinfo_here
    for module in (_socket, sys.modules.get("socket")):
        if module is not None:
            module.gethostbyname = gethostbyname_here  # type: ignore[attr-defined]
            module.gethostbyname_ex = gethostbyname_ex_here  # type: ignore[attr-defined]


def _give_way() -> None:
    """Run the ``sitecustomize`` that this one hides, in its own name."""
    from importlib.machinery import PathFinder

    here = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    spec = PathFinder.find_spec(
        "sitecustomize",
        [entry for entry in sys.path if os.path.abspath(entry) != here],  # noqa: PTH100
    )
    if spec is not None and spec.loader is not None:
        from importlib.util import module_from_spec

        hidden = module_from_spec(spec)
        sys.modules["sitecustomize"] = hidden
        spec.loader.exec_module(hidden)


if __name__ == "sitecustomize" and "LOCAL_AWS_NAMES" in os.environ:
    _install()
    _give_way()
