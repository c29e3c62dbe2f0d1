"""Listeners, two target groups and two rules of ours: the smallest stack that has traffic."""

from __future__ import annotations

import copy
import http.client
import io
import json
import ssl
import threading
import time
import urllib.error
import urllib.request
import uuid
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

NAME = "slipway-rules"
BUCKET = "rules-assets"
HOST = "shop.example.com"
PORT, TEST_PORT = 8080, 9000
RULE = "Custom::TrafficRule"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
TARGET_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
_FINAL = ("_COMPLETE", "_FAILED")
_PATIENCE_SECONDS = 60

Template = dict[str, Any]


@dataclass(frozen=True)
class Synthesised:
    """The templates that the CDK made, one for each transport, and the functions' code."""

    templates: dict[str, Template]
    assets: Path


def synthesise(directory: Path) -> Synthesised:
    import aws_cdk as cdk
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_elasticloadbalancingv2 as elbv2
    from aws_cdk import aws_logs as logs

    from slipway_constructs.access_logs import AccessLogs
    from slipway_constructs.encryption import EncryptionKey
    from slipway_constructs.listeners import Listeners, PlainHttp, Tls
    from slipway_constructs.load_balancer import LoadBalancer
    from slipway_constructs.traffic_rule import TrafficRule, TrafficRuleProvider

    app = cdk.App(
        outdir=str(directory),
        analytics_reporting=False,
        tree_metadata=False,
        builtin_cloud_formation_validation=False,
    )
    for id_, transport in (
        ("Http", PlainHttp(because="A test has no callers.")),
        ("Https", Tls(certificate="CERTIFICATE")),
    ):
        stack = cdk.Stack(
            app,
            id_,
            synthesizer=cdk.DefaultStackSynthesizer(
                file_assets_bucket_name=BUCKET, generate_bootstrap_version_rule=False
            ),
        )
        vpc = ec2.Vpc(
            stack, "Vpc", max_azs=2, nat_gateways=0, restrict_default_security_group=False
        )
        encryption = EncryptionKey(
            stack, "Key", alias=NAME, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        listeners = Listeners(
            stack,
            "Listeners",
            load_balancer=LoadBalancer(
                stack,
                "LoadBalancer",
                name=NAME,
                vpc=vpc,
                subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
                access_logs=AccessLogs(stack, "AccessLogs", retention=timedelta(days=7)),
                firewall_logs=logs.LogGroup(stack, "FirewallLogs"),
                scheme="internal",
                idle_timeout=timedelta(seconds=60),
                rate_limit=2000,
                redirect_to=None,
            ),
            transport=transport,
            port=PORT,
            test_port=TEST_PORT,
        )
        blue, green = (
            elbv2.ApplicationTargetGroup(
                stack,
                color,
                vpc=vpc,
                port=8080,
                protocol=elbv2.ApplicationProtocol.HTTP,
                target_type=elbv2.TargetType.IP,
            ).target_group_arn
            for color in ("Blue", "Green")
        )
        provider = TrafficRuleProvider(
            stack,
            "TrafficRules",
            function_name=NAME,
            listeners=listeners,
            log_retention=timedelta(days=7),
            encryption=encryption,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        for rule, listener in (("Production", listeners.production), ("Test", listeners.test)):
            TrafficRule(
                stack,
                f"{rule}Rule",
                provider=provider,
                listener=listener,
                first_target_group=blue,
                idle_target_group=green,
            )
    assembly = app.synth()
    return Synthesised(
        {stack.stack_name.lower(): stack.template for stack in assembly.stacks}, directory
    )


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory: pytest.TempPathFactory, local_aws: Any) -> Synthesised:
    """The stack as the CDK says it, its function's code in the bucket that the template names."""
    made = synthesise(tmp_path_factory.mktemp("rules"))
    s3 = local_aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for asset in made.assets.glob("asset.*"):
        if not asset.is_dir():
            continue
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as content:
            for file in asset.rglob("*"):
                if file.is_file():
                    content.write(file, file.relative_to(asset))
        s3.put_object(
            Bucket=BUCKET,
            Key=f"{asset.name.removeprefix('asset.')}.zip",
            Body=archive.getvalue(),
        )
    return made


class Backend:
    """A server that answers with its name."""

    def __init__(self, name: str, address: str) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(name)))
                self.end_headers()
                self.wfile.write(name.encode())

            def log_message(self, *_arguments: Any) -> None:
                pass

        self.name, self.address = name, address
        self._server = ThreadingHTTPServer((address, 8080), Handler)
        self._server.daemon_threads = True
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Answers:
    """What became of the requests to one listener."""

    by: dict[str, int] = field(default_factory=dict)
    """Backend: its answers."""
    failures: list[str] = field(default_factory=list)


