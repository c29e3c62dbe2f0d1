"""Every IAM statement of a synthesised application, and the rules that each has to keep.

Pure: it reads templates and the AWS service authorization reference, and calls nothing. Tests run
the rules over all templates, and ``docs/reference/permissions.md`` is written from what it reads.
"""
