#!/usr/bin/env bash
# scripts/types.sh VENV: makes the page's types (web/src/lib/api-types.ts) from the server's own documents.
set -euo pipefail
cd "$(dirname "$0")/.."
"$1/bin/python" scripts/openapi.py > web/node_modules/schemas.json
cd web && npm run --silent types
