# The front door. What the targets do is in scripts/ and slipway/; this file only names it.

PYTHON ?= python3

.PHONY: help rehearse interruption test check bench synth snapshots lock set-up clean

help: ## Show what there is
	@$(PYTHON) scripts/show_help.py

rehearse: set-up ## Deploy everything to an AWS on this machine and release on it, under traffic
	@.venv/bin/python -m slipway rehearse --stop-with-parent
	@.venv/bin/python scripts/run_tests.py --stop-with-parent rehearsal

interruption: set-up ## Stop a rehearsal in every phase, in every way (about five minutes)
	@.venv/bin/python scripts/run_tests.py --stop-with-parent interruption

test: set-up ## Unit, snapshot and policy tests, and the services' own
	@.venv/bin/python scripts/run_tests.py --stop-with-parent fast

check: set-up ## Style, types, Dockerfiles, templates, lock files
	@.venv/bin/python scripts/check.py --stop-with-parent

bench: set-up ## Measure synthesis, tests and hooks against an empty CDK app (five minutes)
	@.venv/bin/python -m bench --stop-with-parent

synth: set-up ## Synthesise every environment into cdk.out
	@.venv/bin/python -m slipway lock
	@scripts/cdk synth --quiet
	@echo "The templates are in cdk.out. Next: scripts/cdk diff, or scripts/cdk deploy"

snapshots: set-up ## Record the templates that the snapshot tests compare with
	@.venv/bin/python -m pytest tests/snapshots --record

lock: set-up ## Resolve the Python and Node locks again
	@.venv/bin/python scripts/lock.py

set-up:
	@$(PYTHON) scripts/set_up.py --stop-with-parent

clean: ## Remove what was built or installed here
	rm -rf .venv node_modules build cdk.out
