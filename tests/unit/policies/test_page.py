"""docs/proof/compliance.md: each reason once, in one order, with all that it is a reason for."""

from policies.page import acknowledged
from policies.register import Acknowledgement

REASON = "The services of this environment, those to come included, and nobody else's."


def register(*places):
    return [
        Acknowledgement(
            path=f"{place}/Pipeline/Observe",
            id=f"AwsSolutions::AwsSolutions-IAM5[Resource::{resource}]",
            reason=REASON,
        )
        for place, resource in places
    ]


FOUND = register(
    ("DevAccess", "arn:aws:codedeploy:eu-west-1:222222222222:application:shop-dev-*"),
    ("ProdAccess", "arn:aws:codedeploy:eu-west-1:444444444444:application:shop-prod-*"),
    ("ProdAccess", "arn:aws:ecs:eu-west-1:444444444444:service/*"),
)


def test_the_page_is_the_same_in_whatever_order_findings_come():
    assert "".join(acknowledged(FOUND)) == "".join(acknowledged(FOUND[::-1]))


def test_what_differs_between_environments_is_one_line():
    page = "".join(acknowledged(FOUND))
    assert "(DevAccess, ProdAccess): " in page
    assert ":application:shop-<environment>-*]`" in page
    assert "shop-dev" not in page
