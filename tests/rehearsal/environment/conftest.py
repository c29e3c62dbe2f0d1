"""The ``local`` environment, deployed once through ``cdk deploy``, with one release behind it."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from environment.story import story
from slipway.rehearsal.adaptation import allow_for_stalls
from slipway.rehearsal.environment import RehearsedEnvironment
from slipway.rehearsal.kept import keeper, of_this_process
from slipway.release import Deployment, Until, start, status, watch

PROJECT = Path(__file__).resolve().parents[3]
SERVICE = "storefront"
FINAL = {"Succeeded", "Failed", "Stopped"}


@dataclass
class Deployed:
    """The environment and how to ask it things."""

    environment: RehearsedEnvironment
    template: dict[str, Any]

    def client(self, service):
        return self.environment.cloud.client(service)

    @property
    def names(self):
        return self.environment.settings.names("local")

    @property
    def target(self):
        return self.environment.target(SERVICE)

    def get(self, path="/", port=None):
        target = self.target
        url = f"http://{target.address}:{port or target.port}{path}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)

    def resources(self, type_):
        """Physical ids of a type, by logical id."""
        name = self.names.stack(SERVICE)
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for page in pages.paginate(StackName=name)
            for resource in page["StackResourceSummaries"]
            if resource["ResourceType"] == type_
        }

    def declared(self, type_):
        """What the template declares of a type, by logical id."""
        return {
            name: resource["Properties"]
            for name, resource in self.template["Resources"].items()
            if resource["Type"] == type_
        }

    def service(self):
        target = self.target
        answer = self.client("ecs").describe_services(
            cluster=target.cluster, services=[target.service]
        )
        return answer["services"][0]

    def tasks(self):
        """The tasks that production traffic reaches: those of the primary task set."""
        target, ecs = self.target, self.client("ecs")
        arns = ecs.list_tasks(cluster=target.cluster, startedBy=self.primary()["id"])["taskArns"]
        return ecs.describe_tasks(cluster=target.cluster, tasks=arns)["tasks"]

    def weights(self, rule):
        rules = self.client("elbv2").describe_rules(RuleArns=[rule])["Rules"]
        forward = rules[0]["Actions"][0]["ForwardConfig"]["TargetGroups"]
        return {group["TargetGroupArn"]: group["Weight"] for group in forward}

    def deploy_next_version(self):
        """Make a next version, so that the stack wants it released."""
        environment = self.environment
        file = f"services/{SERVICE}/storefront/__init__.py"
        current = (environment.workspace.directory / file).read_text().split('"')[-2]
        following = str(int(current) + 1)
        environment.workspace.edit(
            file, f'__version__ = "{current}"', f'__version__ = "{following}"'
        )
        environment.push(environment.build())
        self.update()

    def release(self, until=Until.SHIFTED) -> Deployment:
        """Make and release a next version; return when all traffic is on it."""
        self.deploy_next_version()
        environment = self.environment
        aws = environment.cloud.release_clients()
        deployment = start(
            aws,
            environment.target(SERVICE),
            description="test",
            sleep=lambda _: environment.cloud.sleep(0.2),
        )
        for _ in watch(aws, deployment, until=until, interval=timedelta(milliseconds=200)):
            pass
        return deployment

    def release_again(self):
        """Release the revision that the stack names, live or not, and see it to its end."""
        self.wait_for_the_end_of_releases()
        aws = self.environment.cloud.release_clients()
        deployment = start(
            aws,
            self.target,
            description="test",
            force=True,
            ignore_alarms="what becomes of the tasks is what counts, not how fast they are",
        )
        for progress in watch(
            aws, deployment, until=Until.FINISHED, interval=timedelta(milliseconds=200)
        ):
            last = progress
        return last

    def wait_for_the_end_of_releases(self):
        """Whatever still waits to end blue: let it."""
        aws = self.environment.cloud.release_clients()
        while status(aws, self.target).running is not None:
            time.sleep(0.2)

    def code_deploy_action(self, folder):
        """Do what CodePipeline's CodeDeployToECS action does, and return how the deployment ended.

        https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-ECSbluegreen.html
        """
        taskdef = json.loads((folder / "taskdef.json").read_text())
        registered = self.client("ecs").register_task_definition(**taskdef)["taskDefinition"]
        appspec = (folder / "appspec.yaml").read_text()
        assert appspec.count("<TASK_DEFINITION>") == 1
        content = appspec.replace("<TASK_DEFINITION>", registered["taskDefinitionArn"])
        target, codedeploy = self.target, self.client("codedeploy")
        id_ = codedeploy.create_deployment(
            applicationName=target.application,
            deploymentGroupName=target.deployment_group,
            revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": content}},
        )["deploymentId"]
        deadline = time.monotonic() + 120
        while True:
            info = codedeploy.get_deployment(deploymentId=id_)["deploymentInfo"]
            if info["status"] in FINAL:
                return registered["taskDefinitionArn"].rsplit("/", 1)[-1], info
            assert time.monotonic() < deadline, info
            time.sleep(0.2)

    def primary(self):
        """The task set that serves production traffic."""
        (found,) = [each for each in self.service()["taskSets"] if each["status"] == "PRIMARY"]
        return found

    def story(self):
        """Why its releases ended as they did."""
        functions = tuple(map(self.names.releases, ("rotation", "scaling")))
        return story(self.client, self.target, functions)

    def update(self):
        """Deploy the stacks as the workspace has them now."""
        self.environment.synthesise()
        self.environment.deploy(f"{self.environment.stage}/*")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    """Let a failure tell what became of the releases: an assertion sees the last of it only."""
    report = yield
    deployed = item.funcargs.get("deployed")
    if report.failed and deployed:
        try:
            told = deployed.story()
        except Exception as error:
            told = f"It can't be told: {error!r}"
        report.sections.append(("What became of the releases", told))
    return report


@dataclass
class Step:
    """The steps of the pipeline, as CodeBuild runs them."""

    workspace: Path
    variables: dict[str, str]

    def __call__(self, command, *arguments, environments=("local",), **variables):
        named = [f"--environment={each}" for each in environments]
        return subprocess.run(
            [sys.executable, "-m", "pipeline", command, *named, *map(str, arguments)],
            cwd=self.workspace,
            capture_output=True,
            text=True,
            env={**self.variables, **variables},
        )


@pytest.fixture(scope="session")
def deployed():
    with RehearsedEnvironment(PROJECT, prepare=allow_for_stalls) as environment:
        # As if the service were older than the platform version that its releases ask for.
        environment.workspace.set(
            "environments/local.lock.yaml", f"services.{SERVICE}.platform_version", "LATEST"
        )
        environment.come_up()
        name = environment.settings.names("local").stack(SERVICE)
        template = environment.cloud.client("cloudformation").get_template(StackName=name)
        yield Deployed(environment, template["TemplateBody"])


@pytest.fixture(scope="session")
def released(deployed):
    """The environment with version 2 released and live."""
    deployed.deployment = deployed.release()
    return deployed


@pytest.fixture
def slipway_environment(deployed):
    """Where the command line runs, for `subprocess`: a checkout in which this AWS is kept."""
    workspace, cloud = deployed.environment.workspace.directory, deployed.environment.cloud
    with keeper(workspace) as place:
        place.publish(of_this_process(cloud.connection, workspace, cloud.certificate_authority))
        yield {
            "cwd": workspace,
            "env": {
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(PROJECT),
                "PYTHONUNBUFFERED": "1",
                "AWS_CONFIG_FILE": os.devnull,
                "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            },
        }


@pytest.fixture
def slipway(slipway_environment):
    """Run the command line as a person does."""

    def run(*arguments, **variables):
        return subprocess.run(
            [sys.executable, "-m", "slipway", *arguments],
            cwd=slipway_environment["cwd"],
            capture_output=True,
            text=True,
            env={**slipway_environment["env"], **variables},
        )

    return run


@pytest.fixture(scope="session")
def step(deployed):
    cloud = deployed.environment.cloud
    return Step(
        deployed.environment.workspace.directory,
        {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(PROJECT),
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_ENDPOINT_URL": cloud.endpoint,
            "AWS_ACCESS_KEY_ID": cloud.account.account,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": cloud.account.region,
            "CODEBUILD_RESOLVED_SOURCE_VERSION": "0123456789" * 4,
        },
    )
