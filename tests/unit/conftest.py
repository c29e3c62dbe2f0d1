"""Templates to ask questions of: the application's, the same after a change, and tiny ones."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTEXT = json.loads((ROOT / "cdk.json").read_text())["context"]
# The application of the unit tests: whoever changes the project's own settings, services or
# environments changes nothing here.
APPLICATION = ROOT / "tests" / "application"
# Four environments, two services and a pipeline, frozen: what costs are calculated for by hand.
REFERENCE = ROOT / "tests" / "reference"
OTHER_DIGEST = "sha256:" + "2" * 64


@dataclass(frozen=True)
class Resources:
    """A template, by the types of its resources."""

    template: dict[str, Any]

    def of(self, type_: str) -> dict[str, Any]:
        """The resources of one type, by logical id."""
        return {
            name: resource
            for name, resource in self.template["Resources"].items()
            if resource["Type"] == type_
        }

    def each(self, type_: str) -> list[Any]:
        """The properties of each resource of one type."""
        return [resource.get("Properties", {}) for resource in self.of(type_).values()]

    def only(self, type_: str) -> Any:
        """The properties of the one resource of a type."""
        (properties,) = self.each(type_)
        return properties

    def only_id(self, type_: str) -> str:
        (name,) = self.of(type_)
        return name

    def named(self, part: str, type_: str) -> Any:
        """The properties of the one resource of a type whose logical id holds some text."""
        (found,) = [
            resource["Properties"] for name, resource in self.of(type_).items() if part in name
        ]
        return found

    def policies(self, role: str) -> list[str]:
        """The logical ids of the policies of the role whose logical id begins with some text."""
        return [
            policy["Ref"]
            for name, resource in self.of("AWS::IAM::Role").items()
            if name.startswith(role)
            for policy in resource["Properties"].get("ManagedPolicyArns", [])
        ]

    def statements(self, role: str) -> list[dict[str, Any]]:
        """What the policies allow to the role whose logical id begins with some text."""
        policies = self.of("AWS::IAM::ManagedPolicy")
        return [
            statement
            for policy in self.policies(role)
            for statement in policies[policy]["Properties"]["PolicyDocument"]["Statement"]
        ]


@pytest.fixture(scope="session")
def assembly(synthesise_settings: Callable[[Path], Any]) -> Any:
    """The cloud assembly of the unit tests' application."""
    return synthesise_settings(APPLICATION)


