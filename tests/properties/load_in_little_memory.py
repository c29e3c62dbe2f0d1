"""Load folders of settings, and print what is wrong in each, in a process that has few resources.

A form feed follows the lines of each folder.
"""

import resource
import sys
from pathlib import Path

from slipway.settings import SettingsError, load
from slipway.settings.lock import check_entries

MEMORY = 128 * 1024 * 1024
"""Bytes that all of them may take, beside what the process has when it starts."""

TIME = 60
"""Seconds of a processor that all of them may take."""


def main() -> None:
    size = Path("/proc/self/statm")
    # Without it, as on macOS, time alone is limited.
    if size.exists():
        pages = int(size.read_text().split()[0])
        limit = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (TIME, TIME))
    for root in sys.argv[1:]:
        try:
            settings = load(Path(root))
            for environment in settings.environments:
                check_entries(settings, environment)
        except SettingsError as error:
            print(error)
        print("\f", end="", flush=True)


if __name__ == "__main__":
    main()
