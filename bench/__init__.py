"""What synthesis, the tests and a hook's cold start cost, as ratios to an empty CDK app."""
