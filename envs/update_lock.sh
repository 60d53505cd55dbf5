#!/usr/bin/env bash
# Resolve envs/*.in anew; write the hash-pinned lock files and the conda environment made from them.
# The locks name no package index: pip uses whichever one it is configured for.
set -euo pipefail
cd "$(dirname "$0")"

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3.11 -m venv "$tools"
"$tools/bin/pip" install --quiet uv

for name in requirements requirements-dev; do
    "$tools/bin/uv" pip compile --quiet --upgrade --universal --python-version 3.11 \
        --generate-hashes --no-annotate \
        --custom-compile-command envs/update_lock.sh \
        "$name.in" --output-file "$name.lock"
done
python3.11 make_environment.py requirements.lock > environment.yaml
