"""Who may import whom, and the other rules that keep the house in order."""

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

CONSTRUCTS = "constructs/slipway_constructs"
RUNTIMES = ("blue_green/runtime", "canary/runtime", "traffic_rule/runtime")
CDK = {"aws_cdk", "constructs", "jsii"}

# Folder: what its modules may import besides the standard library and the folder itself.
# A name allows what is below it, too.
MAY_IMPORT = {
    "slipway/settings": {"pydantic", "pydantic_core", "yaml"},
    "slipway/release": {"boto3", "botocore"},
    "slipway/local_aws": {
        "aiohttp",
        "boto3",
        "botocore",
        "hypercorn",
        "ministack",
        "slipway.channel",
        "slipway.leash",
        "trustme",
        "yaml",
    },
    "slipway/diagram": {"slipway.changes"},
    # Reads a Dockerfile and .dockerignore: the rehearsal's and the pipeline's.
    "slipway/dockerfile": set(),
    "slipway/page": set(),
    "slipway/rehearsal": {
        "aiohttp",
        "boto3",
        "botocore",
        "slipway.channel",
        "slipway.dockerfile",
        "slipway.leash",
        "slipway.page",
        "slipway.release",
        "slipway.settings",
        "yaml",
    },
    "slipway/changes": set(),
    "slipway/cost": {"boto3", "botocore", "pydantic", "slipway.changes", "yaml"},
    "slipway/operations": {"boto3", "botocore", "slipway.release"},
    "slipway/deploy": {"botocore", "slipway.release", "slipway.settings"},
    "slipway/report": {"pydantic", "slipway.page", "slipway.release"},
    "slipway/starter": set(),
    "slipway/doctor": {"botocore", "slipway.release", "slipway.settings"},
    "slipway/preview": {"slipway.changes", "slipway.release", "slipway.settings"},
    "slipway/cli": {
        "slipway.__version__",
        "slipway.changes",
        "slipway.cost",
        "slipway.deploy",
        "slipway.diagram",
        "slipway.doctor",
        "slipway.leash",
        "slipway.operations",
        "slipway.preview",
        "slipway.rehearsal",
        "slipway.release",
        "slipway.report",
        "slipway.settings",
        "slipway.starter",
        "pydantic",
        "rich",
        "typer",
    },
    # bench/synthesis.py is the process that runs app.py; bench/release.py releases.
    "bench": {"app", "aws_cdk", "slipway.leash", "slipway.rehearsal"},
    "pipeline": {
        "boto3",
        "botocore",
        # syft has an environment of its own.
        "scripts.environments",
        "slipway.changes",
        "slipway.dockerfile",
        "slipway.leash",
        "slipway.preview",
        "slipway.release",
        "slipway.settings",
        "yaml",
    },
    # Builds images with the engine that the pipeline builds with.
    "prove": {
        "boto3",
        "botocore",
        "pipeline",
        "slipway.leash",
        "slipway.rehearsal",
        "slipway.release",
        "slipway.settings",
    },
    # policies/checkov runs in checkov's own environment.
    "policies": {"checkov", "scripts.environments", "slipway.leash", "slipway.settings"},
    # Reads templates as they are: whoever wrote them.
    "policies/iam": set(),
    "stacks": {*CDK, "cdk_nag", "slipway.settings", "slipway_constructs"},
    CONSTRUCTS: CDK,
    # Without boto3: botocore alone makes a client in less time.
    f"{CONSTRUCTS}/blue_green/runtime": {"botocore", "aws", "checks", "codedeploy", "verdict"},
    # The stack ships the release engine beside it.
    f"{CONSTRUCTS}/canary/runtime": set(),
    f"{CONSTRUCTS}/release_events/runtime": {
        "boto3",
        "deployment_metric",
        "message",
        "slipway.release",
    },
    f"{CONSTRUCTS}/traffic_rule/runtime": {
        "boto3",
        "botocore",
        "listener_rule",
        "stack",
    },
}
OURS = {"slipway", "slipway_constructs", "stacks", *CDK}


