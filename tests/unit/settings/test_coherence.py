"""What has to hold between files: what is told once, and what is right and stays untold."""

from typing import Any

import pytest

DEV = "environments/dev.yaml"
DOMAIN = """\
domain:
  name: shop.example.com
  hosted_zone_id: Z0123456789
  certificate: arn:aws:acm:eu-west-1:012345678901:certificate/0-0
"""


def add_service(project: Any, name: str, more: str = "") -> str:
    file = f"services/{name}/service.yaml"
    project.write(file, f"port: 8080\ncpu: 256\nmemory: 512MiB\n{more}")
    return file


def test_services_may_call_one_another_as_long_as_nobody_calls_back(project: Any) -> None:
    add_service(project, "api", "calls: [cart, stock]\n")
    add_service(project, "cart", "calls: [stock]\n")
    add_service(project, "stock")
    project.append("services/web/service.yaml", "calls: [api, cart]\n")
    assert project.load()


def test_a_circle_of_three_is_told_once_and_in_full(project: Any) -> None:
    file = add_service(project, "api", "calls: [stock, web]\n")
    add_service(project, "stock")
    add_service(project, "cart", "calls: [api]\n")
    project.append("services/web/service.yaml", "calls: [cart]\n")
    (line,) = project.mistakes()
    assert line.startswith(
        f"{file}:4: calls[1] makes a circle (api calls web calls cart calls api), and"
    )


def test_two_circles_are_two_lines(project: Any) -> None:
    for name, called in {"a": "b", "b": "a", "c": "d", "d": "c"}.items():
        add_service(project, name, f"calls: [{called}]\n")
    assert [line.split(":")[0] for line in project.mistakes()] == [
        "services/a/service.yaml",
        "services/c/service.yaml",
    ]


def shared_by(project: Any, count: int) -> None:
    (project.root / "services/web/service.yaml").unlink()
    project.append(DEV, "load_balancers: { front: {} }\n")
    for number in range(count):
        ports = f"port: {8000 + number}, test_port: {9000 + number}"
        add_service(project, f"s{number}", f"load_balancer: {{ shared: front, {ports} }}\n")


def test_a_load_balancer_has_room_for_25_services(project: Any) -> None:
    shared_by(project, 25)
    assert project.load()


def test_a_load_balancer_is_full_where_aws_has_no_more_listeners(project: Any) -> None:
    shared_by(project, 26)
    (line,) = project.mistakes()
    assert line.startswith(
        f"{DEV}:12: load_balancers.front would have 52 listeners, and AWS allows 50: "
    )


def test_the_redirect_to_tls_takes_a_listener_too(project: Any) -> None:
    shared_by(project, 25)
    project.replace(DEV, "plain_http: Nobody outside the office reaches it.\n", DOMAIN)
    (line,) = project.mistakes()
    assert "load_balancers.front would have 51 listeners" in line


def test_load_balancers_of_one_s_own_share_no_ports(project: Any) -> None:
    add_service(project, "api")
    project.replace(DEV, "plain_http: Nobody outside the office reaches it.\n", DOMAIN)
    assert {each.load_balancer.port for each in project.load().services("dev").values()} == {443}


def test_instances_hold_twice_the_tasks_of_all_services_on_ec2(project: Any) -> None:
    # A task takes half of what an m6i.large has, so an instance holds two.
    for name in ("api", "cart"):
        add_service(project, name, "capacity: { ec2: {} }\n")
        project.replace(f"services/{name}/service.yaml", "cpu: 256", "cpu: 1024")
    (line,) = project.mistakes()
    assert line.startswith(f"{DEV}:10: capacity.ec2.max must be at least 8, not 4: ")
    project.replace(DEV, "max: 4", "max: 8")
    assert project.load()


def test_the_smallest_instance_counts(project: Any) -> None:
    file = add_service(project, "api", "capacity: { ec2: {} }\n")
    project.replace(file, "cpu: 256", "cpu: 4096")
    project.replace(DEV, "[m6i.large]", "[m6i.2xlarge, m6i.large]")
    (line,) = project.mistakes()
    assert line.startswith(f"{file}:3: memory and cpu must fit on one m6i.large, ")


@pytest.mark.parametrize(("count", "fits"), [(7, True), (8, False)])
def test_public_load_balancers_need_addresses_in_the_public_subnets(
    project: Any, count: int, fits: bool
) -> None:
    # A /20 has public subnets of 64 addresses, of which AWS keeps five.
    (project.root / "services/web/service.yaml").unlink()
    project.replace(DEV, "10.0.0.0/16", "10.0.0.0/20")
    for number in range(count):
        add_service(project, f"s{number}", "load_balancer: { scheme: internet-facing }\n")
    if fits:
        assert project.load()
    else:
        (line,) = project.mistakes()
        assert line.startswith(
            f"{DEV}:5: network.cidr is too small: 8 load balancers need 64 addresses in the "
            "public subnet of each zone, and it has 59; "
        )


def test_the_same_names_in_other_accounts_are_no_collision(project: Any) -> None:
    text = (project.root / DEV).read_text()
    project.write("environments/dev-eu.yaml", text)
    add_service(project, "eu-network")
    assert len(project.mistakes()) == 1
    project.replace("environments/dev-eu.yaml", "012345678901", "333333333333")
    assert project.load()


def test_dashboards_of_two_regions_never_share_a_name(project: Any) -> None:
    """An account has one of a name, whatever the region."""
    text = (project.root / DEV).read_text()
    project.write("environments/dev-eu.yaml", text.replace("eu-west-1", "eu-central-1"))
    assert project.load()
    add_service(project, "eu")
    (line,) = project.mistakes()
    assert line == (
        "environments/dev.yaml:1: the environment's name must be another one: it makes the "
        "dashboard shop-dev-eu, as dev-eu does"
    )


def test_hooks_of_two_environments_never_share_a_name(project: Any) -> None:
    project.write("environments/eu-dev.yaml", (project.root / DEV).read_text())
    add_service(project, "web-eu")
    (line,) = project.mistakes()
    assert line == (
        "environments/eu-dev.yaml:1: the environment's name must be another one: it makes the "
        "function CodeDeployHook_web-eu-dev-BeforeInstall, as dev does"
    )


def test_what_needs_no_internet_runs_without_nat(project: Any) -> None:
    project.replace(DEV, "cidr: 10.0.0.0/16", "cidr: 10.0.0.0/16\n  nat: none")
    add_service(project, "api", "calls: [web]\n")
    assert project.load()
