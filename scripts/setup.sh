#!/usr/bin/env bash
# scripts/setup.sh FOLDER EXTRAS: make a virtual environment and install begriff into it, once for each state of pyproject.toml.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1 extras=$2
python=${PYTHON:-}
if [ -z "$python" ]; then
  for candidate in python3 python3.11 python3.12 python3.13 python3.14; do
    if command -v "$candidate" >/dev/null && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      python=$candidate
      break
    fi
  done
fi
[ -n "$python" ] || { echo "begriff needs Python 3.11 or newer; none was found (set PYTHON to one)" >&2; exit 1; }
stamp="$folder/.begriff-$(echo "$extras" | tr , -)-$(cksum < pyproject.toml | cut -d' ' -f1)"
[ -f "$stamp" ] && exit 0
[ -x "$folder/bin/python" ] || "$python" -m venv "$folder"
echo "installing begriff[$extras] into $folder (about 1 GB with torch; once)" >&2
"$folder/bin/python" -m pip install --quiet --upgrade pip 2>/dev/null || true
"$folder/bin/python" -c 'import torch' 2>/dev/null || "$folder/bin/python" -m pip install --quiet "torch==2.13.0"
"$folder/bin/python" -m pip install --quiet --editable ".[$extras]"
touch "$stamp"
