"""The state machine of a deployment, on a world that only remembers what was done to it."""

import pytest

from slipway.local_aws.clock import Clock
from slipway.local_aws.codedeploy import engine as engine_module
from slipway.local_aws.codedeploy import lifecycle as lifecycle_module
from slipway.local_aws.codedeploy import scaling as scaling_module
from slipway.local_aws.codedeploy.appspec import HOOKS, AppSpec
from slipway.local_aws.codedeploy.configurations import ALL_AT_ONCE, predefined
from slipway.local_aws.codedeploy.engine import Engine
from slipway.local_aws.codedeploy.errors import (
    alarms_unavailable,
    not_behind_listener,
    not_rerouted,
)
from slipway.local_aws.codedeploy.model import (
    LIFECYCLE_EVENTS,
    Deployment,
    DeploymentGroup,
    HookExecution,
)
from slipway.local_aws.codedeploy.platform import PRODUCTION, TEST, Sizes

BLUE, GREEN = {"id": "blue", "taskDefinition": "web:1"}, {"id": "green", "taskDefinition": "web:2"}
EVERY_ROLLBACK = {
    "enabled": True,
    "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
}
CANARY = "CodeDeployDefault.ECSCanary10Percent5Minutes"
QUICK = Clock(1e-9)


class World:
    """Does nothing, and remembers it. Hooks answer at once; `at` lets something happen."""

    def __init__(self, deployment):
        self.deployment = deployment
        self.done, self.announced = [], []
        self.answers, self.at, self.alarms = {}, {}, {"errors": "OK"}
        self.behind_listener, self.steady, self.desired_count = True, True, 2

    def _do(self, *what):
        self.done.append(what)
        self.at.get(what, lambda: None)()

    def primary(self):
        if not self.behind_listener:
            raise not_behind_listener("listener")
        return BLUE

    def install(self, deployment):
        self._do("install")
        return GREEN

    def sizes(self, *task_sets):
        return Sizes((self.desired_count,) * len(task_sets), self.steady)

    def shift(self, route, blue, green, green_percent):
        self._do(route, green_percent)

    def make_primary(self, task_set):
        self._do("primary", task_set["id"])

    def remove(self, task_set):
        self._do("remove", task_set["id"])

    def invoke(self, function, payload):
        self._do("invoke", function)
        if function in self.answers:
            execution = self.deployment.hooks[payload["LifecycleEventHookExecutionId"]]
            execution.status = self.answers[function]

    def alarm_states(self, names):
        if self.alarms is None:
            raise alarms_unavailable("no answer")
        return {name: self.alarms[name] for name in names if name in self.alarms}

    def announce(self, deployment, state):
        self.announced.append(state)


@pytest.fixture(autouse=True)
def _no_least_times(monkeypatch):
    """Nothing here runs real code, so nothing needs real time."""
    for module in (engine_module, lifecycle_module, scaling_module):
        for name in dir(module):
            if name.startswith("_LEAST_"):
                monkeypatch.setattr(module, name, 0.0)


def deployment_of(
    *,
    hooks=(),
    alarms=(),
    rollback=EVERY_ROLLBACK,
    configuration=CANARY,
    test_traffic=True,
    **ready,
):
    test = {"listenerArns": ["test"] if test_traffic else []}
    blue_green = {"terminateBlueInstancesOnDeploymentSuccess": {"action": "TERMINATE", **ready}}
    settings = {
        "ecsServices": [{"clusterName": "cluster", "serviceName": "web"}],
        "deploymentStyle": {},
        "loadBalancerInfo": {"targetGroupPairInfoList": [{"testTrafficRoute": test}]},
        "blueGreenDeploymentConfiguration": blue_green,
    }
    return Deployment(
        group=DeploymentGroup("application", "group", settings),
        spec=AppSpec("web:2", "web", 8080, hooks={name: name for name in hooks}),
        content="{}",
        configuration_name=configuration,
        auto_rollback=rollback,
        alarms={"enabled": bool(alarms), "alarms": [{"name": name} for name in alarms]},
    )


class PatientEngine(Engine):
    """Carries its deployment out when the test says so, not in a thread of its own."""

    def start(self):
        self.deployment.status = "Prepared"


