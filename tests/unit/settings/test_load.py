from pathlib import Path
from typing import Any

import pytest

from slipway.settings import load
from slipway.settings.application import LONGEST_APPLICATION
from slipway.settings.deployment import LIFECYCLE_EVENTS
from slipway.settings.files import LONGEST_SERVICE_AND_ENVIRONMENT
from slipway.settings.lock import missing_entries
from slipway.settings.names import Names

ROOT = Path(__file__).parents[3]


def test_the_project_s_own_settings_load() -> None:
    settings = load(ROOT)
    assert settings.services("local")["storefront"].load_balancer.port == 8080
    assert missing_entries(settings, "local") == ()


@pytest.mark.parametrize("name", ["Web", "1web", "we_b", "web-", "we--b", "w" * 33])
def test_a_name_that_aws_would_refuse_somewhere_is_refused(project: Any, name: str) -> None:
    project.write(f"services/{name}/service.yaml", "port: 80\n")
    (mistake,) = project.mistakes()
    assert mistake.startswith(
        f"services/{name}/service.yaml:1: the folder's name must be lower-case letters, digits"
    )


@pytest.mark.parametrize("name", ["network", "default-security-group", "exec", "flow-logs"])
def test_a_service_may_not_take_the_name_of_a_stack_or_log_group(project: Any, name: str) -> None:
    project.write(f"services/{name}/service.yaml", "port: 80\n")
    (mistake,) = project.mistakes()
    assert mistake.startswith(f"services/{name}/service.yaml:1: the folder's name must not be")


def test_names_that_are_too_long_for_the_hooks_are_refused_with_the_reason(project: Any) -> None:
    service = (project.root / "services/web/service.yaml").read_text()
    project.write(f"services/{'w' * 22}/service.yaml", service)
    assert project.load()
    project.write(f"services/{'w' * 23}/service.yaml", service)
    (mistake,) = project.mistakes()
    assert mistake == (
        f"services/{'w' * 23}/service.yaml:1: the names of service and environment together must "
        f"be at most 26 characters, not 27: Lambda allows 64 for the function "
        f"CodeDeployHook_{'w' * 23}-dev-AfterAllowTestTraffic"
    )


def test_the_longest_names_give_functions_that_lambda_accepts() -> None:
    names = Names("a" * LONGEST_APPLICATION, "e" * 12)
    service = "s" * (LONGEST_SERVICE_AND_ENVIRONMENT - len("-") - 12)
    assert len(names.traffic_rule_function(service)) == 64
    assert max(len(names.hook_function(service, event)) for event in LIFECYCLE_EVENTS) <= 64


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("application: shop", f"application: {'a' * 24}", "1: application must be at most 23 char"),
        ("owner: platform", "owner:", "2: owner must not be empty"),
        ("cost_centre: shop", "cost_center: shop", "3: cost_center is not a known key; did you m"),
    ],
)
def test_a_mistake_in_the_application_is_told_at_its_line(
    project: Any, old: str, new: str, expected: str
) -> None:
    project.replace("slipway.yaml", old, new)
    assert any(line.startswith(f"slipway.yaml:{expected}") for line in project.mistakes())


def test_a_mistake_stays_one_line_whatever_its_text(project: Any) -> None:
    project.append("slipway.yaml", '"a\\nb": "c\\nd"\ntags: "x\\ny"\n')
    assert all("\n" not in line for line in project.mistakes())
    assert len(project.mistakes()) == 2


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("slipway.yaml", "".join(f"k{number}: 1\n" for number in range(5000))),
        (
            "services/web/service.yaml",
            "environments:\n" + "".join(f"  k{number}: {{}}\n" for number in range(5000)),
        ),
    ],
)
def test_of_thousands_of_mistakes_the_first_hundred_are_told(
    project: Any, file: str, text: str
) -> None:
    project.append(file, text)
    lines = project.mistakes()
    assert len(lines) == 101
    assert "k99 " in lines[99]
    assert lines[100] == f"{file}:1: has 4900 more mistakes; mend those above"
