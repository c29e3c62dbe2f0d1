"""The entries of the matrix, by what is wrong."""

from faults.entries import hooks, installation, operations, stops, traffic

FAULTS = (
    *installation.FAULTS,
    *hooks.FAULTS,
    *traffic.FAULTS,
    *stops.FAULTS,
    *operations.FAULTS,
)
