"""Who gets a login, where redirects may lead, and what of an address is shown.

The servers are made up: an adapter answers in place of the network, so that https needs no
certificate.
"""

import base64
import io
import json
import logging

import pytest
import requests
import urllib3

from proda.data.downloads import transfer
from proda.data.downloads.logins import login_for, read_logins
from proda.data.downloads.register import Source
from proda.data.downloads.requesting import new_session
from proda.data.downloads.transfer import download
from proda.errors import InputError
from proda.logs import log_to
from proda.masking import masked

BODY = b"II*\0 a raster"
DATA, LOGIN = "https://data.earthdata.nasa.gov/x.tif", "https://urs.earthdata.nasa.gov/oauth"


def basic(login, password):
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode()


class Web(requests.adapters.BaseAdapter):
    """answers: {address: (status, headers) or the body}; asked: (address, headers) so far."""

    def __init__(self, answers):
        super().__init__()
        self.answers, self.asked = answers, []

    def send(self, request, **options):
        self.asked.append((request.url, dict(request.headers)))
        answer = self.answers.get(request.url.split("#")[0], (404, {}))
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer(request)
        body = answer if isinstance(answer, bytes) else b""
        status, headers = (200, {}) if isinstance(answer, bytes) else answer
        headers = {"Content-Length": str(len(body))} | headers
        response = requests.Response()
        response.status_code, response.url, response.request = status, request.url, request
        response.headers.update(headers)
        response.raw = urllib3.HTTPResponse(io.BytesIO(body), headers, preload_content=False)
        return response

    def close(self):
        pass

    def logins(self):
        return {url: headers["Authorization"] for url, headers in self.asked
                if "Authorization" in headers}  # fmt: skip


@pytest.fixture
def fetch(tmp_path, monkeypatch):
    """fetch(answers, *addresses, netrc=""): the Web after the download of the first address."""

    def run(answers, *addresses, netrc="", name="x.tif"):
        web = Web(answers)
        (tmp_path / "netrc").write_text(netrc)
        (tmp_path / "netrc").chmod(0o600)
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

        def session():
            made = new_session()
            made.mount("https://", web)
            made.mount("http://", web)
            return made

        monkeypatch.setattr(transfer, "new_session", session)
        web.failure = None
        try:
            download(Source("p", name, addresses), tmp_path / name, attempts=1, wait_seconds=0)
        except InputError as failure:
            web.failure = str(failure)
        return web

    return run


NETRC = """
machine data.earthdata.nasa.gov login d password data
machine urs.earthdata.nasa.gov login u password urs
machine other.org:8443 login o password other
default login everybody password default
"""


@pytest.mark.parametrize(
    ("address", "login"),
    [
        ("https://urs.earthdata.nasa.gov/a", ("u", "urs")),
        ("https://URS.Earthdata.nasa.gov:443/a", ("u", "urs")),
        ("https://other.org:8443/", ("o", "other")),
        ("https://other.org/", None),
        ("https://urs.earthdata.nasa.gov:8443/a", None),
        ("http://urs.earthdata.nasa.gov/a", None),
        ("http://urs.earthdata.nasa.gov:443/a", None),
        ("https://urs.earthdata.nasa.gov.evil.org/a", None),
        ("https://earthdata.nasa.gov/a", None),
        ("https://anywhere.org/", None),
        ("https://default/", None),
    ],
)
def test_a_login_is_for_one_host_and_port_over_https(fetch, address, login):
    fetch({}, netrc=NETRC)
    assert login_for(address, read_logins()) == login
    web = fetch({}, address, netrc=NETRC)
    # An address over http is tried over https first.
    asked = {url: sent for url, sent in web.logins().items() if url.split(":")[0] in address}
    assert list(asked.values()) == ([basic(*login)] if login else [])


