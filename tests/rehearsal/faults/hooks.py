"""Hook functions that misbehave, made with the API as somebody else's hooks would be."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from faults.fault import EVENTS
from slipway.release import Target
from slipway.release.render import HOOK_EVENTS

_REPORT = """
import boto3

def report(event, status):
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status=status,
    )
"""

# What each function does when CodeDeploy calls it. Their names begin as CodeDeploy asks.
_SILENT = "def handler(event, context):\n    pass\n"
_SUCCEEDS_TWICE = f"""{_REPORT}
def handler(event, context):
    report(event, "Succeeded")
    report(event, "Failed")
"""
_FAILS_TWICE = f"""{_REPORT}
def handler(event, context):
    report(event, "Failed")
    report(event, "Succeeded")
"""
RAISES = "def handler(event, context):\n    raise RuntimeError('this hook is broken')\n"

SILENT, SUCCEEDS_TWICE, FAILS_TWICE, MISSING = (
    f"CodeDeployHook_faults-{kind}" for kind in ("silent", "succeeds", "fails", "missing")
)
_SOURCES = {SILENT: _SILENT, SUCCEEDS_TWICE: _SUCCEEDS_TWICE, FAILS_TWICE: _FAILS_TWICE}

assert set(HOOK_EVENTS) < set(EVENTS)


def make_functions(functions: Any, like: str) -> None:
    """Make every function that misbehaves, with the runtime and role of an existing one.

    Parameters
    ----------
    functions
        A boto3 client of Lambda.
    like
        The name of an existing hook.
    """
    model = functions.get_function_configuration(FunctionName=like)
    for name, source in _SOURCES.items():
        functions.create_function(
            FunctionName=name,
            Runtime=model["Runtime"],
            Role=model["Role"],
            Handler="index.handler",
            Code={"ZipFile": zipped(source)},
            Timeout=30,
        )


def zipped(source: str, module: str = "index") -> bytes:
    """Pack a module as Lambda takes it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(f"{module}.py", source)
    return packed.getvalue()


def everywhere(target: Target) -> dict[str, str]:
    """The service's own hooks, at every event."""
    return dict(target.hooks)


def nowhere(target: Target) -> dict[str, str]:
    """No hooks: what happens is then CodeDeploy's and ECS's doing."""
    return {}
