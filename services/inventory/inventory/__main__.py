"""`python -m inventory` serves until it is told to stop."""

import asyncio
import logging
import os
import sys

from inventory.logs import log_as_json
from inventory.server import serve
from inventory.settings import Settings

log_as_json("info")
try:
    settings = Settings.from_environment(os.environ)
    log_as_json(settings.log_level)
except ValueError as error:
    logging.getLogger(__package__).error("%s", error)
    sys.exit(1)
asyncio.run(serve(settings))
