#!/usr/bin/env bash
# Sets up a virtual environment in .venv and runs the main job: an atlas of the Python documentation on this machine.
set -euo pipefail
cd "$(dirname "$0")"
scripts/setup.sh .venv text
exec .venv/bin/begriff demo "$@"
