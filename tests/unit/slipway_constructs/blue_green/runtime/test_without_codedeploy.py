"""The library of checks knows nothing of who asks."""

import ast
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


def test_checks_run_where_there_is_no_codedeploy(
    load: Callable[[str], ModuleType],
    green: Callable[..., Any],
    server: Any,
    aws: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "codedeploy", None)
    target = green(port=server.port)
    server.answers["/"] = (200, {"x-task-revision": target.revision}, "Welcome")
    [result] = load("checks").run(
        [{"http": {"path": "/", "body": "Welcome"}}], target, deadline=time.monotonic() + 60
    )
    assert result.passed


def test_neither_the_checks_nor_the_verdict_import_an_adapter(
    load: Callable[[str], ModuleType],
) -> None:
    package = Path(str(load("checks").__file__)).parent
    for file in (*package.glob("*.py"), package.with_name("verdict.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            named = getattr(node, "module", None) or ""
            names = [alias.name for alias in getattr(node, "names", ()) if hasattr(alias, "name")]
            assert "codedeploy" not in " ".join((named, *names)), file.name
