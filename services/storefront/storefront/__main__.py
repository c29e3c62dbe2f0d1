"""`python -m storefront` serves until it is told to stop."""

import sys

from storefront.server import main

sys.exit(main())
