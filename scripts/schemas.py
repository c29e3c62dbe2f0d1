"""Write docs/reference/schemas: the JSON Schema of what each verb answers with --json."""

import sys
from pathlib import Path

from slipway.cli.schemas import OUTPUTS, text_of

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference" / "schemas"


def main() -> int:
    """Write a file for each verb, and take away what no verb answers any more."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file in FOLDER.glob("*.json"):
        if file.stem not in OUTPUTS:
            file.unlink()
    for verb in OUTPUTS:
        (FOLDER / f"{verb}.json").write_text(text_of(verb), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
