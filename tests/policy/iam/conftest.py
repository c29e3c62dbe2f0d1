"""What the tests of the walk share: small stacks, and two applications with confusable names."""

import shutil
from pathlib import Path

import pytest
import yaml

from policies.iam.reach import Reach
from policies.iam.statements import statements as read
from policies.iam.templates import Assembly, Stack

APPLICATION = Path(__file__).resolve().parents[2] / "application"
ACCOUNT, REGION = "222222222222", "eu-west-1"

COLLECTOR = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/collector@sha256:{'c' * 64}"
DOMAIN = {
    "name": "shop.example.com",
    "hosted_zone_id": "Z0123456789",
    "certificate": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/0-0",
}

# Names that begin, end or continue like each other, all in one account and region.
CONFUSABLE = {
    "shop": {"environments": ("dev", "devel"), "services": ("web", "web-dev", "we")},
    "shop-api": {"environments": ("dev",), "services": ("api", "dev")},
}


@pytest.fixture(scope="session")
def statements(iam):
    """Every statement of this project's own settings."""
    return list(read(iam))


@pytest.fixture(scope="session")
def reach(iam):
    """What every role of this project's own settings reaches."""
    return Reach(iam)


@pytest.fixture
def assemble():
    """How to make an assembly of small stacks: for each name its resources."""

    def make(service="web", environment="dev", account=ACCOUNT, **stacks):
        tags = [
            {"Key": f"slipway:{key}", "Value": value}
            for key, value in (
                ("application", "shop"),
                ("environment", environment),
                ("service", service),
            )
        ]
        mark = {"Mark": {"Type": "AWS::SNS::Topic", "Properties": {"Tags": tags}}}
        return Assembly.of(
            Stack(name.replace("_", "-"), account, REGION, {"Resources": mark | resources})
            for name, resources in stacks.items()
        )

    return make


@pytest.fixture
def role():
    """How to make a role with one statement, assumed by a service."""

    def make(*statements, trust=None, **properties):
        return {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Statement": [
                        trust
                        or {
                            "Effect": "Allow",
                            "Action": "sts:AssumeRole",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                        }
                    ]
                },
                "Policies": [
                    {
                        "PolicyName": "Permissions",
                        "PolicyDocument": {
                            "Statement": [{"Effect": "Allow"} | each for each in statements]
                        },
                    }
                ],
                **properties,
            },
        }

    return make


@pytest.fixture
def function():
    """How to make a function that runs with a role of its stack."""

    def make(name, role):
        return {
            "Type": "AWS::Lambda::Function",
            "Properties": {"FunctionName": name, "Role": {"Fn::GetAtt": [role, "Arn"]}},
        }

    return make


@pytest.fixture
def two_services(assemble, role, function):
    """How to put some resources into the stack of `web`, beside that of another service."""

    def service(name):
        return {
            "Type": "AWS::ECS::Service",
            "Properties": {"ServiceName": name, "Cluster": "shop-dev"},
        }

    theirs = {
        "Service": service("api"),
        "Role": role(),
        "Hook": function("api-hook", "Role"),
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"Name": "shop/dev/api/token"},
        },
        "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {}},
        "Logs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": "/shop/dev/api"},
        },
    }

    def reach(resources):
        ours = assemble(shop_dev_web={"Service": service("web"), **resources})
        others = assemble(service="api", shop_dev_api=theirs)
        return Reach(type(ours).of([*ours.stacks, *others.stacks]))

    return reach


@pytest.fixture(scope="session")
def confusable(tmp_path_factory, synthesise_settings, iam_of):
    """Two applications of one account, where each name is part of another one."""
    return iam_of(
        *(
            synthesise_settings(_write(tmp_path_factory.mktemp(name), name, **names))
            for name, names in CONFUSABLE.items()
        )
    )


def _write(root, application, *, environments, services):
    shutil.copytree(APPLICATION, root, dirs_exist_ok=True)
    _change(
        root / "slipway.yaml",
        application=application,
        images={"base_image_cache": True, "collector": COLLECTOR},
        pipeline={"host": {"provider": "github"}, "repository": f"example/{application}"},
    )
    local = root / "environments/local.yaml"
    (root / "environments/local.lock.yaml").unlink()
    for name in environments:
        own = shutil.copy(local, root / "environments" / f"{name}.yaml")
        channel = f"C0{application}{name}".replace("-", "").upper()
        _change(
            own,
            account=ACCOUNT,
            region=REGION,
            availability_zones=[f"{REGION}{zone}" for zone in "abc"],
            tooling=None,
            pipeline={"after": []},
            load_balancers={"common": {"scheme": "internal"}},
            budget={"monthly_usd": 100},
            # One that is reached from outside.
            **({"domain": DOMAIN, "plain_http": None} if name == "dev" else {}),
            # An account takes a channel of Slack once.
            notifications={"slack": {"workspace": "T0123ABCD", "channel": channel}},
            # One without a way to the internet: its endpoints have policies.
            network={"cidr": "10.0.0.0/16", "nat": "none" if name == "devel" else "single"},
        )
    local.unlink()
    storefront = root / "services/storefront"
    for number, name in enumerate(services):
        own = shutil.copytree(storefront, root / "services" / name) / "service.yaml"
        # One that is traced and asked from outside, one with a shell in its tasks, and one on a
        # load balancer that others may share.
        with_tls = {"load_balancer": {"port": 443}}
        different = [
            {"tracing": {}, "environments": {"dev": {"canary": {}, **with_tls}}},
            {"execute_command": True, "environments": {"dev": with_tls}},
            {
                "load_balancer": {"shared": "common", "port": 8080, "test_port": 9000},
                "environments": None,
            },
        ][number]
        _change(own, **different)
    shutil.rmtree(storefront)
    return root


def _change(file, **values):
    content = yaml.safe_load(Path(file).read_text()) | values
    Path(file).write_text(
        yaml.safe_dump({key: value for key, value in content.items() if value is not None})
    )
