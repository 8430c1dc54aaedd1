"""An atlas with planted differences between early and late items, and one of newer rows."""

import numpy as np
import pytest

import begriff as bg
from tests.conftest import TOPICS, BagOfWords, make_rows


def drifting_rows(n=1200, seed=3):
    """Speech fades and graphs emerge over twenty years; bandits stand out in 2013 alone; parsing comes and goes every five years."""
    rng = np.random.default_rng(seed)
    rows = []
    for i, row in enumerate(make_rows(n, seed)):
        year = 2000 + i % 20
        t = (year - 2000) / 19
        weight = {
            "speech": 2 * (1 - t) + 0.05,
            "graph": 2 * t + 0.05,
            "bandit": 6.0 if year == 2013 else 0.4,
            "protein": 1,
            "vision": 1,
        }
        weight["parsing"] = 2 + 1.95 * np.sin(2 * np.pi * year / 5)
        names = list(weight)
        topic = str(
            rng.choice(names, p=np.array([weight[k] for k in names]) / sum(weight.values()))
        )
        words = [*rng.choice(TOPICS[topic].split(), 9), *rng.choice(row["body"].split(), 3)]
        date = f"{year}-{1 + i % 12:02d}-15"
        rows.append(
            {"id": f"item{i}", "body": " ".join(words), "year": year, "date": date, "topic": topic}
        )
    return rows


@pytest.fixture(scope="session")
def drifting(once):
    path = once(
        "drift.atlas",
        lambda out: bg.build(drifting_rows(), text="body", out=out, encoder=BagOfWords()),
    )
    return bg.open(path, encoder=BagOfWords())


@pytest.fixture
def stands_for(drifting):
    """Names of the concepts that stand for a topic: at least 60 of their items, and four in five of these, are about it."""
    topics = np.array(drifting.snapshot.items.column("topic"))

    def found(topic):
        active = [
            (c, drifting.snapshot.item_codes[:, [c.row]].toarray().ravel() > 0)
            for c in drifting.snapshot.concept_records
        ]
        return {
            c.label for c, on in active if on.sum() >= 60 and (topics[on] == topic).mean() >= 0.8
        }

    return found
