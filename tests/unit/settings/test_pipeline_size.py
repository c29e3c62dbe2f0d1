"""How large a pipeline may be."""

from typing import Any

import pytest

from slipway.settings.pipeline_size import actions_of_wave, stages_of_pipeline

DEV = "environments/dev.yaml"
SERVICE = "port: 8080\ncpu: 256\nmemory: 512MiB\n"


@pytest.fixture
def piped(project: Any) -> Any:
    """A pipeline of three waves, each of one environment."""
    project.append(
        "slipway.yaml",
        """\
        pipeline:
          host: { provider: github }
          repository: example/shop
        """,
    )
    project.append(DEV, "pipeline: { after: [] }\n")
    add_environment(project, "test", after="dev")
    add_environment(project, "prod", after="test")
    return project


def add_environment(project: Any, name: str, after: str) -> None:
    text = (project.root / DEV).read_text(encoding="utf-8")
    project.write(f"environments/{name}.yaml", text.replace("after: []", f"after: [{after}]"))


def add_services(project: Any, number: int) -> None:
    for index in range(number):
        project.write(f"services/web-{index}/service.yaml", SERVICE)


def test_a_pipeline_may_have_fifty_stages(piped: Any) -> None:
    add_services(piped, 13)
    settings = piped.load()
    assert stages_of_pipeline(len(settings.waves), len(settings.services("dev"))) == 49


def test_more_stages_are_refused_with_the_numbers_and_the_ways_out(piped: Any) -> None:
    add_services(piped, 14)
    assert piped.mistakes() == (
        "slipway.yaml:7: pipeline would have 52 stages, and AWS CodePipeline allows 50: 4, and "
        "for each of 3 waves one and one for each of 15 services; let environments share a wave "
        "(the same `after`), leave one out, or make some services an application of their own",
    )


def test_a_name_that_is_too_long_for_a_stage_is_refused(piped: Any) -> None:
    names = [letter * 22 for letter in "abcd"]
    for name in names:
        add_environment(piped, name, after="prod")
    (mistake,) = piped.mistakes()
    stage = "-".join(name.capitalize() for name in names) + "-web"
    assert mistake == (
        f"environments/{names[0]}.yaml:12: pipeline.after makes a stage whose name has 95 "
        f"characters, and AWS CodePipeline leaves 92 for it: {stage}; let one come after another, "
        "or choose shorter names"
    )


def test_approval_and_freezes_come_before_the_stacks(pipeline_settings: Any) -> None:
    """Each stack takes two actions, and what is to be released one."""
    _, staging, prod = pipeline_settings.waves
    services = len(pipeline_settings.services("staging"))
    stacks = 4 + services
    assert actions_of_wave(staging, services) == 1 + 2 * stacks + 1
    assert actions_of_wave(prod, services) == 2 + 2 * 2 * stacks + 1


def test_an_environment_has_as_many_stacks_as_are_counted(assembly: Any) -> None:
    """The size of a stage follows from them."""
    (environment,) = assembly.nested_assemblies
    stacks = [each.stack_name for each in environment.nested_assembly.stacks]
    assert len(stacks) - len(["storefront"]) == (actions_of_wave([Plain()], 0) - 1) / 2


class Plain:
    """An environment without approval, window and freezes."""

    approval = "none"
    pipeline = None
