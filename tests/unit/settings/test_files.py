"""Files that nobody would read are told, and nothing is told that only follows from a mistake."""

import os
from pathlib import Path
from typing import Any

import pytest

from slipway.settings import SettingsError, load


def mistakes(root: Path) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(root)
    return caught.value.lines


def test_a_folder_of_the_project_is_told_where_the_project_is(project: Any) -> None:
    assert mistakes(project.root / "services" / "web") == (
        "slipway.yaml:1: there is no such file here, but in ../..; go there, or say --root ../..",
    )


def test_a_folder_outside_is_told_what_it_lacks_and_nothing_else(tmp_path: Path) -> None:
    assert mistakes(tmp_path) == (
        "slipway.yaml:1: there is no such file here; go to the project's folder, or name it with "
        "--root",
    )


def test_the_application_s_file_with_the_other_ending_is_named(project: Any) -> None:
    (project.root / "slipway.yaml").rename(project.root / "slipway.yml")
    assert project.mistakes() == ("slipway.yaml:1: there is no such file; rename slipway.yml",)


def test_a_project_without_environments_is_told_which_to_write(project: Any) -> None:
    project.append("services/web/service.yaml", "environments: { dev: {} }\n")
    (project.root / "environments/dev.yaml").unlink()
    told = ("environments/local.yaml:1: there is no environment; write this one",)
    assert project.mistakes() == told
    (project.root / "environments").rmdir()
    assert project.mistakes() == told


@pytest.mark.parametrize("folder", ["environments", "services"])
def test_a_file_in_a_folder_s_place_is_one_line(project: Any, folder: str) -> None:
    (project.root / folder).rename(project.root / "elsewhere")
    project.write(folder, "")
    assert project.mistakes() == (f"{folder}:1: must be a folder; move this file",)


@pytest.mark.parametrize(
    ("link", "to", "told"),
    [
        ("environments/prod.yaml", "prod.yaml", "environments/prod.yaml"),
        ("environments/prod.yaml", "gone.yaml", "environments/prod.yaml"),
        ("services/cart", "cart", "services/cart"),
        ("services/web/service.yaml", "service.yaml", "services/web/service.yaml"),
        ("slipway.yaml", "slipway.yaml", "slipway.yaml"),
    ],
)
def test_a_link_that_leads_nowhere_is_one_line(project: Any, link: str, to: str, told: str) -> None:
    (project.root / link).unlink(missing_ok=True)
    (project.root / link).symlink_to(to)
    assert project.mistakes() == (f"{told}:1: is a link that leads nowhere; mend or remove it",)


def test_own_checks_that_are_a_pipe_or_a_device_are_one_line(project: Any) -> None:
    checks = "deployment: { checks: { AfterInstall: [{ python: { function: a } }] } }\n"
    line = project.append("services/web/service.yaml", checks)
    path = project.root / "services/web/checks.py"
    key = f"services/web/service.yaml:{line}: deployment.checks.AfterInstall[0].python.function"
    told = f"{key} must be in services/web/checks.py, which must be a file; move what is there"
    os.mkfifo(path)
    assert project.mistakes() == (told,)
    path.unlink()
    path.symlink_to("/dev/zero")
    assert project.mistakes() == (told,)


def test_a_link_to_a_file_elsewhere_is_followed(project: Any, tmp_path: Path) -> None:
    file = project.root / "environments/dev.yaml"
    file.rename(tmp_path / "shared.yaml")
    file.symlink_to(tmp_path / "shared.yaml")
    assert list(project.load().environments) == ["dev"]


@pytest.mark.parametrize("folder", ["environments", "services"])
def test_a_folder_that_may_not_be_read_is_one_line(
    project: Any, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    listed = Path.iterdir

    def refuse(path: Path) -> Any:
        if path.name == folder:
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert project.mistakes() == (f"{folder}:1: cannot be read: Permission denied",)


def test_a_service_s_folder_that_may_not_be_entered_is_one_line(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    exists = os.path.lexists

    def refuse(path: Path) -> bool:
        if "web" in Path(path).parts:
            raise PermissionError(13, "Permission denied")
        return exists(path)

    monkeypatch.setattr(os.path, "lexists", refuse)
    assert project.mistakes() == ("services/web:1: cannot be read: Permission denied",)


def test_what_is_no_setting_is_left_alone(project: Any) -> None:
    project.write("environments/README.md", "")
    project.write("environments/.backup.yml", "nonsense")
    project.write("environments/old/prod.yaml", "nonsense")
    project.write("services/README.md", "")
    project.write("services/.cache/service.yaml", "nonsense")
    project.write("services/leftover/__pycache__/app.pyc", "")
    project.write("environments/dev.lock.yaml", "services: {}\n")
    settings = project.load()
    assert list(settings.environments) == ["dev"]
    assert list(settings.services("dev")) == ["web"]


def test_a_wrong_environment_is_not_told_again_by_the_services(project: Any) -> None:
    project.append(
        "services/web/service.yaml",
        "load_balancer: { shared: front }\nenvironments: { prod: { port: 80 } }\n",
    )
    project.append("environments/dev.yaml", "load_balancers: { front: { scheme: public } }\n")
    project.write("environments/prod.yml", "")
    assert project.mistakes() == (
        "environments/prod.yml:1: must end in .yaml; rename it",
        "environments/dev.yaml:12: load_balancers.front.scheme must be internet-facing or "
        "internal, not 'public'",
    )


def test_an_environment_s_name_that_is_too_long_is_not_told_again_by_the_services(
    project: Any,
) -> None:
    (project.root / "environments/dev.yaml").rename(project.root / f"environments/{'e' * 33}.yaml")
    (line,) = project.mistakes()
    assert line.startswith(f"environments/{'e' * 33}.yaml:1: the environment's name must be")


def test_a_wrong_service_is_not_told_again_by_its_callers(project: Any) -> None:
    project.append("services/web/service.yaml", "calls: [api]\n")
    project.write("services/api/service.yaml", "port: 80\ncpu: 256\nmemory: 1MiB\n")
    (line,) = project.mistakes()
    assert line.startswith("services/api/service.yaml:3: memory must be")
