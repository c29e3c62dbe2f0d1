"""Each stack's template, as it was last reviewed: `make snapshots` records a wanted change."""

from pathlib import Path

RECORDED = Path(__file__).parent / "recorded"


def test_templates_are_as_recorded(request, recorded, current):
    if request.config.getoption("--record"):
        recorded = record(request, recorded, current)
    assert current.keys() == recorded.keys(), "stacks came or went: run `make snapshots`"
    changed = [name for name in current if current[name] != recorded[name]]
    assert not changed, (
        f"{', '.join(changed)} differ from what was recorded. If you want that, run "
        "`make snapshots` and review the difference with git diff."
    )


def record(request, recorded, current):
    # What must stay is compared with what was recorded before: afterwards there is nothing to see.
    verdict = request.getfixturevalue("verdict")
    RECORDED.mkdir(exist_ok=True)
    for name in recorded.keys() - current.keys():
        (RECORDED / name).unlink()
    for name, text in current.items():
        (RECORDED / name).write_text(text)
    request.getfixturevalue("replacements").record(verdict.used)
    return current
