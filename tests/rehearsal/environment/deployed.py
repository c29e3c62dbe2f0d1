"""The environment that the tests of this folder share, and how to ask it things."""

import json
import urllib.request
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from environment.story import logged, story
from slipway.rehearsal.environment import RehearsedEnvironment
from slipway.release import Deployment, Until, start, watch
from waiting import PATIENCE_SECONDS, eventually

SERVICE = "storefront"
FINAL = {"Succeeded", "Failed", "Stopped"}


@dataclass
class Deployed:
    """The environment and how to ask it things."""

    environment: RehearsedEnvironment
    template: dict[str, Any]
    first_value: str
    """The version of the secret that its stack made."""

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
        with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
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
        # The last hook has passed; that ECS hears of green as its primary comes a moment later.
        eventually(lambda: self.primary()["externalId"] == deployment.id, "green as the primary")
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
        """Wait for the end of every release, of those that new values of secrets start by
        themselves, and of what is done because of an end.
        """
        eventually(lambda: not self.unfinished(), lambda: f"an end of {self.unfinished()}")

    def unfinished(self):
        """What is under way, or will be by itself."""
        # In this order: a new value waits until the release that brings it has ended.
        found = [f"{count} new values of secrets"] if (count := self._waiting()) else []
        for each in self.deployments():
            if each["status"] not in FINAL:
                found.append(f"{each['deploymentId']} ({each['status']})")
            elif not self._is_told_of(each["deploymentId"]):
                found.append(f"what is done at the end of {each['deploymentId']}")
        return found

    def deployments(self):
        """All deployments of the service, the newest first."""
        target, codedeploy = self.target, self.client("codedeploy")
        ids = codedeploy.list_deployments(
            applicationName=target.application, deploymentGroupName=target.deployment_group
        )["deployments"]
        return [codedeploy.get_deployment(deploymentId=each)["deploymentInfo"] for each in ids]

    def _waiting(self):
        """How many new values are not in the tasks yet."""
        sqs = self.client("sqs")
        url = sqs.get_queue_url(QueueName=self.names.releases("rotation"))["QueueUrl"]
        kinds = ("", "Delayed", "NotVisible")
        counts = sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=[f"ApproximateNumberOfMessages{kind}" for kind in kinds]
        )["Attributes"]
        return sum(map(int, counts.values()))

    def _is_told_of(self, deployment):
        """Whether the function that scaling rests by has dealt with a deployment's end."""
        said = logged(self.client("logs"), self.names.releases("scaling"))
        return any('"resumed"' in line and deployment in line for line in said)

    def scalable_target(self):
        """What Application Auto Scaling says of the service."""
        target = self.target
        (found,) = self.client("application-autoscaling").describe_scalable_targets(
            ServiceNamespace="ecs", ResourceIds=[f"service/{target.cluster}/{target.service}"]
        )["ScalableTargets"]
        return found

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

        def ended():
            info = codedeploy.get_deployment(deploymentId=id_)["deploymentInfo"]
            return info if info["status"] in FINAL else None

        info = eventually(ended, f"the end of {id_}")
        return registered["taskDefinitionArn"].rsplit("/", 1)[-1], info

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
