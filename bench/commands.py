"""What is measured: each subject with its command, and running one of them once."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.first_call import CALL, answering, write_package
from bench.projects import ENVIRONMENTS, write_images, write_project
from bench.templates import largest
from slipway.leash import Leashed

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = ROOT / "constructs/slipway_constructs/blue_green/runtime"

# How many services the growth is measured with, each of them in three environments.
GROWTH = (1, 10, 50, 100)
# How many services the marginal cost of one is measured with.
MANY_SERVICES = 10

RELEASE = "a release under load"

_EMPTY_APP = "import aws_cdk; aws_cdk.App().synth()"
# As small as an app of Typer's with commands can be: with one, they would have no names.
_TWO_COMMANDS = """
import typer
app = typer.Typer()

@app.command()
def one(name: str) -> None:
    "One."

@app.command()
def two(count: int = 1) -> None:
    "Two."

app()
"""
_CLIENT = "import boto3; boto3.client('codedeploy')"


def hook_package_bytes() -> int:
    """Return the size of what Lambda gets of ours, without a service's own settings and checks."""
    files = (file for file in RUNTIME.rglob("*") if file.suffix in (".py", ".json"))
    return sum(file.stat().st_size for file in files)


class BenchError(Exception):
    """Something that was to be measured failed. The message is one line."""


@dataclass(frozen=True)
class Subject:
    """Something to measure.

    Parameters
    ----------
    name
        As in the report.
    command
        What to run.
    environment
        Variables that it needs.
    once
        It is so long that noise hardly matters: one run is enough.
    directory
        Where its run leaves what it measured by itself, and its templates.
    """

    name: str
    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    once: bool = False
    synthesises: bool = False
    figures: Path | None = None
    """A file of JSON in which its run leaves figures of its own."""
    asks_aws: bool = False
    """It is a hook's call: `bench.first_call.answering` runs beside it."""


def subjects(directory: Path) -> Iterator[Subject]:
    """Make every subject, with its files below `directory`."""

    def python(name: str, *arguments: str, **environment: str) -> Subject:
        folder = directory / name
        folder.mkdir()
        return Subject(name, (sys.executable, *arguments), folder, environment)

    def synth(
        name: str, project: Path, images: Path, *, validated: bool = False, once: bool = False
    ) -> Subject:
        folder = directory / name
        folder.mkdir()
        return Subject(
            name,
            (sys.executable, "-m", "bench.synthesis", str(folder / "phases.json")),
            folder,
            _synthesis_environment(folder, project, images, validated=validated),
            once=once,
            synthesises=True,
        )

    yield python(
        "empty app",
        *("-c", _EMPTY_APP),
        # Without it, the app would make up a folder in /tmp and leave it there.
        CDK_OUTDIR=str(directory / "empty app" / "cdk.out"),
        CDK_VALIDATION="false",
    )

    services = sorted(file.parent.name for file in ROOT.glob("services/*/service.yaml"))
    images = write_images(directory / "images.json", services)
    yield synth("everything", ROOT, images)
    yield synth("everything, validated", ROOT, images, validated=True)
    bare = directory / "app.py"
    bare.mkdir()
    yield Subject(
        "app.py",
        (sys.executable, "app.py"),
        bare,
        _synthesis_environment(bare, ROOT, images, validated=False),
    )
    yield python("tests", "-m", "scripts.run_tests", "project")
    yield python("two commands", "-c", _TWO_COMMANDS, "--help")
    yield python("help", "-m", "slipway", "--help")
    yield python("client", "-c", _CLIENT, AWS_DEFAULT_REGION="us-east-1")
    package = write_package(RUNTIME, directory / "package")
    hook = python("hook", "-c", CALL, PYTHONPATH=str(package))
    yield replace(hook, asks_aws=True)

    sizes = [(1, 1), (1, MANY_SERVICES), *((len(ENVIRONMENTS), count) for count in GROWTH)]
    for environments, count in sizes:
        project = write_project(
            ROOT,
            directory / f"project {environments} {count}",
            environments=environments,
            services=count,
        )
        once = count > MANY_SERVICES
        name, images = size_name(environments, count), project / "images.json"
        yield synth(name, project, images, once=once)
        if not once:
            yield synth(f"{name}, validated", project, images, validated=True)

    folder = directory / RELEASE
    folder.mkdir()
    result = folder / "release.json"
    command = (sys.executable, "-m", "bench.release", str(result))
    yield Subject(RELEASE, command, folder, once=True, figures=result)


def size_name(environments: int, services: int) -> str:
    """Return the name of the synthesis of a generated project."""
    return f"{environments} x {services}"


def run(subject: Subject) -> dict[str, Any]:
    """Run a subject once.

    Returns
    -------
    dict
        ``seconds``; of a synthesis also its phases, ``peak_memory_bytes`` and ``largest``, see
        `bench.templates.largest`; ``figures`` of a subject that leaves some.

    Raises
    ------
    BenchError
        It failed.
    """
    if not subject.asks_aws:
        return _run(subject, {})
    with answering() as (variables, reports):
        measured = _run(subject, variables)
    if reports != ["Succeeded"]:
        said = _last_line(subject.directory / "output.log")
        raise BenchError(f"{subject.name}: reported {reports} and not Succeeded: {said:.300}")
    return measured


def _run(subject: Subject, variables: Mapping[str, str]) -> dict[str, Any]:
    result = subject.directory / "clock.json"
    output, errors = subject.directory / "output.log", subject.directory / "errors.log"
    clock = Path(__file__).with_name("clock.py")
    with (
        output.open("wb") as standard_output,
        errors.open("wb") as standard_error,
        Leashed(
            [sys.executable, "-I", "-S", str(clock), str(result), *subject.command],
            cwd=ROOT,
            env={**_clean_environment(), **subject.environment, **variables},
            stdout=standard_output,
            stderr=standard_error,
        ) as process,
    ):
        code = process.wait()
    if code:
        # Apart, because what was printed before an error may be written after it.
        last = _last_line(errors) or _last_line(output) or "no output"
        raise BenchError(f"{subject.name}: failed with exit code {code}: {last:.300}")
    measured: dict[str, Any] = json.loads(result.read_text())
    if subject.synthesises:
        measured |= json.loads((subject.directory / "phases.json").read_text())
        measured["largest"] = largest(subject.directory / "cdk.out")
    if subject.figures is not None:
        measured["figures"] = json.loads(subject.figures.read_text())
    return measured


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _synthesis_environment(
    folder: Path, project: Path, images: Path, *, validated: bool
) -> dict[str, str]:
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {
        "settings": str(project),
        "images": str(images),
        # The command line of the CDK adds these: a template is as long as when it is deployed.
        "aws:cdk:enable-path-metadata": True,
        "aws:cdk:enable-asset-metadata": True,
    }
    return {
        "CDK_CONTEXT_JSON": json.dumps(context),
        "CDK_OUTDIR": str(folder / "cdk.out"),
        "CDK_VALIDATION": str(validated).lower(),
    }


def _clean_environment() -> dict[str, str]:
    """Return our environment without what would change the figures, and with node on PATH."""
    clean = {
        key: value
        for key, value in os.environ.items()
        # Without bytecode Python compiles this project, and pytest rewrites its tests, each time.
        if not key.startswith(("AWS_", "CDK_")) and key != "PYTHONDONTWRITEBYTECODE"
    }
    clean["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), clean.get("PATH", "")])
    return clean
