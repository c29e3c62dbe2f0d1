from typing import Any

FILE = "services/web/service.yaml"


def test_mappings_merge_and_scalars_and_lists_replace(project: Any) -> None:
    project.append(
        FILE,
        """\
        environment: { A: "1", B: "2" }
        deployment:
          checks:
            AfterInstall: [{ targets_healthy: {} }, { alarms_quiet: {} }]
            AfterAllowTraffic: [{ alarms_quiet: {} }]
        environments:
          dev:
            port: 9090
            environment: { B: "3", C: "4" }
            deployment: { checks: { AfterInstall: [{ alarms_quiet: {} }] } }
        """,
    )
    service = project.load().services("dev")["web"]
    assert service.port == 9090
    assert service.environment == {"A": "1", "B": "3", "C": "4"}
    assert [check.kind for check in service.deployment.checks["AfterInstall"]] == ["alarms_quiet"]
    assert "AfterAllowTraffic" in service.deployment.checks


def test_an_override_changes_its_own_environment_only(project: Any) -> None:
    text = (project.root / "environments/dev.yaml").read_text()
    project.write("environments/prod.yaml", text)
    project.append(FILE, "environments: { prod: { port: 9090 } }\n")
    settings = project.load()
    assert settings.services("dev")["web"].port == 8080
    assert settings.services("prod")["web"].port == 9090


def test_a_choice_in_an_override_replaces_the_general_one(project: Any) -> None:
    project.append(
        FILE,
        """\
        capacity: { fargate: { base: 1 }, fargate_spot: {} }
        deployment: { shift: { canary: { percent: 10, interval: 5m } } }
        environments:
          dev:
            capacity: { ec2: {} }
            deployment: { shift: { all_at_once: {} } }
        """,
    )
    service = project.load().services("dev")["web"]
    assert service.capacity.ec2
    assert not service.capacity.on_fargate
    assert service.deployment.shift.kind == "all_at_once"


def test_the_same_choice_in_an_override_merges(project: Any) -> None:
    project.append(
        FILE,
        """\
        deployment: { shift: { canary: { percent: 10, interval: 5m } } }
        environments: { dev: { deployment: { shift: { canary: { interval: 1m } } } } }
        """,
    )
    canary = project.load().services("dev")["web"].deployment.shift.canary
    assert (canary.percent, canary.interval.total_seconds()) == (10, 60)


def test_a_mistake_is_told_at_the_line_and_path_where_it_was_written(project: Any) -> None:
    line = project.append(
        FILE,
        """\
        load_balancer:
          port: 80
        environments:
          dev:
            load_balancer:
              port: 9000
              test_port: none
            scaling:
              min: 7
              max: 6
        """,
    )
    assert project.mistakes() == (
        f"{FILE}:{line + 6}: environments.dev.load_balancer.test_port must be a whole number, "
        f"not 'none'",
        f"{FILE}:{line + 9}: environments.dev.scaling.max must be at least "
        f"environments.dev.scaling.min (6 < 7)",
    )


def test_a_mistake_that_all_environments_share_is_told_once(project: Any) -> None:
    text = (project.root / "environments/dev.yaml").read_text()
    project.write("environments/prod.yaml", text)
    project.replace(FILE, "8080", "0")
    assert len(project.mistakes()) == 1


def test_overrides_for_no_environment_are_refused(project: Any) -> None:
    line = project.append(FILE, "environments:\n  def: {}\n  production: {}\n")
    assert project.mistakes() == (
        f"{FILE}:{line + 1}: environments.def is for no environment; did you mean dev?",
        f"{FILE}:{line + 2}: environments.production is for no environment; known: dev",
    )


def test_overrides_that_are_no_mapping_are_refused(project: Any) -> None:
    line = project.append(FILE, "environments: [dev]\n")
    (mistake,) = project.mistakes()
    assert mistake.startswith(f"{FILE}:{line}: environments must be a mapping of environments")
    project.replace(FILE, "[dev]", "{ dev: 5 }")
    (mistake,) = project.mistakes()
    assert mistake.startswith(f"{FILE}:{line}: environments.dev must be a mapping")


def test_a_shared_load_balancer_takes_the_place_of_a_service_s_own(project: Any) -> None:
    project.append("environments/dev.yaml", "load_balancers: { front: { idle_timeout: 30s } }\n")
    project.append(
        FILE,
        """\
        load_balancer: { scheme: internet-facing, idle_timeout: 90s, test_port: 9001 }
        environments: { dev: { load_balancer: { shared: front } } }
        """,
    )
    balancer = project.load().services("dev")["web"].load_balancer
    assert (balancer.shared, balancer.scheme) == ("front", "internal")
    assert balancer.idle_timeout.total_seconds() == 30
    assert balancer.test_port == 9001
