"""A small project in a temporary folder, for tests to break."""

from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest

from slipway.settings import Settings, SettingsError, load

APPLICATION = """\
application: shop
owner: platform
cost_centre: shop
tooling:
  account: "111111111111"
  region: eu-west-1
"""

ENVIRONMENT = """\
account: "012345678901"
region: eu-west-1
availability_zones: [eu-west-1a, eu-west-1b]
network:
  cidr: 10.0.0.0/16
capacity:
  ec2:
    instance_types: [m6i.large]
    min: 0
    max: 4
plain_http: Nobody outside the office reaches it.
"""

SERVICE = """\
port: 8080
cpu: 256
memory: 512MiB
"""


@dataclass
class Project:
    root: Path

    def write(self, file: str, text: str) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")

    def append(self, file: str, text: str) -> int:
        """Add text to a file; return the number of its first new line."""
        before = (self.root / file).read_text(encoding="utf-8")
        self.write(file, before + dedent(text))
        return before.count("\n") + 1

    def replace(self, file: str, old: str, new: str) -> None:
        before = (self.root / file).read_text(encoding="utf-8")
        assert old in before
        self.write(file, before.replace(old, new, 1))

    def load(self) -> Settings:
        return load(self.root)

    def mistakes(self) -> tuple[str, ...]:
        with pytest.raises(SettingsError) as caught:
            load(self.root)
        return caught.value.lines


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.write("slipway.yaml", APPLICATION)
    project.write("environments/dev.yaml", ENVIRONMENT)
    project.write("services/web/service.yaml", SERVICE)
    return project