def modules(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, f"{folder} has no modules"
    if folder == CONSTRUCTS:
        return [file for file in found if "runtime" not in file.parts]
    return found


def imports(file: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it, by its full name."""
    yield from _imported(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))


def imports_at_once(file: Path) -> Iterator[str]:
    """What a file imports when it is imported itself: not what a function imports later."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    later = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
    }
    yield from _imported(node for node in ast.walk(tree) if node not in later)


def _imported(nodes: Iterator[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            yield f"{'.' * node.level}{node.module or ''}"
        elif isinstance(node, ast.ImportFrom):
            # `from slipway import settings` imports slipway.settings.
            if node.module in {"slipway", "ministack"}:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            elif node.module:
                yield node.module


def is_below(name: str, allowed: set[str]) -> bool:
    if name.startswith("."):
        # A neighbour; further up could be anybody.
        return not name.startswith("..")
    return any(name == each or name.startswith(f"{each}.") for each in allowed)


def is_standard(name: str) -> bool:
    return name.split(".")[0] in sys.stdlib_module_names


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_package_imports_only_what_it_may(folder: str) -> None:
    own = folder.removeprefix("constructs/").replace("/", ".")
    allowed = MAY_IMPORT[folder] | {own}
    for file in modules(folder):
        for name in imports(file):
            assert is_standard(name) or is_below(name, allowed), (
                f"{file.relative_to(ROOT)} imports {name}"
            )


def test_app_imports_stacks_and_settings() -> None:
    allowed = {"aws_cdk", "slipway.settings", "stacks"}
    assert all(is_standard(name) or is_below(name, allowed) for name in imports(ROOT / "app.py"))


def test_the_leash_stands_on_the_standard_library_alone() -> None:
    """scripts/set_up.py uses it before anything is installed."""
    assert all(is_standard(name) for name in imports(ROOT / "slipway/leash.py"))


def test_set_up_needs_nothing_that_it_installs() -> None:
    names = set(imports(ROOT / "scripts/set_up.py")) - {"installer", "leash"}
    assert all(is_standard(name) for name in names)
    for other in ("installer", "show_help"):
        assert all(is_standard(name) for name in imports(ROOT / f"scripts/{other}.py"))


def test_the_command_line_imports_each_verb_s_needs_when_it_runs() -> None:
    cli = ROOT / "slipway" / "cli"
    ours = ("choices", "completing", "completion_scripts", "main", "options")
    light = {*(f"slipway.cli.{name}" for name in ours), "slipway.cli.verbs", "typer"}
    for file in (*(cli / f"{name}.py" for name in ours), *(cli / "verbs").glob("*.py")):
        assert {
            name
            for name in imports_at_once(file)
            if not is_standard(name) and not is_below(name, light)
        } == set(), file.name


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_what_lambda_runs_needs_nothing_that_lambda_lacks(runtime: str) -> None:
    for file in modules(f"{CONSTRUCTS}/{runtime}"):
        assert not [name for name in imports(file) if name.split(".")[0] in OURS], file


def test_services_are_shipped_and_not_linked() -> None:
    for file in modules("services"):
        used = {name.split(".")[0] for name in imports(file)}
        assert used.isdisjoint(OURS), file.relative_to(ROOT)


def test_nothing_that_is_shipped_imports_tests() -> None:
    tools = ("bench", "pipeline", "policies", "prove", "scripts")
    for folder in ("slipway", "stacks", "constructs", "services", *tools):
        for file in modules(folder):
            if "tests" not in file.parts:
                assert not [n for n in imports(file) if n.split(".")[0] in {"tests", "pytest"}]


def test_constructs_is_a_source_root_and_not_a_package() -> None:
    """The PyPI package that every CDK app needs is called constructs, too.

    With an __init__.py in our folder `import constructs` would find ours and the CDK could not be
    imported; without one, Python goes on to the package.
    """
    assert not (ROOT / "constructs" / "__init__.py").exists()
    assert not list((ROOT / "constructs").glob("*.py"))
    import constructs

    assert constructs.Construct.__module__.startswith("constructs")
    assert not Path(constructs.__file__ or "").is_relative_to(ROOT / "constructs")


def test_the_cdk_command_line_is_pinned_exactly() -> None:
    """The registry's `latest` has been an accident before."""
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    assert re.fullmatch(r"2\.\d+\.\d+", wanted["aws-cdk"])
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert locked["node_modules/aws-cdk"]["version"] == wanted["aws-cdk"]


def test_the_cdk_s_version_is_said_once() -> None:
    version = json.loads((ROOT / "package.json").read_text())["devDependencies"]["aws-cdk"]
    for folder in ("scripts", "slipway", "stacks", "constructs"):
        for file in modules(folder):
            assert version not in file.read_text(encoding="utf-8"), file.relative_to(ROOT)


# The exceptions, and why: a machine that lacks what they need still runs all the others.
MARKED = {
    "tests/rehearsal/pipeline/images/test_podman.py": "needs podman",
    "tests/rehearsal/test_leash.py": "needs prctl(2)",
}


def test_no_test_is_left_out() -> None:
    for folder in ("tests", "services"):
        for file in modules(folder):
            tree = ast.parse(file.read_text(encoding="utf-8"))
            marks = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & {
                "skip",
                "skipif",
                "xfail",
                "importorskip",
            }
            reason = MARKED.get(str(file.relative_to(ROOT)))
            if reason:
                assert marks == {"skipif"}
                assert reason in file.read_text()
            else:
                assert not marks, file.relative_to(ROOT)


def test_tests_have_no_packages() -> None:
    """pytest imports each by its path, so modules of the same name don't collide."""
    assert not list((ROOT / "tests").rglob("__init__.py"))
