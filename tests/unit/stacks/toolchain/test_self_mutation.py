"""What changes the pipeline itself, and what must not."""

import json
import shutil
from pathlib import Path

import aws_cdk as cdk
import pytest
import yaml

from stacks import application

APPLICATION = Path(__file__).resolve().parents[3] / "application"
OLD, NEW = ("sha256:" + digit * 64 for digit in "12")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project of one environment and one service, with a pipeline."""
    root = tmp_path_factory.mktemp("project") / "shop"
    shutil.copytree(APPLICATION, root)
    environments = root / "environments"
    (environments / "local.lock.yaml").unlink()
    local = yaml.safe_load((environments / "local.yaml").read_text())
    # Its registry is the application's, and it comes first in the pipeline.
    del local["tooling"]
    local["pipeline"] = {"after": []}
    (environments / "local.yaml").write_text(yaml.safe_dump(local))
    with (root / "slipway.yaml").open("a") as file:
        file.write("\npipeline:\n  host: { provider: github }\n  repository: example/shop\n")
    return root


@pytest.fixture(scope="module")
def pipeline_of(tmp_path_factory):
    """How to synthesise a project, and read the template of its pipeline, byte by byte."""

    def of(root, digest=OLD):
        directory = tmp_path_factory.mktemp("pipeline")
        services = [each.name for each in (root / "services").iterdir()]
        images = directory / "images.json"
        images.write_text(json.dumps(dict.fromkeys(services, digest)))
        app = cdk.App(outdir=str(directory / "cdk.out"), analytics_reporting=False)
        with pytest.MonkeyPatch.context() as patch:
            # They have tests of their own, and take most of a synthesis.
            patch.setattr(application, "add_policy_checks", lambda _: None)
            application.add_stacks(app, settings_root=root, images=images)
        assembly = app.synth()
        environment = "".join(
            file.read_text() for file in (directory / "cdk.out").rglob("*Storefront*.template.json")
        )
        assert digest in environment
        return (
            directory / "cdk.out" / assembly.get_stack_by_name("shop-toolchain").template_file
        ).read_bytes()

    return of


@pytest.fixture(scope="module")
def before(pipeline_of, project):
    return pipeline_of(project)


def test_a_new_image_leaves_it_as_it_is(pipeline_of, project, before):
    assert pipeline_of(project, NEW) == before


def test_a_new_service_changes_it(pipeline_of, project, before, tmp_path):
    grown = shutil.copytree(project, tmp_path / "shop")
    shutil.copytree(grown / "services" / "storefront", grown / "services" / "search")
    assert pipeline_of(grown) != before


def test_a_new_environment_changes_it(pipeline_of, project, before, tmp_path):
    grown = shutil.copytree(project, tmp_path / "shop")
    first = yaml.safe_load((grown / "environments" / "local.yaml").read_text())
    further = first | {"pipeline": {"after": ["local"]}}
    (grown / "environments" / "next.yaml").write_text(yaml.safe_dump(further))
    assert pipeline_of(grown) != before
