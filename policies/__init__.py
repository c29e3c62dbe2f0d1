"""What every template is held to, and the check that it holds: ``python -m policies``.

Rules of our own are in ``guard/`` and ``iam/``; what checkov needs is in ``checkov/``. An
acknowledgement of a finding is written beside the construct, see
:mod:`slipway_constructs.findings`; synthesis brings it here.
"""
