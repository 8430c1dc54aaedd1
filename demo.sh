#!/usr/bin/env bash
# Sets up a virtual environment in .venv (once; a download of about 1 GB), then runs the main job: an atlas of the Python documentation
# on this machine, and its page. On two cores the page opens within a minute of the installation, and the whole atlas takes two or three.
set -euo pipefail
cd "$(dirname "$0")"
scripts/setup.sh .venv text,server,map
exec .venv/bin/begriff demo "$@"
