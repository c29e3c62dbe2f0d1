"""An AWS on this machine: MiniStack, with what a container release needs and it lacks.

It knows nothing of the application that is deployed to it: any CDK app would do.
"""
