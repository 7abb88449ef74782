# Each command sets up what it needs first, which takes no time when it is there already.
.DEFAULT_GOAL := help
.PHONY: help demo test bench lock translations screenshots
PORT ?= 8000
PYTHON := .venv/bin/python

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

demo: .python3 ## run Groat with a demo programme on 127.0.0.1 (PORT=8000); EMPTY=1: with nobody in it yet; Ctrl-C ends it
	@python3 scripts/setup run
	@exec .venv/bin/groat demo --port $(PORT) $(if $(EMPTY),--empty)

test: .python3 ## run every check: lint, types, import contracts, all tests on both databases
	@python3 scripts/setup dev
	@exec $(PYTHON) scripts/test

bench: .python3 ## measure payments per second on both databases, with pgbench beside them (QUICK=1: the main figures)
	@python3 scripts/setup dev
	@exec $(PYTHON) -m bench $(if $(QUICK),--quick)

screenshots: .python3 ## take the pictures of every page for docs/
	@python3 scripts/setup dev
	@$(PYTHON) -m tests.browsers
	@exec $(PYTHON) -m tests.screenshots

translations: .python3 ## gather the texts of the pages into the Czech and Slovak catalogues, and compile them
	@command -v xgettext >/dev/null || { echo "Gathering texts needs GNU gettext: install it (Debian and Ubuntu: apt-get install gettext) and try again."; exit 1; }
	@python3 scripts/setup dev
	@cd src/groat && PYTHONPATH=../.. DJANGO_SETTINGS_MODULE=tests.settings ../../$(PYTHON) -m django makemessages \
		--locale cs --locale sk --add-location file --no-wrap --ignore 'static/*' --ignore 'migrations/*'
	@python3 scripts/setup dev

# The locks name no host: see docs/decisions/0001-locks-without-hosts.md.
COMPILE = "$$(python3 scripts/setup uv)" pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	--python $(PYTHON) --python-version 3.12 $(if $(UPGRADE),--upgrade)
lock: .python3 ## write requirements/*.txt anew from pyproject.toml (UPGRADE=1: to the newest versions)
	@python3 scripts/setup run
	@$(COMPILE) pyproject.toml --output-file requirements/run.txt
	@$(COMPILE) pyproject.toml --group dev --constraints requirements/run.txt --output-file requirements/dev.txt
	@echo 'uv>=0.9,<1' | $(COMPILE) - --output-file requirements/uv.txt
	@echo 'pyscard>=2.3' | $(COMPILE) - --output-file requirements/reader.txt
	@printf 'setuptools\nswig\n' | $(COMPILE) - --output-file requirements/reader-build.txt

.PHONY: .python3
.python3:
	@command -v python3 >/dev/null || { echo "Groat's set-up needs python3 on PATH: install Python 3.12 or newer and try again."; exit 1; }
