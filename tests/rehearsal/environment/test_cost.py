"""What `slipway cost` says of the deployed environment, as a person asks it."""

from decimal import Decimal

import pytest

from environment.answers import answer
from slipway.changes import assembled_stacks


@pytest.fixture
def assembly(deployed):
    return deployed.environment.folders.run / "assembly"


def test_every_resource_that_is_deployed_has_a_price_or_a_reason(slipway, assembly):
    told = slipway("cost", "--local", "--json", "--assembly", str(assembly))
    found = answer(told, "cost")
    assert told.stderr == ""
    assert found["environment"] == "local"
    deployed = {
        body["Type"]
        for stack in assembled_stacks(assembly)
        for body in stack.template["Resources"].values()
    }
    priced = {line["type"] for line in found["lines"]}
    reasons = {each["type"] for each in found["unpriced"] if each["known"]}
    assert deployed <= priced | reasons
    assert Decimal(found["low"]) == sum(Decimal(line["low"]) for line in found["lines"])


def test_people_are_told_each_line_with_what_it_rests_on(slipway, assembly):
    told = slipway("cost", "--local", "--assembly", str(assembly))
    assert told.returncode == 0, told.stderr
    assert "    NAT gateways " in told.stdout
    assert "What other settings would save, a month" in told.stdout
    assert max(map(len, told.stdout.splitlines())) <= 80


def test_the_environment_that_is_kept_is_synthesised(slipway, deployed):
    told = slipway("cost", "local", "--json")
    assert answer(told, "cost")["region"] == "us-east-1"
    assert told.stderr == "Synthesising local\n"
