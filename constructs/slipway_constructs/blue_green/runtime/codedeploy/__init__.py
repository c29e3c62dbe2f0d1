"""CodeDeploy's way to the checks: what a deployment brings in, a hook's status out.

All that is CodeDeploy's stands here. The library ``checks`` and ``verdict`` know no deployment
engine, so that another one needs an adapter of this size and nothing else.
"""
