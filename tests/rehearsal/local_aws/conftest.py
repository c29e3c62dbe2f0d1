"""A service that CodeDeploy deploys, made through the APIs alone: no template, no CDK."""

from __future__ import annotations

import hashlib
import json
import sys
import textwrap
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from waiting import PATIENCE_SECONDS, eventually

SERVER = textwrap.dedent(
    """
    import http.server, json, os, signal, sys, urllib.request

    with urllib.request.urlopen(os.environ["ECS_CONTAINER_METADATA_URI_V4"] + "/task") as answer:
        task = json.load(answer)
    revision = f"{task['Family']}:{task['Revision']}"
    print("serving", revision, os.environ.get("PASSWORD"), flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/environment":
                body = json.dumps(dict(os.environ)).encode()
            elif self.path == "/die":
                os._exit(7)
            else:
                body = revision.encode()
            self.send_response(200)
            self.send_header("x-task-revision", revision)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    http.server.ThreadingHTTPServer((os.environ["HOST"], 8080), Handler).serve_forever()
    """
)

HOOK = textwrap.dedent(
    """
    import boto3

    def handler(event, context):
        boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status="STATUS",
        )
    """
)

ROLE = "arn:aws:iam::000000000000:role/any"


@dataclass
class World:
    """One service behind one load balancer, with everything that a deployment needs."""

    aws: Any
    name: str
    image: str
    address: str = ""
    groups: list[str] = field(default_factory=list)
    listeners: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    secret: str = ""

    def client(self, service: str) -> Any:
        return self.aws.client(service)

    def service(self) -> dict[str, Any]:
        described = self.client("ecs").describe_services(cluster=self.name, services=["web"])
        return described["services"][0]

    def tasks(self, status: str = "RUNNING") -> list[dict[str, Any]]:
        ecs = self.client("ecs")
        arns = ecs.list_tasks(cluster=self.name, desiredStatus=status)["taskArns"]
        return ecs.describe_tasks(cluster=self.name, tasks=arns)["tasks"] if arns else []

    def register(self, image: str = "", beside: Sequence[Any] = (), **container: Any) -> str:
        definition = self.client("ecs").register_task_definition(
            family=self.name,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            executionRoleArn=ROLE,
            containerDefinitions=[
                {
                    "name": "web",
                    "image": image or self.image,
                    "portMappings": [{"containerPort": 8080}],
                    "secrets": [
                        {"name": "PASSWORD", "valueFrom": f"{self.secret}:password::"},
                    ],
                    "logConfiguration": {
                        "logDriver": "awslogs",
                        "options": {
                            "awslogs-group": f"/{self.name}",
                            "awslogs-region": "us-east-1",
                            "awslogs-stream-prefix": "web",
                        },
                    },
                    **container,
                },
                *beside,
            ],
        )
        return definition["taskDefinition"]["taskDefinitionArn"]

    def get(self, path: str = "/", port: int = 8080) -> tuple[int, str]:
        try:
            url = f"http://{self.address}:{port}{path}"
            with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def weights(self, rule: int = 0) -> dict[str, int]:
        described = self.client("elbv2").describe_rules(RuleArns=[self.rules[rule]])
        config = described["Rules"][0]["Actions"][0]["ForwardConfig"]
        return {item["TargetGroupArn"]: item["Weight"] for item in config["TargetGroups"]}

    def appspec(self, task_definition: str, hooks: dict[str, str] | None = None) -> str:
        network = {"AwsvpcConfiguration": {"Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"]}}
        return json.dumps(
            {
                "version": 0,
                "Resources": [
                    {
                        "TargetService": {
                            "Type": "AWS::ECS::Service",
                            "Properties": {
                                "TaskDefinition": task_definition,
                                "LoadBalancerInfo": {
                                    "ContainerName": "web",
                                    "ContainerPort": 8080,
                                },
                                "PlatformVersion": "1.4.0",
                                "NetworkConfiguration": network,
                                "CapacityProviderStrategy": [
                                    {"CapacityProvider": "FARGATE", "Base": 1, "Weight": 1}
                                ],
                            },
                        }
                    }
                ],
                "Hooks": [{event: name} for event, name in (hooks or {}).items()],
            }
        )

    def deploy(
        self, task_definition: str, *, hooks: dict[str, str] | None = None, **request: Any
    ) -> str:
        content = self.appspec(task_definition, hooks)
        digest = hashlib.sha256(content.encode()).hexdigest()
        return self.client("codedeploy").create_deployment(
            applicationName=self.name,
            deploymentGroupName="web",
            revision={
                "revisionType": "AppSpecContent",
                "appSpecContent": {"content": content, "sha256": digest},
            },
            **request,
        )["deploymentId"]

    def deployment(self, deployment_id: str) -> dict[str, Any]:
        answer = self.client("codedeploy").get_deployment(deploymentId=deployment_id)
        return answer["deploymentInfo"]

    def finished(self, deployment_id: str) -> dict[str, Any]:
        def final() -> Any:
            found = self.deployment(deployment_id)
            return found if found["status"] in ("Succeeded", "Failed", "Stopped") else None

        return eventually(final, f"the end of {deployment_id}")

    def target(self, deployment_id: str) -> dict[str, Any]:
        codedeploy = self.client("codedeploy")
        ids = codedeploy.list_deployment_targets(deploymentId=deployment_id)["targetIds"]
        answer = codedeploy.get_deployment_target(deploymentId=deployment_id, targetId=ids[0])
        return answer["deploymentTarget"]["ecsTarget"]

    def events(self, deployment_id: str) -> dict[str, str]:
        try:
            events = self.target(deployment_id)["lifecycleEvents"]
        except self.client("codedeploy").exceptions.DeploymentNotStartedException:
            return {}
        return {event["lifecycleEventName"]: event["status"] for event in events}


