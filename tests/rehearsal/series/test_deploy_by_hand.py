"""``slipway deploy ENV``: an account of one's own, images that were pushed before, credentials of
boto3's. Here an AWS on this machine plays the account."""

import json
import os
import shlex
import shutil
import subprocess
import sys

import boto3
import jsonschema
import pytest

from slipway.cli.schemas import schema_of
from slipway.rehearsal import images, registry
from slipway.rehearsal.workspace import Workspace

ACCOUNT, REGION = "555555555555", "us-east-1"
ENVIRONMENT = f"""\
account: "{ACCOUNT}"
region: {REGION}
availability_zones: [us-east-1a, us-east-1b, us-east-1c]
tooling:
  account: "{ACCOUNT}"
  region: {REGION}
network:
  cidr: 10.64.0.0/16
capacity:
  ec2:
    instance_types: [m6i.large]
plain_http: Nobody but this machine reaches it.
approval: required
removal_policy: retain # so that its stacks and load balancers are protected
"""
WRONG = 'raise SystemExit("DATABASE_URL is not set")\n'


class ByHand:
    """A terminal with credentials for the account."""

    def __init__(self, checkout, local_aws, folder):
        self.checkout, self._images = checkout, local_aws.images
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.variables = {
            **kept,
            "AWS_ENDPOINT_URL": local_aws.endpoint,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "CDK_HOME": str(folder / "cdk-home"),
            "CDK_VALIDATION": "false",
        }
        self._endpoint = local_aws.endpoint

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self._endpoint,
            region_name=REGION,
            aws_access_key_id=ACCOUNT,
            aws_secret_access_key="local",
        )

    def run(self, *command):
        return subprocess.run(
            command,
            cwd=self.checkout,
            capture_output=True,
            text=True,
            env=self.variables,
            stdin=subprocess.DEVNULL,
        )

    def slipway(self, *arguments):
        return self.run(sys.executable, "-m", "slipway", *arguments)

    def cdk(self, *arguments):
        done = self.run("scripts/cdk", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr

    def push(self):
        """Build and push what docker would, and write build/images.json."""
        digests = {}
        for source in sorted((self.checkout / "services").iterdir()):
            environments = self.checkout / "build/rehearsal/environments"
            built = images.build(source, self._images, environments=environments)
            registry.push(self.client("ecr"), f"shop/{source.name}", built)
            digests[source.name] = built.digest
        (self.checkout / "build/images.json").write_text(json.dumps(digests))

    def deploy(self, *options, code=0):
        done = self.slipway("deploy", "lab", "--yes", "--json", *options)
        assert done.returncode == code, done.stderr
        answer = json.loads(done.stdout)
        jsonschema.validate(answer, schema_of("deploy"))
        services = {each["name"]: each for each in answer["services"]}
        return done, answer, services


@pytest.fixture
def by_hand(checkout, tmp_path, local_aws_of):
    (checkout / "environments/lab.yaml").write_text(ENVIRONMENT)
    shutil.rmtree(checkout / "services/storefront")
    service = "services/inventory/service.yaml"
    Workspace(checkout).set(service, "environments.lab.load_balancer.port", 8080)
    with local_aws_of() as local_aws:
        terminal = ByHand(checkout, local_aws, tmp_path)
        terminal.cdk("bootstrap", f"aws://{ACCOUNT}/{REGION}", "--app", "")
        yield terminal


def test_an_environment_is_deployed_given_up_mended_and_released_by_hand(by_hand):
    done = by_hand.slipway("deploy", "lab")
    assert done.returncode == 1
    assert "add --yes if you give it. Nothing was done." in done.stderr
    done = by_hand.slipway("deploy", "lab", "--yes")
    assert done.returncode == 1
    assert "images.json has no image of inventory" in done.stderr

    main = by_hand.checkout / "services/inventory/inventory/__main__.py"
    right = main.read_text()
    main.write_text(WRONG)
    by_hand.cdk(
        *("deploy", "LabRegistry", "--context", "environment=lab"),
        *("--require-approval", "never"),
    )
    by_hand.push()
    done, answer, services = by_hand.deploy("--give-up-after", "5s", code=1)
    assert "| DATABASE_URL is not set" in done.stderr
    assert "taking its protection away" in done.stderr
    assert "inventory doesn't start" in answer["error"]
    assert services["inventory"]["outcome"] == "not reached"
    commands = [line for line in done.stderr.splitlines() if line.startswith("aws logs ")]
    logs = by_hand.client("logs")
    for command in commands:
        logs.delete_log_group(logGroupName=shlex.split(command)[-1])

    main.write_text(right)
    by_hand.push()
    done, answer, services = by_hand.deploy()
    assert services["inventory"]["outcome"] == "new"
    assert (
        services["inventory"]["live"]
        == "shop-lab-inventory:" + services["inventory"]["wanted"].rpartition(":")[2]
    )

    version = by_hand.checkout / "services/inventory/inventory/__init__.py"
    version.write_text(version.read_text().replace('"1"', '"2"'))
    by_hand.push()
    done, answer, services = by_hand.deploy("--stacks-only")
    assert services["inventory"]["outcome"] == "not reached"
    assert services["inventory"]["live"] != services["inventory"]["wanted"]
    done, answer, services = by_hand.deploy("--service", "inventory")
    assert services["inventory"]["outcome"] == "released"
    assert services["inventory"]["live"] == services["inventory"]["wanted"]
    assert {each["outcome"] for each in answer["stacks"]} == {"unchanged"}
