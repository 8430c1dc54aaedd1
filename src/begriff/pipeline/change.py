"""Writing the next version of an atlas whose rows came, changed or went."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from begriff.encoders import Passages
from begriff.errors import InputError
from begriff.indexes.words import WordIndex
from begriff.kinds.checks import Progress
from begriff.pipeline.drift import as_growth, measure
from begriff.pipeline.embed import embed, finish
from begriff.pipeline.given_vectors import given_vectors
from begriff.pipeline.incoming import Incoming
from begriff.pipeline.learn import code_all
from begriff.pipeline.map import place_beside
from begriff.pipeline.name import BACKGROUND
from begriff.pipeline.plan import Meter
from begriff.pipeline.purge import PURGED, Traces
from begriff.store.gather import Pick, gather_codes, gather_vectors, passages_of
from begriff.store.items import open_items, write_items
from begriff.store.manifest import Manifest
from begriff.store.row_numbers import highest_id, highest_number
from begriff.store.snapshot import Snapshot
from begriff.store.stages import SUMS, Store, digest, load_codes, save_codes

if TYPE_CHECKING:
    from begriff.documents.models import Growth

__all__ = ["Change"]


_LISTS = ("rejected.jsonl", "emptied.jsonl")

_UNMEASURED = dict.fromkeys(("fvu_before", "fvu_expected", "fvu_fresh"))


def _counted(came: Incoming | None, removed: int = 0) -> dict[str, Any]:
    none = {"added": 0, "updated": 0, "unchanged": 0, "rejected": 0}
    counts = came.counts if came is not None else none
    left_out = list(came.left_out) if came is not None else []
    return {**counts, "columns_left_out": left_out, "removed": removed, **_UNMEASURED, "drift": []}


@dataclass
class Change:
    """Writes the stages of the next version; each is skipped when it is there for the same change.

    Attributes
    ----------
    atlas : Snapshot
        The version before.
    traces : Traces, optional
        What nothing may be left of.
    """

    atlas: Snapshot
    store: Store
    progress: Meter | None
    traces: Traces | None = None

    def meter(self, stage: str) -> Progress | None:
        progress = self.progress
        return None if progress is None else lambda done, total: progress(stage, done, total)

    def write(self, items: Pick, pick: Pick, came: Incoming | None, key: str) -> Growth:
        """Publish the version whose rows and vectors are picked from those of the version before
        and those that came.
        """
        manifest = self.store.require()
        self.store.begin()
        self.items, self.pick, self.came = items, pick, came
        self.keys = {**manifest["stages"]}
        # stages may be those of a version that was restored
        before = digest(manifest["version"], *sorted(manifest["stages"].items()))
        stages: dict[str, Callable[[Path], None]] = {"items": self._items}
        if self.fresh or came is None:
            stages |= {
                "words": self._words,
                "vectors": self._vectors,
                "codes": self._codes,
                "names": self._names,
            }
            stages |= {"map": self._map} if "map" in manifest["stages"] else {}
        stages |= {"phrases": self._phrases} if came is None else {}
        stages |= (
            {"identity": self._identity}
            if self.traces is not None and "identity" in manifest["stages"]
            else {}
        )
        for name, work in stages.items():
            self.keys[name] = digest("grow", name, before, key)
            if not self.store.done(name, self.keys[name]):
                self._folder(name).mkdir(parents=True, exist_ok=True)
                work(self._folder(name))
                self.store.finish(name, self.keys[name])
        return self._publish(manifest)

    @property
    def fresh(self) -> Incoming | None:
        """What brings new texts, if anything does."""
        return self.came if self.came is not None and self.came.changed.n else None

    def _folder(self, stage: str) -> Path:
        return self.store.path / f"{stage}-{self.keys[stage]}"

    def _items(self, folder: Path) -> None:
        old = self.atlas.items
        if self.came is None:
            write_items(folder, self.items, old, progress=self.meter("items"))
        else:
            kept = self.came.absent, self.came.old
            write_items(folder, self.items, old, self.came.rows, self.meter("items"), keep=kept)
        (folder / "columns.json").write_text(json.dumps(self._meta()))
        for name in _LISTS:
            # bad rows may be theirs, too
            before = [self.atlas.store.folder("items")] if self.traces is None else []
            with (folder / name).open("wb") as out:
                for path in [*before, *([self.came.folder] if self.came is not None else [])]:
                    if (path / name).exists():
                        with (path / name).open("rb") as part:
                            shutil.copyfileobj(part, out)

    def _meta(self) -> dict[str, Any]:
        """What is known of the columns: with the counts of what came, or of a purge without
        examples.
        """
        meta = {**self.atlas.store.json("items", "columns"), "rows": len(self.pick)}
        if self.came is not None:
            more = json.loads((self.came.folder / "columns.json").read_text())
            meta |= {k: meta.get(k, 0) + more.get(k, 0) for k in ("rejected", "emptied")}
            meta["cells"] = {
                name: _summed(c, more.get("cells", {}).get(name, {}))
                for name, c in meta.get("cells", {}).items()
            }
        if self.traces is not None:
            meta["cells"] = {
                name: {**c, "example": None} for name, c in meta.get("cells", {}).items()
            }
            meta |= {k: self.traces.cut(meta[k]) for k in ("notes", "dropped_columns") if k in meta}
        return meta

    def _words(self, folder: Path) -> None:
        if self.fresh is None or not self.atlas.words.current:
            WordIndex.build(folder / "index", open_items(self._folder("items")).texts())
            return
        places = np.empty(self.fresh.changed.n, dtype=np.int64)
        places[-1 - self.pick[self.pick < 0]] = np.flatnonzero(self.pick < 0)
        texts = (t for batch in self.fresh.changed.texts() for t in batch)
        pairs = zip(places.tolist(), texts, strict=True)
        WordIndex.extend(
            self.atlas.store.folder("words") / "index", folder / "index", pairs, self.atlas.n_items
        )

    def _vectors(self, folder: Path) -> None:
        """Fresh items are encoded beside what is there, then all is put together."""
        spans, vectors = self.atlas.spans[:0], self.atlas.vectors[:0]
        if self.fresh is not None:
            self._encode(self.fresh, folder / "fresh")
            spans, vectors = (
                np.load(folder / "fresh" / f"{n}.npy", mmap_mode="r") for n in ("spans", "vectors")
            )
        passages, placed = passages_of(self.pick, self.atlas.spans, spans)
        np.save(folder / "spans.npy", placed)
        made = gather_vectors(folder / "vectors.npy", passages, self.atlas.vectors, vectors)
        finish(folder, placed, made, len(self.pick))

    def _encode(self, came: Incoming, folder: Path) -> None:
        if (folder / "done").exists():
            return
        if came.vectors is not None:
            given_vectors(came.changed, came.reader, came.vectors, folder)
        else:
            encoder = self.atlas.encoder
            embed(came.changed, encoder, Passages(encoder), folder, self.meter("vectors"))
        width, wanted = (
            np.load(folder / "vectors.npy", mmap_mode="r").shape[1],
            self.atlas.vectors.shape[1],
        )
        if width != wanted:
            raise InputError(
                f"the vectors that came have {width} dimensions, those of {self.atlas.path.name}"
                f" {wanted}: use its encoder"
            )
        (folder / "done").touch()

    def _fresh_items(self) -> NDArray[Any]:
        """Vectors of the fresh items."""
        folder = self._folder("vectors") / "fresh"
        found: NDArray[Any] = np.load(
            folder / ("items.npy" if (folder / "items.npy").exists() else "vectors.npy"),
            mmap_mode="r",
        )
        return found

    def _codes(self, folder: Path) -> None:
        passages = items = csr_array((0, len(self.atlas.components)), dtype=np.float32)
        spans = self.atlas.spans[:0]
        if self.fresh is not None:
            passages, items = self._fresh_codes()
            spans = np.load(self._folder("vectors") / "fresh" / "spans.npy")
        gather_codes(
            folder,
            "codes",
            passages_of(self.pick, self.atlas.spans, spans)[0],
            self.atlas.region_codes,
            passages,
        )
        if (self._folder("vectors") / "items.npy").exists():
            gather_codes(folder, "itemcodes", self.pick, self.atlas.item_codes, items)

    def _fresh_codes(self) -> tuple[csr_array, csr_array]:
        """Codes of fresh passages and of fresh items."""
        vectors, folder = self._folder("vectors") / "fresh", self._folder("codes") / "fresh"
        found = {}
        for name, reference in (
            ("vectors", self.atlas.vectors),
            ("items", self.atlas.item_vectors),
        ):
            if not (vectors / f"{name}.npy").exists():
                continue
            if not (folder / name / "done").exists():
                X = np.load(vectors / f"{name}.npy", mmap_mode="r")
                code_all(
                    self.atlas.dictionary,
                    X,
                    folder / name,
                    self.meter("codes"),
                    reference=reference,
                )
                (folder / name / "done").touch()
            found[name] = load_codes(folder / name, "codes", len(self.atlas.components))
        return found["vectors"], found.get("items", found["vectors"])

    def _names(self, folder: Path) -> None:
        """The records with how often concepts are active now, and places of items as they are now;
        scores stay those of the fit.
        """
        records = self.atlas.store.json("names", "concepts")
        name = "itemcodes" if (self._folder("codes") / "itemcodes-data.npy").exists() else "codes"
        active = _active(
            load_codes(self._folder("codes"), name, len(self.atlas.components)), len(records)
        )
        place = (
            {int(r): i for i, r in enumerate(self.pick.tolist()) if r >= 0}
            if self.came is None
            else None
        )
        for record, n in zip(records, active, strict=True):
            record["frequency"] = round(float(n / len(self.pick)), 6)
            record["background"] = record["frequency"] > BACKGROUND
            if place is not None:
                record["fails"] = [place[r] for r in record["fails"] if r in place]
            record["name"] = None if self._is_gone(record["name"]) else record["name"]
            record["aliases"] = [a for a in record["aliases"] if not self._is_gone(a)]
        (folder / "concepts.json").write_text(json.dumps(records))
        shutil.copyfile(self.atlas.store.folder("names") / "quality.json", folder / "quality.json")

    def _phrases(self, folder: Path) -> None:
        """The phrases with those items of their sample that are left."""
        before = self.atlas.store.folder("phrases")
        rows = np.load(before / "rows.npy")
        place = np.full(self.atlas.n_items, -1, dtype=np.int64)
        place[self.pick[self.pick >= 0]] = np.flatnonzero(self.pick >= 0)
        kept = np.flatnonzero(place[rows] >= 0)
        texts, vectors = (
            json.loads((before / "phrases.json").read_text()),
            np.load(before / "vectors.npy"),
        )
        gone = [i for i, text in enumerate(texts) if self._is_gone(text)]
        vectors[gone] = 0
        np.save(folder / "vectors.npy", vectors)
        (folder / "phrases.json").write_text(
            json.dumps(["" if self._is_gone(text) else text for text in texts])
        )
        np.save(folder / "rows.npy", place[rows[kept]])
        save_codes(
            folder, "incidence", csr_array(load_codes(before, "incidence", len(texts))[kept])
        )

    @cached_property
    def _gone_phrases(self) -> frozenset[str]:
        """Of a purge, the phrases that no item of their sample holds any more, or that hold a word
        of those that go.
        """
        if self.traces is None:
            return frozenset()
        before = self.atlas.store.folder("phrases")
        texts = json.loads((before / "phrases.json").read_text())
        stay = np.isin(np.load(before / "rows.npy"), self.pick)
        left = np.bincount(
            load_codes(before, "incidence", len(texts))[np.flatnonzero(stay)].indices,
            minlength=len(texts),
        )
        return frozenset(
            t for t, n in zip(texts, left, strict=True) if t and (not n or self.traces.in_text(t))
        )

    def _is_gone(self, phrase: str | None) -> bool:
        """Whether a phrase or a concept's name may not be left."""
        return (
            phrase is not None
            and self.traces is not None
            and (phrase in self._gone_phrases or self.traces.in_text(phrase))
        )

    def _identity(self, folder: Path) -> None:
        """What became of concepts, without the names of before that are gone."""
        before = self.atlas.store.folder("identity")
        shutil.copytree(before, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(SUMS))
        if (folder / "before.json").exists():
            known = json.loads((folder / "before.json").read_text())
            cut = [{**c, "name": PURGED if self._is_gone(c["name"]) else c["name"]} for c in known]
            (folder / "before.json").write_text(json.dumps(cut))

    def _map(self, folder: Path) -> None:
        points, made = self.atlas.layout
        placed = (
            points[:0]
            if self.fresh is None
            else place_beside(self._fresh_items(), self.atlas.item_vectors, points)
        )
        gather_vectors(folder / "points.npy", self.pick, np.asarray(points), placed)
        (folder / "layout.json").write_text(json.dumps(made))

    def _publish(self, manifest: Manifest) -> Growth:
        removed = self.atlas.n_items - len(self.pick) if self.came is None else 0
        change = _counted(self.came, removed)
        if self.fresh is not None:
            change |= measure(self.atlas, self._fresh_items(), self._fresh_codes()[1])
        kept = {k: change[k] for k in ("added", "updated", "removed", "rejected", *_UNMEASURED)}
        grown, fitted = [*self.atlas.grown, kept], self.atlas.fitted_on
        passages = len(np.load(self._folder("vectors") / "vectors.npy", mmap_mode="r"))
        number = highest_number(self.atlas)
        if number and self.came is not None:
            number = max(number, highest_id(self.came.rows))
        version: Manifest = {
            **manifest,
            "version": manifest["version"] + 1,
            "stages": self.keys,
            "counts": {"items": len(self.pick), "passages": passages},
            "grown": grown,
            "fitted_on": fitted,
        }
        if number:
            version["numbered"] = number
        self.store.publish(version)
        for stage in ("vectors", "codes"):
            shutil.rmtree(self._folder(stage) / "fresh", ignore_errors=True)
        now = Snapshot(self.atlas.path, encoder=self.atlas.given_encoder)
        listed = str(now.store.folder("items") / "rejected.jsonl") if change["rejected"] else None
        return as_growth(now, change, grown, fitted, listed)


def _summed(before: Manifest, more: dict[str, Any]) -> dict[str, Any]:
    """Counts of a column's cells with those of rows that came; the example stays."""
    return {k: v if k == "example" else v + more.get(k, 0) for k, v in before.items()}


def _active(codes: csr_array, n_core: int) -> NDArray[np.int64]:
    """Items on which each concept of the core is active, counted a piece at a time."""
    out = np.zeros(codes.shape[1], dtype=np.int64)
    for start in range(0, len(codes.data), 2**22):
        part = slice(start, start + 2**22)
        out += np.bincount(codes.indices[part][codes.data[part] > 0], minlength=codes.shape[1])
    return out[:n_core]
