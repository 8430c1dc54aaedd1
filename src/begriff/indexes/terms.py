"""Texts as terms of the word index: one way for what is indexed, what is asked and what is
highlighted, in every script.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise

__all__ = ["index_terms", "query_terms", "RECIPE", "words_of"]

RECIPE = 2
"""Grows when the same text gives other terms; an index says which it was made with.

1 was tantivy's ``en_stem``.
"""

_LONGEST = 60
_SHORTEST_STEM = 3
_REMEMBERED = 500_000
_UNSPACED = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d\uffa1-\uffdc\u1100-\u115f\ua960-\ua97c\U0001b000-\U0001b16f"
    "\U00020000-\U0003fffd"  # Chinese, Japanese, Korean
    # Thai, Lao
    "\u0e01-\u0e30\u0e32-\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2-\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf"
    "\u1000-\u103f\u1050-\u108f\ua9e0-\ua9ef\ua9fa-\ua9fe\uaa60-\uaa7a\u1780-\u17b3\u17d7\u1950-\u19ab\u1a00-\u1a16\u1a20-\u1a54"
)
"""Scripts that write no space between words, and Korean, which writes particles on to them: pairs
of characters stand for words.
"""

_JOINED = (
    "\u00ad\u200c-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
    "\uff9e\uff9f\u1160-\u11ff\ud7b0-\ud7fb"
)
"""What goes with the character before it, beside combining marks: joiners, soft hyphens, marks of
direction, vowels of Jamo.
"""

_IGNORED = re.compile(
    "[\u00ad\u0640\u200c-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufe00-\ufe0f\ufeff]"
)
_OPTIONAL = re.compile(
    "(?<![\u0430-\u044f])\u0306|[\u0300-\u0305\u0307-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u08ca-\u08e1\u08e3-\u08ff\u093c"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]"
)
"""Accents, vowel marks of Arabic, Hebrew and Syriac, the dot of Devanagari; the breve of Russian й
makes another letter, and stays.
"""

_FOLDED = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ħ": "h",
        "ŧ": "t",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ð": "d",
        "\u02bb": "",
        "\u02bc": "",
    }
    | {
        "\u0649": "\u064a",
        "\u06cc": "\u064a",
        "\u06a9": "\u0643",
        "\u0629": "\u0647",
        "\u06c1": "\u0647",
        "\u06be": "\u0647",
    }
)
"""Letters that are written with or without a stroke, and those that Arabic and Persian keyboards
write differently.
"""

_STEMMERS = (
    ("\u0370-\u03ff\u1f00-\u1fff", "greek"),
    ("\u0400-\u052f", "russian"),
    ("\u0530-\u058f", "armenian"),
    ("\u0600-\u06ff\u0750-\u077f", "arabic"),
    ("\u0900-\u097f", "hindi"),
    ("\u0b80-\u0bff", "tamil"),
)


def index_terms(text: str) -> list[str]:
    """The terms that a text is found by, in order; a word of an unspaced script by each character
    and each pair.

    Examples
    --------
    >>> from begriff.indexes.terms import index_terms
    >>> index_terms("Cafés in 東京都")
    ['cafe', 'in', '東', '京', '都', '東京', '京都']
    """
    if text.isascii():
        return [t for word in re.findall("[a-z0-9]+", text.lower()) for t in _terms[word]]
    return [t for match in _pattern().finditer(text) for t in _of_match(match)]


def _of_match(match: re.Match[str]) -> list[str]:
    if match.lastgroup == "spaced":
        return _terms[match[0]]
    letters = [t for _, _, t in _letters(match)]
    return letters + [a + b for a, b in pairwise(letters)]


def query_terms(text: str) -> dict[str, str]:
    """The terms of a query, each with the word as it was written first; a single character only
    where it stands alone.

    Examples
    --------
    >>> from begriff.indexes.terms import query_terms
    >>> query_terms("Graphs, graph 東京都")
    {'graph': 'graphs', '東京': '東京', '京都': '京都'}
    """
    out: dict[str, str] = {}
    for match in _pattern().finditer(text):
        words = list(_words(match))
        for start, end, terms in (
            words if len(words) == 1 or match.lastgroup == "spaced" else words[1::2]
        ):
            for term in terms:
                out.setdefault(term, unicodedata.normalize("NFKC", text[start:end]).lower())
    return out


def words_of(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """First and last place of every word of a text and its terms; in an unspaced script of every
    character and every pair.
    """
    for match in _pattern().finditer(text):
        yield from _words(match)


def _words(match: re.Match[str]) -> Iterator[tuple[int, int, list[str]]]:
    if match.lastgroup == "spaced":
        yield match.start(), match.end(), _terms[match[0]]
        return
    before: tuple[int, str] | None = None
    for start, end, letter in _letters(match):
        if before is not None:
            yield before[0], end, [before[1] + letter]
        yield start, end, [letter]
        before = start, letter


def _letters(match: re.Match[str]) -> Iterator[tuple[int, int, str]]:
    """First and last place of every character with its marks, and how it is indexed."""
    for m in _letter().finditer(match.string, match.start(), match.end()):
        yield m.start(), m.end(), _IGNORED.sub("", unicodedata.normalize("NFKC", m[0]))


class _Terms(dict[str, list[str]]):
    """Terms of a word, remembered."""

    def __missing__(self, word: str) -> list[str]:
        if len(self) >= _REMEMBERED:
            self.clear()
        terms = self[word] = [_stem(_fold(part)) for part in _parts(word)]
        return terms


_terms = _Terms()


def _parts(word: str) -> list[str]:
    """A word in compatible characters and small letters; in parts, where that opens it
    (½ is 1/2).
    """
    if word.isascii():
        return [word.lower()[:_LONGEST]]
    whole = _IGNORED.sub(
        "", unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", word).casefold())
    )
    return [m[0][:_LONGEST] for m in _pattern().finditer("".join(map(_digit, whole)))]


def _digit(letter: str) -> str:
    return (
        letter if letter.isascii() or not letter.isdecimal() else str(unicodedata.decimal(letter))
    )


def _fold(word: str) -> str:
    """A word without accents and other marks that are optional."""
    if word.isascii():
        return word
    return unicodedata.normalize("NFC", _OPTIONAL.sub("", unicodedata.normalize("NFD", word)))


def _stem(word: str) -> str:
    """The stem; of other languages than English only where it leaves enough of the word to tell it
    from others.
    """
    stem = _stemmer(_language(word))(word)
    if stem.isascii():
        return stem
    return _fold(stem if len(stem) >= _SHORTEST_STEM else word).translate(_FOLDED)


def _language(word: str) -> str:
    """Whose inflections are cut off: by script, as that of the commonest language that is written
    in it; English for Latin letters.
    """
    if not word.isascii():
        for letters, language in _STEMMERS:
            if re.match(f"[{letters}]", word):
                return language
    return "english"


@cache
def _stemmer(language: str) -> Callable[[str], str]:
    from snowballstemmer import stemmer

    stem: Callable[[str], str] = stemmer(language).stemWord
    return stem


@cache
def _pattern() -> re.Pattern[str]:
    """A word, or a run of characters of unspaced scripts, with their marks."""
    letter = rf"[^\W_{_UNSPACED}][{_marks()}]*"
    return re.compile(rf"(?P<spaced>(?:{letter})+)|(?P<unspaced>(?:[{_UNSPACED}][{_marks()}]*)+)")


@cache
def _letter() -> re.Pattern[str]:
    return re.compile(rf"[{_UNSPACED}][{_marks()}]*")


@cache
def _marks() -> str:
    """All combining marks, and what else goes with the character before it, as a set
    for a pattern.
    """
    ranges: list[list[int]] = []
    for code in range(0x300, min(0x20000, sys.maxunicode)):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return _JOINED + "".join(f"{chr(a)}-{chr(b)}" for a, b in ranges)
