"""What is handed from step to step: files for each environment and service.

``<environment>/<service>/taskdef.json`` is the input of RegisterTaskDefinition, and
``<environment>/<service>/appspec.yaml`` the AppSpec with a placeholder for the revision's ARN.
https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import PipelineError

TASKDEF = "taskdef.json"
APPSPEC = "appspec.yaml"
VARIABLES = "variables"

# CodePipeline keeps no more of an action's configuration value, which an approval's text is.
# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
LONGEST_TEXT = 1000


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A release that was rendered: what to register, and how to release it."""

    taskdef: Mapping[str, Any]
    appspec: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path, environment: str, service: str) -> Rendered:
        """Read the files of an environment's service.

        Raises
        ------
        PipelineError
            They are not there, or not what `write` wrote.
        """
        place = folder / environment / service
        try:
            taskdef = json.loads((place / TASKDEF).read_text(encoding="utf-8"))
            appspec = yaml.safe_load((place / APPSPEC).read_text(encoding="utf-8"))
            images = [each["image"] for each in taskdef["containerDefinitions"]]
        except (OSError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
            raise PipelineError(
                f"{place} holds no rendered release ({type(error).__name__}): run "
                "python -m pipeline render first"
            ) from error
        if not images or not isinstance(appspec, Mapping):
            raise PipelineError(f"{place} holds no rendered release: its files are empty")
        return cls(taskdef=taskdef, appspec=appspec)

    def write(self, folder: Path, environment: str, service: str) -> None:
        """Write the files of an environment's service."""
        place = folder / environment / service
        place.mkdir(parents=True, exist_ok=True)
        text = json.dumps(dict(self.taskdef), indent=2) + "\n"
        (place / TASKDEF).write_text(text, encoding="utf-8")
        # YAML as people write it: that JSON is taken too is nowhere promised.
        appspec = yaml.safe_dump(_plain(self.appspec), sort_keys=False, allow_unicode=True)
        (place / APPSPEC).write_text(appspec, encoding="utf-8")

    @property
    def images(self) -> dict[str, str]:
        """Image by container: ``repository@sha256:…``."""
        return {each["name"]: each["image"] for each in self.taskdef["containerDefinitions"]}


def write_variables(folder: Path, variables: Mapping[str, str]) -> None:
    """Write a file that a shell sources, for what CodeBuild exports.

    Whatever a value holds, the shell takes it as it is; one line each.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f"export {name}={shlex.quote(' '.join(value.split()))}\n"
        for name, value in variables.items()
    ]
    (folder / VARIABLES).write_text("".join(lines), encoding="utf-8")


def release_variable(service: str) -> str:
    """Name the variable that says whether a service is released: ``RELEASE_STOREFRONT``."""
    return f"RELEASE_{re.sub('[^A-Z0-9]', '_', service.upper())}"


def shortened(text: str, longest: int = LONGEST_TEXT) -> str:
    """Cut a text at a word where it is too long for CodePipeline."""
    if len(text) <= longest:
        return text
    return text[: longest - 2].rsplit(" ", 1)[0] + " …"


def _plain(value: Any) -> Any:
    """Return what YAML can hold."""
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def services_of(folder: Path) -> Iterator[tuple[str, str]]:
    """Find what was rendered: environments with their services."""
    for path in sorted(folder.glob(f"*/*/{TASKDEF}")):
        yield path.parent.parent.name, path.parent.name
