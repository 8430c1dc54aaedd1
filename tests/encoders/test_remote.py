"""An endpoint that is busy, slow, gone or talks nonsense costs time and no vector; what it refuses is said."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise

import numpy as np
import pytest

import begriff as bg
from begriff.encoders import Remote, remote
from begriff.errors import InputError, RemoteError
from tests.conftest import BagOfWords, make_rows

KEY = "sk-very-secret"


class Endpoint:
    """A local server that speaks as OpenAI's does; ``troubles`` are what it does to the next requests instead of answering."""

    def __init__(self):
        self.troubles, self.seen, self.lock = [], [], threading.Lock()
        self.encoder = BagOfWords()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with outer.lock:
                    trouble = outer.troubles.pop(0) if outer.troubles else None
                    outer.seen.append(
                        {
                            "path": self.path,
                            "key": self.headers.get("Authorization"),
                            "at": time.monotonic(),
                            **body,
                        }
                    )
                (trouble or outer.answer)(self, body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def data(self, body):
        vectors = self.encoder.encode(body["input"]) * 3.0
        return [{"index": i, "embedding": v.tolist()} for i, v in enumerate(vectors)]

    def answer(self, handler, body):
        send(handler, 200, {"data": self.data(body)[::-1]})  # in another order, as a server may


def send(handler, status, body, headers=()):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in headers:
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(raw)))
    handler.end_headers()
    handler.wfile.write(raw)


def busy(handler, body):
    send(handler, 429, {"error": "slow down"}, [("Retry-After", "0.01")])


def broken(handler, body):
    send(handler, 503, b"<html>bad gateway</html>")


def gone(handler, body):
    handler.connection.close()


def stalls(handler, body):
    time.sleep(1.0)
    gone(handler, body)


def garbage(make):
    return lambda handler, body: send(handler, 200, make(body))


@pytest.fixture
def endpoint(monkeypatch):
    monkeypatch.setattr(
        remote, "random", type("R", (), {"uniform": staticmethod(lambda a, b: 0.0)})
    )
    monkeypatch.setenv(remote.KEY, KEY)
    made = Endpoint()
    yield made
    made.server.shutdown()
    made.server.server_close()


TEXTS = [f"graph node {i % 7} protein" for i in range(25)]


def made(endpoint, **options):
    return Remote(endpoint.url, "bag", **{"batch": 4, "workers": 3, "timeout": 0.5, **options})


def test_vectors_are_those_of_the_endpoint_in_order(endpoint):
    encoder = made(endpoint, query_prefix="query: ", item_prefix="item: ")
    assert encoder.n_dims == endpoint.encoder.n_dims
    np.testing.assert_allclose(
        encoder.encode(TEXTS), endpoint.encoder.encode([f"item: {t}" for t in TEXTS]), atol=1e-6
    )
    np.testing.assert_allclose(
        encoder.encode_queries(TEXTS[:2]),
        endpoint.encoder.encode([f"query: {t}" for t in TEXTS[:2]]),
        atol=1e-6,
    )
    assert {s["path"] for s in endpoint.seen} == {"/v1/embeddings"}
    assert {s["key"] for s in endpoint.seen} == {f"Bearer {KEY}"}
    assert {s["model"] for s in endpoint.seen} == {"bag"}
    assert max(len(s["input"]) for s in endpoint.seen) == 4


NONSENSE = [
    garbage(lambda b: b"not json"), garbage(lambda b: []), garbage(lambda b: {"data": []}), garbage(lambda b: {"data": [{"embedding": "x"}] * len(b["input"])}),
    garbage(lambda b: {"data": [{"index": 0, "embedding": [1.0, 2.0]}] * len(b["input"])}),
    garbage(lambda b: {"data": [{"index": i, "embedding": [0.0, 0.0]} for i in range(len(b["input"]))]}),
    garbage(lambda b: {"data": [{"index": i, "embedding": [1.0] * (i + 1)} for i in range(len(b["input"]))]}),
    garbage(lambda b: {"data": [{"index": i, "embedding": ["a", None]} for i in range(len(b["input"]))]}),
    garbage(lambda b: b'{"data": [{"index": 0, "embedding": [NaN, 1.0]}]}'),
]  # fmt: skip


@pytest.mark.parametrize("trouble", [busy, broken, gone, stalls, *NONSENSE])
def test_what_fails_for_a_while_costs_no_vector(endpoint, trouble):
    encoder = made(endpoint, n_dims=endpoint.encoder.n_dims)
    endpoint.troubles = [trouble, trouble]
    np.testing.assert_allclose(encoder.encode(TEXTS), endpoint.encoder.encode(TEXTS), atol=1e-6)
    assert len(endpoint.seen) == 7 + 2


def test_what_fails_for_good_says_so_and_how_to_go_on(endpoint):
    encoder = made(endpoint, attempts=3)
    endpoint.troubles = [broken] * 3
    with pytest.raises(
        RemoteError, match=r"failed 3 times \(last: 503: .*bad gateway.*go on where it was"
    ):
        encoder.encode(["a"])
    for status, hint in [(401, remote.KEY), (404, "no such model")]:
        before = len(endpoint.seen)
        endpoint.troubles = [lambda h, b, s=status: send(h, s, {"error": "no such model"})]
        with pytest.raises(RemoteError, match=f"refused \\({status}.*{hint}") as caught:
            encoder.encode(["a"])
        assert len(endpoint.seen) == before + 1  # not asked again
        assert KEY not in str(caught.value)
    with pytest.raises(RemoteError, match="failed 2 times"):
        Remote("http://127.0.0.1:9/v1", "bag", attempts=2, timeout=0.5).encode(["a"])


