"""Every setting: it can't reach an ECS service that exists, or the change of it is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from slipway.settings import SettingsError, load
from slipway.settings.application import Application
from slipway.settings.environment import EnvironmentFile
from slipway.settings.lock import check_entries, write_missing_entries
from slipway.settings.model import Model
from slipway.settings.service import ServiceFile

APPLICATION = Path(__file__).resolve().parents[2] / "application"
CONTEXT = json.loads((Path(__file__).resolve().parents[3] / "cdk.json").read_text())["context"]
DIGEST = "sha256:" + "1" * 64
BASE = "local"
SERVICE = "AWS::ECS::Service"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
Change = dict[str, Any]

# What the tests begin with: storefront on Fargate with a load balancer of its own, and api on EC2
# with one that it shares.
API: Change = {
    "port": 8000,
    "cpu": 256,
    "memory": "512MiB",
    "capacity": {"ec2": {"weight": 1}},
    "placement": "spread",
    "load_balancer": {"shared": "front", "port": 8081, "test_port": 9001},
}
FRONT: Change = {"load_balancers": {"front": {"scheme": "internal"}}}

# What may change, together or not, by the file: after each of these the services must be as they
# were. Each group is an environment of its own, as some settings exclude others.
FREE: dict[str, dict[str, Change]] = {
    "free-a": {
        "environment": {
            "availability_zones": ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d"],
            "network": {"nat": "per-zone", "endpoints": ["sqs"]},
            "capacity": {
                "ec2": {
                    "instance_types": ["c5.xlarge"],
                    "min": 2,
                    "max": 9,
                    "on_demand_base": 1,
                    "spot_percent": 50,
                },
                "fargate_spot_percent": 30,
            },
            "plain_http": None,
            "domain": {
                "name": "shop.example.com",
                "hosted_zone_id": "Z0123456789",
                "certificate": "arn:aws:acm:us-east-1:000000000000:certificate/1",
            },
            "load_balancers": {"front": {"idle_timeout": "50s", "rate_limit": 500}},
            "notifications": {
                "email": ["team@example.com"],
                "slack": {"workspace": "T0123ABCD", "channel": "C0123ABCD"},
                "teams": {
                    "tenant": "01234567-89ab-cdef-0123-456789abcdef",
                    "team": "01234567-89ab-cdef-0123-456789abcdef",
                    "channel": "19%3Aab12%40thread.tacv2",
                },
            },
            "budget": {"monthly_usd": 500, "actual": [50], "forecast": [90]},
            "approval": "required",
            "log_retention": "30d",
            "removal_policy": "retain",
            "tooling": {"account": "222222222222"},
        },
        "storefront": {
            "cpu": 512,
            "memory": "1GiB",
            "architecture": "arm64",
            "capacity": {"fargate": None, "fargate_spot": {"base": 2, "weight": 3}},
            "load_balancer": {
                "port": 8443,
                "test_port": 9443,
                "idle_timeout": "30s",
                "rate_limit": 100,
                "deregistration_delay": "5s",
            },
            "health_check": {
                "path": "/well",
                "interval": "20s",
                "timeout": "7s",
                "healthy_threshold": 4,
                "unhealthy_threshold": 5,
            },
            "stop_timeout": "100s",
            "environment": {"GREETING": "Good day", "MORE": "words"},
            "calls": ["api"],
            "secrets": {"CARD_KEY": {"name": "cards", "key": "number"}},
            "tracing": {"sampled_percent": 50, "cpu": 64, "memory": "256MiB"},
            "canary": {
                "path": "/well",
                "body": "Welcome",
                "interval": "10m",
                "timeout": "20s",
                "failures": 3,
                "runtime": "syn-python-selenium-13.0",
            },
            "scaling": {"min": 3, "max": 9, "cpu_percent": 40, "headroom_percent": 100},
            "deployment": {
                "shift": {"canary": None, "linear": {"percent": 20, "interval": "2m"}},
                "approval": {"before_traffic": True, "timeout": "2h"},
                "termination_wait": "30m",
                "alarms": {
                    "server_errors": 9,
                    "latency": {"percentile": 50, "threshold": "2s"},
                },
                "checks": {"AfterInstall": []},
            },
        },
        "api": {"capacity": {"ec2": {"base": 1, "weight": 7}}, "placement": "spread"},
        "application": {
            "images": {"collector": f"public.ecr.aws/aws-observability/aws-otel-collector@{DIGEST}"}
        },
    },
    "free-b": {
        "environment": {
            "plain_http": "Another reason.",
            "office_hours": {
                "days": ["mon", "tue"],
                "start": "08:00",
                "end": "18:00",
                "time_zone": "Europe/London",
            },
        },
        # To EC2 and to Fargate: the services stay, their tasks move.
        "storefront": {
            "capacity": {"fargate": None, "ec2": {"weight": 1}},
            "image": f"public.ecr.aws/shop/storefront@{DIGEST}",
            "secrets": None,
            "environment": None,
            "deployment": {
                "shift": {"canary": None, "all_at_once": {}},
                "checks": None,
                "alarms": {"latency": None},
            },
        },
        "api": {
            "capacity": {"ec2": None, "fargate": {"base": 1, "weight": 1}},
            "placement": None,
            "deployment": {"shift": {"canary": {"percent": 33, "interval": "9m"}}},
        },
    },
    "free-c": {
        "environment": {"network": {"nat": "none"}},
        "storefront": {"load_balancer": {"scheme": "internet-facing"}},
        "api": {},
    },
    # Into a pipeline, which takes images from the registry of the application.
    "free-d": {
        "environment": {
            "tooling": None,
            "pipeline": {
                "after": [],
                "rollback": "by-hand",
                "window": {
                    "days": ["mon"],
                    "start": "09:00",
                    "end": "16:00",
                    "time_zone": "Europe/London",
                },
                "freezes": [{"start": "2026-12-24", "end": "2026-12-26", "because": "Holidays."}],
            },
        },
        "application": {
            "images": {
                "allowed_findings": "low",
                "scanning": "enhanced",
                "signing": True,
                "base_image_cache": True,
            },
            "pipeline": {
                "host": {"provider": "github"},
                "repository": "example/shop",
                "branch": "trunk",
                "paths": {"include": ["services/**"], "exclude": ["docs/**"]},
                "executions": "superseded",
                "notifications": {
                    "email": ["platform@example.com"],
                    "slack": {"workspace": "T0123ABCD", "channel": "C0123ABCD"},
                    "teams": {
                        "tenant": "01234567-89ab-cdef-0123-456789abcdef",
                        "team": "01234567-89ab-cdef-0123-456789abcdef",
                        "channel": "19%3Aab12%40thread.tacv2",
                    },
                },
            },
        },
        "storefront": {"build": {"architectures": ["x86_64", "arm64"]}},
    },
}

# What neither CloudFormation nor a release can change, by the key that the refusal names.
REFUSED: dict[str, tuple[str, Change]] = {
    "port": ("storefront", {"port": 8081}),
    "placement": ("api", {"placement": "binpack"}),
    "execute_command": ("storefront", {"execute_command": True}),
    "load_balancer.scheme": ("storefront", {"load_balancer": {"scheme": "internal"}}),
    "load_balancer.shared": (
        "storefront",
        {"load_balancer": {"shared": "front", "scheme": None, "idle_timeout": None}},
    ),
    "load_balancers.*.scheme": (
        "environment",
        {"load_balancers": {"front": {"scheme": "internet-facing"}}},
    ),
    "availability_zones": (
        "environment",
        {"availability_zones": ["us-east-1b", "us-east-1a", "us-east-1c"]},
    ),
    "network.cidr": ("environment", {"network": {"cidr": "10.1.0.0/16"}}),
}

# Other stacks, in another place or under another name: no service that exists is in them.
ELSEWHERE = {"application", "account", "region", "tooling.region"}

# One value so far, and a setting of the application: see below.
CONSTANT = {"deployment.engine"}
# Instead of the provider of the pipeline's repository.
INSTEAD = {"pipeline.host.connection"}
OF_THE_APPLICATION = {"owner", "cost_centre", "runbooks", "tooling.account", "tags"}


def merge(base: Change, change: Change) -> Change:
    """Lay a change over settings; None takes a key away."""
    merged = dict(base)
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict) and key != "environment":
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def write(file: Path, settings: Change) -> None:
    file.write_text(yaml.safe_dump(settings))


def read(file: Path) -> Change:
    found: Change = yaml.safe_load(file.read_text())
    return found


def make_project(root: Path) -> Path:
    """Copy the application, give it a second service, and lock both as they are."""
    shutil.copytree(APPLICATION, root, dirs_exist_ok=True)
    environment = root / f"environments/{BASE}.yaml"
    write(environment, merge(read(environment), FRONT))
    (root / "services/api").mkdir()
    write(root / "services/api/service.yaml", API)
    storefront = root / "services/storefront/service.yaml"
    settings = read(storefront)
    # What it says to one environment only is what it says.
    override = settings.pop("environments")[BASE]
    write(storefront, merge(settings, override))
    write_missing_entries(load(root), BASE)
    return root


def add_environment(root: Path, name: str, changes: dict[str, Change]) -> None:
    """Add an environment whose services were created as those of the base, and changed since."""
    folder = root / "environments"
    write(
        folder / f"{name}.yaml",
        merge(read(folder / f"{BASE}.yaml"), changes.get("environment", {})),
    )
    locked = (folder / f"{BASE}.lock.yaml").read_text()
    (folder / f"{name}.lock.yaml").write_text(locked.replace(f"shop-{BASE}", f"shop-{name}"))
    files = {service: f"services/{service}/service.yaml" for service in ("storefront", "api")}
    for what, file in {"application": "slipway.yaml", **files}.items():
        if change := dict(changes.get(what, {})):
            if canary := change.pop("canary", None):
                # The base has no domain, and may have none.
                change["environments"] = {name: {"canary": canary}}
            # Else not as an override, which can't take anything away.
            write(root / file, merge(read(root / file), change))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("frozen"))


@pytest.fixture(scope="module")
def synthesise_environment(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Path, str], dict[str, Any]]:
    """Synthesise one environment of a project; return its templates by stack."""
    import aws_cdk as cdk

    from stacks.environment import EnvironmentStage

    def synthesise(root: Path, environment: str) -> dict[str, Any]:
        settings = load(root)
        app = cdk.App(
            outdir=str(tmp_path_factory.mktemp("synthesis")),
            context=CONTEXT,
            analytics_reporting=False,
            tree_metadata=False,
        )
        digests = {"storefront": DIGEST, "api": DIGEST}
        EnvironmentStage(app, "Stage", settings=settings, name=environment, digests=digests)
        (nested,) = app.synth().nested_assemblies
        prefix = f"{settings.application.application}-{environment}"
        return {
            stack.stack_name.removeprefix(f"{prefix}-"): json.loads(
                json.dumps(stack.template).replace(prefix, "prefix")
            )
            for stack in nested.nested_assembly.stacks
        }

    return synthesise


# Properties whose change replaces a resource, and with it the value that refers to it.
# The resource types' pages of
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html
REPLACING = {
    "AWS::EC2::VPC": ("CidrBlock", "InstanceTenancy"),
    "AWS::EC2::Subnet": ("AvailabilityZone", "CidrBlock", "VpcId"),
    "AWS::EC2::SecurityGroup": ("GroupDescription", "GroupName", "VpcId"),
    "AWS::ECS::Cluster": ("ClusterName",),
    TARGET_GROUP: (
        "Name",
        "Port",
        "Protocol",
        "ProtocolVersion",
        "TargetType",
        "VpcId",
    ),
}


def frozen(templates: dict[str, Any], stack: str) -> dict[str, Any]:
    """The ECS service of a stack, and whatever decides what its references come to."""
    found: dict[str, Any] = {}

    def follow(stack: str, value: Any) -> None:
        if isinstance(value, list):
            for inner in value:
                follow(stack, inner)
        elif isinstance(value, dict):
            for function, argument in value.items():
                if function == "Ref" and argument in templates[stack]["Resources"]:
                    add(stack, argument)
                elif function == "Fn::GetAtt":
                    add(stack, argument[0])
                elif function == "Fn::ImportValue":
                    exporter, export = argument.removeprefix("prefix-").split(":", 1)
                    follow(exporter, exported(exporter, export))
                else:
                    follow(stack, argument)

    def exported(stack: str, name: str) -> Any:
        (value,) = [
            output["Value"]
            for output in templates[stack]["Outputs"].values()
            if output.get("Export", {}).get("Name") == f"prefix-{stack}:{name}"
        ]
        return value

    def add(stack: str, logical_id: str) -> None:
        resource = templates[stack]["Resources"][logical_id]
        kept = resource
        if resource["Type"] != SERVICE:
            replacing = REPLACING[resource["Type"]]
            kept = {key: value for key, value in resource["Properties"].items() if key in replacing}
        if (key := f"{stack}/{logical_id}") not in found:
            found[key] = kept
            follow(stack, kept)

    for name, resource in templates[stack]["Resources"].items():
        # The other target group as well: a deployment group names both.
        if resource["Type"] in (SERVICE, TARGET_GROUP):
            add(stack, name)
    return found


@pytest.fixture(scope="module")
def as_created(
    project: Path, synthesise_environment: Callable[[Path, str], dict[str, Any]]
) -> dict[str, Any]:
    return synthesise_environment(project, BASE)


@pytest.mark.parametrize("group", FREE)
def test_what_may_change_reaches_no_service_that_exists(
    group: str,
    tmp_path: Path,
    as_created: dict[str, Any],
    synthesise_environment: Callable[[Path, str], dict[str, Any]],
) -> None:
    root = make_project(tmp_path)
    add_environment(root, group, FREE[group])
    templates = synthesise_environment(root, group)
    assert templates["storefront"] != as_created["storefront"], "nothing changed"
    for stack in ("storefront", "api"):
        assert json.dumps(frozen(templates, stack)) == json.dumps(frozen(as_created, stack))


def test_the_application_s_settings_reach_no_service_that_exists(
    tmp_path: Path,
    as_created: dict[str, Any],
    synthesise_environment: Callable[[Path, str], dict[str, Any]],
) -> None:
    root = make_project(tmp_path)
    change = {
        "owner": "another-team",
        "runbooks": "https://example.com/runbooks",
        "cost_centre": "another",
        "tags": {"team": "checkout"},
        "tooling": {"account": "333333333333"},
    }
    assert change.keys() == {key.partition(".")[0] for key in OF_THE_APPLICATION}
    write(root / "slipway.yaml", merge(read(root / "slipway.yaml"), change))
    templates = synthesise_environment(root, BASE)
    assert "another-team" in json.dumps(templates["storefront"])
    for stack in ("storefront", "api"):
        assert json.dumps(frozen(templates, stack)) == json.dumps(frozen(as_created, stack))


@pytest.mark.parametrize("key", REFUSED)
def test_what_can_not_change_is_refused_with_the_steps_that_work(key: str, tmp_path: Path) -> None:
    where, change = REFUSED[key]
    root = make_project(tmp_path)
    add_environment(root, "refused", {where: change})
    with pytest.raises(SettingsError) as caught:
        check_entries(load(root), "refused")
    assert any(f"{key.rpartition('.')[2]} must " in line for line in caught.value.lines)
    for line in caught.value.lines:
        assert " make a new " in line or " add zones at the end" in line
        assert "environments/refused.lock.yaml" in line


def leaves(model: type[Model], prefix: str = "") -> Iterator[str]:
    """The keys of a file that hold a value; those of a mapping of named things have a star."""
    for name, field in model.model_fields.items():
        inner, many = model_in(field.annotation)
        key = f"{prefix}{field.alias or name}"
        if inner is None:
            yield key
        else:
            yield from leaves(inner, f"{key}.*." if many else f"{key}.")


def model_in(annotation: Any) -> tuple[type[Model] | None, bool]:
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation, False
    arguments = get_args(annotation)
    if getattr(annotation, "__origin__", None) is tuple:
        return None, False
    for argument in arguments:
        found, _ = model_in(argument)
        if found:
            return found, getattr(annotation, "__origin__", None) is dict
    return None, False


def keys_of(change: Change, model_keys: set[str], prefix: str = "") -> Iterator[str]:
    for name, value in change.items():
        starred = f"{prefix}*." if any(key.startswith(f"{prefix}*") for key in model_keys) else None
        key = starred.removesuffix(".") if starred else f"{prefix}{name}"
        below = [each for each in model_keys if each.startswith(f"{key}.")]
        if key in model_keys:
            yield key
        elif isinstance(value, dict) and value:
            yield from keys_of(value, model_keys, f"{key}.")
        else:
            yield from below


def test_every_setting_is_known_to_change_nothing_or_to_be_refused() -> None:
    """A new setting joins one of the lists above, and thereby these tests."""
    of_services = set(leaves(ServiceFile))
    of_environments = set(leaves(EnvironmentFile))
    of_application = set(leaves(Application))
    keys = {"environment": of_environments, "application": of_application}
    covered = {
        key
        for group in FREE.values()
        for name, change in group.items()
        for key in keys_of(change, keys.get(name, of_services))
    }
    covered |= REFUSED.keys() | ELSEWHERE | CONSTANT | INSTEAD | OF_THE_APPLICATION
    known = of_services | of_environments | of_application
    assert known - covered == set()
    assert covered - known == set(), "settings that are no more"
