"""A server on this machine that behaves as badly as real ones, for tests of downloads."""

import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

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
        """drop: bytes sent before the line goes dead; ranges, if_range: whether they are obeyed;
        length: a false Content-Length; first: a false start in Content-Range."""
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
    # Whatever proxy and login the machine has must not enter here.
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", "/dev/null")
    return running_server
