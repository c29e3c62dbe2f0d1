"""The rehearsal of the pipeline: pushes, approvals and releases, on an AWS on this machine."""
