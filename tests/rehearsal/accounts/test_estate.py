"""The tooling account and two environments, each in its own, on one local AWS."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from slipway.rehearsal import images, registry
from slipway.rehearsal.adaptation import fit_pipeline
from slipway.rehearsal.cloud import LocalCloud
from slipway.rehearsal.connection import Account
from slipway.rehearsal.folders import Folders
from slipway.rehearsal.pipeline.estate import Estate
from slipway.rehearsal.pipeline.opening import leave_environment_out
from slipway.rehearsal.pipeline.repository import Developer, Origin
from slipway.rehearsal.workspace import Workspace
from slipway.release import Until, result, start, watch

PROJECT = Path(__file__).resolve().parents[3]
TOOLING, STAGING, PROD = "111111111111", "333333333333", "444444444444"
ACCOUNT = {"staging": STAGING, "prod": PROD}
SERVICES = ("inventory", "storefront")


class Built:
    """The estate, and how its images get into the registry."""

    def __init__(self, estate, folders):
        self.estate = estate
        self.folders = folders

    def build_and_push(self):
        """Do what the pipeline's images projects do."""
        checkout, digests = self.estate.checkout, {}
        ecr = self.estate.connection().client("ecr")
        for service in SERVICES:
            image = images.build(
                checkout / "services" / service,
                self.folders.images,
                environments=self.folders.environments,
            )
            registry.push(ecr, f"shop/{service}", image)
            digests[service] = image.digest
        (checkout / "build").mkdir(exist_ok=True)
        (checkout / "build" / "images.json").write_text(json.dumps(digests))
        return digests

    def deploy(self, environment, *stacks):
        self.estate.deploy(
            *stacks, "--context", f"environment={environment}", environment=environment
        )

    def client(self, service, environment=None):
        return self.estate.connection(environment).client(service)


@pytest.fixture(scope="module")
def built():
    folders = Folders.of(PROJECT)
    origin = Origin.create(folders.run / "origin.git")
    workspace = Developer.begin(PROJECT, origin, folders.run / "developer").workspace
    leave_environment_out(workspace, "dev")
    account = Account(TOOLING, "eu-west-1")
    with LocalCloud(account, folders.run, project=PROJECT, images=folders.images) as cloud:
        fit_pipeline(workspace, cloud, lambda _: None)
        built = Built(Estate(cloud, workspace.directory, folders.run), folders)
        built.estate.bootstrap()
        built.estate.deploy("Registry", environment=None)
        built.digests = built.build_and_push()
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda each: built.deploy(each, f"{each.capitalize()}/*"), ACCOUNT))
        yield built
    shutil.rmtree(folders.run, ignore_errors=True)


def test_every_environment_serves_beside_the_others(built):
    estate = built.estate
    for environment in ACCOUNT:
        answer = estate.ask(environment, "storefront", "/")
        assert answer["revision"].startswith(f"shop-{environment}-storefront:")
        # The storefront asks the inventory of its own environment.
        assert answer["inventory"]["version"] == "1"
        for service in SERVICES:
            assert estate.digest(environment, service) == built.digests[service]
            tasks = estate.tasks(environment, service)
            assert {each["taskArn"].split(":")[4] for each in tasks} == {ACCOUNT[environment]}


def test_what_an_environment_is_made_of_is_in_its_own_account(built):
    for environment, account in ACCOUNT.items():
        other = next(each for each in ACCOUNT if each != environment)
        found = inventory(built, environment)
        for kind, names in found.items():
            assert names, f"no {kind} in {environment}"
            text = json.dumps(sorted(names))
            assert f"-{other}" not in text, kind
            assert f"/{other}/" not in text, kind
            assert ACCOUNT[other] not in text, kind
            assert all(account in name for name in names if name.startswith("arn:")), kind
    everything = [stack["StackName"] for stack in stacks(built, None)]
    assert sorted(everything) == ["CDKToolkit", "shop-registry"]


def inventory(built, environment):
    """Names and ARNs of what an account has, by kind."""

    def of(service, operation, key, name, **arguments):
        client = built.client(service, environment)
        if client.can_paginate(operation):
            pages = client.get_paginator(operation).paginate(**arguments)
        else:
            pages = [getattr(client, operation)(**arguments)]
        return [each[name] if name else each for page in pages for each in page[key]]

    return {
        "alarms": of("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmArn"),
        "applications": of("codedeploy", "list_applications", "applications", None),
        "clusters": of("ecs", "list_clusters", "clusterArns", None),
        "functions": of("lambda", "list_functions", "Functions", "FunctionArn"),
        "groups": of(
            "autoscaling",
            "describe_auto_scaling_groups",
            "AutoScalingGroups",
            "AutoScalingGroupARN",
        ),
        "load balancers": of(
            "elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerArn"
        ),
        "logs": of("logs", "describe_log_groups", "logGroups", "logGroupName"),
        "queues": of("sqs", "list_queues", "QueueUrls", None),
        "roles": of("iam", "list_roles", "Roles", "Arn"),
        "rules": of("events", "list_rules", "Rules", "Arn"),
        "scaling": of(
            "application-autoscaling",
            "describe_scalable_targets",
            "ScalableTargets",
            "ScalableTargetARN",
            ServiceNamespace="ecs",
        ),
        "secrets": of("secretsmanager", "list_secrets", "SecretList", "ARN"),
        "stacks": [each["StackId"] for each in stacks(built, environment)],
        "target groups": of("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupArn"),
        "topics": of("sns", "list_topics", "Topics", "TopicArn"),
        "zones": of("route53", "list_hosted_zones", "HostedZones", "Name"),
    }


def stacks(built, environment):
    pages = built.client("cloudformation", environment).get_paginator("describe_stacks").paginate()
    return [stack for page in pages for stack in page["Stacks"]]


def test_a_release_passes_its_hooks_and_leaves_the_other_environment_alone(built):
    estate = built.estate
    before = estate.digest("prod", "storefront")
    Workspace(estate.checkout).edit(
        "services/storefront/storefront/__init__.py", '__version__ = "1"', '__version__ = "2"'
    )
    digests = built.build_and_push()
    built.deploy("staging", "Staging/Storefront", "--exclusively")
    aws, target = (
        estate.connection("staging").release_clients(),
        estate.target("staging", "storefront"),
    )
    deployment = start(aws, target, description="version 2")
    for _ in watch(aws, deployment, until=Until.FINISHED, interval=timedelta(milliseconds=300)):
        pass
    # Its first hook asks the tooling account's registry what a scan found.
    ended = result(aws, deployment)
    assert ended.status == "Succeeded", ended
    assert estate.ask("staging", "storefront", "/version")["version"] == "2"
    assert estate.digest("staging", "storefront") == digests["storefront"] != before
    assert estate.ask("prod", "storefront", "/version")["version"] == "1"
    assert estate.digest("prod", "storefront") == before
    assert built.client("codedeploy", "prod").list_deployments()["deployments"] == []
