"""HTTPS listeners: the certificate, the versions and what changes while they serve."""

from __future__ import annotations

import http.client
import http.server
import socket
import ssl
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from botocore.exceptions import ClientError, WaiterError

from waiting import PATIENCE_SECONDS

POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
UNKNOWN = "arn:aws:acm:us-east-1:000000000000:certificate/made-by-somebody-else"
FIXED = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}


@pytest.fixture
def load_balancer(local_aws: Any) -> Iterator[dict[str, Any]]:
    elbv2 = local_aws.client("elbv2")
    created = elbv2.create_load_balancer(Name=f"lb-{uuid.uuid4().hex[:8]}")["LoadBalancers"][0]
    yield created
    elbv2.delete_load_balancer(LoadBalancerArn=created["LoadBalancerArn"])


def listen(
    local_aws: Any,
    load_balancer: dict[str, Any],
    certificate: str,
    action: dict[str, Any] = FIXED,
    **more: Any,
) -> str:
    request = {"Protocol": "HTTPS", "Port": 8443, "SslPolicy": POLICY, **more}
    created = local_aws.client("elbv2").create_listener(
        LoadBalancerArn=load_balancer["LoadBalancerArn"], DefaultActions=[action],
        Certificates=[{"CertificateArn": certificate}], **request,
    )  # fmt: skip
    return str(created["Listeners"][0]["ListenerArn"])


def request_certificate(local_aws: Any, *names: str) -> str:
    made = local_aws.client("acm").request_certificate(
        DomainName=names[0], SubjectAlternativeNames=list(names)
    )
    return str(made["CertificateArn"])


def connect(
    load_balancer: dict[str, Any],
    authority: str,
    name: str | None = None,
    *,
    version: ssl.TLSVersion | None = None,
) -> ssl.SSLSocket:
    """Shake hands as a client that verifies the chain and the name."""
    context = ssl.create_default_context(cafile=authority)
    if version is not None:
        context.minimum_version = context.maximum_version = version
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
    address = load_balancer["DNSName"]
    plain = socket.create_connection((address, 8443), timeout=PATIENCE_SECONDS)
    return context.wrap_socket(plain, server_hostname=name or address)


def names_of(connection: ssl.SSLSocket) -> set[str]:
    certificate = connection.getpeercert()
    assert certificate is not None
    return {str(value) for _, value in certificate["subjectAltName"]}


