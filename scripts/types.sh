#!/usr/bin/env bash
# scripts/types.sh VENV [FILE]: makes the page's types from the server's own documents, as web/src/lib/api-types.ts or as FILE.
set -euo pipefail
python=$(cd "$1" && pwd)/bin/python file=${2:-src/lib/api-types.ts}
cd "$(dirname "$0")/../web"
PYTHONPATH=../src "$python" ../scripts/openapi.py | npx openapi-typescript --output "$file" >/dev/null
