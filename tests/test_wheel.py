"""What is installed from a wheel: the library with its page, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return next(out.glob("*.whl"))


def test_it_holds_the_package_and_the_built_page(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    sources = [
        p.relative_to(ROOT / "src")
        for p in (ROOT / "src" / "begriff").rglob("*")
        if p.is_file() and "__pycache__" not in p.parts
    ]
    assert {p.as_posix() for p in sources} == {n for n in names if n.startswith("begriff/")}
    assert {"begriff/py.typed", "begriff/server/static/index.html"} <= names
    assert all(n.startswith(("begriff/", "begriff-")) for n in names)


def test_it_runs_where_it_is_installed(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\nimport begriff, begriff.server.app as"
        " app\nfrom pathlib import Path\nassert Path(begriff.__file__).is_relative_to(sys.argv[1]),"
        " begriff.__file__\nassert (Path(app.__file__).parent / 'static' /"
        " 'index.html').read_text().lstrip().startswith('<!')\nsys.argv = ['begriff',"
        " '--version']\nfrom begriff.cli import main; main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "site"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout.split()[0]) == (0, "begriff"), done.stderr
