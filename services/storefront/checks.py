"""What the hooks of a release ask the new tasks: see docs/reference/checks.md."""


def shows_the_stock(green, at_least):
    """See that the home page shows what the inventory has, if that answers at all."""
    inventory = green.get("/").json["inventory"]
    if inventory is None:
        return "the inventory does not answer, and the shop opens without it"
    items = inventory["stock"]
    assert len(items) >= at_least, f"expected at least {at_least} items, but / shows {len(items)}"
    return f"/ shows {len(items)} items"
