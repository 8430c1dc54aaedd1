#!/usr/bin/env bash
# Sets up a virtual environment in .venv and runs the main job: an atlas of the Python documentation on this machine, and its page.
set -euo pipefail
cd "$(dirname "$0")"
scripts/setup.sh .venv text,server,map
exec .venv/bin/begriff demo "$@"
