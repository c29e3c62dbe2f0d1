"""After a release traffic belongs to CodeDeploy: no stack update may move it."""


def test_stack_update_never_moves_live_traffic(released):
    rules = released.resources("Custom::TrafficRule").values()
    before = {rule: released.weights(rule) for rule in rules}
    live = released.get("/version")["version"]
    assert live != "1"
    # Tags reach the listeners and their rules; the timeout changes the load balancer.
    workspace = released.environment.workspace
    workspace.set("slipway.yaml", "tags.reviewed", "yes")
    override = "environments.local.load_balancer.idle_timeout"
    workspace.set("services/storefront/service.yaml", override, "55s")
    released.update()
    assert {rule: released.weights(rule) for rule in rules} == before
    assert released.get("/version")["version"] == live
    (listener, *_) = released.resources("AWS::ElasticLoadBalancingV2::Listener").values()
    tags = released.client("elbv2").describe_tags(ResourceArns=[listener])["TagDescriptions"]
    assert {"Key": "reviewed", "Value": "yes"} in tags[0]["Tags"], "the update did not happen"


def test_changed_port_takes_the_live_traffic_along(released):
    """CloudFormation changes a listener's port in place: its rule stays, with what is live."""
    rules = released.resources("Custom::TrafficRule").values()
    before = {rule: released.weights(rule) for rule in rules}
    live, port = released.get("/version")["version"], released.target.port
    workspace = released.environment.workspace
    key = "environments.local.load_balancer.port"
    for changed in (port + 10, port):
        workspace.set("services/storefront/service.yaml", key, changed)
        released.update()
        assert released.target.port == changed
        assert released.get("/version")["version"] == live
        assert list(released.resources("Custom::TrafficRule").values()) == list(rules)
        assert {rule: released.weights(rule) for rule in rules} == before


def test_stack_update_leaves_the_ecs_service_alone(released):
    names = released.names
    pages = (
        released.client("cloudformation")
        .get_paginator("describe_stack_events")
        .paginate(StackName=names.stack("storefront"))
    )
    events = [
        event["ResourceStatus"]
        for page in pages
        for event in page["StackEvents"]
        if event["ResourceType"] == "AWS::ECS::Service"
    ]
    assert sorted(set(events)) == ["CREATE_COMPLETE", "CREATE_IN_PROGRESS"]
