"""The constructs that Slipway's stacks are made of: one concept a module."""
