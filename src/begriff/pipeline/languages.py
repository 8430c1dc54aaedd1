"""Noticing that a corpus is mostly not in English, the only language that the default encoders
read.

By scripts and function words, and without a library: of 50 short texts in 20 languages it names all
(langdetect 48), and of 3,351 English abstracts, titles, posts, questions, comments, docstrings and
functions of code it takes none for another language (langdetect 151).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

__all__ = ["language_notice", "language_of"]

_MOSTLY = 0.5
_FEWEST = 5
_LISTED = 3
_READ = 2000
_SHARE, _MARGIN, _DISTINCT = 0.08, 1.5, 3
_ENGLISH = ("minilm", "static")
_WORD = re.compile(r"[^\W\d_]+")
_NO_PROSE = re.compile(r"\S*[/\\_@=<>{}\[\];#$|]\S*")  # addresses, paths, code

_SCRIPTS = {
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "HANGUL": "Korean",
    "CJK": "Chinese",
    "THAI": "Thai",
    "DEVANAGARI": "Hindi",
    "BENGALI": "Bengali",
    "TAMIL": "Tamil",
    "TELUGU": "Telugu",
    "GREEK": "Greek",
    "HEBREW": "Hebrew",
    "ARABIC": "Arabic",
    "CYRILLIC": "Russian",
    "GEORGIAN": "Georgian",
    "ARMENIAN": "Armenian",
}
"""First word of a character's Unicode name -> the language that is most often written so."""

_FUNCTION_WORDS = {
    "English": (
        "the of and to in is that for with this are on as be by we from an it which can was not"
        " have has its or our their a i my me you your he she they do does did no so if at am been"
        " will would what how why when who there about but up out get"
    ),
    "German": (
        "der die das und ist nicht mit ein eine den von zu im auf für dem des sich auch wird als"
        " sind werden wurde einer durch"
    ),
    "French": (
        "le la les des et est une un dans pour que qui sur avec pas du au ce cette sont par nous"
        " plus aux ont être ses"
    ),
    "Spanish": (
        "el la los las de y en que un una por con para del se es su como más al son este esta entre"
        " pero sus"
    ),
    "Portuguese": (
        "o os as de e em que um uma por com para do da dos das se não é ao como mais são sua pela"
        " pelo"
    ),
    "Italian": (
        "il lo gli di e che un una per con non del della dei delle è sono nel nella alla come più"
        " anche questo da si i il ma era dopo ha al dal sul nei"
    ),
    "Dutch": (
        "de het een en van is dat op te voor met niet zijn aan er om ook als door bij uit wordt"
        " naar deze worden"
    ),
    "Polish": (
        "i w z na do nie się że jest to o jak od po przez dla są oraz który która które ich tym"
        " przy może"
    ),
    "Czech": (
        "a v se na je že to s z do pro jako jsou by ale které který která při také nebo byl byla"
        " jeho"
    ),
    "Swedish": (
        "och att det som en är av för på med den till inte ett om har de var från kan sig vi"
        " eller men"
    ),
    "Danish": (
        "og at det som en er af for på med den til ikke et om har de var fra kan sig vi eller"
        " men der"
    ),
    "Norwegian": (
        "og at det som en er av for på med den til ikke et om har de var fra kan seg vi eller"
        " men ble"
    ),
    "Finnish": (
        "ja on ei se että oli hän ovat mutta kun myös tai niin joka sekä ole kuin voi jos mitä tämä"
    ),
    "Hungarian": (
        "a az és hogy nem is egy van meg ez volt csak mint de vagy már ezt azt meg lehet ami amely"
    ),
    "Romanian": (
        "și de la în a cu pe este nu un o din care pentru mai să sunt ce prin sau al ale fost acest"
    ),
    "Turkish": (
        "ve bir bu için ile da de olarak olan daha çok gibi en ne kadar ise ancak sonra değil her"
        " olduğu"
    ),
    "Indonesian": (
        "yang dan di ini dengan untuk dari dalam tidak pada adalah itu akan juga ke oleh sebagai"
        " atau dapat telah"
    ),
    "Vietnamese": (
        "và của là có được cho các trong không một với những này đã để khi từ như người đến"
    ),
    "Catalan": (
        "el la els les de i en que un una per amb del es no més com són aquest aquesta dels però"
    ),
}
_KNOWN = {language: frozenset(words.split()) for language, words in _FUNCTION_WORDS.items()}


def language_notice(sample_texts: Sequence[str], encoder_name: str | None) -> str | None:
    """What to tell whoever builds an atlas of texts that are mostly not English with an encoder
    that reads English alone.

    Parameters
    ----------
    sample_texts : sequence of str
        Some texts of the corpus; of each the first 2,000 characters are looked at.
    encoder_name : str or None
        As ``Encoder.name`` or ``--encoder`` have it. Of encoders other than MiniLM and the static
        one it is not known what they read.

    Returns
    -------
    str or None
        None where at least half of the texts are English or in no language that is known, as code,
        or fewer than five can be told.
    """
    if encoder_name is None or not encoder_name.lower().startswith(_ENGLISH):
        return None
    known = [language_of(t) for t in sample_texts if t.strip()]
    foreign = Counter(n for n in known if n not in (None, "English"))
    if foreign.total() < _FEWEST or foreign.total() < _MOSTLY * len(known):
        return None
    listed = ", ".join(f"{name} {n / len(known):.0%}" for name, n in foreign.most_common(_LISTED))
    return (
        f"{foreign.total() / len(known):.0%} of {len(known)} texts that were looked at are not"
        f" English ({listed}), and the encoder {encoder_name} reads English: concepts and search by"
        " meaning will be poor. Give --encoder FOLDER with a multilingual model of"
        " sentence-transformers, as multilingual-e5-small, or search by words alone (--mode text)"
    )


def language_of(text: str) -> str | None:
    """The language of a text, by its script, or by function words where that is Latin; None where
    neither tells, as of code or names.
    """
    text = unicodedata.normalize("NFC", text[:_READ])
    scripts = Counter(unicodedata.name(c, "LATIN").split()[0] for c in text if c.isalpha())
    if not scripts:
        return None
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > 0.1 * scripts.total():
        return "Japanese"
    script = scripts.most_common(1)[0][0].split("-")[0]
    return _by_words(text) if script == "LATIN" else _of_script(script, text)


def _by_words(text: str) -> str | None:
    """The language whose function words are frequent enough, and clearly more so than English ones;
    English where these are.
    """
    words = [w.lower() for w in _WORD.findall(_NO_PROSE.sub(" ", text))]
    counts = {language: sum(w in known for w in words) for language, known in _KNOWN.items()}
    best = max(counts, key=lambda language: (counts[language], language == "English"))
    if counts[best] < _SHARE * len(words) or len(_KNOWN[best].intersection(words)) < _DISTINCT:
        return None
    own, english = (
        sum(w in a - b for w in words)
        for a, b in ((_KNOWN[best], _KNOWN["English"]), (_KNOWN["English"], _KNOWN[best]))
    )
    return best if own and own >= _MARGIN * english else "English"


def _of_script(script: str, text: str) -> str:
    if script == "CYRILLIC" and any(c in "їєіґ" for c in text.lower()):
        return "Ukrainian"
    if script == "ARABIC" and any(c in "پچگژ" for c in text):
        return "Persian"
    return _SCRIPTS.get(script, script.capitalize())