@pytest.fixture(scope="session")
def templates(assembly: Any, templates_of: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Its templates, by the name of their stack."""
    return templates_of(assembly)


@pytest.fixture(scope="session")
def reference_assembly(synthesise_settings: Callable[[Path], Any]) -> Path:
    """The folder of the cloud assembly of the frozen environments."""
    return Path(synthesise_settings(REFERENCE).directory)


@pytest.fixture(scope="session")
def releases(templates: dict[str, Any]) -> Resources:
    return Resources(templates["shop-local-releases"])


@pytest.fixture(scope="session")
def storefront(templates: dict[str, Any]) -> Resources:
    return Resources(templates["shop-local-storefront"])


@pytest.fixture(scope="session")
def release_alarms(storefront: Resources) -> dict[str, Any]:
    """The storefront's alarms that stop a release, by their logical ids."""
    return {
        name: alarm["Properties"]
        for name, alarm in storefront.of("AWS::CloudWatch::Alarm").items()
        if not alarm["Properties"]["AlarmName"].endswith(("-tasks-missing", "-releasing"))
    }


@pytest.fixture(scope="session")
def network(templates: dict[str, Any]) -> Resources:
    return Resources(templates["shop-local-network"])


@pytest.fixture(scope="session")
def cluster(templates: dict[str, Any]) -> Resources:
    return Resources(templates["shop-local-cluster"])


@pytest.fixture(scope="session")
def observability(templates: dict[str, Any]) -> Resources:
    return Resources(templates["shop-local-observability"])


@pytest.fixture(scope="session")
def registry(templates: dict[str, Any]) -> Resources:
    return Resources(templates["shop-local-registry"])


def copy_settings(to: Path) -> Path:
    """Copy the application: what `slipway.settings.load` reads, where nothing is built."""
    shutil.copytree(APPLICATION, to, dirs_exist_ok=True)
    return to


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A copy of the project's settings, for one test to break."""
    return copy_settings(tmp_path)


def edit(file: Path, **replacements: tuple[str, str]) -> None:
    text = file.read_text()
    for old, new in replacements.values():
        assert old in text, f"{file.name} no longer says {old!r}"
        text = text.replace(old, new, 1)
    file.write_text(text)


# A service that has just been added: not in the lock, not built, and different in every choice.
API = """\
port: 8000
cpu: 256
memory: 512MiB
capacity:
  fargate_spot: { weight: 1 }
load_balancer:
  scheme: internal
  test_port: 9001
scaling: { min: 3, max: 5 }
deployment:
  shift:
    linear: { percent: 20, interval: 2m }
  termination_wait: 30m
  alarms:
    server_errors: 1
"""


# Another one, on a load balancer that it shares.
SITE = """\
port: 8000
cpu: 256
memory: 512MiB
load_balancer:
  shared: public
  port: 8081
  test_port: 9001
"""


@pytest.fixture(scope="session")
def changed_assembly(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same project after its settings changed in every way that a running service allows.

    The lock file is the committed one. A second service, `api`, has no image yet; a third, `site`,
    is on a load balancer that it shares.
    """
    import aws_cdk as cdk

    from slipway.settings import load
    from stacks.application import add_stacks

    root = copy_settings(tmp_path_factory.mktemp("changed"))
    edit(
        root / "slipway.yaml",
        tags=("tags: {}", "tags: { team: checkout }"),
        owner=("owner: platform", "owner: shop-team"),
    )
    edit(
        root / "environments/local.yaml",
        zones=("us-east-1c]", "us-east-1c, us-east-1d]"),
        nat=("nat: single", "nat: per-zone"),
        retention=(
            "log_retention: 7d",
            "log_retention: 30d\nnotifications: { email: [team@example.com] }\n"
            "load_balancers: { public: { scheme: internet-facing } }",
        ),
    )
    edit(
        root / "services/storefront/service.yaml",
        cpu=("cpu: 256", "cpu: 512"),
        memory=("memory: 512MiB", "memory: 1GiB"),
        capacity=("fargate: { base: 1, weight: 1 }", "fargate_spot: { base: 2, weight: 3 }"),
        secrets=(
            "secrets:\n",
            "secrets:\n  CARD_KEY: { name: cards, key: key }\n",
        ),
        scaling=("  min: 2", "  min: 4"),
        variable=("GREETING: Welcome", "GREETING: Good day"),
        path=("path: /health", "path: /version"),
    )
    for name, text in (("api", API), ("site", SITE)):
        (root / "services" / name).mkdir()
        (root / "services" / name / "service.yaml").write_text(text)
    images = root / "images.json"
    images.write_text(json.dumps({"storefront": OTHER_DIGEST, "site": OTHER_DIGEST}))
    app = cdk.App(
        outdir=str(root / "cdk.out"),
        # The CDK command line reads error annotations for itself; without it, this feature makes
        # the library raise them at once. Findings are for a test to tell.
        context=CONTEXT
        | {
            "@aws-cdk/core:annotationsInValidationReport": False,
            "@aws-cdk/core:failSynthOnValidationErrors": False,
        },
        analytics_reporting=False,
        tree_metadata=False,
    )
    assert load(root).services("local").keys() == {"api", "site", "storefront"}
    add_stacks(app, settings_root=root, images=images)
    return app.synth()


@pytest.fixture(scope="session")
def changed(changed_assembly: Any) -> dict[str, Resources]:
    """The templates of `changed_assembly`, by the names of their stacks."""
    assemblies = [
        changed_assembly,
        *(nested.nested_assembly for nested in changed_assembly.nested_assemblies),
    ]
    return {
        stack.stack_name: Resources(stack.template)
        for assembly in assemblies
        for stack in assembly.stacks
    }


@pytest.fixture
def synthesise(tmp_path: Path) -> Callable[[Callable[[Any], Any]], Resources]:
    """Synthesise one stack that holds what a function puts into it."""
    import aws_cdk as cdk
    from aws_cdk.assertions import Template

    class Stack(cdk.Stack):
        @property
        def availability_zones(self) -> list[str]:
            return ["eu-west-1a", "eu-west-1b"]

    def run(add: Callable[[Any], Any]) -> Resources:
        app = cdk.App(
            outdir=str(tmp_path / "cdk.out"),
            context=CONTEXT,
            analytics_reporting=False,
            tree_metadata=False,
        )
        stack = Stack(app, "Stack", env=cdk.Environment(account="111111111111", region="eu-west-1"))
        add(stack)
        return Resources(Template.from_stack(stack).to_json())

    return run
