import pytest

from slipway.local_aws.cloudformation.ecs_service import refuse_frozen_change

BY_CODE_DEPLOY = {"DeploymentController": {"Type": "CODE_DEPLOY"}, "DesiredCount": 2}


@pytest.mark.parametrize("change", [{"DesiredCount": 3}, {"Tags": [{"Key": "a", "Value": "b"}]}])
def test_nothing_of_a_codedeploy_service_may_change(change):
    with pytest.raises(RuntimeError, match="CODE_DEPLOY deployment controller"):
        refuse_frozen_change(BY_CODE_DEPLOY, {**BY_CODE_DEPLOY, **change})


def test_service_of_another_controller_may_change():
    refuse_frozen_change({"DesiredCount": 2}, {"DesiredCount": 3})