def test_the_rate_is_kept(endpoint):
    made(endpoint, n_dims=endpoint.encoder.n_dims, requests_per_minute=1200, workers=8).encode(
        TEXTS
    )
    at = sorted(s["at"] for s in endpoint.seen)
    assert at[-1] - at[0] >= 6 * 0.05 * 0.7


def test_a_build_that_is_interrupted_pays_for_no_batch_twice(endpoint, tmp_path):
    rows = make_rows(100)
    endpoint.troubles = [None] * 12 + [lambda h, b: send(h, 400, {"error": "quota"})]
    said = []

    def build():
        encoder = made(endpoint, workers=1, n_dims=endpoint.encoder.n_dims, price=0.5)
        return bg.build(
            rows,
            text="body",
            out=tmp_path / "a.atlas",
            encoder=encoder,
            layout=False,
            confirm=lambda s: said.append(s) or True,
        )

    with pytest.raises(RemoteError, match="quota"):
        build()
    before = {t for s in endpoint.seen[:12] for t in s["input"]}
    first = len(endpoint.seen)
    atlas = build()
    again = [t for s in endpoint.seen[first:] for t in s["input"] if t in {r["body"] for r in rows}]
    assert not before & set(again)
    assert "million tokens" in said[0]
    assert "at 0.5 a million" in said[0]
    text = (atlas.path / "manifest.json").read_text()
    assert KEY not in text
    assert json.loads(text)["made"]["encoder"]["class"] == "Remote"
    assert bg.open(atlas.path).search("graph", k=3).hits  # asks the endpoint by itself


def test_a_person_may_stop_before_it_costs_anything(endpoint, tmp_path):
    with pytest.raises(InputError, match="stopped before encoding"):
        bg.build(
            make_rows(60),
            text="body",
            out=tmp_path / "a.atlas",
            encoder=made(endpoint, n_dims=5),
            confirm=lambda said: False,
        )
    assert endpoint.seen == []


def test_passages_are_cut_between_words():
    text = "word " * 1000
    (spans,) = Remote("http://x", "m", max_chars=300).spans([text])
    assert spans[0][0] == 0
    assert spans[-1][1] == len(text)
    assert all(b - a <= 300 and text[b - 1] == " " for a, b in spans)
    assert all(b > c for (_, b), (c, _) in pairwise(spans))
    assert Remote("http://x", "m", max_chars=300).spans(["x" * 1000])[0][-1][1] == 1000


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"url": "ftp://x"}, "ftp"),
        ({"model": ""}, "name of the model"),
        ({"batch": 0}, "batch=0"),
        ({"timeout": 0}, "timeout=0"),
    ],
)
def test_bad_settings(options, says):
    with pytest.raises(InputError, match=says):
        Remote(**{"url": "http://x", "model": "m", **options})


@pytest.mark.parametrize(
    "url", ["http://me:secret@h/v1", "https://h/v1?api_key=secret", "https://h/v1#secret"]
)
def test_an_address_holds_no_secret(url):
    with pytest.raises(InputError) as e:
        Remote(url, "m")
    assert "secret" not in str(e.value)


def test_keys_go_to_their_hosts_alone(monkeypatch):
    monkeypatch.delenv(remote.KEY, raising=False)
    monkeypatch.setenv(remote.OPENAI_KEY, "sk-openai")
    assert "Authorization" not in Remote("https://other.example/v1", "m")._http.headers
    assert (
        Remote("https://api.openai.com/v1", "m")._http.headers["Authorization"]
        == "Bearer sk-openai"
    )


def test_an_atlas_that_names_an_endpoint_gets_no_text_to_it_unasked(monkeypatch):
    settings = Remote("https://elsewhere.example/v1", "m", n_dims=8).settings()
    with pytest.raises(InputError, match=r"BEGRIFF_ENCODER_HOSTS=elsewhere\.example"):
        Remote.restore(settings)
    monkeypatch.setenv("BEGRIFF_ENCODER_HOSTS", "a.example, elsewhere.example")
    assert Remote.restore(settings).host == "elsewhere.example"
    assert Remote.restore({**settings, "url": "http://localhost:1/v1"}).host == "localhost"


def test_an_answer_that_drips_or_never_ends_is_given_up(endpoint, monkeypatch):
    def drips(handler, body):
        handler.send_response(200)
        handler.end_headers()
        for _ in range(40):
            time.sleep(0.05)
            handler.wfile.write(b" ")

    endpoint.troubles = [drips]
    started = time.monotonic()
    assert made(endpoint, n_dims=endpoint.encoder.n_dims).encode(TEXTS[:1]).shape == (
        1,
        endpoint.encoder.n_dims,
    )
    assert time.monotonic() - started < 1.5
    monkeypatch.setattr(remote, "_LARGEST", 1000)
    with pytest.raises(RemoteError, match="more than 1,000 bytes"):
        made(endpoint, n_dims=endpoint.encoder.n_dims, attempts=1).encode(TEXTS[:1])


def test_when_one_batch_is_refused_the_others_stop_waiting(endpoint, monkeypatch):
    monkeypatch.setattr(
        remote, "random", type("R", (), {"uniform": staticmethod(lambda a, b: 30.0)})
    )
    endpoint.troubles = [
        busy,
        lambda handler, body: (time.sleep(0.2), send(handler, 401, {"error": "no"})),
    ]
    started = time.monotonic()
    with pytest.raises(RemoteError, match="401"):
        made(endpoint, n_dims=endpoint.encoder.n_dims, workers=2).encode(TEXTS)
    assert time.monotonic() - started < 5
