"""The documentation's pictures, drawn from today's templates: `make snapshots` redraws them."""

from pathlib import Path

import pytest

from slipway.changes import assembled_stacks
from slipway.cli.diagram import stacks_of
from slipway.diagram import environment, pipeline, release
from slipway.settings import load

ROOT = Path(__file__).resolve().parents[2]
DIAGRAMS = ROOT / "docs" / "diagrams"


@pytest.fixture(scope="module")
def drawn(assembly):
    """Each picture of the documentation, by its file's name."""
    directory = Path(assembly.directory)
    production = stacks_of(load(ROOT), "prod", directory)
    return {
        "environment.svg": environment.draw(production, "shop in prod"),
        "pipeline.svg": pipeline.draw(assembled_stacks(directory)),
        "release.svg": release.draw(production, "storefront", "A release of storefront in prod"),
    }


def test_diagrams_are_as_templates_say(request, drawn):
    if request.config.getoption("--record"):
        DIAGRAMS.mkdir(exist_ok=True)
        for name, picture in drawn.items():
            (DIAGRAMS / name).write_text(picture, encoding="utf-8")
    stale = [
        name
        for name, picture in drawn.items()
        if not (DIAGRAMS / name).is_file()
        or (DIAGRAMS / name).read_text(encoding="utf-8") != picture
    ]
    assert not stale, (
        f"docs/diagrams: {', '.join(stale)} no longer show what the templates hold: "
        "run `make snapshots`, and look at them."
    )


def test_every_diagram_is_one_that_is_drawn(drawn):
    assert {file.name for file in DIAGRAMS.glob("*.svg")} == {*drawn}
