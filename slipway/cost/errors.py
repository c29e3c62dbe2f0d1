"""What can be wrong with an estimate's inputs."""


class CostError(Exception):
    """Prices, assumptions or templates can't be used; the message is one line."""
