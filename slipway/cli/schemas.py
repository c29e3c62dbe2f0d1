"""The schemas of what commands answer with ``--json``, and of the files that people write."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

from slipway.cli.output import adapter
from slipway.cli.usage import UsageError

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _doctor() -> Any:
    from slipway.doctor import Diagnosis

    return Diagnosis


def _status() -> Any:
    from slipway.release import Status

    return Status


def _cost() -> Any:
    from slipway.cost import Estimate

    return Estimate


def _deploy() -> Any:
    from slipway.deploy import Deployed

    return Deployed


def _diff() -> Any:
    from slipway.preview import Preview

    return Preview


def _history() -> Any:
    from slipway.release import DeploymentRecord

    return list[DeploymentRecord]


def _logs() -> Any:
    from slipway.release import LogLine

    return LogLine


def _release_report() -> Any:
    from slipway.report import ReleaseReport

    return ReleaseReport


def _run() -> Any:
    from slipway.operations.one_off import OneOffTask

    return OneOffTask


def _scale() -> Any:
    from slipway.operations.scale import Scale

    return Scale


def _secrets() -> Any:
    from slipway.operations.secrets import Secret

    return list[Secret]


def _synth() -> Any:
    from slipway.cli.synth import Synthesis

    return Synthesis


OUTPUTS: dict[str, Callable[[], Any]] = {
    "cost": _cost,
    "deploy": _deploy,
    "diff": _diff,
    "doctor": _doctor,
    "history": _history,
    "logs": _logs,
    "run": _run,
    "scale": _scale,
    "secrets": _secrets,
    "status": _status,
    "synth": _synth,
}
"""Of each verb with ``--json``, what returns the type of its answer; of logs, of each line."""

REPORTS: dict[str, Callable[[], Any]] = {"release-report": _release_report}
"""Of each kind of file that verbs leave, the same."""

RECORDED = {**OUTPUTS, **REPORTS}
"""What has a schema in ``docs/reference/schemas``."""


FILES = {
    "slipway.yaml": "slipway.yaml",
    "environment.yaml": "environments/*.yaml",
    "service.yaml": "services/*/service.yaml",
}
"""Of each kind of file that people write, where it is."""


def schema_of(name: str) -> dict[str, Any]:
    """Return a JSON Schema: of a verb's ``--json``, of a report, or of a file of settings.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    if name in FILES:
        from slipway.settings.schema import json_schemas

        return {"$schema": _DIALECT, **json_schemas()[FILES[name]]}
    if name not in RECORDED:
        known = ", ".join([*sorted(RECORDED), *FILES])
        raise UsageError(f"There is no schema of {name}; known: {known}")
    kind = RECORDED[name]()
    _describe(kind, set())
    return {"$schema": _DIALECT, **adapter(kind).json_schema(mode="serialization")}


def text_of(name: str) -> str:
    """Return the schema as it is printed and recorded."""
    return json.dumps(schema_of(name), indent=2) + "\n"


def _describe(kind: Any, known: set[type]) -> None:
    """Have the docstrings under a dataclass's fields, and of those it holds, in its schema."""
    for argument in get_args(kind):
        _describe(argument, known)
    if not (isinstance(kind, type) and is_dataclass(kind)) or kind in known:
        return
    known.add(kind)
    # Plain dataclasses don't know pydantic; this is how pydantic is told about one of them.
    kind.__pydantic_config__ = {"use_attribute_docstrings": True}  # type: ignore[attr-defined]
    hints = get_type_hints(kind)
    for field in fields(kind):
        _describe(hints[field.name], known)