def make_image(images: Any, server: str = SERVER) -> str:
    """Write an image that serves its task's revision; return its reference."""
    digest = hashlib.sha256(server.encode()).hexdigest()
    directory = images / digest
    directory.mkdir(exist_ok=True)
    (directory / "server.py").write_text(server)
    content = {
        "command": [sys.executable, "server.py"],
        "environment": {"PATH": "/usr/bin:/bin", "FROM_IMAGE": "yes"},
        "working_directory": str(directory),
    }
    (directory / "image.json").write_text(json.dumps(content))
    return f"000000000000.dkr.ecr.us-east-1.amazonaws.com/web@sha256:{digest}"


def make_hook(aws: Any, name: str, status: str = "", code: str = HOOK) -> str:
    """Create a Lambda that reports a status, or does what its code says."""
    import io
    import zipfile

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        content.writestr("index.py", code.replace("STATUS", status))
    aws.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.11",
        Role=ROLE,
        Handler="index.handler",
        Code={"ZipFile": archive.getvalue()},
        Timeout=30,
    )
    return name


def make_world(aws: Any, name: str, *, controller: str = "CODE_DEPLOY") -> World:
    world = World(aws, name, make_image(aws.images))
    elbv2, ecs = aws.client("elbv2"), aws.client("ecs")
    aws.client("logs").create_log_group(logGroupName=f"/{name}")
    world.secret = aws.client("secretsmanager").create_secret(
        Name=f"{name}/database", SecretString=json.dumps({"password": "from the secret"})
    )["ARN"]
    balancer = elbv2.create_load_balancer(Name=name, Type="application")["LoadBalancers"][0]
    world.address = balancer["DNSName"]
    for colour in ("blue", "green"):
        group = elbv2.create_target_group(
            Name=f"{name}-{colour}",
            Protocol="HTTP",
            Port=8080,
            TargetType="ip",
            VpcId="vpc-1",
            HealthCheckPath="/health",
            HealthCheckIntervalSeconds=10,
        )["TargetGroups"][0]["TargetGroupArn"]
        world.groups.append(group)
    nothing = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
    for port in (8080, 9000):
        listener = elbv2.create_listener(
            LoadBalancerArn=balancer["LoadBalancerArn"],
            Protocol="HTTP",
            Port=port,
            DefaultActions=[nothing],
        )["Listeners"][0]["ListenerArn"]
        world.listeners.append(listener)
        rule = elbv2.create_rule(
            ListenerArn=listener,
            Priority=1,
            Conditions=[{"Field": "path-pattern", "Values": ["*"]}],
            Actions=[
                {
                    "Type": "forward",
                    "ForwardConfig": {
                        "TargetGroups": [
                            {"TargetGroupArn": world.groups[0], "Weight": 100},
                            {"TargetGroupArn": world.groups[1], "Weight": 0},
                        ]
                    },
                }
            ],
        )["Rules"][0]["RuleArn"]
        world.rules.append(rule)
    ecs.create_cluster(clusterName=name)
    ecs.create_service(
        cluster=name,
        serviceName="web",
        taskDefinition=world.register(),
        desiredCount=2,
        capacityProviderStrategy=[{"capacityProvider": "FARGATE", "base": 1, "weight": 1}],
        deploymentController={"type": controller},
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
        loadBalancers=[
            {"targetGroupArn": world.groups[0], "containerName": "web", "containerPort": 8080}
        ],
    )
    eventually(lambda: is_steady(world.service()), "a steady service")
    return world


