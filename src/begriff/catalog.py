"""Which methods exist: the public classes and functions of each kind, and those that other packages
add.

Another package adds a dictionary with an entry point in the group ``begriff.dictionaries``, and so
for every kind. Command line, server and documentation ask this module; no other list of methods
exists.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from inspect import signature
from pathlib import Path
from typing import Any

from begriff.errors import InputError, unknown

__all__ = ["find", "find_dictionary", "KINDS", "Method", "methods", "names", "Parameter"]


@dataclass(frozen=True)
class _Kind:
    """Where the methods of a kind stand, and what tells them from other public names there.

    Attributes
    ----------
    package : str
    base : str
        Abstract class in :mod:`begriff.kinds` that a method derives from.
    results : tuple of str
        For kinds whose methods are functions: what they return.
    endings : tuple of str
        Parts at the end of a class's name that people need not type.
    """

    package: str
    base: str = ""
    results: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()


_KINDS = {
    "bottlenecks": _Kind("begriff.bottlenecks", "Bottleneck"),
    "dictionaries": _Kind("begriff.dictionaries", "Dictionary", endings=("sae",)),
    "encoders": _Kind("begriff.encoders", "Encoder"),
    "erasers": _Kind("begriff.erasers", "Eraser"),
    "importance": _Kind(
        "begriff.importance",
        results=("BettingTests", "Importances", "LinearEffects", "SobolIndices"),
        endings=("importance", "indices", "effects"),
    ),
    "indexes": _Kind("begriff.indexes", "Index", endings=("index",)),
    "models": _Kind("begriff.models", "Model"),
    "namers": _Kind("begriff.naming", "Namer", endings=("namer",)),
    "policies": _Kind("begriff.bottlenecks", "Policy"),
    "probes": _Kind("begriff.probes", "Probe"),
}

KINDS = tuple(_KINDS)
"""The kinds that have methods, in alphabetical order."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of a method: its type as the source writes it, and its default as a JSON value
    where it has one.
    """

    name: str
    type: str
    required: bool
    default: Any


@dataclass(frozen=True)
class Method:
    """A method of a kind.

    Attributes
    ----------
    kind : str
    name : str
        As people type it.
    class_name : str
        The class, or the function where methods of the kind are functions.
    summary : str
        The first sentence of its documentation.
    source : str or None
        Papers that it is after.
    parameters : list of Parameter
    package : str
        The distribution that brings it: "begriff", or a plugin's name.
    plugin : bool
    tags : dict of str to bool
        What it declares that it can do, or needs, by the names of the attributes of its kind.
    """

    kind: str
    name: str
    class_name: str
    summary: str
    source: str | None
    parameters: list[Parameter]
    package: str
    plugin: bool
    tags: dict[str, bool]


def methods(kind: str | None = None) -> list[Method]:
    """Every method of a kind, sorted by name, those of installed plugins included; of all kinds
    where none is named.

    Parameters
    ----------
    kind : str, optional
        One of ``KINDS``.

    Returns
    -------
    list of Method

    Raises
    ------
    InputError
        For a kind that does not exist, or a plugin that cannot be imported.

    Examples
    --------
    >>> from begriff import catalog
    >>> [m.name for m in catalog.methods("erasers")]
    ['inlp', 'leace', 'mean-matching', 'oracle-leace', 'projection', 'qleace']
    """
    listed = KINDS if kind is None else (_kind(kind),)
    described = [_described(k, name, *entry) for k in listed for name, entry in _entries(k).items()]
    return sorted(described, key=lambda m: (m.kind, m.name))


def names(kind: str) -> list[str]:
    """Sorted names of a kind's classes, and of the entry points of installed plugins.

    Raises
    ------
    InputError
        For a kind that does not exist.
    """
    return list(_entries(_kind(kind)))


def find(kind: str, name: str) -> Any:
    """The class ``name`` of a kind; case, ``-``, ``_`` and a last ``SAE`` do not matter.

    Raises
    ------
    InputError
        For a kind or a name that does not exist, with the nearest names.
    """
    entries = _entries(_kind(kind))
    ends = ("", *_KINDS[kind].endings)
    for known, (thing, plugin) in entries.items():
        # files hold the names of classes
        spelled = {_plain(known), _plain(plugin.attr) if plugin else _plain(known)}
        if spelled & {_plain(name) + end for end in ends}:
            return thing if plugin is None else _loaded(plugin)
    raise unknown(
        f"name in begriff.{kind}",
        name,
        [_typed(known, _KINDS[kind].endings) for known in entries],
        hint=f"`begriff methods {kind}` lists them",
    )


def find_dictionary(text: str) -> tuple[Any, tuple[str, ...]]:
    """A dictionary's class and what it is made of, as ``NAME``, or ``NAME:FOLDER`` for one that was
    made elsewhere, says it.

    Raises
    ------
    InputError
        For a name that does not exist, one without its folder, or a folder for a method that learns
        from vectors.
    """
    name, _, folder = text.partition(":")
    method = find("dictionaries", name)
    if bool(folder) != method.needs_folder:
        way_out = (
            "learns from vectors: leave the folder out"
            if folder
            else f"was made elsewhere: give {name}:FOLDER"
        )
        raise InputError(f"{text!r}: {method.__name__} {way_out}")
    return method, (str(Path(folder).resolve()),) if folder else ()


def _kind(kind: str) -> str:
    if kind not in _KINDS:
        raise unknown("kind", kind, KINDS)
    return kind


def _entries(kind: str) -> dict[str, tuple[Any, EntryPoint | None]]:
    """By name the method, or the entry point that brings it; a plugin comes before an own method of
    its name.
    """
    own = {name: (thing, None) for name, thing in _own(_KINDS[kind])}
    plugins = {e.name: (None, e) for e in entry_points(group=f"begriff.{kind}")}
    both: dict[str, tuple[Any, EntryPoint | None]] = {**own, **plugins}
    return dict(sorted(both.items()))


def _own(kind: _Kind) -> Iterator[tuple[str, Any]]:
    """Public methods of the kind's package: concrete classes of its bases, functions with its
    results.
    """
    package = import_module(kind.package)
    for name in package.__all__:
        thing = getattr(package, name)
        if inspect.isclass(thing):
            is_method = bool(kind.base) and issubclass(thing, _base(kind))
            if is_method and not inspect.isabstract(thing):
                yield name, thing
        elif inspect.isfunction(thing) and thing.__annotations__.get("return") in kind.results:
            yield name, thing


def _loaded(plugin: EntryPoint) -> Any:
    try:
        return plugin.load()
    except (ImportError, AttributeError) as e:
        raise InputError(
            f"the plugin {_package(plugin)} names {plugin.value}, which cannot be imported ({e}):"
            " install it again or remove it"
        ) from e


def _package(plugin: EntryPoint) -> str:
    return plugin.dist.name if plugin.dist is not None else plugin.module.partition(".")[0]


def _described(kind: str, name: str, thing: Any, plugin: EntryPoint | None) -> Method:
    method = thing if plugin is None else _loaded(plugin)
    text = inspect.getdoc(method) or ""
    return Method(
        kind=kind,
        name=_typed(name, _KINDS[kind].endings),
        class_name=method.__name__,
        summary=" ".join(text.partition("\n\n")[0].split()),
        source=_source(text),
        parameters=[_parameter(p) for p in signature(method).parameters.values()],
        package="begriff" if plugin is None else _package(plugin),
        plugin=plugin is not None,
        tags={tag: getattr(method, tag) for tag in _tags(_KINDS[kind])},
    )


def _tags(kind: _Kind) -> list[str]:
    """Capabilities that methods of a kind declare: the public booleans of its base class."""
    if not kind.base:
        return []
    return sorted(k for k, v in vars(_base(kind)).items() if isinstance(v, bool) and k[0] != "_")


def _base(kind: _Kind) -> Any:
    return getattr(import_module("begriff.kinds"), kind.base)


def _source(text: str) -> str | None:
    """What follows "Source:", to the end of its paragraph."""
    found = re.search(r"^Source: (.+?)(?:\n\n|\Z)", text, re.M | re.S)
    return " ".join(found[1].split()) if found else None


def _parameter(p: inspect.Parameter) -> Parameter:
    required = p.default is p.empty
    kind = (
        ""
        if p.annotation is p.empty
        else (
            p.annotation
            if isinstance(p.annotation, str)
            else inspect.formatannotation(p.annotation)
        )
    )
    return Parameter(
        name=p.name, type=kind, required=required, default=None if required else _as_json(p.default)
    )


def _as_json(value: Any) -> Any:
    """A default as JSON holds it; a function by its name, anything else as Python writes it."""
    if (
        value is None
        or isinstance(value, bool | int | str)
        or (isinstance(value, float) and abs(value) < float("inf"))
    ):
        return value
    if isinstance(value, list | tuple):
        return [_as_json(v) for v in value]
    return getattr(value, "__name__", None) or repr(value)


def _typed(name: str, endings: tuple[str, ...]) -> str:
    """A class's name as people type it: ``mean-matching`` for MeanMatching, ``topk``
    for TopKSAE.
    """
    for end in endings:
        if name.lower().endswith(end) and len(name) > len(end):
            name = name[: -len(end)]
    words = re.sub(r"(?<=[a-z])(?=[A-Z][A-Za-z]{2})", "-", name)
    return words.replace("_", "-").strip("-").lower()


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "")
