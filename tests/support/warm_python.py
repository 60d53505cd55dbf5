"""``python`` without the seconds of importing: forked from a server that has imported the packages.

Importing Snakemake, TensorFlow and the like takes longer than most of what tests let a run of the
workflow do, and each of its jobs is a process of its own. The command that ``warm_python`` returns
runs a script or a module as ``python`` does: with its own words, environment, folder and streams,
in a process of its own. Only what runs the library beside these tests has imported of it before;
whatever runs other code imports that anew. What may depend on how a process starts is run by
``sys.executable``.
"""

import atexit
import gc
import importlib.util
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from contextlib import contextmanager
from functools import partial
from pathlib import Path

__all__ = ["PID_FILE", "another_warm_python", "warm_python"]

VARIABLE = "PRODA_TESTS_WARM_PYTHON"
# Names, in the environment of a command, a file for the number of the process that runs it.
PID_FILE = "PRODA_TESTS_PID_FILE"
PACKAGES = [
    *("snakemake.cli", "snakemake.script", "numba", "netCDF4", "xarray", "matplotlib.pyplot"),
    *("scipy.optimize", "scipy.special", "scipy.stats", "rioxarray", "shapely", "jsonschema"),
    *("sklearn.ensemble", "tensorflow", "keras"),
]
LIBRARY = str(Path(__file__).parents[2] / "workflow")
SNAKEFILE = str(Path(__file__).parents[2] / "Snakefile")
# What most jobs import of the library; the model is run once, for its compiled code to be loaded.
MODULES = [
    *("proda.jobs", "proda.examples", "proda.inference.site_group", "proda.projection.files"),
    *("proda.projection.soc", "proda.parameters.draws", "proda.evaluation.pairs"),
    *("proda.figures.maps", "proda.figures.style"),
]
# What Snakemake and the library set before these are imported.
SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "KERAS_BACKEND": "tensorflow",
}


def warm_python(at_once=False):
    """Path of a command that runs like ``python``; all workers of the tests share its server.

    The server imports the packages at once, or when asked for the first time.
    """
    if VARIABLE not in os.environ:
        os.environ[VARIABLE], server = _start(at_once)
        # It ends as the pipe to it does: in any case with this process.
        atexit.register(server.communicate)
    return os.environ[VARIABLE]


@contextmanager
def another_warm_python():
    """The same of a server of its own, whose processes hash texts in another way."""
    command, server = _start(at_once=True)
    try:
        yield command
    finally:
        server.communicate()


def _start(at_once):
    """Path of the command, and the process of its server."""
    folder = Path(tempfile.mkdtemp(prefix="proda-tests-"))
    command = folder / "python"
    client = Path(__file__).with_name("warm_client.py").read_text()
    command.write_text(f"#!{sys.executable} -IS\n{client}")
    command.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as listener, (folder / "errors.txt").open("w") as errors:
        listener.bind(str(folder / "socket"))
        listener.listen(64)
        server = subprocess.Popen(
            [sys.executable, __file__, str(folder), str(listener.fileno()), str(int(at_once))],
            stdin=subprocess.PIPE,
            stderr=errors,
            pass_fds=[listener.fileno()],
            start_new_session=True,
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | SETTINGS,
        )
    return str(command), server


def serve(folder, listener, at_once):
    """Fork for each request; returns what a forked process is to run, and None in the end."""
    warm = False
    children = set()
    if at_once:
        import_packages()
        warm = True
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        children -= {child for child in children if os.waitpid(child, os.WNOHANG)[0]}
        if sys.stdin in ready:
            shutil.rmtree(folder)
            return None
        connection, _ = listener.accept()
        if not warm:
            import_packages()
            warm = True
        child = os.fork()
        if not child:
            listener.close()
            return attend(connection, Path(folder, "python"))
        children.add(child)
        connection.close()


def import_packages():
    """Import the packages and the library, for all processes that are forked later."""
    for package in PACKAGES:
        __import__(package)
    sys.path.insert(0, LIBRARY)
    # Looks for Snakemake's plugins, of which one is in this repository.
    sys.modules["snakemake.cli"].get_argument_parser()
    import_library()
    sys.path.remove(LIBRARY)
    gc.freeze()


def import_library():
    """Import what jobs need of the library, with the code of its kernels."""
    for module in MODULES:
        importlib.import_module(module)
    from proda.examples import read_example_columns, run_example_columns
    from proda.model.default_runs import usual_version
    from proda.model.structures import STUDY
    from proda.resources import resource

    columns = read_example_columns(resource("example_columns.csv"))
    run_example_columns(columns, usual_version(STUDY))


def attend(connection, command):
    """Start a process for a request and report how it ended; returns what it is to run."""
    length, streams, _, _ = socket.recv_fds(connection, 8, 3)
    with connection.makefile("rb") as stream:
        words, folder, environment = json.loads(stream.read(int.from_bytes(length, "big")))
    process = os.fork()
    if not process:
        connection.close()
        return partial(become, words, folder, environment, streams, str(command))
    for number in (*streams, 0, 1, 2):
        os.close(number)
    ended = os.pidfd_open(process)
    # A client that says any more has been killed.
    if ended not in select.select([ended, connection], [], [])[0]:
        os.kill(process, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    try:
        connection.sendall(str(status % 256).encode())
    finally:
        os._exit(0)


def become(words, folder, environment, streams, command):
    """Go on as ``python`` with these words."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w", 1)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if place := os.environ.pop(PID_FILE, None):
        Path(place).write_text(str(os.getpid()))
    tempfile.tempdir = None
    paths = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    module = words[0] == "-m"
    sys.path[:1] = ["" if module else os.path.dirname(words[0]), *paths]
    if (SNAKEFILE not in words) if module else (paths[:1] != [LIBRARY]):
        for name in [name for name in sys.modules if name.partition(".")[0] == "proda"]:
            del sys.modules[name]
    # Some distributions of Python have one of their own, which the server has imported.
    sys.modules.pop("sitecustomize", None)
    if importlib.util.find_spec("sitecustomize"):
        importlib.import_module("sitecustomize")
    sys.argv = words[module:]
    status = 0
    try:
        if module:
            # The head of a run: its jobs are started in the same way.
            sys.executable = command
            runpy.run_module(words[1], run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(words[0], run_name="__main__")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
        if not isinstance(end.code, int | None):
            print(end.code, file=sys.stderr)
    except BaseException:
        traceback.print_exc()
        status = 1
    # What is left is to take all packages apart, which takes longer than most jobs.
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    if run := serve(sys.argv[1], socket.socket(fileno=int(sys.argv[2])), sys.argv[3] == "1"):
        run()
