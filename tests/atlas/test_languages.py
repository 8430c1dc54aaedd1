"""A corpus that the encoder does not read is noticed; English, code and names are not taken for one."""

import inspect

import pyarrow.parquet as pq
import pytest

from begriff.pipeline.languages import language_notice, language_of

SAMPLES = {
    "German": [
        "Die Proteine werden in der Zelle gefaltet, und ihre Form bestimmt, was sie tun.",
        (
            "Wir zeigen, dass das Verfahren auf mehreren Datensätzen besser ist als der Stand der"
            " Technik."
        ),
        "Der Kunde hat die Lieferung nicht erhalten und möchte sein Geld zurück.",
        "Nach dem Regen war die Straße nass, aber die Kinder spielten trotzdem im Hof.",
    ],
    "French": [
        "Les protéines sont repliées dans la cellule et leur forme détermine ce qu'elles font.",
        (
            "Nous montrons que la méthode est meilleure que les précédentes sur plusieurs jeux de"
            " données."
        ),
        "Le client n'a pas reçu sa commande et demande un remboursement pour le retard.",
        "Après la pluie, la rue était mouillée mais les enfants jouaient dans la cour.",
    ],
    "Spanish": [
        "Las proteínas se pliegan en la célula y su forma determina lo que hacen.",
        "Mostramos que el método es mejor que los anteriores en varios conjuntos de datos.",
        "El cliente no ha recibido el pedido y quiere que le devuelvan el dinero.",
        "Después de la lluvia la calle estaba mojada, pero los niños jugaban en el patio.",
    ],
    "Portuguese": [
        "As proteínas são dobradas na célula e a sua forma determina o que fazem.",
        "Mostramos que o método é melhor do que os anteriores em vários conjuntos de dados.",
        "O cliente não recebeu a encomenda e quer o dinheiro de volta.",
        (
            "Depois da chuva a rua estava molhada, mas as crianças brincavam no pátio com os seus"
            " amigos."
        ),
    ],
    "Italian": [
        "Le proteine si ripiegano nella cellula e la loro forma determina che cosa fanno.",
        "Mostriamo che il metodo è migliore dei precedenti su diversi insiemi di dati.",
        "Il cliente non ha ricevuto il pacco e vuole un rimborso per il ritardo.",
        "Dopo la pioggia la strada era bagnata, ma i bambini giocavano nel cortile con gli amici.",
    ],
    "Dutch": [
        "De eiwitten worden in de cel gevouwen en hun vorm bepaalt wat ze doen.",
        "We laten zien dat de methode beter is dan de vorige op een aantal datasets.",
        "De klant heeft het pakket niet ontvangen en wil zijn geld terug.",
        "Na de regen was de straat nat, maar de kinderen speelden in het park met een bal.",
    ],
    "Polish": [
        "Białka są zwijane w komórce i ich kształt decyduje o tym, jak działają.",
        "Pokazujemy, że metoda jest lepsza od poprzednich i że działa na wielu zbiorach danych.",
        "Klient nie otrzymał paczki i chce, żeby zwrócono mu pieniądze, bo to nie jest jego wina.",
        (
            "Po deszczu ulica była mokra, ale dzieci bawiły się na podwórku z psem i nie chciały do"
            " domu."
        ),
    ],
    "Swedish": [
        "Proteinerna veckas i cellen och deras form avgör vad de gör för kroppen.",
        "Vi visar att metoden är bättre än de tidigare på flera datamängder.",
        "Kunden har inte fått paketet och vill ha pengarna tillbaka från butiken.",
        "Efter regnet var gatan våt, men barnen lekte på gården med en boll som de hade hittat.",
    ],
    "Turkish": [
        (
            "Proteinler hücrede katlanır ve biçimleri ne yaptıklarını belirler, bu da çok önemli"
            " bir olaydır."
        ),
        (
            "Bu yöntem birçok veri kümesinde öncekilerden daha iyi ve daha hızlı olan bir yöntem"
            " olarak bilinir."
        ),
        "Müşteri paketi almadı ve parasını geri istiyor, ancak satıcı bu konuda bir şey demedi.",
        "Yağmurdan sonra sokak ıslaktı ama çocuklar bahçede bir top ile oynuyordu ve çok mutluydu.",
    ],
    "Russian": [
        "Белки сворачиваются в клетке, и их форма определяет, что они делают.",
        "Клиент не получил посылку и хочет вернуть деньги.",
    ],
    "Ukrainian": ["Білки згортаються в клітині, і їхня форма визначає, що вони роблять."],
    "Greek": ["Οι πρωτεΐνες αναδιπλώνονται στο κύτταρο και το σχήμα τους καθορίζει τι κάνουν."],
    "Arabic": ["تطوى البروتينات في الخلية ويحدد شكلها ما تفعله."],
    "Persian": [
        "پروتئین‌ها در سلول تا می‌شوند و شکل آن‌ها کارشان را تعیین می‌کند، چرا که گاهی مهم است."
    ],
    "Hebrew": ["החלבונים מתקפלים בתא, וצורתם קובעת מה הם עושים."],
    "Hindi": ["प्रोटीन कोशिका में मुड़ते हैं और उनका आकार तय करता है कि वे क्या करते हैं।"],
    "Thai": ["โปรตีนจะพับตัวในเซลล์ และรูปร่างของมันกำหนดหน้าที่"],
    "Chinese": ["蛋白质在细胞中折叠,其形状决定其功能。", "番茄牛肉汤的做法很简单。"],
    "Japanese": [
        "タンパク質は細胞の中で折りたたまれ、その形が働きを決める。",
        "これは日本語の文章です。",
    ],
    "Korean": ["단백질은 세포 안에서 접히며 그 모양이 하는 일을 결정한다."],
}


