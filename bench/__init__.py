"""What synthesis, tests, a hook's cold start and a release cost, mostly as ratios."""
