#!/usr/bin/env bash
# Sets up a virtual environment in .venv and checks everything: style, types, import rules, the page, tests, docs.
set -euo pipefail
cd "$(dirname "$0")"
scripts/setup.sh .venv text,dev
b=.venv/bin
$b/ruff check .
$b/ruff format --check .
$b/mypy
$b/lint-imports
scripts/page.sh .venv
OMP_NUM_THREADS=1 exec $b/pytest -m "not slow" -n auto --dist loadfile "$@"
