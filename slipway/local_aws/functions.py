"""Lambda functions as processes: they end with this AWS, however it ends."""

from __future__ import annotations

import os

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

    They inherit this process's environment: so that hooks can call services, it knows the names of
    hosted zones and trusts what this AWS certifies.
    """
    from ministack.core import lambda_runtime

    lambda_runtime._PYTHON_WORKER_SCRIPT = _END_WITH_PARENT + lambda_runtime._PYTHON_WORKER_SCRIPT
    machine.on_shutdown(lambda_runtime.reset)
    os.environ.update(names(machine).added_to(os.environ))
    os.environ.update(certificate_authority(machine).variables)
