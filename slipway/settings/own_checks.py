"""A service's own checks: whether checks.py has what its settings name, without running it."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from slipway.settings.checks import OWN_CHECKS, Python
from slipway.settings.errors import suggestion
from slipway.settings.placed import Placed
from slipway.settings.service import Service
from slipway.settings.source import Location

_LARGEST_FILE = 256 * 1024
# What Lambda has for Python, and ourselves.
_IMPORTABLE = frozenset({"boto3", "botocore", "checks", *sys.stdlib_module_names})

Functions = dict[str, ast.FunctionDef]


def mistakes_of_own_checks(placed: Placed) -> Iterator[str]:
    """Find functions that are named and not there, and files that no hook could import."""
    for service in placed.services.values():
        declared = list(_declared(service))
        if not declared:
            continue
        file = f"services/{service.name}/{OWN_CHECKS}"
        tree = _tree(service.directory / OWN_CHECKS)
        if isinstance(tree, ast.Module):
            functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
            for line, name in _foreign_imports(tree):
                yield (
                    f"{file}:{line}: imports {name}, which the hook's function lacks; use the "
                    "standard library and boto3"
                )
            for where, python in declared:
                for key, message in _mistakes(functions, python, file):
                    yield placed.mistake_of(service.name, (*where, *key), message)
        elif isinstance(tree, SyntaxError):
            yield f"{file}:{tree.lineno or 1}: is not valid Python: {tree.msg}; mend this line"
        else:
            for where, _ in declared:
                yield placed.mistake_of(
                    service.name, (*where, "function"), f"must be in {file}, {tree}"
                )


def _declared(service: Service) -> Iterator[tuple[Location, Python]]:
    for event, checks in service.deployment.checks.items():
        for index, check in enumerate(checks):
            if check.python:
                yield ("deployment", "checks", event, index, "python"), check.python


def _tree(path: Path) -> ast.Module | SyntaxError | str:
    """Parse a file; say what is wrong with it, where it is no Python or none can be read."""
    try:
        if not path.exists():
            return "which is not there; write it, or remove the check"
        # Whoever opens a pipe waits for its other end.
        if not path.is_file():
            return "which must be a file; move what is there"
        with path.open("rb") as stream:
            content = stream.read(_LARGEST_FILE + 1)
    except OSError as error:
        return f"which cannot be read: {error.strerror}"
    if len(content) > _LARGEST_FILE:
        return "which is larger than 256 KiB; checks are short"
    try:
        return ast.parse(content.decode())
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return SyntaxError("it must be text in UTF-8", (None, line, None, None))
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error) or "nested too deep")


def _foreign_imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{'.' * node.level}{node.module or ''}"]
        else:
            continue
        for name in names:
            if name.partition(".")[0] not in _IMPORTABLE:
                yield node.lineno, name


def _mistakes(functions: Functions, python: Python, file: str) -> Iterator[tuple[Location, str]]:
    function = functions.get(python.function)
    if function is None:
        public = [name for name in functions if not name.startswith("_")]
        yield (
            ("function",),
            f"is no function of {file}; {suggestion(python.function, public)}",
        )
        return
    arguments = function.args
    positional = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    if not positional and arguments.vararg is None:
        yield ("function",), f"must take green as its first argument ({file}:{function.lineno})"
        return
    known = [
        each.arg
        for each in (*arguments.args[0 if arguments.posonlyargs else 1 :], *arguments.kwonlyargs)
    ]
    for name in python.settings:
        if name not in known and arguments.kwarg is None:
            yield (
                ("settings", name),
                f"is no argument of {python.function} ({file}:{function.lineno}); "
                f"{suggestion(name, known)}",
            )
    for name in _required(arguments):
        if name not in python.settings:
            yield ("settings", name), f"is missing: {python.function} ({file}) asks for it"


def _required(arguments: ast.arguments) -> Iterator[str]:
    """Name the arguments after green that have no default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    without = positional[: len(positional) - len(arguments.defaults)]
    yield from (each.arg for each in without[1:])
    for each, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if default is None:
            yield each.arg
