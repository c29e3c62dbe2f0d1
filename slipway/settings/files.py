"""Which files a project has, and which of them stand in a place where nobody would read them."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from slipway.settings.errors import RuleError, SettingsError
from slipway.settings.model import validate_name
from slipway.settings.names import (
    APPLICATION_STACKS,
    ENVIRONMENT_LOG_GROUPS,
    ENVIRONMENT_STACKS,
    PIPELINE,
)

# Lambda allows 64 characters. CodeDeployHook_ and -AfterAllowTestTraffic, the longest event,
# leave them for <service>-<environment>.
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
LONGEST_SERVICE_AND_ENVIRONMENT = 26

_YAML = (".yaml", ".yml")


@dataclass(frozen=True)
class Found:
    """The files of one kind.

    Attributes
    ----------
    names
        What they describe, in alphabetical order.
    misplaced
        What only seems to be described: the name or the place of its file is wrong.
    mistakes
        A line for each of these.
    """

    names: tuple[str, ...]
    misplaced: tuple[str, ...]
    mistakes: tuple[str, ...]


def find_application(root: Path) -> None:
    """Check that a folder is the root of a project.

    Raises
    ------
    SettingsError
        If it isn't; nothing else in it can then be judged.
    """
    if os.path.lexists(root / "slipway.yaml"):
        return
    message = "there is no such file here; go to the project's folder, or name it with --root"
    for name in _others(root, "slipway.yaml"):
        message = f"there is no such file; rename {name}"
    for parent in root.parents:
        if (parent / "slipway.yaml").is_file():
            way = os.path.relpath(parent, root)
            message = f"there is no such file here, but in {way}; go there, or say --root {way}"
            break
    raise SettingsError([f"slipway.yaml:1: {message}"])


def find_environments(root: Path) -> Found:
    """Find the environments: ``environments/<name>.yaml``."""

    def environment(path: Path) -> str | None:
        if path.suffix.lower() not in _YAML or path.name.endswith(".lock.yaml"):
            return None
        file = f"environments/{path.name}"
        if path.suffix != ".yaml":
            raise SettingsError([f"{file}:1: must end in .yaml; rename it"])
        taken = (*APPLICATION_STACKS, PIPELINE)
        _check_name(file, "the environment's name", path.stem, taken=taken)
        if path.stem.startswith(f"{PIPELINE}-"):
            raise SettingsError(
                [
                    f"{file}:1: the environment's name must not begin with {PIPELINE}-, as the "
                    "names of the pipeline's roles do; choose another"
                ]
            )
        return path.stem

    found = _find(root, "environments", environment)
    if found.names or found.mistakes:
        return found
    return Found((), (), ("environments/local.yaml:1: there is no environment; write this one",))


def find_services(root: Path, environments: Iterable[str]) -> Found:
    """Find the services: ``services/<name>/service.yaml``."""

    def service(path: Path) -> str | None:
        if path.suffix.lower() in _YAML and not path.is_dir():
            raise SettingsError(
                [f"services/{path.name}:1: must be services/{path.stem}/service.yaml; move it"]
            )
        if not path.is_dir():
            return None
        file = f"services/{path.name}/service.yaml"
        if not os.path.lexists(path / "service.yaml"):
            for name in _others(path, "service.yaml"):
                raise SettingsError(
                    [f"services/{path.name}/{name}:1: must be called service.yaml; rename it"]
                )
            if (path / "Dockerfile").exists():
                raise SettingsError(
                    [f"{file}:1: there is no such file beside the Dockerfile; write it"]
                )
            return None
        # A service's stack and its log group are named after it.
        taken = (*ENVIRONMENT_STACKS, *ENVIRONMENT_LOG_GROUPS)
        _check_name(file, "the folder's name", path.name, taken=taken)
        if path.name.startswith("shared-"):
            raise SettingsError(
                [
                    f"{file}:1: the folder's name must not begin with shared-, as the names of "
                    "shared load balancers' firewalls do; choose another"
                ]
            )
        _check_length(file, path.name, environments)
        return path.name

    return _find(root, "services", service)


def _find(root: Path, folder: str, name_of: Callable[[Path], str | None]) -> Found:
    """Look at everything in a folder but what is hidden."""
    names: list[str] = []
    misplaced: list[str] = []
    mistakes: list[str] = []
    try:
        paths = sorted(path for path in (root / folder).iterdir() if path.name[0] != ".")
    except FileNotFoundError:
        paths = []
    except NotADirectoryError:
        return Found((), (), (f"{folder}:1: must be a folder; move this file",))
    except OSError as error:
        return Found((), (), (f"{folder}:1: cannot be read: {error.strerror}",))
    for path in paths:
        try:
            if path.is_symlink() and not path.exists():
                raise SettingsError(
                    [f"{folder}/{path.name}:1: is a link that leads nowhere; mend or remove it"]
                )
            name = name_of(path)
        except SettingsError as error:
            misplaced.append(path.stem)
            mistakes.extend(error.lines)
        except OSError as error:
            misplaced.append(path.stem)
            mistakes.append(f"{folder}/{path.name}:1: cannot be read: {error.strerror}")
        else:
            if name is not None:
                names.append(name)
    return Found(tuple(names), tuple(misplaced), tuple(mistakes))


def _others(folder: Path, name: str) -> list[str]:
    """Return the files that are called nearly so: with another ending, or in other letters."""
    stem = Path(name).stem
    return sorted(
        path.name
        for path in folder.iterdir()
        if path.name != name and path.stem.lower() == stem and path.suffix.lower() in _YAML
    )


def _check_name(file: str, subject: str, name: str, *, taken: Iterable[str]) -> None:
    try:
        validate_name(name)
    except RuleError as error:
        raise SettingsError([f"{file}:1: {subject} {error}"]) from None
    if name in taken:
        raise SettingsError(
            [f"{file}:1: {subject} must not be {name}, which Slipway uses itself; choose another"]
        )


def _check_length(file: str, service: str, environments: Iterable[str]) -> None:
    for environment in environments:
        both = f"{service}-{environment}"
        if len(both) > LONGEST_SERVICE_AND_ENVIRONMENT:
            raise SettingsError(
                [
                    f"{file}:1: the names of service and environment together must be at most "
                    f"{LONGEST_SERVICE_AND_ENVIRONMENT} characters, not {len(both)}: Lambda "
                    f"allows 64 for the function CodeDeployHook_{both}-AfterAllowTestTraffic"
                ]
            )
