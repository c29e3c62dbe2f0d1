"""The verbs: what each is called, takes and promises; one module a panel of the help.

Each imports what does the work when it runs: ``slipway --help`` answers at once.
"""
