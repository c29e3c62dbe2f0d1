"""Artifacts are zip files under keys as CodePipeline makes them."""

import io
import zipfile

import pytest

from slipway.local_aws.codepipeline.action import ActionFailed
from slipway.local_aws.codepipeline.definition.structure import read
from slipway.local_aws.codepipeline.executions.artifacts import ActionArtifacts
from slipway.local_aws.codepipeline.executions.execution import Execution, Trigger


@pytest.fixture
def execution(declare, kinds):
    declared = declare.pipeline(
        declare.source(outputArtifacts=[{"name": "SourceOfTheShop"}]),
        declare.stage(
            "Build", declare.action("Read", inputArtifacts=[{"name": "SourceOfTheShop"}])
        ),
        name="a-pipeline-with-a-long-name",
    )
    definition = read(declared, kinds, "eu-west-1")
    return Execution(definition, Trigger("CreatePipeline"), 1)


@pytest.fixture
def artifacts_of(execution, world):
    def make(stage):
        [action] = execution.definition.stage(stage).actions
        return ActionArtifacts(execution, action, "eu-west-1", world.objects)

    return make


def zipped(**files):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()


def made(execution, artifacts):
    for output in artifacts.outputs:
        execution.artifacts[output.name] = {"eu-west-1": output}


def test_names_are_cut_as_codepipeline_cuts_them(artifacts_of):
    location = artifacts_of("Source").location("SourceOfTheShop")
    pipeline, artifact, random = location.key.split("/")
    assert (location.bucket, pipeline, artifact) == (
        "artifacts",
        "a-pipeline-with-a-lo",
        "SourceOfTh",
    )
    assert len(random) == 7
    assert artifacts_of("Source").location("SourceOfTheShop").key != location.key


def test_one_reads_what_another_has_written(execution, artifacts_of):
    source = artifacts_of("Source")
    source.write("SourceOfTheShop", zipped(taskdef="{}"))
    made(execution, source)
    reader = artifacts_of("Build")
    assert reader.location("SourceOfTheShop") == source.location("SourceOfTheShop")
    assert reader.read("SourceOfTheShop", "taskdef") == b"{}"
    with pytest.raises(ActionFailed, match="has no file appspec"):
        reader.read("SourceOfTheShop", "appspec")


def test_a_run_that_is_retried_writes_over_what_it_has_made(execution, artifacts_of):
    first = artifacts_of("Source")
    made(execution, first)
    assert artifacts_of("Source").outputs == first.outputs


def test_an_input_that_was_not_made_fails_the_action(artifacts_of):
    reader = artifacts_of("Build")
    for call in (reader.fetch_inputs, lambda: reader.read("SourceOfTheShop", "taskdef")):
        with pytest.raises(ActionFailed, match="was not made"):
            call()


def test_nobody_writes_what_is_no_output(artifacts_of):
    with pytest.raises(ActionFailed, match="no output of Read"):
        artifacts_of("Build").write("SourceOfTheShop", b"")


def test_what_is_no_zip_file_fails_the_action(execution, artifacts_of):
    source = artifacts_of("Source")
    source.write("SourceOfTheShop", b"text")
    made(execution, source)
    with pytest.raises(ActionFailed, match="not a zip file"):
        artifacts_of("Build").read("SourceOfTheShop", "taskdef")
