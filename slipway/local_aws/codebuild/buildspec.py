"""Build specifications, version 0.2: what is carried out is read, all else is refused.

https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import yaml

PHASES = ("install", "pre_build", "build", "post_build")

_SHELLS = {"sh": "/bin/sh", "/bin/sh": "/bin/sh", "bash": "bash", "/bin/bash": "bash"}
# Whatever version is asked for, the build tools' own answers.
_RUNTIMES = ("python", "nodejs")
_ON_FAILURE = ("ABORT", "CONTINUE")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# https://docs.aws.amazon.com/codebuild/latest/APIReference/API_ProjectArtifacts.html
_IDENTIFIER = re.compile(r"[A-Za-z0-9_]+")
_YES_OR_NO = {"yes": True, "true": True, "no": False, "false": False}


class BuildspecError(Exception):
    """A build specification is wrong, or asks for what isn't carried out here."""


@dataclass(frozen=True)
class Phase:
    """The commands of one phase."""

    commands: tuple[str, ...] = ()
    finally_: tuple[str, ...] = ()
    """Run after the commands, whether or not one of them has failed."""
    on_failure: str | None = None
    """``ABORT``, ``CONTINUE``, or None: what the order of the phases says."""


@dataclass(frozen=True)
class Artifacts:
    """Which files an output consists of."""

    files: tuple[str, ...]
    base_directory: str = ""
    discard_paths: bool = False
    enable_symlinks: bool = False
    name: str = ""


@dataclass(frozen=True)
class Buildspec:
    """All that a build specification says."""

    variables: Mapping[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    shell: str = "/bin/sh"
    phases: Mapping[str, Phase] = field(default_factory=dict)
    artifacts: Artifacts | None = None
    secondary: Mapping[str, Artifacts] = field(default_factory=dict)


def parse(text: str) -> Buildspec:
    """Read a build specification in YAML or JSON.

    Raises
    ------
    BuildspecError
        It is wrong, or names something that isn't carried out here; the message is one sentence.
    """
    try:
        # Scalars stay the text that somebody wrote: 3.10 is a version, and no is not false.
        document = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - it makes text only
    except yaml.YAMLError as error:
        raise BuildspecError(f"the buildspec is no YAML: {' '.join(str(error).split())}") from error
    top = _mapping(document, "the buildspec", ("version", "env", "phases", "artifacts"))
    if top.get("version") != "0.2":
        raise BuildspecError(f"version: only 0.2 is carried out, not {top.get('version')}")
    if "phases" not in top:
        raise BuildspecError("phases: the buildspec needs at least one")
    env = _mapping(top.get("env", {}), "env", ("variables", "exported-variables", "shell"))
    phases = _mapping(top["phases"], "phases", PHASES)
    main, secondary = _artifacts_section(top.get("artifacts"))
    return Buildspec(
        variables=_variables(env.get("variables", {})),
        exported=_exported(env.get("exported-variables", [])),
        shell=_one_of(env.get("shell", "sh"), "env.shell", _SHELLS),
        phases={name: _phase(name, phases[name]) for name in PHASES if name in phases},
        artifacts=main,
        secondary=secondary,
    )


def _phase(name: str, value: Any) -> Phase:
    where = f"phases.{name}"
    allowed = ["commands", "finally", "on-failure"]
    if name == "install":
        allowed.append("runtime-versions")
    said = _mapping(value, where, allowed)
    runtimes = said.get("runtime-versions", {})
    _mapping(runtimes, f"{where}.runtime-versions", _RUNTIMES)
    on_failure = said.get("on-failure")
    if on_failure is not None and on_failure not in _ON_FAILURE:
        raise BuildspecError(
            f"{where}.on-failure: only ABORT and CONTINUE are carried out, not {on_failure}"
        )
    if not ({"commands", "runtime-versions"} & said.keys()):
        raise BuildspecError(f"{where}: it needs commands")
    return Phase(
        commands=_texts(said.get("commands", []), f"{where}.commands"),
        finally_=_texts(said.get("finally", []), f"{where}.finally"),
        on_failure=on_failure,
    )


def _variables(value: Any) -> dict[str, str]:
    said = _mapping(value, "env.variables")
    for name, content in said.items():
        if not _NAME.fullmatch(name):
            raise BuildspecError(f"env.variables: {name} is no name of a variable")
        if name.startswith("CODEBUILD_"):
            raise BuildspecError(f"env.variables: {name} begins with CODEBUILD_, which is reserved")
        if not isinstance(content, str):
            raise BuildspecError(f"env.variables.{name}: it must be text")
    return said


def _exported(value: Any) -> tuple[str, ...]:
    names = _texts(value, "env.exported-variables")
    for name in names:
        if not _NAME.fullmatch(name) or name.startswith("AWS_"):
            raise BuildspecError(f"env.exported-variables: {name} can't be exported")
    return names


def _artifacts_section(value: Any) -> tuple[Artifacts | None, dict[str, Artifacts]]:
    if value is None:
        return None, {}
    allowed = (
        *("files", "base-directory", "discard-paths", "enable-symlinks", "name"),
        "secondary-artifacts",
    )
    said = _mapping(value, "artifacts", allowed)
    others = _mapping(said.pop("secondary-artifacts", {}), "artifacts.secondary-artifacts")
    for name in others:
        if not _IDENTIFIER.fullmatch(name):
            raise BuildspecError(
                f"artifacts.secondary-artifacts: {name} may consist of letters, digits and _ only"
            )
    secondary = {
        name: _artifacts(
            _mapping(content, f"artifacts.secondary-artifacts.{name}", allowed[:-1]),
            f"artifacts.secondary-artifacts.{name}",
        )
        for name, content in others.items()
    }
    # With secondary artifacts there need be no others.
    return (_artifacts(said, "artifacts") if said or not others else None), secondary


def _artifacts(said: dict[str, Any], where: str) -> Artifacts:
    if "files" not in said:
        raise BuildspecError(f"{where}.files: they are required")
    files = _texts(said["files"], f"{where}.files")
    base = said.get("base-directory", "")
    for path in (*files, base):
        _require_inner_path(path, where)
    return Artifacts(
        files=files,
        base_directory=base,
        discard_paths=_yes_or_no(said, "discard-paths", where),
        enable_symlinks=_yes_or_no(said, "enable-symlinks", where),
        name=said.get("name", ""),
    )


def _require_inner_path(path: Any, where: str) -> None:
    if not isinstance(path, str):
        raise BuildspecError(f"{where}: a path must be text")
    if "$" in path or "`" in path:
        raise BuildspecError(f"{where}: variables in paths are not carried out ({path})")
    if path.startswith(("/", "~")) or ".." in PurePosixPath(path).parts:
        raise BuildspecError(f"{where}: {path} is not below the source")


def _mapping(value: Any, where: str, allowed: Any = None) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BuildspecError(f"{where}: it must be a mapping")
    for key in value:
        if allowed is not None and key not in allowed:
            raise BuildspecError(
                f"{where}: {key} is not carried out here, only {', '.join(allowed)}"
            )
    return dict(value)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BuildspecError(f"{where}: it must be a list of texts")
    return tuple(value)


def _one_of(value: Any, where: str, known: Mapping[str, Any]) -> Any:
    if not isinstance(value, str) or value not in known:
        raise BuildspecError(f"{where}: it must be one of {', '.join(known)}, not {value}")
    return known[value]


def _yes_or_no(said: dict[str, Any], key: str, where: str) -> bool:
    return bool(_one_of(said.get(key, "no"), f"{where}.{key}", _YES_OR_NO))
