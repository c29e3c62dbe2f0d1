"""The versions that are released: edits of a service's real source, as a developer would err."""

from __future__ import annotations

import json
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from slipway.rehearsal import images
from slipway.rehearsal.environment import RehearsedEnvironment
from slipway.rehearsal.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

SOURCE = "inventory"

_APP = f"{SOURCE}/app.py"
_MAIN = f"{SOURCE}/__main__.py"
_SERVER = f"{SOURCE}/server.py"
_STOCK = 'return web.json_response({**identity, "stock": dict(STOCK)})'
_ITEM = 'return web.json_response({**identity, "stock": {name: STOCK[name]}})'
_HEALTH = 'return web.json_response({"status": "ok"})'


@dataclass(frozen=True)
class Version:
    """A version of the service.

    Parameters
    ----------
    edits
        File, what it holds once, and what it holds instead.
    findings
        What a scan of its image finds: severities.
    """

    name: str
    edits: tuple[tuple[str, str, str], ...] = ()
    findings: tuple[str, ...] = ()


def _broken_after(answers: int, what: str) -> tuple[tuple[str, str, str], ...]:
    """Go wrong in production only: at a path that no check asks for, after some answers."""
    counted = f"served.append(name)\n        if len(served) > {answers}:\n            {what}"
    return (
        (_APP, "routes = web.RouteTableDef()", "routes = web.RouteTableDef()\n    served = []"),
        (_APP, _ITEM, f"{counted}\n        {_ITEM}"),
    )


_ANSWER_500 = "return web.json_response(identity, status=500)"

HEALTHY = Version("healthy", ((f"{SOURCE}/__init__.py", '"1"', '"2"'),))
# The only release that uses it deletes it.
VANISHING = Version("vanishing", ((f"{SOURCE}/__init__.py", '"1"', '"4"'),))
VULNERABLE = Version("vulnerable", ((f"{SOURCE}/__init__.py", '"1"', '"3"'),), ("HIGH",))
EXITS_AT_ONCE = Version("exits at once", ((_MAIN, "import sys\n", "import sys\n\nsys.exit(3)\n"),))
UNHEALTHY = Version("unhealthy", ((_APP, _HEALTH, _HEALTH[:-1] + ", status=500)"),))
STARTS_SLOWLY = Version(
    "starts slowly",
    (
        (
            _SERVER,
            "    await runner.setup()\n",
            "    await asyncio.sleep(8)\n    await runner.setup()\n",
        ),
    ),
)
ANSWERS_500 = Version("answers 500", ((_APP, _STOCK, _STOCK[:-1] + ", status=500)"),))
WRONG_BODY = Version("wrong body", ((_APP, '"umbrella": 0', '"parasol": 0'),))
TOO_SLOW = Version("too slow", ((_APP, _STOCK, f"await asyncio.sleep(1.5)\n        {_STOCK}"),))
FAILS_IN_PRODUCTION = Version("fails in production", _broken_after(0, _ANSWER_500))
FAILS_AFTER_A_WHILE = Version("fails after a while", _broken_after(10, _ANSWER_500))
STOPS_LISTENING = Version(
    "stops listening",
    (
        *_broken_after(5, "draining.set()"),
        (_SERVER, "asyncio.sleep(settings.drain_seconds)", "runner.cleanup()"),
        (_SERVER, '    logger.info("stopped")', "    await asyncio.sleep(3600)"),
    ),
)


class Images:
    """Builds each version once, whoever asks for it first."""

    def __init__(self, environment: RehearsedEnvironment, services: Sequence[str]) -> None:
        self._environment = environment
        self._services = services
        self._built: dict[Version, str] = {}
        self._lock = threading.Lock()

    def digest(self, version: Version) -> str:
        """Return the digest of a version's image, which every lane's repository has."""
        with self._lock:
            if version not in self._built:
                self._built[version] = self._build(version)
            return self._built[version]

    def _build(self, version: Version) -> str:
        folders, workspace = self._environment.folders, self._environment.workspace
        edited = Workspace(folders.run / "versions" / version.name.replace(" ", "-"))
        source: Path = workspace.directory / "source" / SOURCE
        shutil.copytree(source, edited.directory)
        for file, old, new in version.edits:
            edited.edit(file, old, new)
        image = images.build(edited.directory, folders.images, environments=folders.environments)
        if version.findings:
            found = [{"severity": severity} for severity in version.findings]
            (image.directory / "scan.json").write_text(json.dumps(found))
        self._environment.push(dict.fromkeys(self._services, image))
        return image.digest
