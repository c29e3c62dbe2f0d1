"""What goes wrong with the checks themselves."""


class PoliciesError(Exception):
    """A checker could not do its work. The message says which, and what to do next."""
