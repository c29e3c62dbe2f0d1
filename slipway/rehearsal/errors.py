"""What a rehearsal tells the person who must act."""


class RehearsalError(Exception):
    """The rehearsal can't go on; its message is one line: what, where, what to do next."""


class NotKeptError(RehearsalError):
    """No rehearsal is kept, or not yet."""
