"""Each stack's template, as it was last reviewed: `make snapshots` records a wanted change."""

import json
import re
from pathlib import Path

RECORDED = Path(__file__).parent / "recorded"


def masked(template):
    """The template without what changes for no reason of its own: hashes of code and images."""
    text = json.dumps(template, indent=2, sort_keys=True)
    return re.sub(r"\b[0-9a-f]{64}\b", "<sha256>", text) + "\n"


def test_templates_are_as_recorded(templates, request):
    current = {f"{name}.json": masked(template) for name, template in templates.items()}
    if request.config.getoption("--record"):
        RECORDED.mkdir(exist_ok=True)
        for stale in RECORDED.glob("*.json"):
            stale.unlink()
        for name, text in current.items():
            (RECORDED / name).write_text(text)
    recorded = {path.name: path.read_text() for path in RECORDED.glob("*.json")}
    assert current.keys() == recorded.keys(), "stacks came or went: run `make snapshots`"
    changed = [name for name in current if current[name] != recorded[name]]
    assert not changed, (
        f"{', '.join(changed)} differ from what was recorded. If you want that, run "
        "`make snapshots` and review the difference with git diff."
    )
