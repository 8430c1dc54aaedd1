"""What concepts tell: differences, trends, a concept of your own, and ids that a refit keeps."""

import zlib

import numpy as np

import begriff as bg
from begriff.kinds.encoder import Encoder


class Words(Encoder):
    """A toy encoder: every word has a fixed random direction."""

    name, n_dims = "words", 64

    def encode(self, texts, *, progress=None):
        X = np.stack([sum(self._word(w) for w in t.lower().split() or ["-"]) for t in texts])
        return (X / np.linalg.norm(X, axis=1, keepdims=True)).astype("float32")

    def spans(self, texts, *, overlap=32):
        return [[(0, len(t))] for t in texts]

    @staticmethod
    def _word(word):
        return np.random.default_rng(zlib.crc32(word.encode())).standard_normal(64)


topics = {
    "cooking": "oven flour butter recipe bake dough",
    "sailing": "boat wind sail harbor anchor mast",
    "chess": "king queen rook pawn opening mate",
}
rng = np.random.default_rng(0)
rows = []
for i in range(600):
    year = 2000 + i % 20
    # sailing fades, chess emerges
    share = {"cooking": 1.0, "sailing": 2 - (year - 2000) / 10, "chess": (year - 2000) / 10}
    topic = str(rng.choice(list(share), p=np.array(list(share.values())) / sum(share.values())))
    rows.append(
        {
            "id": f"r{i}",
            "text": " ".join(rng.choice(topics[topic].split(), 8)),
            "topic": topic,
            "year": year,
        }
    )

atlas = bg.build(rows, text="text", out="toy.atlas", encoder=Words())
print(bg.diff(atlas, a="year < 2005", b="year >= 2015", limit=5))
print(bg.trends(atlas, "year", limit=5, spans=0))

at_sea = [r["id"] for r in rows if r["topic"] == "sailing"]
print(
    atlas.seeds.fit(
        "at sea", words="wind and waves", yes=at_sea[:6], no=["r0"] if "r0" not in at_sea else []
    )
)
print(atlas.search("weather", k=3, more="at sea", explain=False))

atlas.edits.rename(atlas.concepts[0].id, "mine")
again = bg.refit(atlas, encoder=Words())
print(bg.identity(again).summary())
assert any(c.name == "mine" for c in again.snapshot.concept_records)
