"""The load balancer has an address, forwards by weight and takes failing targets out."""

from __future__ import annotations

import http.client
import http.server
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest
from botocore.exceptions import ClientError

from waiting import PATIENCE_SECONDS, eventually


class Backend:
    """A target that says its name, and can be made ill."""

    def __init__(self, name: str, address: str) -> None:
        backend = self
        self.name, self.address, self.healthy = name, address, True
        self.seen: list[dict[str, str]] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet an answer: else each waits for a delayed ACK

            def do_GET(self) -> None:
                ill = self.path == "/health" and not backend.healthy
                if self.path != "/health":
                    backend.seen.append({k.lower(): v for k, v in self.headers.items()})
                body = backend.name.encode()
                self.send_response(500 if ill else 200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def backends(local_aws: Any) -> Iterator[Callable[[str], Backend]]:
    with ExitStack() as stack:

        def start(name: str) -> Backend:
            backend = Backend(name, local_aws.machine.addresses.next())
            stack.callback(backend.close)
            return backend

        yield start


@pytest.fixture
def load_balancer(local_aws: Any) -> Iterator[dict[str, Any]]:
    elbv2 = local_aws.client("elbv2")
    name = f"lb-{uuid.uuid4().hex[:8]}"
    created = elbv2.create_load_balancer(Name=name, Subnets=["subnet-00000001"])["LoadBalancers"][0]
    yield created
    elbv2.delete_load_balancer(LoadBalancerArn=created["LoadBalancerArn"])


def target_group(local_aws: Any, *backends: Backend, delay_seconds: int = 0) -> str:
    elbv2 = local_aws.client("elbv2")
    group = elbv2.create_target_group(
        Name=f"tg-{uuid.uuid4().hex[:8]}", Protocol="HTTP", Port=8080, VpcId="vpc-00000001",
        TargetType="ip", HealthCheckPath="/health", HealthCheckIntervalSeconds=5,
        HealthyThresholdCount=2, UnhealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
    elbv2.modify_target_group_attributes(
        TargetGroupArn=group,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": str(delay_seconds)}],
    )
    register(local_aws, group, *backends)
    return str(group)


def register(local_aws: Any, group: str, *backends: Backend) -> None:
    if backends:
        local_aws.client("elbv2").register_targets(TargetGroupArn=group, Targets=targets(*backends))


def targets(*backends: Backend) -> list[dict[str, Any]]:
    return [{"Id": backend.address, "Port": backend.port} for backend in backends]


def listen(local_aws: Any, load_balancer: dict[str, Any], port: int, action: dict[str, Any]) -> str:
    created = local_aws.client("elbv2").create_listener(
        LoadBalancerArn=load_balancer["LoadBalancerArn"], Protocol="HTTP", Port=port,
        DefaultActions=[action],
    )  # fmt: skip
    return str(created["Listeners"][0]["ListenerArn"])


def forward(*weights: tuple[str, int]) -> dict[str, Any]:
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


NO_TARGETS = {
    "Type": "fixed-response",
    "FixedResponseConfig": {"StatusCode": "503", "MessageBody": "nobody here"},
}


def get(
    load_balancer: dict[str, Any], port: int, path: str = "/", **headers: str
) -> tuple[int, str]:
    request = urllib.request.Request(
        f"http://{load_balancer['DNSName']}:{port}{path}", headers=headers
    )
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def states(local_aws: Any, group: str) -> dict[str, str]:
    described = local_aws.client("elbv2").describe_target_health(TargetGroupArn=group)
    return {
        entry["Target"]["Id"]: entry["TargetHealth"]["State"]
        for entry in described["TargetHealthDescriptions"]
    }


def wait_healthy(local_aws: Any, group: str, count: int) -> None:
    eventually(
        lambda: list(states(local_aws, group).values()) == ["healthy"] * count,
        lambda: f"{count} healthy targets: {states(local_aws, group)}",
    )


def wait_unhealthy(local_aws: Any, group: str, backend: Backend) -> None:
    eventually(
        lambda: states(local_aws, group)[backend.address] == "unhealthy", "an unhealthy target"
    )


def test_the_dns_name_is_an_address_that_the_network_interface_has_too(
    local_aws: Any, load_balancer: dict[str, Any]
) -> None:
    name, identifier = load_balancer["LoadBalancerArn"].split("/")[-2:]
    interfaces = local_aws.client("ec2").describe_network_interfaces(
        Filters=[{"Name": "description", "Values": [f"ELB app/{name}/{identifier}"]}]
    )["NetworkInterfaces"]
    assert [entry["PrivateIpAddress"] for entry in interfaces] == [load_balancer["DNSName"]]


def test_a_protected_load_balancer_stays_until_the_protection_is_off(
    local_aws: Any, load_balancer: dict[str, Any]
) -> None:
    elbv2, arn = local_aws.client("elbv2"), load_balancer["LoadBalancerArn"]

    def protect(value: str) -> None:
        attribute = {"Key": "deletion_protection.enabled", "Value": value}
        elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[attribute])

    protect("true")
    with pytest.raises(ClientError, match=r"OperationNotPermitted.* deletion protection"):
        elbv2.delete_load_balancer(LoadBalancerArn=arn)
    assert elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    protect("false")
    elbv2.delete_load_balancer(LoadBalancerArn=arn)


def test_requests_follow_the_weights_of_a_rule(
    local_aws: Any, load_balancer: dict[str, Any], backends: Callable[[str], Backend]
) -> None:
    elbv2 = local_aws.client("elbv2")
    blue = target_group(local_aws, backends("blue"))
    green = target_group(local_aws, backends("green"))
    listener = listen(local_aws, load_balancer, 8080, NO_TARGETS)
    rule = elbv2.create_rule(
        ListenerArn=listener, Priority=1, Actions=[forward((blue, 1), (green, 0))],
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
    )["Rules"][0]  # fmt: skip
    wait_healthy(local_aws, blue, 1)
    wait_healthy(local_aws, green, 1)
    assert {get(load_balancer, 8080)[1] for _ in range(20)} == {"blue"}

    elbv2.modify_rule(RuleArn=rule["RuleArn"], Actions=[forward((blue, 50), (green, 50))])
    answers = Counter(get(load_balancer, 8080)[1] for _ in range(200))
    assert min(answers["blue"], answers["green"]) > 50

    described = elbv2.describe_rules(RuleArns=[rule["RuleArn"]])["Rules"][0]["Actions"][0]
    assert [group["Weight"] for group in described["ForwardConfig"]["TargetGroups"]] == [50, 50]


def test_a_client_that_stays_connected_follows_the_rules_as_they_are_when_it_asks(
    local_aws: Any, load_balancer: dict[str, Any], backends: Callable[[str], Backend]
) -> None:
    blue = target_group(local_aws, backends("blue"))
    green = target_group(local_aws, backends("green"))
    listener = listen(local_aws, load_balancer, 8080, forward((blue, 1), (green, 0)))
    wait_healthy(local_aws, blue, 1)
    wait_healthy(local_aws, green, 1)
    connection = http.client.HTTPConnection(
        load_balancer["DNSName"], 8080, timeout=PATIENCE_SECONDS
    )
    with closing(connection):
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"blue"
        connected = connection.sock
        local_aws.client("elbv2").modify_listener(
            ListenerArn=listener, DefaultActions=[forward((blue, 0), (green, 1))]
        )
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"green"
        assert connection.sock is connected


def test_a_listener_without_a_matching_rule_takes_its_default_action(
    local_aws: Any, load_balancer: dict[str, Any]
) -> None:
    listen(local_aws, load_balancer, 8080, NO_TARGETS)
    assert get(load_balancer, 8080) == (503, "nobody here")


def test_a_failing_target_is_taken_out_and_comes_back(
    local_aws: Any, load_balancer: dict[str, Any], backends: Callable[[str], Backend]
) -> None:
    one, two = backends("one"), backends("two")
    group = target_group(local_aws, one, two)
    listen(local_aws, load_balancer, 8080, forward((group, 1)))
    wait_healthy(local_aws, group, 2)
    assert {get(load_balancer, 8080)[1] for _ in range(10)} == {"one", "two"}

    one.healthy = False
    wait_unhealthy(local_aws, group, one)
    assert {get(load_balancer, 8080)[1] for _ in range(10)} == {"two"}

    one.healthy = True
    wait_healthy(local_aws, group, 2)
    assert {get(load_balancer, 8080)[1] for _ in range(10)} == {"one", "two"}


def test_a_group_without_a_healthy_target_fails_open(
    local_aws: Any, load_balancer: dict[str, Any], backends: Callable[[str], Backend]
) -> None:
    only = backends("only")
    group = target_group(local_aws, only)
    listen(local_aws, load_balancer, 8080, forward((group, 1)))
    wait_healthy(local_aws, group, 1)
    only.healthy = False
    wait_unhealthy(local_aws, group, only)
    assert get(load_balancer, 8080) == (200, "only")


def test_a_deregistered_target_drains_and_gets_no_new_request(
    local_aws: Any, load_balancer: dict[str, Any], backends: Callable[[str], Backend]
) -> None:
    elbv2, one, two = local_aws.client("elbv2"), backends("one"), backends("two")
    # An hour takes 36 seconds here: nobody waits for its end.
    group = target_group(local_aws, one, two, delay_seconds=3600)
    listen(local_aws, load_balancer, 8080, forward((group, 1)))
    wait_healthy(local_aws, group, 2)
    elbv2.deregister_targets(TargetGroupArn=group, Targets=targets(one))
    assert states(local_aws, group)[one.address] == "draining"
    assert {get(load_balancer, 8080)[1] for _ in range(10)} == {"two"}


def test_a_deregistered_target_is_gone_after_its_delay(
    local_aws: Any, load_balancer: dict[str, Any], backends: Callable[[str], Backend]
) -> None:
    one = backends("one")
    group = target_group(local_aws, one, delay_seconds=100)
    listen(local_aws, load_balancer, 8080, forward((group, 1)))
    wait_healthy(local_aws, group, 1)
    local_aws.client("elbv2").deregister_targets(TargetGroupArn=group, Targets=targets(one))
    eventually(lambda: not states(local_aws, group), "the end of the draining")


def test_a_group_no_listener_uses_is_unused(
    local_aws: Any, backends: Callable[[str], Backend]
) -> None:
    one = backends("one")
    assert states(local_aws, target_group(local_aws, one)) == {one.address: "unused"}


def test_targets_are_told_about_the_client(
    local_aws: Any, load_balancer: dict[str, Any], backends: Callable[[str], Backend]
) -> None:
    one = backends("one")
    group = target_group(local_aws, one)
    listen(local_aws, load_balancer, 8080, forward((group, 1)))
    wait_healthy(local_aws, group, 1)
    get(load_balancer, 8080)
    headers = one.seen[-1]
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert (headers["x-forwarded-proto"], headers["x-forwarded-port"]) == ("http", "8080")


def test_a_dead_target_costs_a_502_and_no_more(
    local_aws: Any, load_balancer: dict[str, Any], backends: Callable[[str], Backend]
) -> None:
    one = backends("one")
    group = target_group(local_aws, one)
    listen(local_aws, load_balancer, 8080, forward((group, 1)))
    wait_healthy(local_aws, group, 1)
    one.close()
    assert get(load_balancer, 8080)[0] == 502


def test_a_second_listener_on_a_port_is_refused(
    local_aws: Any, load_balancer: dict[str, Any]
) -> None:
    listen(local_aws, load_balancer, 8080, NO_TARGETS)
    with pytest.raises(ClientError, match="already exists on port 8080"):
        listen(local_aws, load_balancer, 8080, NO_TARGETS)


def test_the_port_closes_with_its_listener(local_aws: Any, load_balancer: dict[str, Any]) -> None:
    listener = listen(local_aws, load_balancer, 8080, NO_TARGETS)
    local_aws.client("elbv2").delete_listener(ListenerArn=listener)
    with pytest.raises(urllib.error.URLError, match="refused"):
        get(load_balancer, 8080)


def test_requests_are_counted_per_target_group(
    local_aws: Any, load_balancer: dict[str, Any], backends: Callable[[str], Backend]
) -> None:
    group = target_group(local_aws, backends("one"))
    listen(local_aws, load_balancer, 8080, forward((group, 1)))
    wait_healthy(local_aws, group, 1)
    for _ in range(5):
        get(load_balancer, 8080)
    dimensions = [
        {"Name": "TargetGroup", "Value": group.split(":")[-1]},
        {
            "Name": "LoadBalancer",
            "Value": load_balancer["LoadBalancerArn"].split("loadbalancer/")[1],
        },
    ]

    def total(name: str) -> float:
        now = time.time()
        points = local_aws.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApplicationELB", MetricName=name, Dimensions=dimensions,
            StartTime=now - 3600, EndTime=now + 60, Period=60, Statistics=["Sum"],
        )["Datapoints"]  # fmt: skip
        return float(sum(point["Sum"] for point in points))

    eventually(lambda: total("HTTPCode_Target_2XX_Count") == 5, "five requests")
    eventually(lambda: total("HealthyHostCount") >= 1, "a healthy host")
