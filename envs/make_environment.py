"""Print the conda environment that takes Python from conda-forge and all else from the pip lock.

The pins stand in the file itself, because Snakemake copies it away from its folder: a reference to
the lock file would break there.
"""

import sys
from pathlib import Path


def environment(lock):
    """Text of environment.yaml for the text of a hash-pinned requirements lock."""
    requirements = lock.replace("\\\n", " ").splitlines()
    pins = [" ".join(line.split()) for line in requirements if line and not line.startswith("#")]
    header = """\
# Made by envs/update_lock.sh from envs/requirements.lock: the same versions, with or without conda.
name: proda
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python =3.11
  - pip
  - pip:
"""
    return header + "".join(f'      - "{pin}"\n' for pin in pins)


if __name__ == "__main__":
    sys.stdout.write(environment(Path(sys.argv[1]).read_text()))
