"""What ends a run early, told in one line for the person who must act."""


class ProveError(Exception):
    """The run can't go on, or must not begin: what, where, what to do next."""


class OutOfTimeError(ProveError):
    """Something took longer than it may; what comes after it is not tried."""


class StoppedError(ProveError):
    """Somebody stopped the run; cleaning up is all that is left to do."""
