#!/usr/bin/env bash
# Sets up a virtual environment in .venv and checks the code.
#
#   ./test.sh            everything: style, types, import rules, the page, all tests, docs (under 15 minutes on two slow cores)
#   ./test.sh fast       style, types, import rules and the tests that take little, a few methods of each kind (under 2 minutes)
#   ./test.sh PATHS...   as the first, with these tests or options of pytest
set -euo pipefail
cd "$(dirname "$0")"
scripts/setup.sh .venv text,dev
export PATH="$PWD/.venv/bin:$PATH" OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive # a thread that waits by spinning takes the core from a test

style() { ruff check . && ruff format --check . && lint-imports && mypy; }

if [ "${1:-}" = fast ]; then
  style
  shift
  exec pytest -m "not slow" -n auto --dist worksteal --few -k "not examples_run" tests/{analysis,cli,erasers,indexes,linalg,metrics,probes,readers} tests/test_*.py "$@"
fi

log=$(mktemp)
trap 'kill "$page" 2>/dev/null || true; rm -f "$log"' EXIT
site() { NO_MKDOCS_2_WARNING=1 mkdocs build --site-dir build/site && echo "the documentation site builds without a warning"; }
{ scripts/page.sh .venv && site; } >"$log" 2>&1 & page=$!
style
wait "$page" || { cat "$log"; exit 1; }
grep -v '^INFO' "$log"
[ $# -eq 0 ] || { pytest -m "not slow" "$@"; exit; }
pytest -m "not slow" -n auto --dist worksteal --durations 10 --durations-min 5
