import pytest

from slipway.local_aws.cloudformation.ecs_service import _request, refuse_frozen_change

BY_CODE_DEPLOY = {"DeploymentController": {"Type": "CODE_DEPLOY"}, "DesiredCount": 2}


@pytest.mark.parametrize("change", [{"DesiredCount": 3}, {"Tags": [{"Key": "a", "Value": "b"}]}])
def test_nothing_of_a_codedeploy_service_may_change(change):
    with pytest.raises(RuntimeError, match="CODE_DEPLOY deployment controller"):
        refuse_frozen_change(BY_CODE_DEPLOY, {**BY_CODE_DEPLOY, **change})


def test_service_of_another_controller_may_change():
    refuse_frozen_change({"DesiredCount": 2}, {"DesiredCount": 3})


def test_placement_strategies_get_the_name_that_the_api_has_for_them():
    strategies = [{"Type": "binpack", "Field": "MEMORY"}]
    request = _request({"DesiredCount": "2", "PlacementStrategies": strategies})
    assert request == {
        "desiredCount": 2,
        "placementStrategy": [{"type": "binpack", "field": "MEMORY"}],
    }
