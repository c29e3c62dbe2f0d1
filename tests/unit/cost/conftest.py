import pytest

from slipway.changes import AssembledStack, assembled_stacks
from slipway.cost import Inventory

TOOLING = "tooling"


@pytest.fixture(scope="session")
def stacks_of(reference_assembly):
    """Return the stacks of a frozen environment, or those beside all environments."""
    stacks = assembled_stacks(reference_assembly)

    def of(environment):
        if environment == TOOLING:
            named = ("shop-registry", "shop-toolchain")
            return [each for each in stacks if each.name in named]
        return [each for each in stacks if each.name.startswith(f"shop-{environment}-")]

    return of


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
