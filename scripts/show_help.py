"""Show the Makefile's targets with what they are for."""

import re
import sys
from pathlib import Path


def main() -> int:
    """Print a line for each target that has a description."""
    makefile = Path(__file__).resolve().parent.parent / "Makefile"
    targets = re.findall(r"^([a-z-]+):.*## (.+)$", makefile.read_text(), re.MULTILINE)
    width = max(len(name) for name, _ in targets)
    for name, description in targets:
        print(f"  make {name:<{width}}  {description}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
