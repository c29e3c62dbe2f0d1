import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "settings_reference.py"


def test_the_settings_reference_is_what_the_schemas_say() -> None:
    spec = importlib.util.spec_from_file_location("settings_reference", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    page = reference.PAGE.read_text(encoding="utf-8")
    assert page.count("| key | type | default | |") == 3
    assert page == reference.with_tables(page), (
        "docs/reference/service.md is stale: run .venv/bin/python scripts/settings_reference.py"
    )
