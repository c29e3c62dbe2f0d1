"""How a difference reads."""

from slipway.changes import Change, Effect, changes_of_stacks
from slipway.preview import Difference, text


def group(name, **more):
    properties = {"LogGroupName": name, **more}
    metadata = {"aws:cdk:path": "Dev/Storefront/Logs/Resource"}
    return {"Type": "AWS::Logs::LogGroup", "Properties": properties, "Metadata": metadata}


def told(before, after):
    before, after = (
        {stack: {"Resources": {"Logs": each}} for stack, each in stacks.items()}
        for stacks in (before, after)
    )
    new = frozenset(after.keys() - before.keys())
    return text(Difference("dev", changes_of_stacks(before, after), new, {})).splitlines()


def test_nothing_to_do():
    same = {"shop-dev-a": group("/a")}
    assert told(same, same) == [
        "shop-dev-a: no change",
        "",
        "Nothing that is deployed would change.",
    ]


def test_what_must_stay_is_told_with_the_reason():
    assert told({"shop-dev-a": group("/a")}, {"shop-dev-a": group("/b")}) == [
        "shop-dev-a",
        "  replace     Dev/Storefront/Logs",
        "              Logs::LogGroup: LogGroupName",
        "              must stay: it holds what happened",
        "",
        "1 replaced.",
        "What must stay and would go: 1.",
    ]


def test_a_harmless_change_and_a_new_stack():
    before = {"shop-dev-a": group("/a")}
    after = {"shop-dev-a": group("/a", RetentionInDays=7), "shop-dev-b": group("/b")}
    assert told(before, after) == [
        "shop-dev-a",
        "  update      Dev/Storefront/Logs",
        "              Logs::LogGroup: RetentionInDays",
        "",
        "shop-dev-b: new, resources: 1",
        "",
        "1 updated.",
        "What must stay and would go: nothing.",
    ]


def test_lines_fit_into_eighty_columns():
    before = {"shop-dev-a": group("/a", **{f"Property{number}": 1 for number in range(20)})}
    lines = told(before, {"shop-dev-a": group("/b" * 60)})
    assert max(map(len, lines)) <= 80


def test_what_is_refused_and_need_not_stay_is_told() -> None:
    export = Change(
        logical_id="ExportsOutputRefVpc",
        type="Output",
        path="ExportsOutputRefVpc",
        effect=Effect.REFUSE,
        notes=("shop-dev-storefront imports it",),
    )
    lines = text(
        Difference(
            environment="dev",
            stacks={"shop-dev-network": (export,)},
            new_stacks=frozenset(),
            left_out={},
        )
    )
    assert "the deployment fails, and is rolled back" in lines
