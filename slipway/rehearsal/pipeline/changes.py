"""What the developer changes: edits of the project, as its users make them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from slipway.rehearsal import yaml_file
from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.pipeline.repository import Developer

SERVICE = "storefront"
"""What people reach, and whose versions are told apart."""

CALLED = "inventory"
"""Whose source the new service is made from."""

NEW_SERVICE = "parcels"

_VERSION = f"services/{SERVICE}/{SERVICE}/__init__.py"
_SETTINGS = f"services/{SERVICE}/service.yaml"
_KEYS = "constructs/slipway_constructs/encryption.py"

_NEW_SETTINGS = """\
# parcels: says what is on its way.

port: 8080
cpu: 256
memory: 512MiB
architecture: x86_64

load_balancer:
  scheme: internal

health_check:
  path: /health
  interval: 10s
  timeout: 5s

scaling:
  min: 1
  max: 2
  cpu_percent: 60

deployment:
  engine: codedeploy
  shift: { all_at_once: {} }
  checks:
    AfterAllowTestTraffic:
      - http: { path: /stock, body: umbrella }
"""


@dataclass(frozen=True)
class Changes:
    """The changes of the story, each uncommitted."""

    developer: Developer

    def next_version(self, old: str, new: str) -> None:
        """Change the code of the storefront."""
        self._edit(_VERSION, f'__version__ = "{old}"', f'__version__ = "{new}"')

    def rejected_in(self, environment: str, *, old: str, new: str) -> None:
        """Change the storefront so that it is fine everywhere but in one environment.

        There it greets with other words than the check of its home page looks for.
        """
        self.next_version(old, new)
        with yaml_file.edited(self.developer.directory / _SETTINGS) as settings:
            there = settings.setdefault("environments", {}).setdefault(environment, {})
            there.setdefault("environment", {})["GREETING"] = "Nothing to see here"

    def against_policy(self) -> None:
        """Let no key rotate any more: no setting could say it, so it is code that does."""
        self._edit(_KEYS, "enable_key_rotation=True", "enable_key_rotation=False")

    def new_service(self) -> None:
        """Add a service's folder, and note what it is created with, as ``make synth`` does.

        Raises
        ------
        RehearsalError
            The project has such a service already.
        """
        services = self.developer.directory / "services"
        folder = services / NEW_SERVICE
        if folder.exists():
            raise RehearsalError(
                f"services/{NEW_SERVICE}: the rehearsal adds this service, but the project has it "
                "already: rename it"
            )
        shutil.copytree(services / CALLED, folder, ignore=_not_shipped)
        (folder / CALLED).rename(folder / NEW_SERVICE)
        for file in folder.rglob("*"):
            if file.is_file():
                file.write_text(file.read_text().replace(CALLED, NEW_SERVICE))
        (folder / "service.yaml").write_text(_NEW_SETTINGS)
        self.developer.run("python", "-m", "slipway", "lock")

    def _edit(self, file: str, old: str, new: str) -> None:
        self.developer.workspace.edit(file, old, new)


def _not_shipped(folder: str, names: list[str]) -> list[str]:
    """Leave out tests, their locks and caches."""
    return [
        name
        for name in names
        if name in ("tests", "pytest.ini", "README.md", "service.yaml", "__pycache__")
        or name.startswith((".pytest", "requirements-test"))
    ]