def is_steady(service: dict[str, Any]) -> bool:
    sets = service.get("taskSets") or []
    states = [item["stabilityStatus"] == "STEADY_STATE" for item in sets] + [
        item["rolloutState"] == "COMPLETED" for item in service["deployments"]
    ]
    return all(states) and service["runningCount"] == service["desiredCount"]


def make_group(world: World, **settings: Any) -> None:
    """Create the CodeDeploy group of a world's service, and its application."""
    codedeploy = world.client("codedeploy")
    if world.name not in codedeploy.list_applications()["applications"]:
        codedeploy.create_application(applicationName=world.name, computePlatform="ECS")
    names = [arn.split("/")[1] for arn in world.groups]
    request = {
        "deploymentConfigName": "CodeDeployDefault.ECSCanary10Percent5Minutes",
        "serviceRoleArn": ROLE,
        "deploymentStyle": {
            "deploymentType": "BLUE_GREEN",
            "deploymentOption": "WITH_TRAFFIC_CONTROL",
        },
        "blueGreenDeploymentConfiguration": {
            "terminateBlueInstancesOnDeploymentSuccess": {
                "action": "TERMINATE",
                "terminationWaitTimeInMinutes": 5,
            },
            "deploymentReadyOption": {"actionOnTimeout": "CONTINUE_DEPLOYMENT"},
        },
        "autoRollbackConfiguration": {
            "enabled": True,
            "events": [
                "DEPLOYMENT_FAILURE",
                "DEPLOYMENT_STOP_ON_ALARM",
                "DEPLOYMENT_STOP_ON_REQUEST",
            ],
        },
        "ecsServices": [{"clusterName": world.name, "serviceName": "web"}],
        "loadBalancerInfo": {
            "targetGroupPairInfoList": [
                {
                    "targetGroups": [{"name": name} for name in names],
                    "prodTrafficRoute": {"listenerArns": [world.listeners[0]]},
                    "testTrafficRoute": {"listenerArns": [world.listeners[1]]},
                }
            ]
        },
        **settings,
    }
    codedeploy.create_deployment_group(
        applicationName=world.name, deploymentGroupName="web", **request
    )


class Tools:
    """What the tests of this folder build worlds with."""

    eventually = staticmethod(eventually)
    make_world = staticmethod(make_world)
    make_group = staticmethod(make_group)
    make_image = staticmethod(make_image)
    make_hook = staticmethod(make_hook)
    is_steady = staticmethod(is_steady)


@pytest.fixture(scope="session")
def tools() -> type[Tools]:
    return Tools
