"""What the environment costs and looks like, and what the checkout says of itself."""

import json

import pytest

from slipway.cli.schemas import OUTPUTS, schema_of


@pytest.mark.parametrize("kind", ["environment", "release"])
def test_the_rehearsed_environment_is_drawn(slipway, deployed, kind):
    assembly = str(deployed.environment.folders.run / "assembly")
    service = ("--service", "storefront") if kind == "release" else ()
    drawn = slipway("diagram", "--local", "--kind", kind, *service, "--assembly", assembly)
    assert drawn.returncode == 0, drawn.stderr
    assert drawn.stdout.startswith("<svg")
    assert "storefront" in drawn.stdout


def test_no_entry_of_the_rehearsed_lock_is_missing(slipway, deployed):
    assert slipway("lock", "--check").returncode == 0


@pytest.mark.parametrize("verb", sorted(OUTPUTS))
def test_the_program_prints_the_schemas(slipway, deployed, verb):
    assert json.loads(slipway("schema", verb).stdout) == schema_of(verb)
