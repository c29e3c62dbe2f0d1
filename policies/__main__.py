"""Check every template against every rule, and the register against both."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from policies import page, run_checkov, screen
from policies.errors import PoliciesError
from policies.run import Result, run
from scripts.environments import environment_of
from slipway.leash import stop_when_orphaned
from slipway.settings import SettingsError, load

ROOT = Path(__file__).resolve().parent.parent

WRONG_SETTINGS = 2


def main(arguments: list[str] | None = None) -> int:
    """Check, and say what there is to do.

    Returns
    -------
    int
        0 if everything holds; 1 if not, or if a checker failed; 2 for wrong settings.
    """
    parser = argparse.ArgumentParser(prog="python -m policies", description=__doc__)
    parser.add_argument("--json", action="store_true", help="everything, for machines")
    parser.add_argument("--record", action="store_true", help="write docs/proof/compliance.md")
    parser.add_argument("--stop-with-parent", type=int, metavar="PID")
    options = parser.parse_args(arguments)
    if options.stop_with_parent is not None:
        stop_when_orphaned(options.stop_with_parent)
    try:
        settings = load(ROOT)
        python = environment_of(run_checkov.LOCK, takes="about a minute, and 290 MB")
        if python is None:
            return 1
        with tempfile.TemporaryDirectory(prefix="slipway-policies-") as directory:
            result = run(settings, Path(directory).resolve(), python)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return WRONG_SETTINGS
    except PoliciesError as error:
        print(error, file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps(screen.as_json(result), indent=2))
    else:
        print("\n" + "\n".join(screen.lines(result)))
    return _conclude(result, record=options.record, quiet=options.json)


def _conclude(result: Result, *, record: bool, quiet: bool) -> int:
    current = page.text(result)
    if record and result.holds:
        page.FILE.write_text(current, encoding="utf-8")
    stale = page.FILE.read_text(encoding="utf-8") != current
    if not result.holds:
        say = "Not everything holds: see above."
    elif stale:
        say = (
            "docs/proof/compliance.md is stale: run .venv/bin/python -m policies --record and "
            "review the difference with git diff."
        )
    else:
        say = "Everything holds, or is acknowledged with its reason in docs/proof/compliance.md."
    print(say, file=sys.stderr if quiet else sys.stdout)
    return 0 if result.holds and not stale else 1


if __name__ == "__main__":
    sys.exit(main())
