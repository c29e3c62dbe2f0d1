"""Pages that need nothing but themselves: no script, no font, no network.

Reports of rehearsals, of pipelines and of releases consist of the same parts. The style sheet knows
light and dark, wide screens and phones, and paper.
"""
