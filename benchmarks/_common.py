"""What the benchmarks share: the real data, the papers' atlas, printing tables."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

OUT = Path(__file__).parent / "out"


def data() -> Path:
    """Folder of real data."""
    folder = os.environ.get("BEGRIFF_DATA")
    if not folder:
        sys.exit("set BEGRIFF_DATA to the folder of real data")
    return Path(folder)


def papers_atlas():
    """The atlas of 51,717 papers from given vectors; built at the first use."""
    import begriff as bg

    papers = data() / "papers"
    out = os.environ.get("BEGRIFF_PAPERS_ATLAS", str(OUT / "papers.atlas"))
    return bg.build(
        papers / "papers.parquet",
        text=["title", "abstract"],
        vectors=papers / "papers_minilm.npz",
        out=out,
    )


def newsgroups():
    """The atlas of 20 newsgroups, encoded at the first use; BEGRIFF_NEWSGROUPS_ATLAS names one that is there."""
    import begriff as bg

    known = os.environ.get("BEGRIFF_NEWSGROUPS_ATLAS")
    if known:
        return bg.open(known)
    return bg.build(
        data() / "text" / "newsgroups20.parquet",
        text=["subject", "text"],
        out=OUT / "newsgroups.atlas",
    )


def queries(atlas, n: int = 500, seed: int = 0) -> tuple[list[str], list[str]]:
    """n keywords that authors gave, and n titles."""
    rng = np.random.default_rng(seed)
    table = atlas.snapshot.items.dataset.to_table(columns=["title", "keywords"]).to_pydict()
    keywords = sorted(
        {k.strip() for s in table["keywords"] if s for k in s.split(";") if 3 < len(k.strip()) < 60}
    )
    picked = rng.choice(len(keywords), n, replace=False)
    titles = rng.choice(len(table["title"]), n, replace=False)
    return [keywords[i] for i in picked], [table["title"][i] for i in titles]


def peak(code: str, *given: object) -> tuple[float, float]:
    """Seconds and the largest anonymous memory, in MB, of a process."""
    started, most = time.perf_counter(), 0
    process = subprocess.Popen([sys.executable, "-c", code, *map(str, given)])
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text()
            most = max(most, int(status.split("RssAnon:")[1].split()[0]))
        except (OSError, IndexError):
            pass
        time.sleep(0.05)
    if process.returncode:
        sys.exit(f"it ended with {process.returncode}")
    return time.perf_counter() - started, most / 1024


def run_peer(script: str, *given: object) -> str:
    """What a script of ``peers/`` prints in the peers' environment."""
    command = [os.environ["BEGRIFF_PEERS"], Path(__file__).parent / "peers" / script, *given]
    return subprocess.run(
        list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def table(title: str, header: list[str], rows: list[list[object]]) -> None:
    """Print a Markdown table."""
    print(f"\n### {title}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(f"{v:.3f}" if isinstance(v, float) else str(v) for v in row) + " |")
    sys.stdout.flush()


def texts(name: str):
    """A table of ``text/`` of the real data, as a dict of columns."""
    import pyarrow.parquet as pq

    return pq.read_table(data() / "text" / f"{name}.parquet").to_pydict()


def encoded(sentences: list[str]) -> np.ndarray:
    """Unit vectors (n, 384) of texts by MiniLM, kept in ``out/`` after the first use."""
    import hashlib

    from begriff.encoders import MiniLM

    key = hashlib.blake2b("\0".join(sentences).encode(), digest_size=8).hexdigest()
    path = Path(os.environ.get("BEGRIFF_VECTORS", OUT)) / f"vectors-{key}.npy"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        np.save(path, MiniLM().encode(sentences))
    return np.load(path)
