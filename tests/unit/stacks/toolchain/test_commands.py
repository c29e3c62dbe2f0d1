"""What the pipeline's actions run is what the commands of ``python -m pipeline`` take."""

import json
import re
import shlex

import pytest

from pipeline.__main__ import COMMANDS, parse

RUN = ".venv/bin/python -m pipeline "


def command_lines(pipeline):
    """Every command line of ``python -m pipeline``, inputs being where CodeBuild puts them."""
    for each in pipeline.actions():
        if step := each.variables.get("STEP"):
            yield each.name, step
    for name, project in pipeline.projects.items():
        buildspec = project["Source"]["BuildSpec"]
        if buildspec.startswith("{"):
            for phase in json.loads(buildspec)["phases"].values():
                for line in phase["commands"]:
                    if line.startswith(RUN):
                        yield name, line.removeprefix(RUN)


def test_every_command_line_is_understood(pipeline):
    understood = set()
    for name, line in command_lines(pipeline):
        filled_in = re.sub(r"\$CODEBUILD_SRC_DIR_\w+", "/input", line)
        options = parse(shlex.split(filled_in))
        assert "$" not in filled_in, name
        understood.add(options.command)
    assert understood == set(COMMANDS)


def test_a_step_runs_as_the_action_says_it(pipeline):
    """The project's one line hands over the whole step, with inputs filled in."""
    buildspec = json.loads(pipeline.projects["shop-pipeline-releases"]["Source"]["BuildSpec"])
    first, then = buildspec["phases"]["build"]["commands"]
    assert first == 'sh -c "exec .venv/bin/python -m pipeline $STEP"'
    # The variables of a step become the action's: later conditions read them.
    assert then == ". out/variables"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_run_by_the_pipeline(pipeline, command):
    assert any(line.split()[0] == command for _, line in command_lines(pipeline))
