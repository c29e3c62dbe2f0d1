"""Entry point of ``python -m slipway.local_aws``."""

import sys

from slipway.local_aws.server import main

if __name__ == "__main__":
    sys.exit(main())
