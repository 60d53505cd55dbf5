#!/usr/bin/env bash
# Resolve what the project needs anew; write the hash-pinned lock files and the script that brings
# them into a conda environment. Which list feeds which:
#
#   pyproject.toml, all extras   -> requirements.lock       the workflow (make setup)
#   pyproject.toml, no extra     -> core.lock               the part of it that kernels need
#   requirements-dev.in          -> requirements-dev.lock   tests and linters on top
#   requirements-browser.in      -> requirements-browser.lock   tests in a browser on top
#   requirements-docs.in         -> requirements-docs.lock  the pages (make docs), an environment of its own
#   build.in                     -> build.lock              what pip builds packages with
#   build.lock, requirements.lock -> environment.post-deploy.sh   the workflow in a conda environment
#
# The locks name no package index: pip uses whichever one it is configured for.
set -euo pipefail
cd "$(dirname "$0")"

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3.11 -m venv "$tools"
"$tools/bin/pip" install --quiet uv

# Extras stay in the locks: where a package asks for coverage[toml] and the lock has coverage alone,
# pip does not find it pinned.
compile() {
    "$tools/bin/uv" pip compile --quiet --upgrade --universal --python-version 3.11 \
        --generate-hashes --no-annotate --no-strip-extras \
        --custom-compile-command envs/update_lock.sh "$@"
}
compile ../pyproject.toml --all-extras --output-file requirements.lock
compile ../pyproject.toml --constraint requirements.lock --output-file core.lock
for name in requirements-dev requirements-browser requirements-docs build; do
    compile "$name.in" --output-file "$name.lock"
done

# Snakemake copies the script away from its folder before it runs it in the new environment: a
# reference to the lock file would break there.
{
    cat <<'HEADER'
#!/usr/bin/env bash
# Made by envs/update_lock.sh from envs/requirements.lock: the same versions, with or without conda.
set -euo pipefail
export PYTHONNOUSERSITE=1
# What is pinned and nothing else; build tools first, for packages that come as source alone.
install="python -m pip install --require-hashes --no-deps --no-build-isolation"
$install --requirement /dev/stdin <<'LOCK'
HEADER
    cat build.lock
    echo LOCK
    echo "\$install --requirement /dev/stdin <<'LOCK'"
    cat requirements.lock
    echo LOCK
    echo "python -m pip check"
} > environment.post-deploy.sh
