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
export OMP_NUM_THREADS=1
[ $# -eq 0 ] || exec $b/pytest -m "not slow" "$@"
$b/pytest -m "not slow" -n auto --dist loadfile --ignore tests/page --ignore tests/server
exec $b/pytest -m "not slow" tests/page tests/server # browsers and loaded servers, which keep time, have the machine to themselves
