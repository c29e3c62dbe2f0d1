"""What one does to a service that runs, besides releasing it.

Like `slipway.release` it knows AWS only: boto3, and what the service's stack says.
"""
