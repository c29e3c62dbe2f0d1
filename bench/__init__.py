"""What synthesis, tests, a hook's first call and a release cost, mostly as ratios."""