def run(deployment, world, clock=QUICK):
    """Carry a deployment out, and its rollback if there is one; return the rollback."""
    rollbacks = []

    def engine_of(item):
        configuration = predefined()[item.configuration_name]
        return PatientEngine(item, world, clock, configuration, prepare_rollback)

    def prepare_rollback(triggering):
        rollback = Deployment(
            group=triggering.group,
            spec=AppSpec("web:1", "web", 8080),
            content="{}",
            configuration_name=ALL_AT_ONCE,
            auto_rollback={"enabled": False},
            alarms={},
            creator="codeDeployRollback",
            blue=triggering.blue,
            green=triggering.green,
        )
        rollbacks.append(engine_of(rollback))
        return rollbacks[0]

    engine_of(deployment).run()
    for engine in rollbacks:
        assert engine.deployment.status == "Prepared"
        assert deployment.is_final
        engine.run()
        return engine.deployment
    return None


def statuses(deployment):
    return {event.name: event.status for event in deployment.events}


def test_deployment_does_everything_in_the_documented_order():
    deployment = deployment_of(hooks=HOOKS, terminationWaitTimeInMinutes=15)
    world = World(deployment)
    world.answers = dict.fromkeys(HOOKS, "Succeeded")
    assert run(deployment, world) is None
    assert world.done == [
        ("invoke", "BeforeInstall"),
        ("install",),
        ("invoke", "AfterInstall"),
        (TEST, 100),
        ("invoke", "AfterAllowTestTraffic"),
        ("invoke", "BeforeAllowTraffic"),
        (PRODUCTION, 10),
        (PRODUCTION, 100),
        ("invoke", "AfterAllowTraffic"),
        ("primary", "green"),
        ("remove", "blue"),
    ]
    assert deployment.status == "Succeeded"
    assert statuses(deployment) == dict.fromkeys(LIFECYCLE_EVENTS, "Succeeded")
    assert deployment.termination_wait_started
    assert world.announced == ["START", "SUCCESS"]


def test_failed_hook_fails_the_deployment_and_traffic_returns():
    deployment = deployment_of(hooks=["AfterAllowTestTraffic"])
    world = World(deployment)
    world.answers = {"AfterAllowTestTraffic": "Failed"}
    rollback = run(deployment, world)
    assert (deployment.status, deployment.error["code"]) == ("Failed", "HOOK_EXECUTION_FAILURE")
    assert statuses(deployment)["AfterAllowTestTraffic"] == "Failed"
    assert statuses(deployment)["AllowTraffic"] == "Skipped"
    assert deployment.rollback["rollbackDeploymentId"] == rollback.id
    assert rollback.status == "Succeeded"
    assert world.done[-4:] == [
        (TEST, 0),
        (PRODUCTION, 0),
        ("primary", "blue"),
        ("remove", "green"),
    ]


def test_without_auto_rollback_everything_stays_where_it_was():
    deployment = deployment_of(hooks=["AfterAllowTraffic"], rollback={"enabled": False})
    world = World(deployment)
    world.answers = {"AfterAllowTraffic": "Failed"}
    assert run(deployment, world) is None
    assert deployment.status == "Failed"
    assert world.done[-2:] == [(PRODUCTION, 100), ("invoke", "AfterAllowTraffic")]


def test_hook_that_never_answers_fails_the_deployment():
    deployment = deployment_of(hooks=["AfterInstall"])
    run(deployment, World(deployment))
    assert deployment.error["code"] == "HOOK_EXECUTION_FAILURE"
    assert "timed out while waiting for a status callback" in deployment.error["message"]


def test_nothing_is_rolled_back_before_green_exists():
    deployment = deployment_of(hooks=["BeforeInstall"])
    world = World(deployment)
    world.answers = {"BeforeInstall": "Failed"}
    assert run(deployment, world) is None
    assert world.done == [("invoke", "BeforeInstall")]
    assert set(deployment.rollback) == {"rollbackMessage"}
    assert "can't be rolled back" in deployment.rollback["rollbackMessage"]


def test_rollback_is_never_rolled_back():
    deployment = deployment_of(hooks=["AfterInstall"])
    world = World(deployment)
    world.answers = {"AfterInstall": "Failed"}

    def refuse():
        raise not_rerouted("no such listener")

    world.at[PRODUCTION, 0] = refuse
    rollback = run(deployment, world)
    assert (rollback.status, rollback.error["code"]) == ("Failed", "ELASTIC_LOAD_BALANCING_INVALID")
    assert rollback.rollback == {}
    assert not rollback.wants_rollback("DEPLOYMENT_FAILURE")


def test_rollback_that_is_stopped_is_not_rolled_back_either():
    deployment = deployment_of(hooks=["AfterInstall"])
    world = World(deployment)
    world.answers = {"AfterInstall": "Failed"}
    rollback = run(deployment, world)
    rollback.roll_back_on_stop = True
    assert not rollback.wants_rollback("DEPLOYMENT_STOP_ON_REQUEST")


