"""What CodeDeploy, the load balancer and ECS say is what the template says."""

from environment.story import logged
from slipway.release.render import HOOK_EVENTS
from waiting import eventually

ENDED_BADLY = {"Failed", "Stopped"}


def test_deployment_group_is_what_the_template_says(deployed):
    (declared,) = deployed.declared("AWS::CodeDeploy::DeploymentGroup").values()
    target = deployed.target
    info = deployed.client("codedeploy").get_deployment_group(
        applicationName=target.application, deploymentGroupName=target.deployment_group
    )["deploymentGroupInfo"]
    assert info["deploymentStyle"] == {
        "deploymentType": "BLUE_GREEN",
        "deploymentOption": "WITH_TRAFFIC_CONTROL",
    }
    assert info["ecsServices"] == [{"clusterName": target.cluster, "serviceName": target.service}]
    assert info["autoRollbackConfiguration"]["enabled"]
    assert (
        info["autoRollbackConfiguration"]["events"]
        == declared["AutoRollbackConfiguration"]["Events"]
    )
    assert [alarm["name"] for alarm in info["alarmConfiguration"]["alarms"]] == list(target.alarms)
    terminate = info["blueGreenDeploymentConfiguration"][
        "terminateBlueInstancesOnDeploymentSuccess"
    ]
    assert terminate == {"action": "TERMINATE", "terminationWaitTimeInMinutes": 5}


def test_the_pair_is_the_two_listeners_and_the_two_target_groups(deployed):
    target = deployed.target
    info = deployed.client("codedeploy").get_deployment_group(
        applicationName=target.application, deploymentGroupName=target.deployment_group
    )["deploymentGroupInfo"]
    (pair,) = info["loadBalancerInfo"]["targetGroupPairInfoList"]
    listeners = deployed.client("elbv2").describe_listeners(
        ListenerArns=[
            *pair["prodTrafficRoute"]["listenerArns"],
            *pair["testTrafficRoute"]["listenerArns"],
        ]
    )["Listeners"]
    ports = {listener["ListenerArn"]: listener["Port"] for listener in listeners}
    assert ports[pair["prodTrafficRoute"]["listenerArns"][0]] == target.port
    assert ports[pair["testTrafficRoute"]["listenerArns"][0]] == target.test_port
    groups = deployed.client("elbv2").describe_target_groups(
        Names=[group["name"] for group in pair["targetGroups"]]
    )["TargetGroups"]
    (blue, green) = deployed.declared("AWS::ElasticLoadBalancingV2::TargetGroup").values()
    for group, declared in zip(groups, (blue, green), strict=True):
        assert group["TargetType"] == declared["TargetType"] == "ip"
        assert group["HealthCheckPath"] == declared["HealthCheckPath"]
        assert group["HealthCheckIntervalSeconds"] == declared["HealthCheckIntervalSeconds"]


def test_shift_is_the_canary_of_the_settings(deployed):
    target, codedeploy = deployed.target, deployed.client("codedeploy")
    name = codedeploy.get_deployment_group(
        applicationName=target.application, deploymentGroupName=target.deployment_group
    )["deploymentGroupInfo"]["deploymentConfigName"]
    routing = codedeploy.get_deployment_config(deploymentConfigName=name)["deploymentConfigInfo"][
        "trafficRoutingConfig"
    ]
    assert routing["type"] == "TimeBasedCanary"
    assert routing["timeBasedCanary"] == {"canaryPercentage": 10, "canaryInterval": 5}


def test_listeners_answer_503_by_default_and_only_the_owned_rule_forwards(deployed):
    elbv2 = deployed.client("elbv2")
    listeners = deployed.resources("AWS::ElasticLoadBalancingV2::Listener").values()
    owned = set(deployed.resources("Custom::TrafficRule").values())
    assert len(listeners) == 2
    for listener in listeners:
        rules = elbv2.describe_rules(ListenerArn=listener)["Rules"]
        default = next(rule for rule in rules if rule["IsDefault"])
        assert default["Actions"][0]["Type"] == "fixed-response"
        assert default["Actions"][0]["FixedResponseConfig"]["StatusCode"] == "503"
        others = {rule["RuleArn"] for rule in rules if not rule["IsDefault"]}
        assert len(others) == 1
        assert others <= owned


def test_the_service_belongs_to_codedeploy_and_its_task_set_runs_the_released_revision(released):
    service, target = released.service(), released.target
    assert service["deploymentController"] == {"type": "CODE_DEPLOY"}
    primary = next(each for each in service["taskSets"] if each["status"] == "PRIMARY")
    assert primary["taskDefinition"] == target.revision
    # Others may have released again, or tried to.
    last, *_ = (
        each["deploymentId"]
        for each in released.deployments()
        if each["status"] not in ENDED_BADLY and each["creator"] != "codeDeployRollback"
    )
    assert primary["externalId"] == last
    # With the headroom of the release: locally nothing scales in again.
    assert primary["computedDesiredCount"] == primary["runningCount"] == service["desiredCount"]
    assert service["desiredCount"] > 2
    assert primary["capacityProviderStrategy"] == [
        {"capacityProvider": "FARGATE", "base": 1, "weight": 1}
    ]
    groups = list(released.resources("AWS::ElasticLoadBalancingV2::TargetGroup").values())
    assert primary["loadBalancers"][0]["targetGroupArn"] in groups


def test_codedeploy_ran_the_five_functions_that_the_template_declares(released):
    target, logs = released.target, released.client("logs")
    functions = {
        properties["FunctionName"]: properties
        for properties in released.declared("AWS::Lambda::Function").values()
    }
    assert list(target.hooks) == list(HOOK_EVENTS)
    for event, name in target.hooks.items():
        deployed = released.client("lambda").get_function_configuration(FunctionName=name)
        assert deployed["Environment"]["Variables"]["LIFECYCLE_EVENT"] == event
        assert deployed["Timeout"] == functions[name]["Timeout"]
        # A function's lines are in its log once it has ended, a moment after it has answered.
        eventually(
            lambda name=name: any(released.deployment.id in each for each in logged(logs, name)),
            f"a word of the function at {event}",
        )
