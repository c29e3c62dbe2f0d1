"""Pictures of what is synthesised, as SVG: an environment, the pipeline, a release.

They are drawn from templates and show nothing else: every shape that stands for something says in
``data-from`` from which stack and resource it comes.
"""
