"""Write docs/reference/schemas: the JSON Schema of what verbs answer with --json, or leave."""

import sys
from pathlib import Path

from slipway.cli.schemas import RECORDED, text_of

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference" / "schemas"


def main() -> int:
    """Write a file for each, and take away what no verb answers or leaves any more."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file in FOLDER.glob("*.json"):
        if file.stem not in RECORDED:
            file.unlink()
    for name in RECORDED:
        (FOLDER / f"{name}.json").write_text(text_of(name), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
