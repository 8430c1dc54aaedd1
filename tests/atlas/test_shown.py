"""Hits, concepts and an atlas as frames, as short texts, and as tables of HTML in which no text of the corpus is markup."""

import re
from html.parser import HTMLParser

import pyarrow as pa
import pytest

import begriff as bg
from begriff import NotFoundError
from begriff.documents.rendering import about_of, as_text, shorten
from tests.conftest import BagOfWords, make_rows

EVIL = "<script>alert(1)</script> & <b>"


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    """Columns as papers have them, and texts that would be markup."""
    rows = make_rows(120)
    for i, row in enumerate(rows):
        row |= {
            "title": f"{EVIL} {row['title']} {i}",
            "authors": f"A. Author; B. {i}",
            "venue": "ACL",
            "doi": f"10.1/{i}",
            "score": i / 7,
        }
        row["body"] += f" {EVIL}"
    return bg.build(
        rows,
        text="body",
        out=tmp_path_factory.mktemp("papers") / "p.atlas",
        encoder=BagOfWords(),
        dictionary="kmeans",
    )


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.seen, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)

    def handle_data(self, data):
        self.text += data


def test_hits_are_a_frame_of_numbers_and_ids(papers):
    hits = papers.search("graph", k=7)
    table = pa.table(hits)
    assert table.column("id").to_pylist() == [h.id for h in hits]
    assert table.column("score").to_pylist() == [h.score for h in hits]
    # a column of the user
    assert table.column("score_2").to_pylist() == [h.item["score"] for h in hits]
    assert pa.types.is_floating(table.schema.field("score").type)
    assert table.column("rank").to_pylist() == list(range(1, 8))
    assert table.column("year").to_pylist() == [h.item["year"] for h in hits]
    for row, hit in zip(table.to_pylist(), hits, strict=True):
        adds = {c.concept: c.value for c in hit.explanation.gap.contributions}
        assert row["concepts"] == hit.explanation.gap.named
        assert row["values"] == [adds[i] for i in row["concepts"]]
    assert pa.table(papers.search("graph", mode="text", k=3)).column("concepts").null_count == 3
    assert hits.to_pandas()["id"].tolist() == [h.id for h in hits]
    assert hits.to_polars()["score"].to_list() == [h.score for h in hits]
    assert pa.table(papers.search("zzz", mode="text")).num_rows == 0


def test_concepts_are_a_frame(papers):
    concepts = papers.concepts
    frame = concepts.to_pandas()
    assert frame["id"].tolist() == [c.id for c in concepts]
    assert frame["frequency"].tolist() == [c.frequency for c in concepts]
    assert concepts.to_polars()["aliases"].to_list()[0] == concepts[0].aliases


def test_a_hit_has_a_title_and_its_columns(papers, atlas):
    hit = papers.search("graph", k=1)[0]
    assert hit.title == hit["title"] == hit.item["title"]
    assert hit["year"] == hit.item["year"]
    assert hit["score"] == hit.item["score"]  # a column goes first
    assert hit["passage"] is hit.passage
    with pytest.raises(NotFoundError, match="year"):
        hit["yera"]


def test_texts_for_people_are_short(papers):
    hits = papers.search("graph laplacian", k=10)
    for shown in (
        hits,
        hits[0],
        papers.concepts,
        papers.concepts[0],
        papers.concept(papers.concepts[0].id),
        papers,
        papers.info(),
        papers.facets(),
    ):
        assert len(repr(shown)) <= 400, type(shown)
        assert "\n" not in repr(shown)
    assert hits[0].id in repr(hits)
    assert "graph laplacian" in repr(hits)
    assert "a vector" in repr(papers.search(papers.vectors[0], k=2))
    assert papers.concepts[0].label in repr(papers.concepts)


def test_html_is_tables_and_no_text_is_markup(papers):
    hits = papers.search("graph", k=5)
    for shown in (
        papers,
        hits,
        papers.concepts,
        papers.concepts[0],
        papers.concept(papers.concepts[0].id),
        papers.list_concepts(examples=True),
    ):
        tags = Tags(shown._repr_html_())
        assert "table" in tags.seen
        assert set(tags.seen) <= {"table", "caption", "thead", "tbody", "tr", "th", "td", "p"}
    assert EVIL in Tags(hits._repr_html_()).text
    assert hits[4].id in Tags(hits._repr_html_()).text
    assert papers.concepts[0].label in Tags(papers._repr_html_()).text
    assert set(Tags(papers.item("item3")._repr_html_()).seen) <= {"pre", "span"}


def test_a_list_of_concepts_has_no_empty_column(papers):
    assert "strongest" not in str(papers.concepts)
    assert "strongest items" in str(papers.list_concepts(examples=True))


def test_authors_venue_year_and_doi_stand_under_the_title(papers):
    lines = as_text(papers.search("graph", k=1, explain=False)).splitlines()
    assert re.search(r"A\. Author; B\. \d+, ACL, 20\d\d, 10\.1/\d+", lines[1])
    assert (
        about_of(
            {
                "Authors": ["A", "B"],
                "Journal": "J",
                "published": "2020-01-02",
                "url": "http://x",
                "n": 3,
            }
        )
        == "A, B, J, 2020-01-02, http://x"
    )
    assert about_of({"body": "text", "year": None, "venue": ""}) == ""
    assert about_of({"authors": "X; " * 200}).endswith("\u2026")


def test_titles_are_cut_between_words():
    assert (
        shorten("one two three four", 12) == "one two\u2026"
        or shorten("one two three four", 12) == "one two thr\u2026"
    )
    assert shorten("a" * 20, 10) == "a" * 9 + "\u2026"
    assert shorten("short", 10) == "short"
    assert all(len(shorten("word " * 30, n)) <= n for n in range(5, 60))


def test_an_atlas_offers_what_people_use(papers):
    offered = [n for n in dir(papers) if not n.startswith("_")]
    assert {"search", "concepts", "codes", "region_codes", "vectors", "edits", "info"} <= set(
        offered
    )
    assert len(offered) <= 30
