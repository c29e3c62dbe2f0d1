import json
from pathlib import Path

import pytest

from slipway.changes import AssembledStack
from slipway.cost import Inventory

RECORDED = Path(__file__).resolve().parents[2] / "snapshots" / "recorded"


def recorded_stacks(prefix: str) -> list[AssembledStack]:
    """Return the project's own templates, as they are recorded."""
    return [
        AssembledStack(file.stem, "aws://111111111111/eu-west-1", json.loads(file.read_text()))
        for file in sorted(RECORDED.glob(f"{prefix}*.json"))
    ]


@pytest.fixture
def stacks_of():
    return lambda environment: recorded_stacks(f"shop-{environment}-")


@pytest.fixture
def stack():
    """Make a stack of resources: of logical ids, each with its type and properties."""

    def make(resources, outputs=None, name="stack"):
        template = {
            "Resources": {
                id_: {"Type": f"AWS::{type_}", "Properties": properties}
                for id_, (type_, properties) in resources.items()
            },
            "Outputs": outputs or {},
        }
        return AssembledStack(name, "aws://111111111111/eu-west-1", template)

    return make


@pytest.fixture
def inventory(stack):
    """Make the inventory of one stack."""
    return lambda resources, outputs=None: Inventory([stack(resources, outputs)])