def ask(connection: ssl.SSLSocket) -> int:
    connection.sendall(b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n")
    response = http.client.HTTPResponse(connection)
    response.begin()
    response.read()
    return response.status


def test_a_certificate_of_acm_is_presented_for_its_names_only(
    local_aws: Any, load_balancer: dict[str, Any]
) -> None:
    certificate = request_certificate(local_aws, "shop.example.com", "*.shop.example.com")
    listen(local_aws, load_balancer, certificate)
    authority = local_aws.certificate_authority
    for name in ("shop.example.com", "www.shop.example.com"):
        with connect(load_balancer, authority, name) as connection:
            assert ask(connection) == 200
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        connect(load_balancer, authority, "bank.example.com")


def test_a_certificate_that_only_the_template_knows_has_the_name_that_is_asked_for(
    local_aws: Any, load_balancer: dict[str, Any]
) -> None:
    listen(local_aws, load_balancer, UNKNOWN)
    for name in ("one.example.com", "two.example.com", load_balancer["DNSName"]):
        with connect(load_balancer, local_aws.certificate_authority, name) as connection:
            assert names_of(connection) == {name}


def imported(local_aws: Any, authority: trustme.CA, name: str, arn: str | None = None) -> str:
    leaf = authority.issue_cert(name)
    made = local_aws.client("acm").import_certificate(
        Certificate=leaf.cert_chain_pems[0].bytes(),
        PrivateKey=leaf.private_key_pem.bytes(),
        **({"CertificateArn": arn} if arn else {}),
    )
    return str(made["CertificateArn"])


def test_an_imported_certificate_is_presented_as_it_is(
    local_aws: Any, load_balancer: dict[str, Any], tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    arn = imported(local_aws, authority, "bought.example.com")
    listen(local_aws, load_balancer, arn)
    with connect(load_balancer, str(tmp_path / "ca.pem"), "bought.example.com") as connection:
        assert ask(connection) == 200
    imported(local_aws, authority, "renewed.example.com", arn)
    with connect(load_balancer, str(tmp_path / "ca.pem"), "renewed.example.com") as connection:
        assert ask(connection) == 200


def test_a_key_that_belongs_to_another_certificate_is_refused(
    local_aws: Any, load_balancer: dict[str, Any]
) -> None:
    one, two = (trustme.CA().issue_cert("shop.example.com") for _ in range(2))
    arn = local_aws.client("acm").import_certificate(
        Certificate=one.cert_chain_pems[0].bytes(), PrivateKey=two.private_key_pem.bytes()
    )["CertificateArn"]
    with pytest.raises(ClientError, match="imported without a key pair that works"):
        listen(local_aws, load_balancer, arn)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1:DeprecationWarning")
@pytest.mark.parametrize(
    ("policy", "refused", "spoken"),
    [
        (POLICY, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2),
        (
            "ELBSecurityPolicy-TLS13-1-3-2021-06",
            ssl.TLSVersion.TLSv1_2,
            ssl.TLSVersion.TLSv1_3,
        ),
    ],
)
def test_the_policy_decides_the_oldest_version(
    local_aws: Any,
    load_balancer: dict[str, Any],
    policy: str,
    refused: ssl.TLSVersion,
    spoken: ssl.TLSVersion,
) -> None:
    listen(local_aws, load_balancer, UNKNOWN, SslPolicy=policy)
    authority = local_aws.certificate_authority
    with connect(load_balancer, authority, "shop.example.com", version=spoken) as connection:
        assert ask(connection) == 200
    with pytest.raises(ssl.SSLError):
        connect(load_balancer, authority, "shop.example.com", version=refused)


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"SslPolicy": "ELBSecurityPolicy-2016-08"}, "admits TLS 1.2 and later only"),
        ({"SslPolicy": ""}, "ELBSecurityPolicy-2016-08 is none"),
        ({"Certificates": []}, "A certificate must be specified"),
        ({"Protocol": "TLS"}, "speaks HTTP or HTTPS, not TLS"),
    ],
)
def test_what_a_listener_can_t_serve_is_refused(
    local_aws: Any, load_balancer: dict[str, Any], request_: dict[str, Any], reason: str
) -> None:
    elbv2, arn = local_aws.client("elbv2"), load_balancer["LoadBalancerArn"]
    request = {
        "Protocol": "HTTPS", "Port": 8443, "SslPolicy": POLICY, "DefaultActions": [FIXED],
        "Certificates": [{"CertificateArn": UNKNOWN}], **request_,
    }  # fmt: skip
    with pytest.raises(ClientError, match=reason):
        elbv2.create_listener(LoadBalancerArn=arn, **request)
    assert elbv2.describe_listeners(LoadBalancerArn=arn)["Listeners"] == []


def test_new_connections_follow_a_change_while_old_ones_stay_open(
    local_aws: Any, load_balancer: dict[str, Any]
) -> None:
    authority = local_aws.certificate_authority
    first, second = (request_certificate(local_aws, f"{n}.example.com") for n in ("one", "two"))
    listener = listen(local_aws, load_balancer, first)
    with connect(load_balancer, authority, "one.example.com") as old:
        assert ask(old) == 200
        local_aws.client("elbv2").modify_listener(
            ListenerArn=listener, Certificates=[{"CertificateArn": second}],
            SslPolicy="ELBSecurityPolicy-TLS13-1-3-2021-06",
        )  # fmt: skip
        with connect(load_balancer, authority, "two.example.com") as new:
            assert names_of(new) == {"two.example.com"}
        with pytest.raises(ssl.SSLError):
            connect(load_balancer, authority, "two.example.com", version=ssl.TLSVersion.TLSv1_2)
        assert ask(old) == 200


