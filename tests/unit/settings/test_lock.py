from pathlib import Path
from typing import Any

import pytest

from slipway.settings import SettingsError
from slipway.settings.lock import (
    check_entries,
    creation_values,
    current_values,
    missing_entries,
    read_lock,
    write_missing_entries,
)

FILE = "environments/dev.lock.yaml"


def test_a_new_service_is_locked_with_today_s_values(project: Any) -> None:
    settings = project.load()
    assert missing_entries(settings, "dev") == ("web",)
    assert write_missing_entries(settings, "dev") == ("web",)
    assert missing_entries(settings, "dev") == ()
    locked = read_lock(project.root, "dev").services["web"]
    assert locked == current_values(settings, "dev", settings.services("dev")["web"])
    assert locked.availability_zones == ("eu-west-1a", "eu-west-1b")
    assert locked.platform_version == "1.4.0"
    assert [item.model_dump() for item in locked.capacity_provider_strategy] == [
        {"capacity_provider": "FARGATE", "base": 1, "weight": 1}
    ]


def test_an_entry_never_changes_with_the_settings(project: Any) -> None:
    write_missing_entries(project.load(), "dev")
    before = (project.root / FILE).read_text()
    project.append("services/web/service.yaml", "capacity: { ec2: {} }\n")
    assert write_missing_entries(project.load(), "dev") == ()
    assert (project.root / FILE).read_text() == before


def test_a_second_service_leaves_the_first_entry_as_it_was(project: Any) -> None:
    write_missing_entries(project.load(), "dev")
    first = read_lock(project.root, "dev").services["web"]
    project.replace("services/web/service.yaml", "256", "512")
    project.replace("services/web/service.yaml", "512MiB", "1GiB")
    project.append("services/web/service.yaml", "capacity: { fargate_spot: {} }\n")
    text = (project.root / "services/web/service.yaml").read_text()
    project.write("services/api/service.yaml", text.replace("fargate_spot", "ec2"))
    assert write_missing_entries(project.load(), "dev") == ("api",)
    services = read_lock(project.root, "dev").services
    assert list(services) == ["api", "web"]
    assert services["web"] == first
    assert services["api"].platform_version is None
    assert services["api"].capacity_provider_strategy[0].capacity_provider == "shop-dev-ec2"


def test_the_entry_of_a_service_that_is_gone_stays(project: Any) -> None:
    write_missing_entries(project.load(), "dev")
    (project.root / "services/web").rename(project.root / "services/shop")
    assert write_missing_entries(project.load(), "dev") == ("shop",)
    assert list(read_lock(project.root, "dev").services) == ["shop", "web"]


def test_the_file_says_what_it_is_and_nothing_is_left_beside_it(project: Any) -> None:
    write_missing_entries(project.load(), "dev")
    assert "Commit this file, and don't edit it" in (project.root / FILE).read_text()
    assert sorted(path.name for path in (project.root / "environments").iterdir()) == [
        "dev.lock.yaml",
        "dev.yaml",
    ]


def test_a_lock_without_a_file_is_empty(tmp_path: Path) -> None:
    assert read_lock(tmp_path, "dev").services == {}


def test_a_damaged_lock_is_refused_and_left_alone(project: Any) -> None:
    project.write(FILE, "services:\n  web:\n    platform: x\n")
    with pytest.raises(SettingsError) as caught:
        write_missing_entries(project.load(), "dev")
    assert f"{FILE}:3: services.web.platform is not a known key" in str(caught.value)
    assert (project.root / FILE).read_text() == "services:\n  web:\n    platform: x\n"


