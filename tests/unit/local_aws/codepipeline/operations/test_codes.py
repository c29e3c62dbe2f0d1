"""Codes and statuses are spelled as botocore's service model spells them."""

import re
from pathlib import Path

import pytest

from slipway.local_aws import codepipeline
from slipway.local_aws.codepipeline.executions import execution
from slipway.local_aws.service_model import service_model

# https://docs.aws.amazon.com/codepipeline/latest/APIReference/CommonErrors.html
COMMON = {"UnknownOperationException"}

SOURCES = [file.read_text() for file in Path(codepipeline.__path__[0]).rglob("*.py")]


def enum(shape):
    return set(service_model("codepipeline").shape_for(shape).enum)


def test_every_error_is_one_of_the_api():
    used = {code for text in SOURCES for code in re.findall(r'"(\w+Exception)"', text)}
    known = {shape.name for shape in service_model("codepipeline").error_shapes}
    assert len(used) > 15
    assert used - known <= COMMON


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        (
            "PipelineExecutionStatus",
            "IN_PROGRESS SUCCEEDED FAILED STOPPING STOPPED CANCELLED SUPERSEDED",
        ),
        (
            "StageExecutionStatus",
            "IN_PROGRESS SUCCEEDED FAILED STOPPING STOPPED CANCELLED SKIPPED",
        ),
        ("ActionExecutionStatus", "IN_PROGRESS SUCCEEDED FAILED ABANDONED"),
        ("ExecutionType", "STANDARD ROLLBACK"),
        ("RetryTrigger", "AUTOMATED_RETRY MANUAL_RETRY"),
    ],
)
def test_every_status_is_one_of_the_api(shape, names):
    assert {getattr(execution, name) for name in names.split()} == enum(shape)


def test_every_trigger_is_one_of_the_api():
    used = {kind for text in SOURCES for kind in re.findall(r'Trigger\(\s*"(\w+)"', text)}
    assert used
    assert used <= enum("TriggerType")


def test_a_pipeline_has_the_arn_that_iam_knows(world, declare):
    world.create(declare.source(), declare.stage("Build"))
    assert world.pipeline.arn == "arn:aws:codepipeline:eu-west-1:111111111111:shop"
    pattern = service_model("codepipeline").shape_for("PipelineArn").metadata["pattern"]
    assert re.fullmatch(pattern, world.pipeline.arn)
