"""Try in a real account what docs/proof/unproven.md assumes: ``make prove-aws``."""
