"""What an environment costs in a month, estimated from its templates.

Nothing is asked of AWS but prices, and those only where somebody wants it.
"""

from slipway.cost.errors import CostError
from slipway.cost.estimate import estimate
from slipway.cost.inputs import Assumptions, Prices, assumptions, price_table, priced_regions
from slipway.cost.model import Estimate, Group, Line, Saving, Span, Subtotal, Unpriced
from slipway.cost.resources import Inventory

__all__ = [
    "Assumptions",
    "CostError",
    "Estimate",
    "Group",
    "Inventory",
    "Line",
    "Prices",
    "Saving",
    "Span",
    "Subtotal",
    "Unpriced",
    "assumptions",
    "estimate",
    "price_table",
    "priced_regions",
]
