"""``slipway deploy ENV``: an account of one's own, images that were pushed before, credentials of
boto3's. Here an AWS on this machine plays the account."""

import json
import shlex
import shutil
import subprocess
import sys

import jsonschema
import pytest

from slipway.cli.schemas import schema_of
from slipway.rehearsal import images, registry
from slipway.rehearsal.cloud import LocalCloud
from slipway.rehearsal.connection import Account
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

    def __init__(self, checkout, cloud, images_of_tasks):
        self.checkout, self._cloud, self._images = checkout, cloud, images_of_tasks

    def client(self, service):
        return self._cloud.client(service)

    def run(self, *command):
        return subprocess.run(
            command,
            cwd=self.checkout,
            capture_output=True,
            text=True,
            env=self._cloud.cdk_environment,
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
def by_hand(checkout, tmp_path):
    (checkout / "environments/lab.yaml").write_text(ENVIRONMENT)
    shutil.rmtree(checkout / "services/storefront")
    service = "services/inventory/service.yaml"
    Workspace(checkout).set(service, "environments.lab.load_balancer.port", 8080)
    pushed, folder = tmp_path / "images", tmp_path / "cloud"
    folder.mkdir()
    account = Account(ACCOUNT, REGION)
    with LocalCloud(account, folder, project=checkout, images=pushed) as cloud:
        terminal = ByHand(checkout, cloud, pushed)
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
    # The stack is gone: there is nothing to protect again.
    assert "its protection is off" not in done.stderr
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
    done, answer, services = by_hand.deploy(
        *("--service", "inventory", "--description", "Summer prices")
    )
    assert services["inventory"]["outcome"] == "released"
    deployment = by_hand.client("codedeploy").get_deployment(
        deploymentId=services["inventory"]["deployment"]
    )
    assert deployment["deploymentInfo"]["description"].startswith("Summer prices")
    assert services["inventory"]["live"] == services["inventory"]["wanted"]
    assert {each["outcome"] for each in answer["stacks"]} == {"unchanged"}