def test_a_listener_s_protocol_can_change_on_its_port(
    local_aws: Any, load_balancer: dict[str, Any]
) -> None:
    elbv2 = local_aws.client("elbv2")
    arn = elbv2.create_listener(
        LoadBalancerArn=load_balancer["LoadBalancerArn"], Protocol="HTTP", Port=8443,
        DefaultActions=[FIXED],
    )["Listeners"][0]["ListenerArn"]  # fmt: skip
    elbv2.modify_listener(
        ListenerArn=arn, Protocol="HTTPS", SslPolicy=POLICY,
        Certificates=[{"CertificateArn": UNKNOWN}],
    )  # fmt: skip
    with connect(load_balancer, local_aws.certificate_authority, "shop.example.com") as connection:
        assert ask(connection) == 200


def test_an_idle_handshake_keeps_nobody_waiting(
    local_aws: Any, load_balancer: dict[str, Any]
) -> None:
    listen(local_aws, load_balancer, UNKNOWN)
    with (
        socket.create_connection((load_balancer["DNSName"], 8443)),
        connect(load_balancer, local_aws.certificate_authority, "shop.example.com") as connection,
    ):
        assert ask(connection) == 200


@pytest.fixture
def target(local_aws: Any) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A target group with a target, and the headers that the target has seen."""
    seen: list[dict[str, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path != "/health":
                seen.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer((local_aws.machine.addresses.next(), 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    elbv2 = local_aws.client("elbv2")
    group = elbv2.create_target_group(
        Name=f"tg-{uuid.uuid4().hex[:8]}", Protocol="HTTP", Port=8080, VpcId="vpc-1",
        TargetType="ip", HealthCheckPath="/health", HealthCheckIntervalSeconds=5,
    )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
    targets = [{"Id": server.server_address[0], "Port": server.server_port}]
    elbv2.register_targets(TargetGroupArn=group, Targets=targets)
    yield group, seen
    server.shutdown()
    server.server_close()


def test_targets_are_told_that_the_client_came_over_https(
    local_aws: Any,
    load_balancer: dict[str, Any],
    target: tuple[str, list[dict[str, str]]],
    tools: Any,
) -> None:
    group, seen = target
    listen(local_aws, load_balancer, UNKNOWN, {"Type": "forward", "TargetGroupArn": group})

    def answers() -> bool:
        authority = local_aws.certificate_authority
        with connect(load_balancer, authority, "shop.example.com") as connection:
            # Twice over one connection: it stays open between requests.
            return ask(connection) == 200 and ask(connection) == 200

    tools.eventually(answers, "an answer of the target")
    assert (seen[-1]["x-forwarded-proto"], seen[-1]["x-forwarded-port"]) == ("https", "8443")


def listener(protocol: str, port: int, action: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::ElasticLoadBalancingV2::Listener",
        "Properties": {
            "LoadBalancerArn": {"Ref": "Balancer"},
            "Protocol": protocol,
            "Port": port,
            "DefaultActions": [action],
            **more,
        },
    }


def edge(certificate: Any, policy: str = POLICY) -> dict[str, Any]:
    """What a service has in front of it: HTTPS, and HTTP that leads there."""
    redirect = {"Protocol": "HTTPS", "Port": "8443", "StatusCode": "HTTP_301"}
    return {
        "Balancer": {
            "Type": "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Properties": {"Type": "application"},
        },
        "One": {
            "Type": "AWS::CertificateManager::Certificate",
            "Properties": {"DomainName": "one.example.com"},
        },
        "Http": listener("HTTP", 8080, {"Type": "redirect", "RedirectConfig": redirect}),
        "Https": listener(
            "HTTPS", 8443, FIXED,
            Certificates=[{"CertificateArn": certificate}], SslPolicy=policy,
        ),
    }  # fmt: skip


ADDRESS = {"Address": {"Value": {"Fn::GetAtt": ["Balancer", "DNSName"]}}}


def test_a_template_s_listeners_redirect_and_follow_its_updates(
    local_aws: Any, deploy: Callable[..., Any]
) -> None:
    stack = deploy(edge({"Ref": "One"}), Outputs=ADDRESS)
    authority, balancer = local_aws.certificate_authority, {"DNSName": stack.outputs["Address"]}

    client = http.client.HTTPConnection(balancer["DNSName"], 8080, timeout=PATIENCE_SECONDS)
    client.request("GET", "/orders?page=2", headers={"Host": "one.example.com:8080"})
    answer = client.getresponse()
    assert (answer.status, answer.headers["Location"]) == (
        301,
        "https://one.example.com:8443/orders?page=2",
    )

    with connect(balancer, authority, "one.example.com") as old:
        assert ask(old) == 200
        stack.update(edge(UNKNOWN, "ELBSecurityPolicy-TLS13-1-3-2021-06"), Outputs=ADDRESS)
        with connect(balancer, authority, "other.example.com") as new:
            assert (names_of(new), new.version()) == ({"other.example.com"}, "TLSv1.3")
        assert ask(old) == 200

    with pytest.raises(WaiterError):
        stack.update(edge(UNKNOWN, "ELBSecurityPolicy-2016-08"), Outputs=ADDRESS)
    with connect(balancer, authority, "other.example.com") as after:
        assert after.version() == "TLSv1.3"


CLIENT = """
import http.server, os, urllib.request

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            with urllib.request.urlopen("https:/" + self.path, timeout=60) as answer:
                body = str(answer.status)
        except Exception as error:
            body = str(error)
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

