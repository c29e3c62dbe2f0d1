"""The picture of a pipeline shows its stages and actions, in their order."""

import copy
from dataclasses import replace

import pytest

from slipway.diagram import pipeline, stages

PIPELINE = "AWS::CodePipeline::Pipeline"


def definition(stacks):
    return next(
        resource["Properties"]
        for stack in stacks
        for resource in stack.template["Resources"].values()
        if resource["Type"] == PIPELINE
    )


def changed(stacks, change):
    """The stacks, with a change made to the pipeline's properties."""
    found = []
    for stack in stacks:
        template = copy.deepcopy(stack.template)
        for resource in template["Resources"].values():
            if resource["Type"] == PIPELINE:
                change(resource["Properties"])
        found.append(replace(stack, template=template))
    return found


@pytest.fixture(scope="module")
def toolchain(stacks):
    return [each for each in stacks if each.name == "shop-toolchain"]


@pytest.fixture(scope="module")
def picture(toolchain, read):
    return read(pipeline.draw(toolchain))


def everything(stacks):
    for stage in definition(stacks)["Stages"]:
        yield f"stage {stage['Name']}"
        for action in stage["Actions"]:
            yield f"{stage['Name']}/{action['Name']}"


def test_every_stage_and_action_is_in_the_picture(toolchain, picture):
    assert {*everything(toolchain)} <= picture.sources


def test_nothing_else_is(toolchain, picture):
    others = picture.sources - {*everything(toolchain)}
    assert len(others) == 1  # The pipeline itself.
    assert others.pop().startswith("shop-toolchain Pipeline")


def test_an_action_that_leaves_its_stage_leaves_the_picture(toolchain, read):
    for stage_number, stage in enumerate(definition(toolchain)["Stages"]):
        if len(stage["Actions"]) == 1:
            continue
        for number, action in enumerate(stage["Actions"]):
            fewer = changed(
                toolchain, lambda p, s=stage_number, n=number: p["Stages"][s]["Actions"].pop(n)
            )
            drawn = read(pipeline.draw(fewer)).sources
            assert f"{stage['Name']}/{action['Name']}" not in drawn
            assert {*everything(fewer)} <= drawn


def test_a_stage_that_leaves_the_pipeline_leaves_the_picture(toolchain, read):
    for number, stage in enumerate(definition(toolchain)["Stages"]):
        fewer = changed(toolchain, lambda p, n=number: p["Stages"].pop(n))
        assert f"stage {stage['Name']}" not in read(pipeline.draw(fewer)).sources


def test_stages_and_steps_keep_their_order(toolchain):
    found = stages.read(toolchain)
    assert [s.name for s in found.stages] == [s["Name"] for s in definition(toolchain)["Stages"]]
    for stage in found.stages:
        orders = [step[0].order for step in stage.steps]
        assert orders == sorted(orders)


def test_both_regions_of_a_wave_are_named(picture):
    assert {"444444444444 eu-west-1", "444444444444 us-east-1"} <= {*picture.words}


def test_what_is_done_in_two_regions_is_one_action_that_says_so(picture):
    assert f"network {chr(0xD7)} 2" in picture.words


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("BeforeEntry", "skipped if it isn't needed"),
        ("OnFailure", "rolled back if it fails"),
    ],
)
def test_conditions_of_stages_are_explained_where_there_are_any(
    toolchain, picture, read, key, words
):
    def leave_out(properties):
        for stage in properties["Stages"]:
            stage.pop(key, None)

    assert words in picture.words
    assert words not in read(pipeline.draw(changed(toolchain, leave_out))).words


def test_a_pipeline_that_does_not_restart_has_no_way_back(toolchain, picture, read):
    words = "begins anew when it has changed itself"
    assert words in picture.words
    still = changed(toolchain, lambda p: p.update(RestartExecutionOnUpdate=False))
    assert words not in read(pipeline.draw(still)).words


def test_many_services_share_a_row_and_are_all_named(toolchain, read):
    def add(properties):
        model = next(s for s in properties["Stages"] if s["Name"] == "Dev-search")
        for number in range(12):
            name = f"Dev-more-{number}"
            properties["Stages"].append({**copy.deepcopy(model), "Name": name})

    def only_dev(properties):
        properties["Stages"] = [
            s for s in properties["Stages"] if not s["Name"].startswith(("Staging", "Prod"))
        ]
        add(properties)

    many = changed(toolchain, only_dev)
    drawn = read(pipeline.draw(many))
    assert {*everything(many)} <= drawn.sources
    assert {f"more-{number}" for number in range(12)} <= {*drawn.words}


def test_where_there_is_no_pipeline_it_is_said(production):
    with pytest.raises(LookupError, match="no stack has a pipeline"):
        pipeline.draw(production)