class Traffic:
    """Requests one after another to both listeners, for as long as the block lasts."""

    def __init__(self, stack: TrafficStack) -> None:
        self._stack = stack
        self._stopped = threading.Event()
        self.answers = {PORT: Answers(), TEST_PORT: Answers()}
        self._threads = [
            threading.Thread(target=self._send, args=[port], daemon=True)
            for port in (PORT, PORT, TEST_PORT)
        ]

    def __enter__(self) -> Traffic:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(15)

    @property
    def failures(self) -> list[str]:
        return [failure for answers in self.answers.values() for failure in answers.failures]

    @property
    def requests(self) -> int:
        return sum(sum(answers.by.values()) for answers in self.answers.values())

    def _send(self, port: int) -> None:
        answers = self.answers[port]
        while not self._stopped.is_set():
            try:
                status, body = self._stack.get(port)
            except (OSError, http.client.HTTPException) as error:
                answers.failures.append(f"{port}: {error!r}")
            else:
                if status == 200:
                    answers.by[body] = answers.by.get(body, 0) + 1
                else:
                    answers.failures.append(f"{port}: {status}")
            time.sleep(0.01)


class TrafficStack:
    """The stack, deployed: what its rules say, and how to change it."""

    def __init__(
        self,
        local_aws: Any,
        template: Template,
        backends: dict[str, Backend],
        environment: dict[str, str],
    ) -> None:
        self.aws = local_aws
        self.name = f"rules-{uuid.uuid4().hex[:8]}"
        self._certificate = self.request_certificate()
        text = json.dumps(template).replace("CERTIFICATE", self._certificate)
        self.base: Template = json.loads(text.replace(NAME, self.name))
        if environment:
            for function in self.of(self.base, "AWS::Lambda::Function").values():
                function["Properties"]["Environment"] = {"Variables": environment}
        self._cloudformation = local_aws.client("cloudformation")
        self._cloudformation.create_stack(
            StackName=self.name,
            TemplateBody=json.dumps(self.base),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        self.stack_id = self._cloudformation.describe_stacks(StackName=self.name)["Stacks"][0][
            "StackId"
        ]
        assert self.settled() == "CREATE_COMPLETE", self.reasons()
        # As the CDK calls them, in the order of the template.
        self.target_groups = {
            "blue": next(arn for id_, arn in self.resources(TARGET_GROUP).items() if "Blue" in id_),
            "green": next(
                arn for id_, arn in self.resources(TARGET_GROUP).items() if "Green" in id_
            ),
        }
        elbv2 = local_aws.client("elbv2")
        for color, arn in self.target_groups.items():
            elbv2.register_targets(
                TargetGroupArn=arn, Targets=[{"Id": backends[color].address, "Port": 8080}]
            )
        (balancer,) = self.resources("AWS::ElasticLoadBalancingV2::LoadBalancer").values()
        described = elbv2.describe_load_balancers(LoadBalancerArns=[balancer])["LoadBalancers"]
        self.address = described[0]["DNSName"]
        self.load_balancer = balancer
        self.known_rules = list(self.resources(RULE).values())
        secure = any(
            resource["Properties"]["Protocol"] == "HTTPS"
            for resource in self.of(self.base, LISTENER).values()
        )
        # The authority's file is there once a listener needs it.
        self._tls = (
            ssl.create_default_context(cafile=local_aws.certificate_authority) if secure else None
        )
        self.wait_for_answers()

    # What it is made of

    @staticmethod
    def of(template: Template, type_: str) -> dict[str, Any]:
        return {
            name: resource
            for name, resource in template["Resources"].items()
            if resource["Type"] == type_
        }

    def changed(self, change: Callable[[Template], None]) -> Template:
        """The template after a change."""
        template = copy.deepcopy(self.base)
        change(template)
        return template

    def resources(self, type_: str) -> dict[str, str]:
        """Physical ids by logical id."""
        summaries = (
            self._cloudformation.get_paginator("list_stack_resources")
            .paginate(StackName=self.stack_id)
            .build_full_result()["StackResourceSummaries"]
        )
        return {
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for each in summaries
            if each["ResourceType"] == type_ and each["ResourceStatus"] != "DELETE_COMPLETE"
        }

    def request_certificate(self) -> str:
        made = self.aws.client("acm").request_certificate(DomainName=HOST)
        return str(made["CertificateArn"])

    # Its rules

    def rules(self) -> list[dict[str, Any]]:
        """Rules of ours that stand on the load balancer's listeners, whoever knows them."""
        elbv2 = self.aws.client("elbv2")
        listeners = elbv2.describe_listeners(LoadBalancerArn=self.load_balancer)["Listeners"]
        return [
            rule
            for listener in listeners
            for rule in elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
            if not rule["IsDefault"]
        ]

    def rule(self, which: str) -> dict[str, Any]:
        """The rule that the stack knows: Production or Test."""
        (arn,) = [arn for id_, arn in self.resources(RULE).items() if id_.startswith(which)]
        return self.aws.client("elbv2").describe_rules(RuleArns=[arn])["Rules"][0]

    def weights(self, which: str) -> dict[str, int]:
        groups = self.rule(which)["Actions"][0]["ForwardConfig"]["TargetGroups"]
        names = {arn: color for color, arn in self.target_groups.items()}
        return {names[group["TargetGroupArn"]]: group["Weight"] for group in groups}

    def shift(self, **weights: dict[str, int]) -> None:
        """Do what CodeDeploy does: weights of the rules, by listener."""
        for which, shares in weights.items():
            self.aws.client("elbv2").modify_rule(
                RuleArn=self.rule(which)["RuleArn"],
                Actions=[
                    {
                        "Type": "forward",
                        "ForwardConfig": {
                            "TargetGroups": [
                                {"TargetGroupArn": self.target_groups[color], "Weight": weight}
                                for color, weight in shares.items()
                            ]
                        },
                    }
                ],
            )

    # Its traffic

    def get(self, port: int = PORT) -> tuple[int, str]:
        connection = http.client.HTTPConnection(self.address, port, timeout=5)
        try:
            if self._tls is not None:
                connection.connect()
                connection.sock = self._tls.wrap_socket(connection.sock, server_hostname=HOST)
            connection.request("GET", "/", headers={"Host": HOST})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def wait_for_answers(self) -> None:
        """Both backends pass their health checks before anything is counted."""
        elbv2 = self.aws.client("elbv2")
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            states = [
                target["TargetHealth"]["State"]
                for arn in self.target_groups.values()
                for target in elbv2.describe_target_health(TargetGroupArn=arn)[
                    "TargetHealthDescriptions"
                ]
            ]
            if states == ["healthy", "healthy"]:
                return
            time.sleep(0.1)
        raise AssertionError(f"the backends never became healthy: {states}")

    # Its updates

    def update(self, template: Template) -> str:
        """Update the stack, and return the status in which it ends."""
        self._cloudformation.update_stack(
            StackName=self.name,
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        return self.settled()

    def delete(self) -> str:
        self._cloudformation.delete_stack(StackName=self.stack_id)
        return self.settled()

    def status(self) -> str:
        try:
            described = self._cloudformation.describe_stacks(StackName=self.stack_id)
        except self._cloudformation.exceptions.ClientError:
            return "DELETE_COMPLETE"
        return str(described["Stacks"][0]["StackStatus"])

    def settled(self) -> str:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            status = self.status()
            if status.endswith(_FINAL):
                return status
            time.sleep(0.05)
        raise AssertionError(f"the stack stays in {status}: {self.reasons()}")

    def events(self, logical_id: str) -> list[str]:
        """The statuses that a resource went through."""
        return [
            event["ResourceStatus"]
            for event in reversed(self._events())
            if event["LogicalResourceId"] == logical_id
        ]

    def reasons(self) -> list[str]:
        return [
            f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
            for event in self._events()
            if event["ResourceStatus"].endswith("_FAILED") and event.get("ResourceStatusReason")
        ]

    def _events(self) -> list[dict[str, Any]]:
        described = self._cloudformation.describe_stack_events(StackName=self.stack_id)
        return list(described["StackEvents"])


@pytest.fixture(scope="session")
def backends(local_aws: Any) -> Iterator[dict[str, Backend]]:
    """One server for each target group, at addresses of their own as tasks have them."""
    with ExitStack() as stack:
        made = {}
        for color in ("blue", "green"):
            made[color] = Backend(color, local_aws.machine.addresses.next())
            stack.callback(made[color].close)
        yield made


@pytest.fixture(scope="session")
def deploy_rules(
    local_aws: Any, synthesised: Synthesised, backends: dict[str, Backend]
) -> Callable[..., TrafficStack]:
    """Deploy a stack for a transport; further arguments are its function's environment."""

    def deploy(transport: str, **environment: str) -> TrafficStack:
        return TrafficStack(local_aws, synthesised.templates[transport], backends, environment)

    return deploy


@pytest.fixture(scope="session")
def shared_stacks(deploy_rules: Callable[..., TrafficStack]) -> Iterator[dict[str, TrafficStack]]:
    made = {transport: deploy_rules(transport) for transport in ("http", "https")}
    yield made
    for stack in made.values():
        stack.delete()


@pytest.fixture
def stack(request: Any, shared_stacks: dict[str, TrafficStack]) -> Iterator[TrafficStack]:
    """The deployed stack, by its transport; what a test made of it is taken back afterwards."""
    made = shared_stacks[getattr(request, "param", "http")]
    yield made
    with_no_changes = made._cloudformation.exceptions.ClientError
    try:
        status = made.update(made.base)
    except with_no_changes as error:
        assert "No updates" in str(error)
    else:
        assert status == "UPDATE_COMPLETE", made.reasons()
    made.shift(Production={"blue": 100, "green": 0}, Test={"blue": 100, "green": 0})


class LoadBalancing:
    """Elastic Load Balancing as the function reaches it: passed on, or refused."""

    def __init__(self, endpoint: str) -> None:
        outer = self
        self.refuses_with: str | None = None
        self.refuses: Callable[[], bool] = lambda: False

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if outer.refuses():
                    code = outer.refuses_with
                    self._answer(
                        400,
                        f"<ErrorResponse><Error><Code>{code}</Code><Message>says {code}</Message>"
                        "</Error></ErrorResponse>".encode(),
                    )
                    return
                request = urllib.request.Request(endpoint, body, dict(self.headers))
                try:
                    with urllib.request.urlopen(request) as answer:
                        self._answer(answer.status, answer.read())
                except urllib.error.HTTPError as refusal:
                    self._answer(refusal.code, refusal.read())

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def refuse(self, code: str, when: Callable[[], bool] = lambda: True) -> None:
        """Refuse each call from now on, or each one for which a condition holds."""
        self.refuses_with, self.refuses = code, when

    def accept(self) -> None:
        """Pass on what comes."""
        self.refuses = lambda: False

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def load_balancing(local_aws: Any) -> Iterator[LoadBalancing]:
    made = LoadBalancing(local_aws.endpoint)
    yield made
    made.close()


@pytest.fixture
def own_stack(
    deploy_rules: Callable[..., TrafficStack], load_balancing: LoadBalancing
) -> Iterator[TrafficStack]:
    """A stack of its own, whose function reaches Elastic Load Balancing through `load_balancing`.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    """
    made = deploy_rules("http", AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2=load_balancing.url)
    yield made
    load_balancing.accept()
    made.delete()


@contextmanager
def _traffic(stack: TrafficStack) -> Iterator[Traffic]:
    with Traffic(stack) as traffic:
        while not traffic.requests:
            assert not traffic.failures
            time.sleep(0.01)
        yield traffic


@pytest.fixture
def traffic() -> Callable[[TrafficStack], Any]:
    """Requests to both listeners of a stack for as long as a block lasts."""
    return _traffic


def _rename_production_listener(stack: TrafficStack, template: Template) -> None:
    """Give the production listener another logical id and another port: it is replaced.

    CloudFormation replaces a listener in place for another load balancer only, on which the same
    target groups could not be used; a port changes in place.
    """
    resources = template["Resources"]
    (old,) = [
        name
        for name, listener in stack.of(template, LISTENER).items()
        if listener["Properties"]["Port"] == PORT
    ]
    resources["Another"] = resources.pop(old)
    resources["Another"]["Properties"]["Port"] = PORT + 1
    for rule in stack.of(template, RULE).values():
        if rule["Properties"]["ListenerArn"] == {"Ref": old}:
            rule["Properties"]["ListenerArn"] = {"Ref": "Another"}


def _add_failure(stack: TrafficStack, template: Template) -> None:
    """Add a resource that fails once all others are updated."""
    (balancer,) = stack.of(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    template["Resources"]["Failing"] = {
        "Type": LISTENER,
        "DependsOn": list(template["Resources"]),
        "Properties": {
            "LoadBalancerArn": {"Ref": balancer},
            # Its port is taken.
            "Port": TEST_PORT,
            "Protocol": "HTTP",
            "DefaultActions": [
                {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "503"}}
            ],
        },
    }


class Changes:
    """What tests make of the template."""

    rename_production_listener = staticmethod(_rename_production_listener)
    add_failure = staticmethod(_add_failure)


@pytest.fixture(scope="session")
def changes() -> type[Changes]:
    return Changes
