"""Run a module that needs Django set up: `python -m bench.with_django bench.seed`."""

import runpy
import sys

import django

if __name__ == "__main__":
    django.setup()
    runpy.run_module(sys.argv[1], run_name="__main__")