http.server.ThreadingHTTPServer((os.environ["HOST"], 8080), Handler).serve_forever()
"""


def test_a_task_calls_a_service_by_its_name_over_tls(
    local_aws: Any, load_balancer: dict[str, Any], tools: Any
) -> None:
    domain = f"{uuid.uuid4().hex[:6]}.example.com"
    route53 = local_aws.client("route53")
    zone = route53.create_hosted_zone(Name=domain, CallerReference=domain)["HostedZone"]["Id"]
    alias = {"HostedZoneId": "Z1", "DNSName": load_balancer["DNSName"]}
    record = {
        "Name": f"inventory.{domain}",
        "Type": "A",
        "AliasTarget": {**alias, "EvaluateTargetHealth": False},
    }
    route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]},
    )
    listen(local_aws, load_balancer, request_certificate(local_aws, f"inventory.{domain}"))

    world = tools.make_world(local_aws, f"tls-{uuid.uuid4().hex[:6]}", controller="ECS")
    ecs = local_aws.client("ecs")
    task = ecs.run_task(
        cluster=world.name,
        taskDefinition=world.register(tools.make_image(local_aws.images, CLIENT)),
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
    )["tasks"][0]

    def answer() -> str:
        described = ecs.describe_tasks(cluster=world.name, tasks=[task["taskArn"]])["tasks"][0]
        interfaces = described["containers"][0]["networkInterfaces"]
        address = interfaces[0]["privateIpv4Address"]
        client = http.client.HTTPConnection(address, 8080, timeout=PATIENCE_SECONDS)
        try:
            client.request("GET", f"/inventory.{domain}:8443/")
            return client.getresponse().read().decode()
        except OSError:
            return ""

    assert tools.eventually(answer, "an answer of the task") == "200"
    ecs.delete_service(cluster=world.name, service="web", force=True)
    ecs.stop_task(cluster=world.name, task=task["taskArn"])
