"""Inputs cut off or unreadable, wrong configurations, and downloads that break off."""

import hashlib
import random
import shutil
import threading
import zipfile
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import yaml
from disturbed import Run, contents, finish

import own_data_files as own
from proda.data.downloads.register import COLUMNS
from workflow_runs import ROOT, snakemake

pytestmark = pytest.mark.workflow

BAD = ROOT / "tests" / "data" / "bad"


# --- files ---------------------------------------------------------------------------------------


def half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def unreadable(path):
    """A file that opens and then fails, as on a broken disk."""
    path.unlink()
    path.symlink_to("/proc/self/mem")


FAULTS = {
    "neon_layers.csv": (unreadable, "expected a readable file, found Input/output error"),
    "clm_annual_4x5.nc": (half, "fetch it again"),
    "SOCS_0_100cm_year_2010AD_10km_conus.tif": (half, "a raster that can be read to its end"),
    "covariates_halfdeg.nc": (half, "fetch it again"),
}


def test_inputs_cut_off_or_unreadable(fault, tmp_path):
    config = yaml.safe_load((ROOT / "config" / "own_data.yaml").read_text())
    config["region"] = {"polygon": str(own.write_region(tmp_path / "region.geojson"))}
    config["covariates"]["table"] = str(ROOT / "config" / "own_covariates.csv")
    data, kept = own.write_own_data(tmp_path / "data"), tmp_path / "kept"
    shutil.copytree(data, kept)
    for folder in ("here", "whole"):
        (tmp_path / folder).mkdir()
    config["data_dir"] = str(data)
    with fault(*(f"{damage.__name__} {name}" for name, (damage, _) in FAULTS.items())):
        finish(tmp_path / "whole", config, targets=["inputs"])
        for name, (damage, _) in FAULTS.items():
            damage(data / name)
        run = Run(tmp_path / "here", config, targets=["inputs"])
        assert run.wait() != 0
        for name, (_, message) in FAULTS.items():
            lines = [line for line in run.screen.splitlines() if f"{name}" in line]
            assert any(line.startswith("error: ") and message in line for line in lines), run.screen
        for name in FAULTS:
            (data / name).unlink()
            shutil.copy2(kept / name, data / name)
        finish(tmp_path / "here", config, targets=["inputs"])
        assert contents(tmp_path / "here") == contents(tmp_path / "whole")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("typo_in_a_section", "found 'polygn' (did you mean 'polygon'?)"),
        ("section_twice", "line 27: expected each key once, found 'forcing' again"),
        ("indented_with_a_tab", "make sure to not mix whitespace and tab indentation"),
    ],
)
def test_configuration_is_refused_before_anything_runs(fault, tmp_path, name, message):
    with fault(f"configuration {name}"):
        run = snakemake(tmp_path, BAD / "config" / f"{name}.yaml", "--dry-run")
        assert run.returncode != 0
        screen = run.stdout + run.stderr
        assert message in screen and "Traceback" not in screen
        assert not (tmp_path / "results").exists()


def test_covariate_table_is_refused_before_anything_runs(fault, tmp_path):
    own.write_own_data(tmp_path / "data")
    config = yaml.safe_load((ROOT / "config" / "own_data.yaml").read_text())
    config["covariates"]["table"] = str(BAD / "covariate_table" / "latin_1.csv")
    with fault("covariate table of another encoding"):
        run = snakemake(tmp_path, config, "--dry-run", "--", "inputs")
        assert run.returncode != 0
        screen = run.stdout + run.stderr
        assert "latin_1.csv: expected text in utf-8, found byte 0xe9" in screen


# --- downloads -----------------------------------------------------------------------------------


