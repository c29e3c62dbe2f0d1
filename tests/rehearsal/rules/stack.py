"""The stack, deployed: what its rules say, and how it is changed."""

from __future__ import annotations

import copy
import http.client
import json
import ssl
import uuid
from collections.abc import Callable
from typing import Any

from rules.synthesis import LISTENER, NAME, PORT, RULE, TARGET_GROUP, Template
from rules.traffic import Backend
from waiting import PATIENCE_SECONDS, eventually

HOST = "shop.example.com"
_FINAL = ("_COMPLETE", "_FAILED")


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
        connection = http.client.HTTPConnection(self.address, port, timeout=PATIENCE_SECONDS)
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

        def states() -> list[str]:
            return [
                target["TargetHealth"]["State"]
                for arn in self.target_groups.values()
                for target in elbv2.describe_target_health(TargetGroupArn=arn)[
                    "TargetHealthDescriptions"
                ]
            ]

        eventually(
            lambda: states() == ["healthy", "healthy"], lambda: f"healthy backends: {states()}"
        )

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
        def final() -> str:
            status = self.status()
            return status if status.endswith(_FINAL) else ""

        return str(eventually(final, lambda: f"the end of {self.status()}: {self.reasons()}"))

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