def test_group_that_is_changed_changes_the_next_deployment_only():
    deployment = deployment_of(terminationWaitTimeInMinutes=15)
    kept = {"terminateBlueInstancesOnDeploymentSuccess": {"action": "KEEP_ALIVE"}}
    group = deployment.group
    group.settings = {**group.settings, "blueGreenDeploymentConfiguration": kept}
    world = World(deployment)
    run(deployment, world)
    assert ("remove", "blue") in world.done
    assert deployment.describe()["blueGreenDeploymentConfiguration"] != kept


@pytest.mark.parametrize("missing", ["DEPLOYMENT_GROUP_MISSING", "APPLICATION_MISSING"])
def test_group_that_is_gone_before_the_start_fails_the_deployment(missing):
    deployment = deployment_of()
    deployment.group.missing = missing
    world = World(deployment)
    run(deployment, world)
    assert (deployment.status, deployment.error["code"]) == ("Failed", missing)
    assert world.done == []
    assert world.announced == ["FAILURE"]


def test_without_a_test_listener_nothing_happens_to_test_traffic():
    deployment = deployment_of(hooks=["AfterAllowTestTraffic"], test_traffic=False)
    world = World(deployment)
    run(deployment, world)
    assert deployment.status == "Succeeded"
    assert len(deployment.events) == 6
    assert world.done[0:2] == [("install",), (PRODUCTION, 10)]


def test_hook_is_answered_by_the_first_who_does():
    execution = HookExecution("id")
    assert execution.answer("Failed")
    assert not execution.answer("Succeeded")
    assert execution.status == "Failed"


def test_traffic_elsewhere_fails_the_deployment_before_anything_happens():
    deployment = deployment_of()
    world = World(deployment)
    world.behind_listener = False
    run(deployment, world)
    assert deployment.status == "Failed"
    assert "must be behind listener" in deployment.error["message"]
    assert statuses(deployment) == dict.fromkeys(LIFECYCLE_EVENTS, "Skipped")
    assert world.done == []


def test_green_that_never_gets_healthy_fails_the_installation():
    deployment = deployment_of()
    world = World(deployment)
    world.steady = False
    run(deployment, world)
    assert deployment.error["code"] == "TIMEOUT"
    assert statuses(deployment)["Install"] == "Failed"
    assert ("remove", "green") in world.done


# Where the alarm fires: what the world is asked to do then, and what it must not be asked after.
FIRING = {
    "in Install": (("install",), (TEST, 100)),
    "on test traffic": ((TEST, 100), (PRODUCTION, 10)),
    "in the shift": ((PRODUCTION, 10), (PRODUCTION, 100)),
    "in the termination wait": (("primary", "green"), ("remove", "blue")),
}


@pytest.mark.parametrize(("when", "never"), FIRING.values(), ids=list(FIRING))
def test_alarm_stops_the_deployment_wherever_it_is(when, never):
    deployment = deployment_of(alarms=["errors"], terminationWaitTimeInMinutes=15)
    world = World(deployment)
    world.at[when] = lambda: world.alarms.update(errors="ALARM")
    run(deployment, world)
    assert (deployment.status, deployment.error["code"]) == ("Stopped", "ALARM_ACTIVE")
    assert deployment.error["message"].endswith("<errors>")
    assert never not in world.done
    assert world.announced == ["START", "STOP", "START", "SUCCESS"]
    assert world.done[-1] == ("remove", "green")


def test_alarm_that_fires_already_stops_the_deployment_at_once():
    deployment = deployment_of(alarms=["errors"])
    world = World(deployment)
    world.alarms = {"errors": "ALARM"}
    run(deployment, world)
    assert (deployment.status, deployment.error["code"]) == ("Stopped", "ALARM_ACTIVE")
    assert statuses(deployment)["BeforeInstall"] == "Failed"
    assert world.done == []


@pytest.mark.parametrize("ignored", [False, True])
@pytest.mark.parametrize(
    ("states", "code"), [({}, "CODEDEPLOY_RESOURCE_CANNOT_BE_FOUND"), (None, "INTERNAL_ERROR")]
)
def test_alarm_whose_state_is_unknown_stops_the_deployment(states, code, ignored):
    deployment = deployment_of(alarms=["errors"])
    deployment.alarms["ignorePollAlarmFailure"] = ignored
    world = World(deployment)
    world.alarms = states
    run(deployment, world)
    assert deployment.status == ("Succeeded" if ignored else "Stopped")
    assert (deployment.error or {}).get("code") == (None if ignored else code)