class Server(BaseHTTPRequestHandler):
    """Serves one file, with ranges; drops the line half way, or stalls there, on request."""

    protocol_version = "HTTP/1.1"
    body, breaks, stall = b"", 0, threading.Event()

    def log_message(self, *args):
        pass

    def do_GET(self):
        kind = type(self)
        first = int(self.headers.get("Range", "bytes=0-")[6:].split("-")[0])
        self.send_response(206 if first else 200)
        self.send_header("ETag", '"one"')
        self.send_header("Content-Length", str(len(kind.body) - first))
        if first:
            span = f"bytes {first}-{len(kind.body) - 1}/{len(kind.body)}"
            self.send_header("Content-Range", span)
        self.end_headers()
        if kind.breaks:
            kind.breaks -= 1
            self.wfile.write(kind.body[first : (first + len(kind.body)) // 2])
            self.wfile.flush()
            kind.stall.wait(60)
            self.close_connection = True
            self.connection.close()
        else:
            self.wfile.write(kind.body[first:])


@contextmanager
def serving(body, breaks=0, stalls=False):
    Server.body, Server.breaks, Server.stall = body, breaks, threading.Event()
    if not stalls:
        Server.stall.set()
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/pits.zip"
        Server.stall.set()
        server.shutdown()


@pytest.fixture
def archive(tmp_path):
    own.write_horizons(tmp_path / "neon_layers.csv")
    path = tmp_path / "pits.zip"
    with zipfile.ZipFile(path, "w") as file:
        # Bodies are written in pieces of a megabyte.
        file.writestr("filler.bin", random.Random(0).randbytes(4_000_000))
        file.write(tmp_path / "neon_layers.csv", "neon_layers.csv")
    return path.read_bytes()


def configured(folder, address, sha256=""):
    """A configuration that downloads the archive; the register lies beside it."""
    line = f"pits,1,pits.zip,{address},,{sha256},open,none,open,no,"
    (folder / "sources.csv").write_text(f"{','.join(COLUMNS)}\n{line}\n")
    config = yaml.safe_load((ROOT / "config" / "own_data.yaml").read_text())
    config["profiles"]["source"]["path"] = "own/neon_layers.csv"
    product = {"product": "pits", "version": "1", "folder": "own", "unpack": ["*.csv"]}
    config["downloads"] = {"sources": "sources.csv", "products": {"pits": product}}
    return config


def assert_whole(folder):
    table = (folder / "data" / "own" / "neon_layers.csv").read_bytes()
    assert table == (folder / "neon_layers.csv").read_bytes()
    (manifest,) = (folder / "data" / "downloads" / "pits.sha256").read_text().splitlines()
    assert manifest.split()[0] == hashlib.sha256(Server.body).hexdigest()
    assert not list((folder / "data").rglob("*.part*"))


def test_download_dropped_half_way(fault, tmp_path, archive):
    with fault("the line drops half way"), serving(archive, breaks=1) as address:
        finish(tmp_path, configured(tmp_path, address), targets=["downloads"])
        assert_whole(tmp_path)


def test_download_killed_half_way(fault, tmp_path, archive):
    with fault("a download killed half way"), serving(archive, 1, stalls=True) as address:
        config = configured(tmp_path, address)
        run = Run(tmp_path, config, "--retries", "0", targets=["downloads"])
        part = tmp_path / "data" / "downloads" / "archives" / "pits" / "pits.zip.part"
        run.wait_until(lambda: part.exists() and part.stat().st_size > 0)
        for job in run.jobs("download"):
            job.kill()
        assert run.wait() != 0
        assert not (tmp_path / "data" / "own").exists()
        finish(tmp_path, config, targets=["downloads"])
        assert_whole(tmp_path)


def test_download_of_another_file(fault, tmp_path, archive):
    right = hashlib.sha256(archive).hexdigest()
    with fault("a download with another checksum"), serving(archive[:-9] + b"elsewhere") as address:
        config = configured(tmp_path, address, right)
        run = snakemake(tmp_path, config, "--", "downloads")
        assert run.returncode != 0
        assert f"sha256 {right} expected" in run.stderr and "removed" in run.stderr
        assert not list((tmp_path / "data").rglob("pits.zip*"))
        Server.body = archive
        finish(tmp_path, config, targets=["downloads"])
        assert_whole(tmp_path)
