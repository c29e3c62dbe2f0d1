"""Statuses and codes are spelled as botocore's service model spells them."""

import inspect

import pytest

from slipway.local_aws.codedeploy import errors, model, targets, validation
from slipway.local_aws.codedeploy.errors import DeploymentEndedError
from slipway.local_aws.service_model import service_model

MAKERS = {
    name: maker
    for name, maker in vars(errors).items()
    if inspect.isfunction(maker) and name != "failed"
}


def enum(shape):
    return set(service_model("codedeploy").shape_for(shape).enum)


def made_by(maker):
    samples = {"names": ["errors"], "minutes": 60, "code": "APPLICATION_MISSING"}
    parameters = inspect.signature(maker).parameters
    return maker(**{name: samples.get(name, "any") for name in parameters})


@pytest.mark.parametrize("maker", MAKERS.values(), ids=list(MAKERS))
def test_deployment_ends_with_a_code_and_status_of_the_service_model(maker):
    ended = made_by(maker)
    assert isinstance(ended, DeploymentEndedError)
    assert ended.code in enum("ErrorCode")
    assert ended.status in enum("DeploymentStatus")
    assert ended.rollback_event in enum("AutoRollbackEvent")


def test_statuses_are_those_of_the_service_model():
    assert set(validation._STATUSES) == enum("DeploymentStatus")
    assert set(model.FINAL_STATUSES) < enum("DeploymentStatus")
    assert set(targets.TARGET_STATUSES) == enum("TargetStatus")
    assert set(validation._ROLLBACK_EVENTS) == enum("AutoRollbackEvent")
