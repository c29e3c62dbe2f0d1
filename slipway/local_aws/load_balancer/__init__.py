"""Application load balancers with an address each, a real socket per listener, and true health.

Security groups are not simulated: whoever reaches the loopback address gets in.
"""

from slipway.local_aws.load_balancer.api import hook_api, hook_cloudformation
from slipway.local_aws.load_balancer.control import LoadBalancers
from slipway.local_aws.machine import Machine


def install(machine: Machine) -> None:
    """Put the load balancers behind MiniStack's API."""
    load_balancers = LoadBalancers(machine)
    hook_api(load_balancers)
    hook_cloudformation(load_balancers)
