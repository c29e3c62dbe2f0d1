"""Names of hosted zones lead tasks and functions to load balancers, whenever they were made."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest

# A task that looks up, at each request, the name that the request's path says.
RESOLVER = """
import http.server, os, socket

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            body = socket.getaddrinfo(self.path[1:], 8080)[0][4][0] if self.path[1:] else "here"
        except OSError as error:
            body = type(error).__name__
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

http.server.ThreadingHTTPServer((os.environ["HOST"], 8080), Handler).serve_forever()
"""

FUNCTION = """
import os, socket

def handler(event, context):
    return socket.gethostbyname(event["name"]), os.path.isfile(os.environ["SSL_CERT_FILE"])
"""


@pytest.fixture(scope="module")
def task(local_aws: Any, tools: Any) -> Iterator[Callable[[str], str]]:
    """A running task that resolves names."""
    world = tools.make_world(local_aws, f"names-{uuid.uuid4().hex[:6]}", controller="ECS")
    ecs = local_aws.client("ecs")
    image = tools.make_image(local_aws.images, RESOLVER)
    ecs.update_service(
        cluster=world.name, service="web", taskDefinition=world.register(image), desiredCount=1
    )
    tools.eventually(lambda: world.get("/")[1] == "here", "a task that resolves names")
    tools.eventually(lambda: len(world.tasks()) == 1, "one task alone")
    started = world.tasks()[0]["taskArn"]
    yield lambda name: world.get(f"/{name}")[1]
    assert [task["taskArn"] for task in world.tasks()] == [started]
    ecs.delete_service(cluster=world.name, service="web", force=True)


@pytest.fixture
def load_balancer(local_aws: Any) -> str:
    created = local_aws.client("elbv2").create_load_balancer(Name=f"lb-{uuid.uuid4().hex[:8]}")
    return str(created["LoadBalancers"][0]["DNSName"])


def change(local_aws: Any, zone: str, action: str, record: dict[str, Any]) -> None:
    local_aws.client("route53").change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": record}]},
    )


def alias(name: str, target: str) -> dict[str, Any]:
    return {
        "Name": name, "Type": "A",
        "AliasTarget": {"HostedZoneId": "Z1", "DNSName": target, "EvaluateTargetHealth": False},
    }  # fmt: skip


def test_a_task_follows_records_that_are_made_after_its_start(
    local_aws: Any, task: Callable[[str], str], load_balancer: str
) -> None:
    domain = f"{uuid.uuid4().hex[:6]}.example.com"
    zone = local_aws.client("route53").create_hosted_zone(Name=domain, CallerReference=domain)
    zone_id = zone["HostedZone"]["Id"].rpartition("/")[2]
    assert task(f"shop.{domain}") == "gaierror"

    change(local_aws, zone_id, "CREATE", alias(f"shop.{domain}", f"dualstack.{load_balancer}"))
    assert task(f"shop.{domain}") == load_balancer

    change(local_aws, zone_id, "UPSERT", alias(f"shop.{domain}", "127.0.0.2"))
    assert task(f"shop.{domain}") == "127.0.0.2"

    change(local_aws, zone_id, "DELETE", alias(f"shop.{domain}", "127.0.0.2"))
    assert task(f"shop.{domain}") == "gaierror"
    assert task("localhost") == "127.0.0.1"


def private_zone(domain: str) -> dict[str, Any]:
    vpcs = [{"VPCId": "vpc-00000001", "VPCRegion": "us-east-1"}]
    return {
        "Zone": {"Type": "AWS::Route53::HostedZone", "Properties": {"Name": domain, "VPCs": vpcs}}
    }


def service(domain: str, target: Any) -> dict[str, Any]:
    return {
        "Record": {
            "Type": "AWS::Route53::RecordSet",
            "Properties": {
                "HostedZoneId": {"Ref": "Zone"},
                "Name": f"inventory.{domain}.",
                "Type": "A",
                "AliasTarget": {"DNSName": target, "HostedZoneId": "Z1"},
            },
        }
    }


BALANCER = {
    "Balancer": {
        "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "Properties": {"Type": "application"},
    }
}


def test_a_task_follows_a_private_zone_of_a_template(
    local_aws: Any, deploy: Callable[..., Any], task: Callable[[str], str]
) -> None:
    domain = f"{uuid.uuid4().hex[:6]}.internal"
    dns_name = {"Fn::GetAtt": ["Balancer", "DNSName"]}
    target = {"Fn::Join": ["", ["dualstack.", dns_name]]}
    stack = deploy(
        {**private_zone(domain), **BALANCER, **service(domain, target)},
        Outputs={"Address": {"Value": dns_name}},
    )
    assert task(f"inventory.{domain}") == stack.outputs["Address"]
    described = local_aws.client("route53").get_hosted_zone(Id=stack.physical_id("Zone"))
    assert described["HostedZone"]["Config"]["PrivateZone"]
    assert [vpc["VPCId"] for vpc in described["VPCs"]] == ["vpc-00000001"]

    stack.update({**private_zone(domain), **service(domain, "127.0.0.3")})
    assert task(f"inventory.{domain}") == "127.0.0.3"
    stack.update(private_zone(domain))
    assert task(f"inventory.{domain}") == "gaierror"


def test_a_function_resolves_names_and_knows_whom_to_trust(
    local_aws: Any, deploy: Callable[..., Any]
) -> None:
    domain = f"{uuid.uuid4().hex[:6]}.internal"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("index.py", FUNCTION)
    functions, name = local_aws.client("lambda"), f"names-{uuid.uuid4().hex[:6]}"
    functions.create_function(
        FunctionName=name, Runtime="python3.11", Handler="index.handler", Timeout=30,
        Role="arn:aws:iam::000000000000:role/any", Code={"ZipFile": archive.getvalue()},
    )  # fmt: skip
    deploy({**private_zone(domain), **service(domain, "127.0.0.4")})
    payload = json.dumps({"name": f"inventory.{domain}"})
    answer = functions.invoke(FunctionName=name, Payload=payload)["Payload"].read()
    assert json.loads(answer) == ["127.0.0.4", True]
