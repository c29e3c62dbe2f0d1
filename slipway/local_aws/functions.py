"""Lambda functions as processes: they end with this AWS, however it ends."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from slipway.local_aws import function_logs
from slipway.local_aws.machine import Machine
from slipway.local_aws.names import names
from slipway.local_aws.trust import certificate_authority

# MiniStack's worker waits on its standard input between invocations only: a handler that runs
# when this process is killed would run on without a parent.
_END_WITH_PARENT = """
import os as _os, threading as _threading, time as _time

def _end_with_parent(_parent=_os.getppid()):
    while _os.getppid() == _parent:
        _time.sleep(0.5)
    _os._exit(1)

_threading.Thread(target=_end_with_parent, daemon=True).start()
"""


def install(machine: Machine) -> None:
    """Have every Python function watch this process, and stop them all on shutdown.

    Each acts as its execution role: another account's policies can tell who asks.

    They inherit this process's environment: so that hooks can call services, it knows the names of
    hosted zones and trusts what this AWS certifies.
    """
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    for module in (lambda_runtime, lambda_svc):
        module.execution_credentials = credentials_of_role
    lambda_runtime._PYTHON_WORKER_SCRIPT = _END_WITH_PARENT + lambda_runtime._PYTHON_WORKER_SCRIPT
    function_logs.install()
    machine.on_shutdown(lambda_runtime.reset)
    os.environ.update(names(machine).added_to(os.environ))
    os.environ.update(certificate_authority(machine).variables)


def credentials_of_role(configuration: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that a function has as its execution role.

    Parameters
    ----------
    configuration
        The function's, as Lambda describes it.
    """
    from slipway.local_aws.roles import new_session

    name = str(configuration["FunctionName"])[:64]
    session = new_session(
        str(configuration["Role"]), name, by="lambda.amazonaws.com", lifetime=None
    )
    return {variable.upper(): value for variable, value in session.items()}
