"""python: a function of the service's own ``checks.py`` passes.

The function is called with green and the declared settings. It says no with ``assert`` or any
`AssertionError`; what it returns, if anything, is the sentence for the log.
"""

import importlib.util
import inspect
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from .green import CheckFailed, Green

# Under a name of its own: in the service's folder it is called checks.py, as we are.
FILE = Path(__file__).parent.with_name("own_checks.py")
_MODULE = "own_checks"


def check(green: Green, settings: Mapping[str, Any], deadline: float) -> str:
    """Call the function.

    Parameters
    ----------
    green
        Its first argument: ``green.get("/stock")`` asks green, and proves that it answers.
    settings
        ``function``, its name, and ``settings``, its keyword arguments.
    deadline
        Not told: whoever runs the checks answers in time, also for a function that hangs.
    """
    name = str(settings["function"])
    function = getattr(_module(), name, None)
    if not callable(function):
        raise CheckFailed(f"checks.py of the service has no function {name}")
    try:
        said = function(green, **settings.get("settings", {}))
    except AssertionError as failure:
        raise CheckFailed(f"{name}: {_sentence(failure)}") from None
    except Exception as error:
        raise CheckFailed(
            f"{name} broke: {type(error).__name__}: {error} ({_place(error)})"
        ) from None
    if inspect.iscoroutine(said):
        said.close()
        raise CheckFailed(f"{name} is async, and nothing awaits it; write a plain function")
    return f"{name}: {said}" if said else f"{name} passed"


def _module() -> ModuleType:
    spec = importlib.util.spec_from_file_location(_MODULE, FILE)
    if spec is None or spec.loader is None or not FILE.is_file():
        raise CheckFailed("the service's checks.py is not in the function's package")
    # Anew each time: a few milliseconds, and nothing that an earlier deployment left.
    module = sys.modules[_MODULE] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        # SyntaxError says its own place, in words of the compiler.
        raise CheckFailed(
            f"checks.py of the service can't be imported: {type(error).__name__}: "
            f"{error.msg if isinstance(error, SyntaxError) else error} ({_place(error)})"
        ) from None
    return module


def _sentence(failure: AssertionError) -> str:
    if text := str(failure):
        return text
    return f"an assertion without a message does not hold ({_place(failure)})"


def _place(error: BaseException) -> str:
    """Say where in checks.py an error comes from."""
    if isinstance(error, SyntaxError):
        return f"checks.py:{error.lineno}"
    line = 0
    traceback = error.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == str(FILE):
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return f"checks.py:{line}" if line else "outside of checks.py"
