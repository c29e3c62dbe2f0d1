"""What tests of Lambda code share: loading it as Lambda does, and stand-ins for AWS."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest

import slipway_constructs

CONSTRUCTS = Path(slipway_constructs.__file__).parent


@pytest.fixture
def lambda_source() -> Iterator[Callable[[str], Callable[[str], ModuleType]]]:
    """Put a construct's runtime folder on sys.path, and return how to import from it.

    Several runtimes have modules of the same name; whatever a test imported is gone after it.
    """
    before_path, before_modules = list(sys.path), set(sys.modules)
    folders: list[Path] = []

    def put_on_path(folder: str) -> Callable[[str], ModuleType]:
        folders.append(CONSTRUCTS / folder)
        sys.path.insert(0, str(CONSTRUCTS / folder))
        return importlib.import_module

    yield put_on_path
    sys.path[:] = before_path
    for name in set(sys.modules) - before_modules:
        file = getattr(sys.modules[name], "__file__", None)
        if file and any(Path(file).is_relative_to(folder) for folder in folders):
            del sys.modules[name]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stand-ins for boto3 clients, by service name: what isn't in here isn't called."""
    stand_ins: dict[str, Any] = {}
    monkeypatch.setattr(boto3, "client", lambda service, **_options: stand_ins[service])
    return stand_ins


class Context:
    """Lambda's context, as far as the functions use it."""

    def __init__(self, remaining_seconds: float) -> None:
        self._remaining_seconds = remaining_seconds

    def get_remaining_time_in_millis(self) -> int:
        return round(self._remaining_seconds * 1000)


@pytest.fixture
def context() -> Callable[[float], Context]:
    return Context
