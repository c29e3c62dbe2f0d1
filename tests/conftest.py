"""What all tests share: one synthesis of the whole application."""

import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# jsii looks for node here; an editor that runs tests has not activated the environment.
os.environ.setdefault("JSII_NODE", str(Path(sys.prefix) / "bin" / "node"))

# Any digest will do for templates, as long as it is not the one that means "no image".
DIGEST = "sha256:" + "1" * 64


def pytest_addoption(parser):
    parser.addoption(
        "--record", action="store_true", help="write the snapshots instead of comparing with them"
    )


@pytest.fixture(scope="session")
def assembly(tmp_path_factory):
    """The cloud assembly of every environment that has a file: synthesised once for all tests."""
    import aws_cdk as cdk

    from slipway.settings import load
    from stacks.application import add_stacks

    directory = tmp_path_factory.mktemp("synthesis")
    images = directory / "images.json"
    settings = load(ROOT)
    services = {name for env in settings.environments for name in settings.services(env)}
    images.write_text(json.dumps(dict.fromkeys(services, DIGEST)))
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = cdk.App(
        outdir=str(directory / "cdk.out"),
        context=context,
        analytics_reporting=False,
        # The library's own validator takes most of a synthesis; `make check` runs it once.
        builtin_cloud_formation_validation=False,
    )
    add_stacks(app, settings_root=ROOT, images=images)
    return app.synth()


@pytest.fixture(scope="session")
def templates(assembly):
    """Every template, by the name of its stack."""

    def of(cloud_assembly):
        found = {stack.stack_name: stack.template for stack in cloud_assembly.stacks}
        for nested in cloud_assembly.nested_assemblies:
            found.update(of(nested.nested_assembly))
        return found

    return of(assembly)
