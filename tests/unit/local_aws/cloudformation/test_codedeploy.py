from slipway.local_aws.cloudformation.codedeploy import spelled_as_api


def test_template_is_spelled_as_the_api_wants_it():
    assert spelled_as_api(
        {
            "ECSServices": [{"ClusterName": "c", "ServiceName": "s"}],
            "AlarmConfiguration": {"Enabled": "true"},
            "TerminateBlueInstancesOnDeploymentSuccess": {"TerminationWaitTimeInMinutes": "15"},
            "Tags": [{"Key": "a", "Value": "b"}],
        }
    ) == {
        "ecsServices": [{"clusterName": "c", "serviceName": "s"}],
        "alarmConfiguration": {"enabled": True},
        "terminateBlueInstancesOnDeploymentSuccess": {"terminationWaitTimeInMinutes": 15},
    }