OTHERS = [
    "Proteinerne foldes i cellen, og deres form er afgørende for, hvad de gør.",
    "Kunden har ikke fått pakken og vil ha pengene tilbake fra butikken.",
    "Bílkoviny se v buňce skládají a jejich tvar určuje, co dělají, protože to je důležité.",
    "Asiakas ei ole saanut pakettia ja hän haluaa rahat takaisin, koska se on myöhässä.",
    "Az ügyfél nem kapta meg a csomagot, és azt szeretné, hogy visszaadják a pénzét.",
    "Clientul nu a primit pachetul și vrea să i se dea banii înapoi pentru că este târziu.",
    (
        "Pelanggan tidak menerima paket itu dan ingin uangnya kembali karena sudah terlambat untuk"
        " acara ini."
    ),
    "Khách hàng không nhận được gói hàng và muốn lấy lại tiền của mình vì đã quá muộn.",
    "El client no ha rebut el paquet i vol que li tornin els diners per aquest retard.",
]
"""Neighbours are told apart less well; that they are not English is what counts."""


def docstrings_and_code():
    """Docstrings of the standard library, and functions as code."""
    out = []
    for name in (
        "json",
        "ast",
        "os",
        "re",
        "shutil",
        "random",
        "statistics",
        "textwrap",
        "inspect",
        "zipfile",
        "logging",
        "socket",
    ):
        module = __import__(name)
        for thing in vars(module).values():
            if callable(thing) and getattr(thing, "__module__", None) == name:
                out.append(inspect.getdoc(thing) or "")
                try:
                    out.append(inspect.getsource(thing))
                except (OSError, TypeError):
                    continue
    return [t for t in out if t.strip()]


@pytest.mark.parametrize("language", SAMPLES)
def test_languages_are_known(language):
    assert [language_of(t) for t in SAMPLES[language]] == [language] * len(SAMPLES[language])


@pytest.mark.parametrize("language", SAMPLES)
def test_a_corpus_of_each_is_noticed(language):
    said = language_notice(SAMPLES[language] * 5, "minilm-256")
    assert said is not None
    assert "100% of" in said
    assert f"({language} 100%)" in said
    assert "--encoder FOLDER" in said
    assert "--mode text" in said
    assert "\n" not in said


def test_languages_whose_neighbours_are_near_are_not_english():
    assert not {language_of(t) for t in OTHERS} & {None, "English"}
    assert "100% of 9" in language_notice(OTHERS, "minilm-256")


def test_code_and_docstrings_are_no_language():
    texts = docstrings_and_code()
    assert len(texts) > 300
    foreign = [t for t in texts if language_of(t) not in (None, "English")]
    assert len(foreign) <= 0.005 * len(texts), foreign[:3]
    assert language_notice(texts, "minilm-256") is None


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["", "   ", "12345", "!?"] * 10,
        ["Anna Müller", "José Álvarez", "Nguyễn Văn An", "O'Neill, Seán"] * 10,
        ["def f(x):\n    return x ** 2  # de la"] * 10,
        ['{"id": 1, "la": [1, 2], "de": null}'] * 10,
        ["SELECT a.id, b.de FROM t AS a JOIN u AS b ON a.id = b.id"] * 10,
        ["ATGCGTACGTTAGC", "MKVLAAGIVGLLAQPAAA"] * 10,
        ["α-helix and β-sheet are the two most common folds of the chain"] * 10,
        ["https://example.org/de/la/en?x=1", "C:\\de\\la\\un"] * 10,
        ["deep learning", "graph", "neural machine translation"] * 10,
        ["the model was trained on the German corpus: Die Katze sitzt"] * 10,
        SAMPLES["German"],  # four texts tell too little
    ],
)
def test_what_is_no_other_language(texts):
    assert language_notice(texts, "minilm-256") is None


def test_half_a_corpus_is_noticed_and_a_third_is_not():
    english = ["We show that the method is better than those before it on most of the data."] * 10
    assert language_notice(SAMPLES["French"] * 3 + english[:9], "minilm-256") is not None
    assert language_notice(SAMPLES["French"] + english, "minilm-256") is None
    mixed = language_notice(SAMPLES["French"] * 3 + SAMPLES["German"] * 2 + english[:2], "static")
    assert "French 55%, German 36%" in mixed


@pytest.mark.parametrize(
    "encoder",
    [
        None,
        "none",
        "a1b2c3d4e5f60718-512-00000000",
        "remote-bge-m3-2000-50e87cdd",
        "models/multilingual-e5-small",
    ],
)
def test_of_other_encoders_it_is_not_known_what_they_read(encoder):
    assert language_notice(SAMPLES["German"] * 5, encoder) is None


def test_real_english_gives_no_alarm(data):
    texts = (
        pq.read_table(data / "papers" / "papers.parquet", columns=["title", "abstract"])
        .slice(0, 3000)
        .to_pylist()
    )
    for column in ("abstract", "title"):
        known = [language_of(r[column] or "") for r in texts]
        assert sum(k not in (None, "English") for k in known) <= 0.002 * len(known)
    for file in ("newsgroups20", "banking77", "goemotions"):
        table = pq.read_table(data / "text" / f"{file}.parquet").slice(0, 3000)
        column = next(c for c in ("text", "sentence", "body") if c in table.column_names)
        known = [language_of(t or "") for t in table.column(column).to_pylist()]
        assert sum(k not in (None, "English") for k in known) <= 0.01 * len(known), file
        assert language_notice(table.column(column).to_pylist()[:200], "minilm-256") is None
