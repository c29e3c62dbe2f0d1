"""The container's health check: `python -m storefront.health`."""

from __future__ import annotations

import http.client
import os
import sys


def main() -> int:
    """Return 0 where the service of this container answers that it is healthy, else 1."""
    host = os.environ.get("HOST", "0.0.0.0")  # noqa: S104 - compared below, never bound
    address = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
    connection = http.client.HTTPConnection(address, int(os.environ.get("PORT", "8080")), timeout=3)
    try:
        connection.request("GET", "/health", headers={"Connection": "close"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"{address}: {error!r}\n")
        return 1
    finally:
        connection.close()
    return 0 if status == http.HTTPStatus.OK else 1


if __name__ == "__main__":
    sys.exit(main())
