"""What all tests share: one synthesis of the whole application."""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Three accounts besides the tooling's, a wave of two regions, every setting of the pipeline.
PIPELINE_APPLICATION = ROOT / "tests" / "pipeline_application"

# jsii looks for node here; an editor that runs tests has not activated the environment.
os.environ.setdefault("JSII_NODE", str(Path(sys.prefix) / "bin" / "node"))

# The library's validator takes most of a synthesis: here it has tests of its own, and `make check`
# runs it over everything.
os.environ["CDK_VALIDATION"] = "false"

# Any digest will do for templates, as long as it is not the one that means "no image".
DIGEST = "sha256:" + "1" * 64


# They read templates, and `make policy` runs them. The library acknowledges some for itself.
CHECKERS_OF_TEMPLATES = ("Checkov::", "CloudFormation-Validate::")

# Findings then fail the tests about findings, instead of every test that needs a template.
COLLECT_FINDINGS = {"@aws-cdk/core:failSynthOnValidationErrors": False}


@dataclass(frozen=True)
class Findings:
    """What a synthesis reports of cdk-nag's packs, and what its constructs acknowledge.

    Sets of (path of the construct, finding, reason); open findings have no reason. Checkers that
    read the templates afterwards report to ``make policy``: what is acknowledged for them is in
    ``acknowledged_elsewhere``.
    """

    packs: list[str]
    open: set[tuple[str, str]]
    used: set[tuple[str, str, str]]
    acknowledged: set[tuple[str, str, str]]
    acknowledged_elsewhere: set[tuple[str, str, str]]

    @classmethod
    def of(cls, directory: Path) -> "Findings":
        report = json.loads((directory / "validation-report.json").read_text())
        packs = [each for each in report["pluginReports"] if each["pluginName"] != "Annotation"]
        everything = {
            (path.removeprefix("/"), finding, reason)
            for file in directory.rglob("*.metadata.json")
            for path, entries in json.loads(file.read_text()).items()
            for entry in entries
            if entry["type"] == "aws:cdk:acknowledged-rules"
            for finding, reason in entry["data"].items()
        }
        elsewhere = {each for each in everything if each[1].startswith(CHECKERS_OF_TEMPLATES)}
        return cls(
            packs=[each["pluginName"] for each in packs],
            open={
                (construct["constructPath"], violation["ruleName"])
                for each in packs
                for violation in each["violations"]
                for construct in violation["violatingConstructs"]
            },
            used={
                (entry["acknowledgedAt"], entry["acknowledgedId"], entry["reason"])
                for each in packs
                for entry in each.get("suppressedViolations", ())
            },
            acknowledged=everything - elsewhere,
            acknowledged_elsewhere=elsewhere,
        )


def pytest_addoption(parser):
    parser.addoption(
        "--record", action="store_true", help="write the snapshots instead of comparing with them"
    )


@pytest.fixture(scope="session")
def synthesise_settings(tmp_path_factory):
    """How to synthesise every environment of a folder with settings, all images being there."""
    import aws_cdk as cdk

    from slipway.settings import load
    from stacks.application import add_stacks

    def synthesise(root):
        directory = tmp_path_factory.mktemp("synthesis")
        images = directory / "images.json"
        settings = load(root)
        services = {name for env in settings.environments for name in settings.services(env)}
        images.write_text(json.dumps(dict.fromkeys(services, DIGEST)))
        context = json.loads((ROOT / "cdk.json").read_text())["context"] | COLLECT_FINDINGS
        app = cdk.App(
            outdir=str(directory / "cdk.out"),
            context=context,
            analytics_reporting=False,
            tree_metadata=False,
        )
        add_stacks(app, settings_root=root, images=images)
        return app.synth()

    return synthesise


@pytest.fixture(scope="session")
def assembly(synthesise_settings):
    """The cloud assembly of this project's own settings: synthesised once for all tests of them."""
    return synthesise_settings(ROOT)


@pytest.fixture(scope="session")
def pipeline_settings():
    """The settings of an application with everything that a pipeline can have."""
    from slipway.settings import load

    return load(PIPELINE_APPLICATION)


@pytest.fixture(scope="session")
def pipeline_assembly(synthesise_settings):
    """Its cloud assembly."""
    return synthesise_settings(PIPELINE_APPLICATION)


@pytest.fixture(scope="session")
def pipeline_templates(pipeline_assembly, templates_of):
    """Its templates, by the names of their stacks."""
    return templates_of(pipeline_assembly)


@pytest.fixture(scope="session")
def findings_of():
    """How to read the findings of a cloud assembly."""
    return lambda assembly: Findings.of(Path(assembly.directory))


@pytest.fixture(scope="session")
def findings(assembly, findings_of):
    """What the policy checks say of that synthesis."""
    return findings_of(assembly)


@pytest.fixture(scope="session")
def templates_of():
    """How to get every template of a cloud assembly, by the name of its stack."""

    def of(cloud_assembly):
        found = {stack.stack_name: stack.template for stack in cloud_assembly.stacks}
        for nested in cloud_assembly.nested_assemblies:
            found.update(of(nested.nested_assembly))
        return found

    return of


@pytest.fixture(scope="session")
def templates(assembly, templates_of):
    """Every template of this project's own settings."""
    return templates_of(assembly)


@pytest.fixture(scope="session")
def iam_of():
    """How to read the policies of cloud assemblies, with all that they refer to."""
    from policies.iam.templates import Assembly, Stack

    def stacks(cloud_assembly):
        for stack in cloud_assembly.stacks:
            place = stack.environment
            yield Stack(stack.stack_name, place.account, place.region, stack.template)
        for nested in cloud_assembly.nested_assemblies:
            yield from stacks(nested.nested_assembly)

    return lambda *cloud_assemblies: Assembly.of(
        stack for each in cloud_assemblies for stack in stacks(each)
    )


@pytest.fixture(scope="session")
def iam(assembly, iam_of):
    """The policies of this project's own settings."""
    return iam_of(assembly)


class Amazon:
    """boto3's own clients, which answer what a test has put in, in its order, and nothing else.

    It can stand for `slipway.release.Aws`: ``amazon.ecs`` is a client.
    """

    def __init__(self) -> None:
        self._stubs: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        return self._stub(service).client

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.client(name)

    def answers(
        self, service: str, operation: str, answer: dict[str, Any], /, **asked: Any
    ) -> None:
        """Answer the next call; where something is named, just that must be asked for."""
        self._stub(service).add_response(operation, answer, asked or None)

    def refuses(
        self, service: str, operation: str, code: str, message: str = "No", /, **asked: Any
    ) -> None:
        """Refuse the next call; where something is named, just that must be asked for."""
        self._stub(service).add_client_error(
            operation, code, message, expected_params=asked or None
        )

    def assert_all_was_asked(self) -> None:
        for stub in self._stubs.values():
            stub.assert_no_pending_responses()

    def _stub(self, service: str) -> Any:
        # Most tests need no AWS.
        import boto3
        from botocore.stub import Stubber

        service = service.replace("_", "-")
        if service not in self._stubs:
            client = boto3.client(
                service,
                region_name="eu-west-1",
                aws_access_key_id="a",
                aws_secret_access_key="b",
            )
            self._stubs[service] = Stubber(client)
            self._stubs[service].activate()
        return self._stubs[service]


@pytest.fixture
def amazon() -> Amazon:
    return Amazon()
