"""The whole matrix. Its entries are in ``entries``, by what is wrong."""

from faults.entries import hooks, installation, operations, stack_updates, stops, traffic

FAULTS = (
    *installation.FAULTS,
    *hooks.FAULTS,
    *traffic.FAULTS,
    *stops.FAULTS,
    *operations.FAULTS,
    *stack_updates.FAULTS,
)
