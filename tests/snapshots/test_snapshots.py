"""Each stack's template, as it was last reviewed: `make snapshots` records a wanted change."""

import pytest