def test_the_redirects_of_earthdata_send_each_login_to_its_host_only(fetch, tmp_path):
    """data host -> login host -> data host, which sets a cookie -> the file on a third host."""
    third = "https://cloudfront.net/x.tif?Signature=abc"

    def granted(request):
        return 302, {"Location": third, "Set-Cookie": "token=1; Path=/; Secure"}

    web = fetch(
        {
            DATA: (302, {"Location": LOGIN}),
            LOGIN: (302, {"Location": "https://data.earthdata.nasa.gov/granted?code=1"}),
            "https://data.earthdata.nasa.gov/granted?code=1": granted,
            third: BODY,
        },
        DATA,
        netrc=NETRC,
    )
    assert (tmp_path / "x.tif").read_bytes() == BODY
    own = basic("d", "data")
    assert web.logins() == {
        DATA: own,
        LOGIN: basic("u", "urs"),
        "https://data.earthdata.nasa.gov/granted?code=1": own,
    }
    assert len(web.asked) == 4


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("http://data.earthdata.nasa.gov/x.tif", "a redirect from https to http://data"),
        ("http://urs.earthdata.nasa.gov/x.tif", "a redirect from https to http://urs"),
        ("ftp://data.earthdata.nasa.gov/x.tif", "unusable Location ftp://data"),
        ("file:///etc/passwd", "unusable Location file:///etc/passwd"),
        ("https://me:secret@evil.org/x.tif", "unusable Location one for https://evil.org"),
        ("", "status 302 without a Location"),
        ("   ", "status 302 without a Location"),
        (None, "status 302 without a Location"),
        ("https://[::1", "unusable Location"),
        ("https://x.org:port/", "unusable Location"),
        ("https:///x", "status 404"),
        ("https://x.org/\x00", "status 404"),
        (DATA, "more than 20 redirects"),
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_after_a_bad_redirect_the_next_mirror_is_tried(fetch, tmp_path, status, location, message):
    headers = {} if location is None else {"Location": location}
    message = message.replace("302", str(status))
    mirror = "https://mirror.org/x.tif"
    web = fetch({DATA: (status, headers), mirror: BODY}, DATA, mirror, netrc=NETRC)
    assert web.failure is None and (tmp_path / "x.tif").read_bytes() == BODY
    (tmp_path / "x.tif").unlink()
    alone = fetch({DATA: (status, headers)}, DATA, netrc=NETRC)
    assert message in alone.failure and "secret" not in alone.failure
    assert {url.split(":")[0] for url, _ in alone.asked} == {"https"}


def test_cookies_of_one_mirror_are_not_sent_to_the_next(fetch):
    cookie = (404, {"Set-Cookie": "a=1; Domain=x.org"})
    web = fetch({"https://a.x.org/": cookie}, "https://a.x.org/", "https://b.x.org/")
    assert ["Cookie" in headers for _, headers in web.asked] == [False, False]


# --- http ----------------------------------------------------------------------------------------


def test_https_is_tried_before_http(fetch, caplog):
    web = fetch({"http://x.org/x.tif": BODY}, "http://x.org/x.tif")
    assert [url for url, _ in web.asked] == ["https://x.org/x.tif", "http://x.org/x.tif"]
    assert "downloaded over plain http" in caplog.text
    fails = requests.exceptions.SSLError("no certificate")
    web = fetch({"https://y.org/y.tif": fails}, "http://y.org/y.tif", name="y.tif")
    assert [url for url, _ in web.asked] == ["https://y.org/y.tif", "http://y.org/y.tif"]
    both = ("http://z.org/z.tif", "http://z.org:81/z.tif", "https://w.org/z.tif")
    asked = [url for url, _ in fetch({}, *both, name="z.tif").asked]
    assert asked == ["https://z.org/z.tif", both[2], both[0], both[1]]


def test_a_host_with_a_login_is_not_asked_over_http(fetch):
    address = "http://data.earthdata.nasa.gov/x.tif"
    web = fetch({address: BODY}, address, netrc=NETRC)
    assert [url for url, _ in web.asked] == [DATA]
    assert "plain http, while ~/.netrc has a login for this host" in web.failure


