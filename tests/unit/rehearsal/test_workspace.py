from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from slipway.rehearsal.errors import RehearsalError
from slipway.rehearsal.workspace import Workspace

SERVICE = """\
# storefront
port: 8080 # where the container listens
load_balancer:
  port: 80
environments:
  local:
    load_balancer:
      port: 8080 # below 1024 belongs to root
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name, text in {
        "slipway.yaml": "application: shop\n",
        "environments/local.yaml": "region: us-east-1\n",
        "environments/prod.yaml": "region: eu-west-1\n",
        "services/storefront/service.yaml": SERVICE,
        "services/storefront/storefront/__init__.py": '__version__ = "1"\n',
        "services/storefront/storefront/__pycache__/app.pyc": "",
        "services/storefront/.venv/bin/python": "",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.fixture
def workspace(project: Path, tmp_path: Path) -> Workspace:
    return Workspace.create(project, tmp_path / "workspace")


def files_in(directory: Path) -> set[str]:
    return {str(f.relative_to(directory)) for f in directory.rglob("*") if f.is_file()}


def test_copy_holds_all_settings_and_services_without_caches(workspace: Workspace) -> None:
    assert files_in(workspace.directory) == {
        "slipway.yaml",
        "environments/local.yaml",
        "environments/prod.yaml",
        "services/storefront/service.yaml",
        "services/storefront/storefront/__init__.py",
    }


def test_nothing_remains_of_an_earlier_run(project: Path, tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "stale").write_text("")
    workspace = Workspace.create(project, tmp_path / "workspace")
    assert "stale" not in files_in(workspace.directory)


def test_edit_changes_the_copy_and_leaves_the_project_alone(
    workspace: Workspace, project: Path
) -> None:
    file = "services/storefront/storefront/__init__.py"
    workspace.edit(file, '__version__ = "1"', '__version__ = "2"')
    assert (workspace.directory / file).read_text() == '__version__ = "2"\n'
    assert (project / file).read_text() == '__version__ = "1"\n'


@pytest.mark.parametrize(("old", "found"), [("9999", 0), ("8080", 2)])
def test_edit_that_does_not_match_once_is_refused(
    workspace: Workspace, old: str, found: int
) -> None:
    with pytest.raises(RehearsalError, match=rf"service.yaml: .*{old}.* found it {found} times"):
        workspace.edit("services/storefront/service.yaml", old, "1")


@pytest.mark.parametrize(
    "key",
    ["environments.local.load_balancer.port", "environments.local.port", "new.as.a.whole"],
)
def test_set_changes_one_value_and_no_other(workspace: Workspace, key: str) -> None:
    file = "services/storefront/service.yaml"
    before = values((workspace.directory / file).read_text())
    workspace.set(file, key, 8083)
    assert values((workspace.directory / file).read_text()) == before | {key: "8083"}


def test_what_is_not_set_keeps_its_type(workspace: Workspace) -> None:
    """A check of the service's own gets 3 as a number and "3" as text."""
    file = "services/storefront/service.yaml"
    typed = 'number: 3\ntext: "3"\nanswer: no\ntime: 20:00\n'
    (workspace.directory / file).write_text(typed)
    workspace.set(file, "environments.local.port", 8081)
    found = yaml.safe_load((workspace.directory / file).read_text())
    assert found == yaml.safe_load(typed) | {"environments": {"local": {"port": "8081"}}}


def values(text: str) -> dict[str, str]:
    """Every value by the way to it."""

    def below(node: Any, way: str) -> Iterator[tuple[str, str]]:
        if isinstance(node, dict):
            for key, value in node.items():
                yield from below(value, f"{way}.{key}".removeprefix("."))
        else:
            yield way, node

    return dict(below(yaml.load(text, Loader=yaml.BaseLoader), ""))  # noqa: S506


@pytest.mark.parametrize("key", ["environments.local.load_balancer", "port.number"])
def test_set_replaces_no_mapping_and_passes_through_mappings_only(
    workspace: Workspace, key: str
) -> None:
    with pytest.raises(RehearsalError, match=rf"service.yaml: {key} is not a single value"):
        workspace.set("services/storefront/service.yaml", key, 1)


def test_project_without_settings_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(RehearsalError, match=r"slipway.yaml: not found in"):
        Workspace.create(tmp_path, tmp_path / "workspace")


def test_a_new_copy_has_what_changed_in_the_project_and_what_was_set(
    workspace: Workspace, project: Path
) -> None:
    version = "services/storefront/storefront/__init__.py"
    settings = "services/storefront/service.yaml"
    workspace.set(settings, "environments.local.port", 8081)
    workspace.edit(version, '__version__ = "1"', '__version__ = "2"')
    (project / version).write_text('__version__ = "3"\n')
    (project / settings).write_text("port: 9090\n")
    for _ in range(2):
        workspace.copy_again(project)
        assert (workspace.directory / version).read_text() == '__version__ = "3"\n'
        assert yaml.safe_load((workspace.directory / settings).read_text()) == {
            "port": 9090,
            "environments": {"local": {"port": "8081"}},
        }
