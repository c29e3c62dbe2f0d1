"""What ECS has against a task is told with what helps."""

import pytest

from slipway.operations.placement import PAGE, cause_of, explain


@pytest.mark.parametrize(
    ("reason", "mend"),
    [
        ("RESOURCE:CPU", "--cpu"),
        ("RESOURCE:MEMORY", "--memory"),
        ("RESOURCE:ENI", "have no trunk"),
        ("RESOURCE:GPU", "capacity.ec2.max"),
        ("AGENT", "terminate the instance"),
        ("LOCATION", "zone"),
        ("ATTRIBUTE", "architecture"),
        ("MemberOf placement constraint unsatisfied.", "constraints"),
        ("TaskFailedToStart: EMPTY CAPACITY PROVIDER", "Auto Scaling group"),
        ("TaskFailedToStart: NO ACTIVE INSTANCES", "Auto Scaling group"),
        ("INACTIVE", "try again"),
        ("MISSING", "try again"),
        (
            "Capacity is unavailable at this time. Please try again later or in a different "
            "availability zone",
            "try again later",
        ),
        ("You've reached the limit on the number of tasks you can run concurrently", "Quotas"),
        ("You've reached the limit on the number of vCPUs you can run concurrently", "Quotas"),
        ("The requested MEMORY configuration is above your limit.", "--memory"),
    ],
)
def test_each_reason_has_a_mend_of_its_own(reason: str, mend: str) -> None:
    told = explain([reason])
    assert mend in told
    # As ECS says it, too: that is what one searches for.
    assert f"({reason.rstrip('.')})" in told
    assert "\n" not in told


def test_what_every_instance_says_is_told_once() -> None:
    told = explain(["RESOURCE:CPU", "AGENT", "RESOURCE:CPU"])
    assert told.count("RESOURCE:CPU") == 1
    assert told.index("RESOURCE:CPU") < told.index("AGENT")


@pytest.mark.parametrize("reasons", [["SOMETHING NEW"], []])
def test_what_nobody_knows_leads_to_the_page(reasons: list[str]) -> None:
    assert explain(reasons).endswith(PAGE)


def test_a_container_s_own_trouble_is_none_of_placement() -> None:
    reason = "Essential container in task exited; ResourceInitializationError: no such secret"
    assert cause_of(reason) is None