# --- netrc files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["machine", "secret", "machine x login y secret z", "\xff"])
def test_a_broken_netrc_is_ignored_and_not_quoted(tmp_path, monkeypatch, caplog, content):
    (tmp_path / "netrc").write_bytes(content.encode("latin-1"))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert read_logins() == {}
    assert "not readable" in caplog.text and "secret" not in caplog.text


def test_the_default_entry_and_open_files_are_logged(fetch, tmp_path, monkeypatch, caplog):
    fetch({}, netrc=NETRC)
    (tmp_path / "netrc").chmod(0o644)
    caplog.clear()
    assert set(read_logins()) == {
        "data.earthdata.nasa.gov", "urs.earthdata.nasa.gov", "other.org:8443",
    }  # fmt: skip
    assert "entry default is not used" in caplog.text and "others can read it" in caplog.text
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    assert read_logins() == {}


# --- what is shown -------------------------------------------------------------------------------

HIDDEN = [
    "token=SECRET", "access_token=SECRET", "X-Amz-Signature=SECRET", "X-Amz-Credential=SECRET",
    "sig=SECRET", "key=SECRET", "api_key=SECRET", "apikey=SECRET", "password=SECRET",
    "Signature=SECRET", "TOKEN=SECRET", "code=SECRET", "view_only=SECRET", "pwd=SECRET",
    "auth=SECRET", "X-Goog-Signature=SECRET", "v=1&token=SECRET", "v=1;token=SECRET",
    "url=https%3A%2F%2Fy.org%2F%3Ftoken%3DSECRET%26v%3D1", "#access_token=SECRET",
]  # fmt: skip


@pytest.mark.parametrize("query", HIDDEN)
def test_secrets_are_masked_everywhere(fetch, tmp_path, caplog, query):
    caplog.set_level(logging.DEBUG)
    address = "https://x.org/x.tif" + ("" if query[0] == "#" else "?") + query
    assert "SECRET" not in masked(f"GET {address} failed") and "x.org/x.tif" in masked(address)
    error = requests.ConnectionError(f"Max retries exceeded with url: /x.tif?{query} (x)")
    part = {"Content-Length": "99", "ETag": '"1"'}
    web = fetch({address.split("#")[0]: error}, address)
    assert "SECRET" not in web.failure + caplog.text and "***" in web.failure
    fetch({address.split("#")[0]: lambda r: (200, part)}, address, name="y.tif")
    notes = json.loads((tmp_path / "y.tif.part.json").read_text())
    assert "SECRET" not in str(notes) and notes["address"].startswith("https://x.org/x.tif")
    with pytest.raises(InputError) as caught:
        download(Source("p", "x", (address.replace("https", "ftp"),)), tmp_path / "x")
    assert "SECRET" not in str(caught.value)


@pytest.mark.parametrize("query", ["version=2", "bbox=1,2", "raw=true", "id=4%2F5"])
def test_other_parameters_are_kept(query):
    assert masked(f"https://x.org/x.tif?{query}") == f"https://x.org/x.tif?{query}"


def test_text_after_an_address_is_kept():
    text = "https://x.org/?token=SE:CRET: status 404 (url=https://x.org/?key=SECRET)"
    assert masked(text) == "https://x.org/?token=***: status 404 (url=https://x.org/?key=***)"


def test_logins_in_addresses_are_masked():
    assert masked("http://me:SECRET@proxy.org:3128/x") == "http://***@proxy.org:3128/x"


def test_logs_of_libraries_and_tracebacks_are_masked_too(tmp_path, capsys):
    address = "https://x.org/?token=SECRET"
    with pytest.raises(SystemExit), log_to(tmp_path / "log"):
        logging.getLogger("urllib3.connectionpool").warning("Failed to parse (url=%s)", address)
        raise ValueError(address)
    assert "SECRET" not in (tmp_path / "log").read_text() + capsys.readouterr().err
    assert "token=***" in (tmp_path / "log").read_text()
