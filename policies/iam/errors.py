"""What the walk can't read: it says so instead of passing over it."""


class UnreadableError(Exception):
    """A policy, or something that a policy names, has a place or a form that nobody wrote down.

    It is an error and no finding: what can't be read can't be judged.
    """
