# The front door. What the targets do is in scripts/ and slipway/; this file only names it.

PYTHON ?= python3

# --stop-with-parent $$PPID: a make that is killed tells its children nothing, so they watch it.
# With exec the shell's parent is theirs.

.PHONY: help rehearse rehearse-pipeline rehearse-keep rehearse-faults environments interruption
.PHONY: newcomer test test-browser test-properties check policy audit bench docs docs-serve
.PHONY: synth snapshots lock prove-aws set-up clean

help: ## Show what there is
	@$(PYTHON) scripts/show_help.py

rehearse: set-up ## Deploy and release on an AWS on this machine, and test
	@exec .venv/bin/python -m slipway rehearse --stop-with-parent $$PPID
	@exec .venv/bin/python scripts/run_tests.py --stop-with-parent $$PPID rehearsal

rehearse-pipeline: set-up ## Run the pipeline on this machine (QUICK=1: part)
	@exec .venv/bin/python -m slipway rehearse --pipeline $(if $(QUICK),--quick) --stop-with-parent $$PPID

rehearse-keep: set-up ## The same environment, kept to look round in
	@exec .venv/bin/python -m slipway rehearse --keep --stop-with-parent $$PPID

rehearse-faults: set-up ## All that can go wrong (8 min; QUICK=1: half of it)
	@exec .venv/bin/python scripts/run_tests.py --stop-with-parent $$PPID $(if $(QUICK),--quick) faults

environments: set-up ## Deploy and destroy every environment here (2 min)
	@exec .venv/bin/python scripts/run_tests.py --stop-with-parent $$PPID environments

interruption: set-up ## Stop a rehearsal in every phase (8 min; QUICK=1: part)
	@exec .venv/bin/python scripts/run_tests.py --stop-with-parent $$PPID $(if $(QUICK),--quick) interruption

newcomer: set-up ## The page for newcomers, word for word (4 min)
	@exec .venv/bin/python scripts/run_tests.py --stop-with-parent $$PPID newcomer

test: set-up ## Unit, snapshot and policy tests, and the services' own
	@exec .venv/bin/python scripts/run_tests.py --stop-with-parent $$PPID fast

test-browser: set-up ## Reports and documentation in Debian's Chromium
	@exec .venv/bin/python -m scripts.test_browser --stop-with-parent $$PPID $(ARGS)

test-properties: set-up ## Settings drawn by the thousand (6 min)
	@exec .venv/bin/python scripts/run_tests.py --stop-with-parent $$PPID properties

check: set-up ## Style, types, Dockerfiles, lock files, secrets
	@exec .venv/bin/python scripts/check.py --stop-with-parent $$PPID

docs: set-up ## Build the documentation, strict, into build/docs
	@exec .venv/bin/python scripts/docs.py --stop-with-parent $$PPID

docs-serve: set-up ## Show it on http://127.0.0.1:8000 while you write
	@exec .venv/bin/python scripts/docs.py --serve --stop-with-parent $$PPID

policy: set-up ## Every template by cdk-nag, Guard, cfn-lint, checkov
	@exec .venv/bin/python -m policies --stop-with-parent $$PPID $(ARGS)

audit: set-up ## Ask for known vulnerabilities of every dependency
	@exec .venv/bin/python scripts/audit.py $(ARGS)

bench: set-up ## Measure synthesis, tests, hooks, a release (7 min)
	@exec .venv/bin/python -m bench --stop-with-parent $$PPID

prove-aws: set-up ## Try on AWS what nobody has tried there, after asking
	@exec .venv/bin/python -m prove --stop-with-parent $$PPID $(ARGS)

synth: set-up ## Synthesise every environment into cdk.out
	@.venv/bin/python -m slipway lock
	@CDK_VALIDATION=false scripts/cdk synth --quiet # make policy validates
	@echo "The templates are in cdk.out. Next, for one environment: scripts/cdk diff 'Dev/*'"

snapshots: set-up ## Record the templates that snapshot tests compare with
	@.venv/bin/python -m pytest tests/snapshots --record

lock: set-up ## Resolve the Python and Node locks again
	@.venv/bin/python scripts/lock.py

set-up:
	@exec $(PYTHON) scripts/set_up.py --stop-with-parent $$PPID

clean: ## Remove what was built or installed here
	rm -rf .venv node_modules build cdk.out
