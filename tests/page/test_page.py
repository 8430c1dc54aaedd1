"""The page in a real browser, over real servers: each file in web/tests is one test here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.page.conftest import WEB

FILES = sorted(p.name for p in (WEB / "tests").glob("*.test.mjs"))


@pytest.mark.parametrize("name", FILES)
def test_the_page(name: str, environment: dict[str, str]) -> None:
    command = ["node", "--test", "--test-reporter=spec", f"tests/{name}"]
    done = subprocess.run(
        command,
        cwd=WEB,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    sys.stdout.write(done.stdout)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-4000:]
    assert "pass 0" not in done.stdout, "no test ran"


def test_every_stage_of_a_build_has_plain_words(bare: tuple[Path, set[str]]) -> None:
    source = (WEB / "src/components/Building.svelte").read_text()
    words = re.search(r"STAGES: Record<string, string> = \{(.*?)\n  \}", source, re.S)
    assert words is not None
    known = {a or b for a, b in re.findall(r"^    (?:(\w+)|'(.+?)'): '", words[1], re.M)}
    assert {"vectors", "second dictionary", "control dictionary"} <= bare[1]
    assert bare[1] - known == set()


def test_every_view_has_its_tests() -> None:
    views = ("search", "concepts", "map", "reports", "classify", "erase", "item-about", "looks")
    assert {f"{name}.test.mjs" for name in views} <= set(FILES)
