"""A step of the pipeline: ``python -m pipeline COMMAND``.

Every command is a module with two functions, imported only when it is the one that is run:

``add_arguments(parser)``
    declares what it takes on the command line;
``run(options)``
    does it, and returns nothing. It raises PipelineError for what a person must mend.

What it tells goes to standard output, which is the CodeBuild project's log; errors go to standard
error, one line each.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

from pipeline.errors import PipelineError
from slipway.changes import AssemblyError
from slipway.release.errors import ReleaseError
from slipway.settings import SettingsError

# Command: its module, and what it does.
COMMANDS = {
    "build": ("pipeline.images.build", "build and push the images of one architecture"),
    "images": ("pipeline.images.digests", "join and judge the images, and write their digests"),
    "changes": ("pipeline.releases.changes", "say what an environment would get, and whether now"),
    "render": ("pipeline.releases.render", "render releases, and say which services need one"),
    "prepare": ("pipeline.releases.prepare", "bring a service to rest for its release"),
    "check": ("pipeline.releases.check", "check a service after its release, and mark its images"),
}

WRONG_SETTINGS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Returns
    -------
    int
        0 if it is done; 1 if something must be mended; 2 for wrong settings or arguments.
    """
    options = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        options.run(options)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return WRONG_SETTINGS
    except (AssemblyError, PipelineError, ReleaseError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read a command line; what it asks for is done by ``options.run(options)``.

    Arguments that make no sense end the process with exit code 2, after a line that says why.
    """
    given = list(arguments)
    parser = argparse.ArgumentParser(
        prog="python -m pipeline", description=__doc__.partition("\n")[0]
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module_name, summary) in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
        if given[:1] == [name]:
            module = importlib.import_module(module_name)
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    return parser.parse_args(given)


if __name__ == "__main__":
    sys.exit(main())
