import pytest

from slipway.changes import changes


def resource(type_, _attributes=None, /, **properties):
    return {"Type": f"AWS::{type_}", "Properties": properties, **(_attributes or {})}


@pytest.fixture
def effects():
    """Compare two sets of resources: the effect on each that changes."""

    def of(before, after):
        found = changes({"Resources": before}, {"Resources": after})
        return {each.logical_id: each.effect.value for each in found}

    return of


@pytest.fixture
def change_of():
    """Compare two states of one resource, or None where it is not there: the change."""

    def of(before, after):
        states = ({} if each is None else {"It": each} for each in (before, after))
        (found,) = changes(*({"Resources": each} for each in states))
        return found

    return of


@pytest.fixture
def res():
    return resource
