"""The OpenAPI document is kept: whatever is sent, no answer is a 5xx, undocumented, of another type or of another shape."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("schemathesis")

from tests.server.conftest import API
from tests.server.process import Running

KEY = "k"
EXCLUDED = [
    # a string may be no condition, an id no item: refused with a clear 4xx, which no schema can say
    "positive_data_acceptance",
    # Starlette lists the methods of the first route that has the address
    "allow_header_conformance",
]


def without_prefixes(schema: object) -> object:
    """The document with tuples as lists of any of their parts: schemathesis 4.32 garbles ``prefixItems``."""
    if isinstance(schema, list):
        return [without_prefixes(s) for s in schema]
    if not isinstance(schema, dict):
        return schema
    out = {k: without_prefixes(v) for k, v in schema.items()}
    if "prefixItems" in out:
        out["items"] = {"anyOf": out.pop("prefixItems")}
    return out


def attack(server: Running, folder: Path, *options: str) -> str:
    """What schemathesis says of a server that wants a key; it must find nothing."""
    described = folder / "openapi.json"
    schema = server.http.get(API + "/openapi.json").json()
    described.write_text(json.dumps(without_prefixes(schema)))
    total = sum(len(methods) for methods in schema["paths"].values())
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "run",
        str(described),
        "--url",
        server.url,
        "-H",
        f"Authorization: Bearer {KEY}",
    ]
    command += [
        "--seed",
        "1",
        "--no-shrink",
        "--warnings",
        "off",
        "--no-color",
        "--exclude-checks",
        ",".join(EXCLUDED),
        *options,
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=550)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert total > 50
    assert f"{total} selected / {total} total" in done.stdout
    return done.stdout


def test_what_schemathesis_sends(serve, tmp_path):
    server = serve(api_key=KEY)
    said = attack(server, tmp_path, "--max-examples", "4", "--phases", "examples,coverage,fuzzing")
    assert " 0 passed" not in said
    check_log(server, 1000)


@pytest.mark.slow
def test_what_schemathesis_sends_for_minutes(serve, tmp_path):
    # schemathesis takes 413, which is documented, for an acceptance
    server = serve(api_key=KEY, max_body=20_000_000)
    attack(server, tmp_path, "--max-examples", "80")
    check_log(server, 5000)


def check_log(server: Running, least: int) -> None:
    """Many requests were logged, most kinds of answers among them, no failure; the server still serves."""
    said = [json.loads(line) for line in server.log if '"status"' in line]
    found = {s["status"] for s in said}
    assert len(said) > least
    assert {200, 401, 404, 405, 422} <= found
    assert not [s for s in said if s["status"] >= 500]
    assert not [line for line in server.log if "Traceback" in line]
    assert (
        server.http.get(API + "/info", headers={"Authorization": f"Bearer {KEY}"}).status_code
        == 200
    )


def test_the_check_can_fail(serve, tmp_path):
    """A server that answers otherwise than its document says is found out."""
    server = serve(api_key=KEY)
    document = server.http.get(API + "/openapi.json").json()
    health = document["components"]["schemas"]["Health"]
    health["properties"]["status"] = {"type": "integer"}
    (tmp_path / "openapi.json").write_text(
        json.dumps({**document, "paths": {f"{API}/health": document["paths"][f"{API}/health"]}})
    )
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "run",
        str(tmp_path / "openapi.json"),
        "--url",
        server.url,
        "--max-examples",
        "1",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode == 1
    assert "Response violates schema" in done.stdout
