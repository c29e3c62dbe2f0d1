"""The image's HEALTHCHECK: `python -m inventory.health` ends with 0 while the service answers."""

import http.client
import os
import sys

# Linux takes a connection to 0.0.0.0 as one to itself.
service = http.client.HTTPConnection(os.environ["HOST"], int(os.environ["PORT"]), timeout=3)
try:
    service.request("GET", "/health")
    answer = service.getresponse()
except (OSError, http.client.HTTPException) as error:
    sys.exit(f"{service.host}:{service.port}: {error!r}")
sys.exit(answer.status != http.HTTPStatus.OK)
