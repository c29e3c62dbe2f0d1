"""Whatever settings allow can be read, locked, synthesised, and passes the policy checks."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import assume
from strategies.applications import Application, applications
from strategies.keys import keys_of, used_keys

from slipway.settings import Service, Settings, load
from slipway.settings import application as application_file
from slipway.settings.environment import EnvironmentFile
from slipway.settings.lock import (
    check_entries,
    entries_without_a_service,
    missing_entries,
    write_missing_entries,
)
from slipway.settings.service import ServiceFile

ROOT = Path(__file__).resolve().parents[2]
DIGEST = "sha256:" + "1" * 64

# The library's validator, which runs our Guard rules too.
_LIBRARY = "CloudFormation Validate"

_MODELS = (application_file.Application, EnvironmentFile, ServiceFile)


def test_every_valid_application_is_read_and_locked(exploration: Any, tmp_path: Path) -> None:
    used: dict[type, set[str]] = {model: set() for model in _MODELS}

    def read(application: Application) -> None:
        with exploration.folder(tmp_path) as root:
            settings = load(application.write(root))
            assert settings.environments.keys() == application.environments.keys()
            for environment in settings.environments:
                assert settings.services(environment).keys() == application.services.keys()
                check_addresses(settings, environment)
                check_lock(settings, environment)
            check_same(settings, load(rewritten(application).write(root)))
        for model, trees in zip(_MODELS, trees_of(application), strict=True):
            used[model].update(key for tree in trees for key in used_keys(model, tree))
        exploration.counts["valid parsed"] += 1

    before = exploration.counts["valid parsed"]
    exploration.each(exploration.examples.valid, read, applications())
    assert exploration.counts["valid parsed"] - before >= exploration.examples.valid
    if exploration.profile == "full":
        # A key that is never drawn is one whose combinations nobody tries.
        never = {model.__name__: keys_of(model) - used[model] for model in _MODELS}
        assert not any(never.values()), never


def test_every_valid_application_synthesises_without_a_finding(
    exploration: Any,
    tmp_path: Path,
    synthesise_settings: Callable[[Path], Any],
    findings_of: Callable[[Any], Any],
) -> None:
    # Guard rules and the library's own take most of a synthesis: they run in the full run, which
    # has a process for each, as nothing that was made in jsii goes away before its process.
    full = exploration.profile == "full"
    # Each has other keys than those before it, or other stacks.
    seen: set[Any] = set()

    def synthesise(application: Application) -> None:
        shape = (
            len(application.environments),
            *(tuple(used_keys(ServiceFile, tree)) for tree in application.services.values()),
        )
        assume(shape not in seen)
        with exploration.folder(tmp_path) as root:
            written = application.write(root)
            assembly = synthesise_as_the_cdk_does(written) if full else synthesise_settings(written)
            findings, found = findings_of(assembly), open_findings(Path(assembly.directory))
        assert findings.packs
        assert not found
        # Where nothing answers to it, `make policy` fails.
        assert not findings.acknowledged - findings.used
        # Not before: what fails is tried again.
        seen.add(shape)
        exploration.counts["synthesised"] += 1

    before = exploration.counts["synthesised"]
    drawn = applications(fewest=1)
    exploration.each(exploration.examples.synthesised, synthesise, drawn, shrink=False)
    assert exploration.counts["synthesised"] - before >= exploration.examples.synthesised


def synthesise_as_the_cdk_does(root: Path) -> Any:
    """Run app.py, with the context that the command line gives it; returns where the result is."""
    images = root / "images.json"
    images.write_text(json.dumps(dict.fromkeys(all_services(load(root)), DIGEST)))
    context = json.loads((ROOT / "cdk.json").read_text())["context"] | {
        "settings": str(root),
        "images": str(images),
        "@aws-cdk/core:failSynthOnValidationErrors": False,
    }
    environment = {key: value for key, value in os.environ.items() if key != "CDK_VALIDATION"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py")],
        env=environment
        | {"CDK_OUTDIR": str(root / "cdk.out"), "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return SimpleNamespace(directory=root / "cdk.out")


def all_services(settings: Settings) -> set[str]:
    """The services of any environment."""
    return {name for each in settings.environments for name in settings.services(each)}


def check_addresses(settings: Settings, environment: str) -> None:
    """Check that everybody can be reached, and each image has one registry."""
    for service in settings.services(environment):
        url = settings.url(environment, service)
        assert settings.host(environment, service) in url
        assert url.startswith("https" if settings.environment(environment).domain else "http:")
    assert sum(
        each.name == environment
        for registry in settings.registries
        for each in registry.environments
    ) == 1  # fmt: skip


def check_lock(settings: Settings, environment: str) -> None:
    """Check that services are locked once, and stay so."""
    services = tuple(settings.services(environment))
    assert write_missing_entries(settings, environment) == services
    lock = settings.root / f"environments/{environment}.lock.yaml"
    written = lock.read_bytes() if services else None
    assert write_missing_entries(settings, environment) == ()
    assert missing_entries(settings, environment) == ()
    assert entries_without_a_service(settings, environment) == ()
    check_entries(settings, environment)
    assert (lock.read_bytes() if services else None) == written


def rewritten(application: Application) -> Application:
    """The same application in other words: braces for blocks, keys in the other order."""
    return replace(application, flow=not application.flow, backwards=not application.backwards)


def check_same(first: Settings, second: Settings) -> None:
    """Check that how files are written changes nothing that they say."""

    def services(settings: Settings) -> dict[str, list[Service]]:
        return {name: list(settings.services(name).values()) for name in settings.environments}

    assert first.application == second.application
    assert first.environments == second.environments
    assert services(first) == services(second)


def trees_of(application: Application) -> tuple[list[dict[str, Any]], ...]:
    """The files' content, by model."""
    return (
        [application.application],
        list(application.environments.values()),
        list(application.services.values()),
    )


def open_findings(directory: Path) -> list[tuple[str, str, list[str]]]:
    """What the checks of a synthesis find: the check, its rule, and the constructs' paths.

    What the library only warns of is left out: `make policy` tells it for this project's settings.
    """
    report = json.loads((directory / "validation-report.json").read_text(encoding="utf-8"))
    return [
        (
            plugin["pluginName"],
            violation["ruleName"],
            [each["constructPath"] for each in violation["violatingConstructs"]],
        )
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        if (plugin["pluginName"], violation.get("severity")) != (_LIBRARY, "warning")
    ]
