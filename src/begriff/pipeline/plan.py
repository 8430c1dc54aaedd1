"""What a build depends on: the source, what to read of it, the encoder, the dictionary; and a key
for every stage made of that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from typing import Any

from begriff import catalog
from begriff.errors import InputError, MissingExtraError, unknown
from begriff.indexes.terms import RECIPE as TERMS
from begriff.kinds import Dictionary, Namer
from begriff.kinds.checks import Progress
from begriff.kinds.encoder import Encoder
from begriff.naming import Contrast
from begriff.pipeline.given_vectors import (
    OWN,
    GivenVectors,
    as_vectors,
    vectors_key,
    without_direction,
)
from begriff.pipeline.reading import Reading
from begriff.readers import Reader, open_source
from begriff.readers.databases import parse_address
from begriff.readers.sources import stem_of
from begriff.store.manifest import Described, Made, Manifest
from begriff.store.row_plan import OnDuplicate, Plan, plan_items, without_repeats
from begriff.store.stages import Store, digest

__all__ = [
    "described_namer",
    "identity_keys",
    "input_keys",
    "Job",
    "make_encoder",
    "map_key",
    "Meter",
    "namer_of",
    "plan_job",
    "stage_keys",
    "with_map",
]

Meter = Callable[[str, int, int], None]
_RECIPE = 2  # raised when the same input makes other items
_LAYOUT = 1  # and when the same vectors make another map


@dataclass(frozen=True, kw_only=True)
class Job:
    """Everything that a build depends on.

    Attributes
    ----------
    reader, plan : Reader and Plan, or None
        Where rows come from; None for a refit of what is there.
    warm : bool
        Go on from the dictionary of the version before.
    asked : None, str or list
        The dictionary as the build asked for it, which says whether a published one goes back to
        the same request.
    erased : list of dict
        What was erased from the vectors, in order.
    kept : dict, optional
        The manifest of the version before the last erasure, whose files stay.
    address : str, optional
        Of the database that the rows come from.
    learn_from : int, optional
        Items that concepts are learnt from and named by, at most; by default as many as the stages
        allow.
    on_read : callable, optional
        Called with what was understood of the source once its rows are read.
    """

    store: Store
    encoder: Encoder | None
    dictionary: str | Dictionary | None
    random_state: int
    reader: Reader | None = None
    plan: Plan | None = None
    vectors: GivenVectors | None = None
    namer: Namer = field(default_factory=Contrast)
    max_rejected: float = 1.0
    meter: Meter | None = None
    warm: bool = False
    asked: Any = None
    erased: tuple[dict[str, Any], ...] = ()
    kept: Manifest | None = None
    confirm: Callable[[str], bool] | None = None
    on_duplicate: OnDuplicate = "error"
    address: str | None = None
    learn_from: int | None = None
    on_read: Callable[[Reading], None] | None = None

    @property
    def is_preview(self) -> bool:
        """Whether the atlas is made of a part of the items, or its concepts learnt from a part, for
        a first look.
        """
        return bool(self.learn_from or (self.plan is not None and self.plan.only))

    def progress(self, stage: str) -> Progress:
        """What a stage calls with (done, total): it tells the meter, and the folder, where a server
        reads how far the build is.
        """

        def report(done: int, total: int) -> None:
            self.store.report(stage, done, total)
            if self.meter is not None:
                self.meter(stage, done, total)

        return report


def plan_job(
    source: Any,
    *,
    out: str | Path | None,
    encoder: str | Path | Encoder | None,
    text: str | Sequence[str] | None = None,
    id: str | None = None,
    vectors: Any = None,
    dictionary: Any = None,
    namer: str | Namer = "contrast",
    types: Any = None,
    max_rejected: float = 1.0,
    random_state: int = 0,
    meter: Meter | None = None,
    on_duplicate: OnDuplicate = "error",
    format: str | None = None,
    drop_columns: Sequence[str] = (),
    keep_as_text: Sequence[str] = (),
) -> Job:
    """Check what a build was given."""
    reader = open_source(source, format=format)
    vectors = as_vectors(OWN if vectors is None and reader.vectors is not None else vectors, reader)
    if out is None:
        if not isinstance(source, str | Path) or not (
            parse_address(source) or Path(source).exists()
        ):
            raise InputError(
                "give out=FOLDER: several files, frames and rows have no name to derive it from"
            )
        out = f"{stem_of(source)}.atlas"
    if not 0 <= max_rejected <= 1:
        raise InputError(f"max_rejected={max_rejected}: a share of rows, from 0 to 1")
    unseen = [vectors] if isinstance(vectors, str) else []
    text = [text] if isinstance(text, str) else text
    plan = plan_items(
        reader, text, id, types, leave=drop_columns, as_text=keep_as_text, unseen=unseen
    )
    plan = replace(plan, bad={} if vectors is None else without_direction(vectors, reader))
    plan = without_repeats(reader, plan, on_duplicate)
    made = make_encoder(encoder)
    if made is None and vectors is None:
        raise InputError("give an encoder, or vectors that exist")
    if isinstance(dictionary, str):
        method, folder = catalog.find_dictionary(dictionary)
        dictionary = method(*folder) if folder else str(method.__name__)
    asked = dictionary.request() if isinstance(dictionary, Dictionary) else dictionary
    return Job(
        store=Store(out),
        reader=reader,
        plan=plan,
        encoder=made,
        vectors=vectors,
        dictionary=dictionary,
        namer=catalog.find("namers", namer)() if isinstance(namer, str) else namer,
        max_rejected=max_rejected,
        random_state=random_state,
        meter=meter,
        asked=asked,
        on_duplicate=on_duplicate,
        address=source if parse_address(source) else None,
    )


def make_encoder(encoder: str | Path | Encoder | None, **settings: Any) -> Encoder | None:
    """An encoder by its name, from a folder of sentence-transformers, or from the address of an
    endpoint; objects and None stay.

    Raises
    ------
    InputError
        For a name that is unknown, or settings that the encoder does not have.
    """
    if encoder is None or isinstance(encoder, Encoder):
        return encoder
    from begriff.encoders import Remote, SentenceTransformer

    given = str(encoder)
    known = {
        n.lower(): n
        for n in catalog.names("encoders")
        if n not in ("Remote", "SentenceTransformer")
    }
    makers: Any = catalog.find("encoders", known[given.lower()]) if given.lower() in known else None
    first: tuple[Any, ...] = ()
    if given.startswith(("http://", "https://")):
        makers, first = Remote, (given,)
        settings.setdefault("model", "")
    elif makers is None and Path(given).is_dir():
        makers, first = SentenceTransformer, (given,)
    if makers is None:
        raise unknown("encoder", given, [*known, "a folder of sentence-transformers", "an address"])
    allowed = signature(makers).parameters
    odd = [n for n in settings if n not in allowed]
    if odd:
        raise InputError(
            f"the encoder {given!r} has no setting {odd[0]!r}: it has {', '.join(allowed)}"
        )
    made: Encoder = makers(*first, **settings)
    return made


def input_keys(job: Job) -> dict[str, str]:
    """A key for every stage that comes before the dictionary, made of everything that
    goes into it.
    """
    plan = job.plan
    assert plan is not None
    assert job.reader is not None
    left = (
        [sorted(plan.drop), plan.only, sorted(plan.bad)]
        if plan.drop or plan.only or plan.bad
        else []
    )
    items = digest(
        _RECIPE,
        job.reader.fingerprint,
        plan.columns.kinds,
        plan.columns.forms,
        plan.text,
        plan.id,
        *left,
    )
    name = job.encoder.name if job.encoder else None
    vectors = digest(items, name, vectors_key(job.vectors))
    few = [job.learn_from] if job.learn_from else []
    return {
        "items": items,
        "words": digest(items, TERMS),
        "vectors": vectors,
        "phrases": digest(vectors, job.random_state, *few),
    }


def stage_keys(job: Job, published: Manifest | None) -> dict[str, str]:
    """Keys of all stages.

    Where the published dictionary goes back to the same input and settings (a refit went on from
    it), it stays.
    """
    keys = input_keys(job)
    keys["dictionary"] = digest(keys["phrases"], job.asked)
    if published is not None and (
        published["stages"].get("phrases"),
        published.get("asked", ...),
    ) == (keys["phrases"], job.asked):
        keys["dictionary"] = published["stages"]["dictionary"]
    return identity_keys(keys, published, job.namer)


def identity_keys(keys: dict[str, str], published: Manifest | None, namer: Namer) -> dict[str, str]:
    """The keys of what follows a dictionary: ids and names depend on the version before, unless
    this is that version.
    """
    keys = {**keys, "codes": digest(keys["dictionary"])}
    before = published["stages"] if published is not None else {}
    same = before.get("codes") == keys["codes"] and "identity" in before
    keys["identity"] = (
        before["identity"]
        if same
        else digest(keys["codes"], *(before.get(k) for k in ("codes", "identity", "names")))
    )
    described = described_namer(namer)
    usual = described == described_namer(Contrast())
    keys["names"] = digest(keys["identity"], *([] if usual else [described]))
    return keys


def described_namer(namer: Namer) -> Described:
    """A namer as a manifest keeps it."""
    return {"class": type(namer).__name__, "params": namer.get_params()}


def namer_of(made: Made) -> Namer:
    """The namer that a manifest describes; the usual one for versions from before there were
    others.
    """
    described = made.get("namer")
    if described is None:
        return Contrast()
    namer: Namer = catalog.find("namers", described["class"])(**described["params"])
    return namer


def with_map(
    keys: dict[str, str], published: Manifest | None, wanted: bool | None = None
) -> dict[str, str]:
    """With the key of the map, where it is wanted: by default where the extra is installed, or
    these vectors have one already.
    """
    place = map_key(keys["vectors"])
    there = published is not None and published["stages"].get("map") == place
    if wanted and find_spec("umap") is None:
        raise MissingExtraError("the map", "map")
    if wanted is None:
        wanted = there or find_spec("umap") is not None
    return {**keys, "map": place} if wanted else keys


def map_key(vectors: str) -> str:
    """The key of the layout of these vectors."""
    return digest(_LAYOUT, "map", vectors)
