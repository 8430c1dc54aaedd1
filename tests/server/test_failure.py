"""What is ours: a problem document with the security headers, the reason in the log alone."""

import logging

from tests.server.conftest import problem_of


def test_a_failure_of_ours_is_said_without_its_inside(inside, monkeypatch, caplog):
    client = inside()
    monkeypatch.setattr("begriff.atlas.atlas.Atlas.info", lambda self: 1 / 0)
    with caplog.at_level(logging.ERROR, "begriff.server"):
        answer = client.get("/api/v1/info")
    assert "division" not in problem_of(answer, 500)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "ZeroDivisionError" in caplog.text
