"""A local server that fails as real ones do, and downloads from it."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from proda.data.downloads.register import Source
from proda.data.downloads.transfer import download

BODY = np.random.default_rng(7).bytes(300_000)
SHA256 = hashlib.sha256(BODY).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """Answers each request with the next behaviour of the path's script; the last one repeats."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        server = self.server
        server.requests.append((self.path, dict(self.headers)))
        script = server.scripts.get(self.path, [{"status": 404}])
        self.answer(**(script.pop(0) if len(script) > 1 else script[0]))

    def answer(
        self,
        status=200,
        body=BODY,
        drop=None,
        ranges=True,
        if_range=True,
        etag='"one"',
        length=None,
        chunked=False,
        headers=(),
        first=None,
    ):
        """Send one response.

        drop: bytes sent before the connection breaks; ranges, if_range: whether they are obeyed;
        length: a false Content-Length; first: a false start in Content-Range.
        """
        wanted, start = self.headers.get("Range"), 0
        valid = not if_range or self.headers.get("If-Range") in (None, etag)
        if status == 200 and wanted and ranges and valid:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            status = 206 if start < len(body) else 416
        sent = body[start:] if status in (200, 206) else b""
        self.send_response(status)
        if status == 206:
            start = start if first is None else first
            sent = body[start:]
            if "Content-Range" not in dict(headers):
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if status == 416:
            self.send_header("Content-Range", f"bytes */{len(body)}")
        if etag:
            self.send_header("ETag", etag)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Connection", "close")
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif length != "none":
            self.send_header("Content-Length", str(len(sent) if length is None else length))
        self.end_headers()
        self.close_connection = True
        sent = sent if drop is None else sent[:drop]
        if chunked:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(sent), sent))
            sent = b"0\r\n\r\n" if drop is None else b""
        self.wfile.write(sent)

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def running_server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def server(running_server, monkeypatch):
    running_server.scripts, running_server.requests = {}, []
    # Proxies and logins of the machine must have no effect.
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", "/dev/null")
    return running_server


def downloader(server, folder, **defaults):
    """Return fetch(*scripts, ...): the file, downloaded with one mirror per list of behaviours.

    defaults: of the arguments of fetch, which are size, sha256, name and those of `download`.
    """

    def fetch(*scripts, **arguments):
        options = {"size": None, "sha256": None, "name": "data.bin", "wait_seconds": 0}
        options |= defaults | arguments
        name = options.pop("name")
        for i, script in enumerate(scripts):
            server.scripts[f"/{i}/{name}"] = list(script)
        root = f"http://127.0.0.1:{server.server_port}"
        addresses = tuple(f"{root}/{i}/{name}" for i in range(len(scripts)))
        known = options.pop("size"), options.pop("sha256")
        download(Source("product", name, addresses, *known), folder / name, **options)
        return folder / name

    return fetch
