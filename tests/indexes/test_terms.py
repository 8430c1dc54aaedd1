# ruff: noqa: RUF001
"""What a person types is found as it is written in any script, however it is encoded."""

import sys
import unicodedata

import pytest

from begriff.indexes.terms import _marks, index_terms, query_terms, words_of
from begriff.indexes.words import WordIndex

SCRIPTS = {
    "Hindi": ("आज दोपहर का खाना बहुत स्वादिष्ट था", "खाना"),
    "Hindi, inflected": ("मसाले की दुकान", "मसालों"),
    "Chinese": ("番茄炖牛肉汤的做法", "牛肉汤"),
    "one character": ("我有一只猫和一只狗", "猫"),
    "Japanese": ("東京タワーへ行きました", "タワー"),
    "half-width kana": ("東京ﾀﾜｰへ", "タワー"),
    "full-width letters": ("ＧＰＵで学習する", "gpu"),
    "letters inside Chinese": ("使用GPU训练模型", "gpu 训练"),
    "Korean, with a particle": ("한국은 아름다운 나라입니다", "한국"),
    "Thai": ("ร้านนี้มีข้าวผัดอร่อยมาก", "ข้าวผัด"),
    "Khmer": ("រាជធានីភ្នំពេញ", "ភ្នំពេញ"),
    "Lao": ("ຂ້ອຍຢູ່ວຽງຈັນ", "ວຽງຈັນ"),
    "Burmese": ("ရန်ကုန်မြို့", "ရန်ကုန်"),
    "Arabic with vowel marks": ("هٰذَا كِتَابٌ جَدِيدٌ", "كتاب"),
    "Arabic, marks in the query": ("هذا كتاب جديد", "كِتَاب"),
    "Arabic with an article": ("قرأت الكتاب", "كتاب"),
    "Arabic, alef and teh": ("مدرسة أحمد", "مدرسه احمد"),
    "Persian, other keyboard": ("كتاب فارسي", "کتاب فارسی"),
    "Persian, joiner": ("کتاب\u200cها", "کتابها"),
    "Hebrew with points": ("שָׁלוֹם עוֹלָם", "שלום"),
    "French": ("un café très animé", "cafe"),
    "French, accents in the query": ("un cafe tres anime", "très"),
    "French, inflected": ("des cafés", "café"),
    "German": ("die Straße nach Köln", "STRASSE koln"),
    "Polish": ("Wojewodztwo łódzkie, Łódź", "lodz"),
    "Turkish": ("İstanbul'da ılık", "istanbul ilik"),
    "Russian": ("маленькая собака", "собаки"),
    "Russian, yo": ("зелёная ёлка", "елка"),
    "Greek": ("Η Ελλάδα σήμερα", "ΕΛΛΑΔΑ"),
    "Tamil": ("தமிழ் மொழி", "தமிழ்"),
    "Bengali": ("বাংলা ভাষা", "ভাষা"),
    "Armenian": ("Հայաստան", "հայաստան"),
    "digits": ("سنة ٢٠٢٠", "2020"),
    "ligature": ("a \ufb01ne day", "fine"),
    "soft hyphen": ("trans\u00adformer", "transformer"),
}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scripts") / "index"
    WordIndex.build(folder, [[text for text, _ in SCRIPTS.values()]])
    return WordIndex(folder)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
@pytest.mark.parametrize("case", SCRIPTS)
def test_a_word_of_any_script_is_found_and_marked_in_every_normal_form(index, case, form):
    place, (text, query) = list(SCRIPTS).index(case), SCRIPTS[case]
    query = unicodedata.normalize(form, query)
    assert place in index.search(query, len(SCRIPTS))[0].tolist()
    rows, scores = index.search(query, len(SCRIPTS))
    for total, terms in zip(scores, index.terms(query, rows), strict=True):
        assert sum(v for _, v in terms) == pytest.approx(float(total), rel=1e-4)
    assert index_terms(unicodedata.normalize(form, text)) == index_terms(text)
    assert any(
        query_terms(query).keys() & terms
        for _, _, terms in words_of(unicodedata.normalize(form, text))
    )


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("йод", "иод"),
        ("кот", "код"),
        ("खान", "खाना"),
        ("番茄", "茄番"),
        ("ข้า", "ขา"),
        ("がく", "かく"),
        ("naive", "native"),
        ("ab_cd", "abcd"),
    ],
)
def test_letters_that_make_another_word_stay_apart(text, query):
    assert not set(index_terms(text)) & query_terms(query).keys()


def test_words_of_english_are_split_and_stemmed_as_before():
    text = "Graph-based models' results (2,301 of 1.10) don't_matter: RUNNING foxes"
    assert index_terms(text) == [
        "graph", "base", "model", "result", "2", "301", "of", "1", "10", "don", "t", "matter", "run", "fox"
    ]  # fmt: skip


def test_places_are_those_of_the_text_as_it_is_written():
    text = unicodedata.normalize("NFD", "Cafés: 番茄牛肉 ｶﾞｽ")
    assert [text[a:b] for a, b, _ in words_of(text)] == [
        unicodedata.normalize("NFD", "Cafés"), "番", "番茄", "茄", "茄牛", "牛", "牛肉", "肉", "ｶﾞ", "ｶﾞｽ", "ｽ"
    ]  # fmt: skip


def test_every_combining_mark_belongs_to_its_word():
    marks = _marks()
    assert len(marks) < 2000
    for code in range(sys.maxunicode):
        if unicodedata.category(chr(code)).startswith("M") and code < 0x20000:
            assert len(list(words_of(f"a{chr(code)}b"))) == 1, hex(code)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "!!!",
        "\ud83d",
        "\x00",
        "🙂",
        "ะ",
        "\u0301",
        "ー" * 3000,
        "a" * 100_000,
        "番" * 5000,
        "\ufdfa\u3300½",
    ],
)
def test_odd_texts_are_searched_without_a_fault(index, text):
    index.search(text, 5)
    assert all(t and not any(c.isspace() for c in t) for t in index_terms(text))
    assert set(query_terms(text)) <= set(index_terms(text))
