"""The fault matrix: real releases with something wrong, under traffic, and how each must end.

`fault` says what an entry of the table is, `provoke` what can go wrong, `lane` and `lanes` where
it happens, `matrix` runs the selected faults side by side, `judgement` and `requests` compare what
was seen with what was expected, and `report` tells it.
"""
