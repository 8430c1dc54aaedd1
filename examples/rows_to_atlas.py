"""From a list of dicts to explained search, with an encoder of your own."""

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
rows = [
    {"text": " ".join(rng.choice(words.split(), 8)), "topic": topic, "year": 2000 + i % 20}
    for i in range(60)
    for topic, words in topics.items()
]

atlas = bg.build(rows, text="text", out="toy.atlas", encoder=Words())
print(atlas.concepts)
print(atlas.search("wind and sail", k=3, where="year >= 2010", less="harbor"))
