"""What an account and this machine lack for an environment, each with its mend.

A check is a function in a module of its concept; it yields findings and changes nothing.
"""

from slipway.doctor.account import ACCOUNT_CHECKS, TOOLING_CHECKS, look
from slipway.doctor.finding import Diagnosis, Finding, Verdict
from slipway.doctor.machine import look_at_machine
from slipway.doctor.patient import Patient

__all__ = [
    "ACCOUNT_CHECKS",
    "TOOLING_CHECKS",
    "Diagnosis",
    "Finding",
    "Patient",
    "Verdict",
    "look",
    "look_at_machine",
]
