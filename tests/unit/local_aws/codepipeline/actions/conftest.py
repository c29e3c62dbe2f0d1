"""Runs of actions without a pipeline around them."""

import threading
from pathlib import Path

import pytest

from slipway.local_aws.codepipeline.action import (
    ActionDeclaration,
    ActionRun,
    ArtifactLocation,
    SourceRevision,
)
from slipway.local_aws.machine import Machine


class Artifacts:
    """A store in which every artifact has its place, and nothing in it."""

    def location(self, name):
        return ArtifactLocation(name, "bucket", f"shop/{name}")

    def read(self, name, path):
        raise AssertionError(f"{path} of {name} is read")

    def write(self, name, zip_file):
        raise AssertionError(f"{name} is written")


@pytest.fixture
def run_of():
    def make(kind, configuration, *, clock=None, **members):
        declaration = ActionDeclaration("Act", kind, configuration, **members)
        told = {}
        return ActionRun(
            machine=Machine("http://127.0.0.1:1", Path(), clock, None),
            account="111111111111",
            region="eu-west-1",
            pipeline="shop",
            execution_id="execution",
            action_execution_id="run",
            stage="Work",
            declaration=declaration,
            artifacts=Artifacts(),
            pipeline_role_arn="arn:aws:iam::111111111111:role/pipeline",
            revisions=(SourceRevision("Commit", "abc"),),
            abandoned=threading.Event(),
            tell=lambda **said: told.update(said),
            details=told,
        )

    return make
