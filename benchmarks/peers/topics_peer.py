"""BERTopic with its defaults on texts and vectors that exist, run by benchmarks/topics.py with a Python of its own.

python topics_peer.py TEXTS.json VECTORS.npy|text OUT.json
"""

import json
import sys
import time
from pathlib import Path

import numpy as np


def main() -> None:
    texts = json.loads(Path(sys.argv[1]).read_text())
    began = time.perf_counter()
    from bertopic import BERTopic

    if sys.argv[2] == "text":
        from sentence_transformers import SentenceTransformer

        model = BERTopic(embedding_model=SentenceTransformer(sys.argv[4], device="cpu")).fit(texts)
    else:
        model = BERTopic().fit(texts, np.load(sys.argv[2]))
    found = {"seconds": time.perf_counter() - began, "topics": len(model.get_topic_info()) - 1}
    found["outliers"] = float((np.array(model.topics_) < 0).mean())
    Path(sys.argv[3]).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