def test_a_lock_that_cannot_be_written_is_one_line(
    project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = project.load()

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(SettingsError, match=f"^{FILE}:1: cannot be written: Permission denied$"):
        write_missing_entries(settings, "dev")


def test_a_port_that_a_created_service_does_not_have_is_refused(project: Any) -> None:
    write_missing_entries(project.load(), "dev")
    port = project.load().services("dev")["web"].port
    project.replace("services/web/service.yaml", f"port: {port}", f"port: {port + 1}")
    settings = project.load()
    with pytest.raises(SettingsError, match=f"port must stay {port} in dev, not {port + 1}"):
        creation_values(settings, "dev", settings.services("dev")["web"])


def test_everything_that_a_created_service_cannot_become_is_told_at_once(project: Any) -> None:
    write_missing_entries(project.load(), "dev")
    project.replace("services/web/service.yaml", "port: 8080", "port: 8081")
    project.append("services/web/service.yaml", "execute_command: true\n")
    project.append("services/web/service.yaml", "load_balancer: { shared: front }\n")
    project.append("environments/dev.yaml", "load_balancers: { front: {} }\n")
    project.replace("environments/dev.yaml", "[eu-west-1a, eu-west-1b]", "[eu-west-1b, eu-west-1a]")
    with pytest.raises(SettingsError) as caught:
        check_entries(project.load(), "dev")
    made = (
        "the ECS service was created with it, and neither CloudFormation nor a release can change "
        "it; make a new service instead, or delete its entry from environments/dev.lock.yaml, if "
        "it was never deployed"
    )
    assert caught.value.lines == (
        f"services/web/service.yaml:1: port must stay 8080 in dev, not 8081: {made}",
        f"services/web/service.yaml:4: execute_command must stay false in dev, not true: {made}",
        "services/web/service.yaml:5: load_balancer.shared must stay own in dev, not front: "
        f"{made}",
        "environments/dev.yaml:3: availability_zones must begin with eu-west-1a, eu-west-1b: "
        "services were created in them; add zones at the end, or delete "
        "environments/dev.lock.yaml, if nothing of it was ever deployed",
    )


def test_a_zone_may_come_after_those_that_a_service_was_created_in(project: Any) -> None:
    write_missing_entries(project.load(), "dev")
    project.replace("environments/dev.yaml", "eu-west-1b]", "eu-west-1b, eu-west-1c]")
    check_entries(project.load(), "dev")


def test_an_entry_of_an_application_with_another_name_is_told(project: Any) -> None:
    project.append("services/web/service.yaml", "capacity: { ec2: {} }\n")
    write_missing_entries(project.load(), "dev")
    project.replace("slipway.yaml", "application: shop", "application: kiosk")
    with pytest.raises(SettingsError) as caught:
        check_entries(project.load(), "dev")
    assert caught.value.lines == (
        "environments/dev.lock.yaml:7: services.web was created on shop-dev-ec2, and the EC2 "
        "capacity provider of this environment is kiosk-dev-ec2: give application and environment "
        "their old names; or delete this file, if nothing of it was ever deployed",
    )


def test_the_scheme_of_a_load_balancer_that_services_share_is_told_where_it_stands(
    project: Any,
) -> None:
    project.append("services/web/service.yaml", "load_balancer: { shared: front }\n")
    project.append("environments/dev.yaml", "load_balancers: { front: { scheme: internal } }\n")
    write_missing_entries(project.load(), "dev")
    project.replace("environments/dev.yaml", "internal", "internet-facing")
    with pytest.raises(SettingsError) as caught:
        check_entries(project.load(), "dev")
    (line,) = caught.value.lines
    assert line.startswith(
        "environments/dev.yaml:12: load_balancers.front.scheme must stay internal in dev, not "
        "internet-facing: the ECS service web was created with it"
    )


def test_a_network_keeps_the_addresses_in_which_services_were_created(project: Any) -> None:
    """Another block is another VPC, and the stacks of services hold on to this one."""
    write_missing_entries(project.load(), "dev")
    project.replace("environments/dev.yaml", "10.0.0.0/16", "10.1.0.0/16")
    with pytest.raises(SettingsError) as caught:
        check_entries(project.load(), "dev")
    assert caught.value.lines == (
        "environments/dev.yaml:5: network.cidr must stay 10.0.0.0/16, not 10.1.0.0/16: services "
        "were created in it, and CloudFormation can't replace a network that is in use; make a "
        "new environment instead, or delete environments/dev.lock.yaml, if nothing of it was ever "
        "deployed",
    )


def test_an_entry_from_before_a_value_was_locked_refuses_nothing(project: Any) -> None:
    write_missing_entries(project.load(), "dev")
    project.replace(FILE, "    cidr: 10.0.0.0/16\n", "")
    project.replace("environments/dev.yaml", "10.0.0.0/16", "10.1.0.0/16")
    check_entries(project.load(), "dev")
