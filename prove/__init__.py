"""Try in a real account what docs/unproven.md assumes: ``make prove-aws``."""