def test_alarm_that_fires_counts_before_one_that_is_unknown():
    deployment = deployment_of(alarms=["nobody", "errors"])
    world = World(deployment)
    world.alarms = {"errors": "ALARM"}
    run(deployment, world)
    assert deployment.error["code"] == "ALARM_ACTIVE"


def test_scaling_without_a_steady_state_in_five_minutes_fails_the_deployment():
    deployment = deployment_of()
    world = World(deployment)

    def scale():
        world.desired_count, world.steady = 3, False

    world.at[PRODUCTION, 10] = scale
    run(deployment, world)
    assert (deployment.status, deployment.error["code"]) == ("Failed", "TIMEOUT")
    assert "steady state" in deployment.error["message"]
    assert statuses(deployment)["AllowTraffic"] == "Failed"
    assert world.done[-1] == ("remove", "green")


def test_service_that_is_not_steady_without_scaling_goes_on():
    deployment = deployment_of()
    world = World(deployment)
    world.at[PRODUCTION, 10] = lambda: setattr(world, "steady", False)
    run(deployment, world)
    assert deployment.status == "Succeeded"


def test_shift_waits_for_a_service_that_scales():
    deployment = deployment_of(configuration=ALL_AT_ONCE)
    world = World(deployment)
    looks = iter([False, False, True])

    def scale():
        world.desired_count = 3
        world.sizes = lambda *sets: Sizes((3,) * len(sets), next(looks, True))

    world.at[PRODUCTION, 100] = scale
    run(deployment, world, clock=Clock(1.0))
    assert deployment.status == "Succeeded"
    assert next(looks, None) is None


def test_alarm_that_is_overridden_stops_nothing():
    deployment = deployment_of(alarms=["errors"])
    deployment.alarms = {"enabled": False, "alarms": [{"name": "errors"}]}
    world = World(deployment)
    world.alarms = {"errors": "ALARM"}
    run(deployment, world)
    assert deployment.status == "Succeeded"


@pytest.mark.parametrize(("asked", "rolled_back"), [(True, True), (False, False), (None, True)])
def test_stop_rolls_back_as_asked_and_else_as_configured(asked, rolled_back):
    deployment = deployment_of()
    world = World(deployment)

    def stop():
        deployment.stop_requested, deployment.roll_back_on_stop = True, asked

    world.at[PRODUCTION, 10] = stop
    assert (run(deployment, world) is not None) is rolled_back
    assert (deployment.status, deployment.error["code"]) == ("Stopped", "MANUAL_STOP")


def test_stop_in_the_termination_wait_brings_blue_back():
    deployment = deployment_of(terminationWaitTimeInMinutes=15)
    world = World(deployment)
    world.at["primary", "green"] = lambda: setattr(deployment, "stop_requested", True)
    run(deployment, world)
    assert deployment.status == "Stopped"
    assert ("remove", "blue") not in world.done
    assert world.done[-2:] == [("primary", "blue"), ("remove", "green")]


def test_blue_stays_where_the_group_keeps_it_alive():
    deployment = deployment_of()
    deployment.group.blue_green["terminateBlueInstancesOnDeploymentSuccess"] = {
        "action": "KEEP_ALIVE"
    }
    world = World(deployment)
    run(deployment, world)
    assert deployment.status == "Succeeded"
    assert ("remove", "blue") not in world.done


def test_approval_that_never_comes_stops_the_deployment():
    deployment = deployment_of()
    deployment.group.blue_green["deploymentReadyOption"] = {
        "actionOnTimeout": "STOP_DEPLOYMENT",
        "waitTimeInMinutes": 60,
    }
    world = World(deployment)
    run(deployment, world)
    assert (deployment.status, deployment.error["code"]) == ("Stopped", "TIMEOUT")
    assert statuses(deployment)["BeforeAllowTraffic"] == "Skipped"
    assert (PRODUCTION, 10) not in world.done
    assert deployment.wants_rollback("DEPLOYMENT_STOP_ON_REQUEST")
    assert world.done[-1] == ("remove", "green")


@pytest.mark.parametrize(("continued", "status"), [(True, "Succeeded"), (False, "Stopped")])
def test_production_traffic_waits_for_approval(continued, status):
    deployment = deployment_of()
    deployment.group.blue_green["deploymentReadyOption"] = {
        "actionOnTimeout": "STOP_DEPLOYMENT",
        "waitTimeInMinutes": 60,
    }
    if continued:
        deployment.continued.add("READY_WAIT")
    world = World(deployment)
    run(deployment, world)
    assert deployment.status == status
    assert ((PRODUCTION, 10) in world.done) is continued
    assert "READY" in world.announced
