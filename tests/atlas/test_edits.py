"""Pins, merges, saved searches, undo of any edit: kept by rebuilds, summed exactly, never in a circle."""

import shutil
import threading
from copy import copy as shallow

import numpy as np
import pytest

import begriff as bg
from begriff import InputError, LockedError, NotFoundError
from begriff.search.seeds import resolver_of
from begriff.store.journal import Journal
from tests.conftest import BagOfWords


@pytest.fixture
def copy(atlas, tmp_path):
    shutil.copytree(atlas.path, tmp_path / "copy.atlas")
    return bg.open(tmp_path / "copy.atlas", encoder=BagOfWords())


def active(atlas, concept):
    return set(
        np.flatnonzero(
            atlas.snapshot.item_codes[:, [resolver_of(atlas.snapshot).find(concept).row]]
            .toarray()
            .ravel()
            > 0
        )
    )


@pytest.fixture
def pair(copy):
    """Two concepts that share items, and each of which has some of its own."""
    held = {c.id: active(copy, c.id) for c in copy.snapshot.concept_records}
    return next(
        (a, b)
        for a in held
        for b in held
        if held[a] & held[b] and held[a] - held[b] and held[b] - held[a]
    )


def test_a_merged_concept_counts_under_the_other_everywhere(copy, pair):
    into, old = pair
    before = {
        i: copy.snapshot.item_codes[:, [resolver_of(copy.snapshot).find(i).row]].toarray().ravel()
        for i in pair
    }
    names = {i: copy.concept(i).concept.label for i in pair}
    merged = copy.edits.merge(old, into, who="Ada")
    assert (merged.id, merged.merged) == (into, [old])
    assert old not in {c.id for c in copy.list_concepts(limit=500, include_hidden=True)}
    assert copy.concept(old).concept.id == into
    together = before[into] + before[old]
    assert merged.frequency == pytest.approx((together > 0).mean())
    np.testing.assert_allclose(
        copy.snapshot.merged_codes[:, [merged.row]].toarray().ravel(), together, rtol=1e-6
    )
    both = copy.snapshot.records([int(np.flatnonzero((before[into] > 0) & (before[old] > 0))[0])])[
        0
    ].id
    held = {c.concept: c.value for c in copy.item(both).concepts}
    row = copy.snapshot.row_of(both)
    assert old not in held and held[into] == pytest.approx(float(together[row]), rel=1e-5)
    found = {h.id for h in copy.search("learning", k=400, has=str(into), explain=False)}
    assert found == {copy.snapshot.records([r])[0].id for r in np.flatnonzero(together > 0)}
    assert copy.edits.list()[-1]["was"] == names[old] and copy.edits.list()[-1]["who"] == "Ada"


def test_contributions_of_merged_concepts_are_summed_and_the_sum_still_holds(copy, pair):
    into, old = pair
    plain = {h.id: h for h in copy.search("graph protein speech", k=400)}
    copy.edits.merge(old, into)
    checked = 0
    for hit in copy.search("graph protein speech", k=400):
        e, was = (
            hit.explanation,
            {c.concept: c.value for c in plain[hit.id].explanation.contributions},
        )
        now = {c.concept: c.value for c in e.contributions}
        assert sum(now.values()) + e.bias + e.rest - e.penalty == pytest.approx(hit.score, abs=1e-5)
        assert old not in now
        if into in was or old in was:
            assert now[into] == pytest.approx(was.get(into, 0) + was.get(old, 0), abs=1e-6)
            checked += into in was and old in was
        gap = e.gap
        assert sum(
            c.value for c in gap.contributions
        ) + gap.others + gap.rest - gap.penalty == pytest.approx(gap.value, abs=1e-5)
    assert checked, "no hit holds both: the control would prove nothing"


def test_a_merge_outlives_a_rebuild_of_the_view_and_undo_takes_it_back(copy, pair):
    into, old = pair
    copy.edits.merge(old, into)
    again = bg.open(copy.path, encoder=BagOfWords())
    assert again.concept(old).concept.id == into
    again.edits.undo()
    assert again.concept(old).concept.id == old
    assert again.snapshot.merged_codes is again.snapshot.item_codes


def test_merges_chain_but_never_go_in_a_circle(copy):
    a, b, c = (x.id for x in copy.list_concepts(limit=3))
    copy.edits.merge(a, b)
    assert copy.edits.merge(b, c).merged == [b, a]
    assert copy.concept(a).concept.id == c
    with pytest.raises(InputError, match="into itself"):
        copy.edits.merge(c, a)  # a already counts under c
    with pytest.raises(InputError, match="into itself"):
        copy.edits.merge(c, c)


def test_reports_see_one_column_for_merged_concepts(copy, pair):
    from begriff.reports.concept_columns import concept_columns

    into, old = pair
    copy.edits.merge(old, into)
    columns = concept_columns(copy)
    ids = [c.id for c in columns.concepts]
    assert old not in ids
    held = np.asarray((columns.codes[:, [ids.index(into)]].toarray() > 0).ravel())
    assert set(np.flatnonzero(held)) == active(copy, into) | set(
        np.flatnonzero(
            copy.snapshot.item_codes[:, [copy.snapshot.ids.tolist().index(old)]].toarray().ravel()
            > 0
        )
    )


def test_pinned_concepts_come_first_in_every_order(copy):
    last = copy.list_concepts(limit=500).concepts[-1]
    copy.edits.pin(last.id)
    for sort in ("quality", "name", "frequency", "score", "stability"):
        assert copy.list_concepts(sort=sort)[0].id == last.id
    copy.edits.pin(last.id, False)
    assert copy.list_concepts()[0].id != last.id


def test_orders_of_a_list(copy):
    every = copy.list_concepts(sort="frequency", limit=500).concepts
    assert [c.frequency for c in every] == sorted((c.frequency for c in every), reverse=True)
    names = [c.name.lower() for c in copy.list_concepts(sort="name", limit=500) if c.name]
    assert names == sorted(names)
    with pytest.raises(InputError, match="sort='size'"):
        copy.list_concepts(sort="size")


def test_hidden_concepts_can_be_shown_again(copy):
    id = copy.list_concepts()[0].id
    assert copy.edits.hide(id).hidden
    assert not copy.edits.hide(id, False).hidden


def test_any_edit_can_be_undone_and_the_others_stay(copy):
    a, b = (c.id for c in copy.list_concepts(limit=2))
    copy.edits.rename(a, "first"), copy.edits.rename(b, "second"), copy.edits.note(a, "a note")
    number = next(e["number"] for e in copy.edits.list() if e.get("name") == "first")
    assert copy.edits.undo(number)["name"] == "first"
    assert copy.concept(a).concept.name != "first"
    assert (copy.concept(b).concept.name, copy.concept(a).concept.note) == ("second", "a note")
    with pytest.raises(NotFoundError, match=f"no edit {number}"):
        copy.edits.undo(number)


def test_saved_searches(copy):
    topic = next(c for c in copy.snapshot.concept_records if c.well_named)
    copy.searches.save("mine", "graphs", more={str(topic.id): 0.7}, where="year > 2005", who="Ada")
    kept = bg.open(copy.path, encoder=BagOfWords()).searches.list()[0]
    assert (kept.name, kept.query.q, kept.query.more, kept.query.where, kept.who) == (
        "mine",
        "graphs",
        [f"{topic.id}:0.7"],
        "year > 2005",
        "Ada",
    )
    copy.searches.save("mine", "speech")
    assert [s.query.q for s in copy.searches.list()] == ["speech"]
    copy.searches.forget("mine")
    assert not len(copy.searches.list())
    with pytest.raises(NotFoundError, match="no saved search 'mine'"):
        copy.searches.forget("mine")
    with pytest.raises(InputError, match="which is no column"):
        copy.searches.save("bad", "graphs", where="yeer > 3")
    with pytest.raises(InputError, match="who="):
        copy.edits.rename(topic.id, "x", who="a\nb")


def test_edits_from_many_threads_are_all_kept(copy):
    ids = [c.id for c in copy.list_concepts(limit=12)]
    views = [bg.open(copy.path, encoder=BagOfWords()) for _ in ids]
    threads = [
        threading.Thread(target=v.edits.note, args=(i, f"note {i}"))
        for v, i in zip(views, ids, strict=True)
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    entries = Journal(copy.path / "journal.jsonl").active()
    assert sorted(e["concept"] for e in entries) == sorted(ids)
    assert [e["number"] for e in entries] == list(range(1, 13))


def test_an_edit_waits_for_another_writer_and_then_says_so(copy, monkeypatch):
    monkeypatch.setattr("begriff.store.record_edits.PATIENCE", 0.1)
    with (
        bg.open(copy.path).snapshot.store.lock(),
        pytest.raises(LockedError, match="another process"),
    ):
        copy.edits.rename(0, "x")


def test_who_opened_an_atlas_that_is_built_again_goes_on_with_that_version(rows, copy):
    held = bg.open(copy.path, encoder=BagOfWords())
    bg.build(rows[:300], text="body", out=copy.path, encoder=BagOfWords(), overwrite=True)
    for n in (290, 280):
        bg.build(rows[:n], text="body", out=copy.path, encoder=BagOfWords(), overwrite=True)
    assert held.version == 1
    assert len(held.search("graph", k=len(rows))) == len(rows)
    assert held.snapshot.where("year > 0").sum() == len(rows)


def test_an_atlas_whose_files_are_gone_says_so(rows, copy):
    held = bg.open(copy.path, encoder=BagOfWords())
    _ = held.snapshot.items
    bg.build(rows[:300], text="body", out=copy.path, encoder=BagOfWords(), overwrite=True)
    held.snapshot.store.sweep(keep=1, even_if_read=True)
    for read in (
        held.snapshot.store.folder,
        held.snapshot.where,
        lambda _: held.snapshot.items.column("_id"),
        held.snapshot.row_of,
        lambda _: held.search("graph"),
    ):
        with pytest.raises(bg.ChangedError, match="written again since it was opened"):
            read("year > 0")


def test_a_name_as_it_is_written_goes_before_weights_ids_and_inflections(copy):
    a, b, c, d = (r.id for r in copy.snapshot.concept_records[:4])
    for id, name in ((a, "ratio 16:9"), (b, str(d)), (c, "Färbung"), (d, "färbungen 2:0.5")):
        copy.edits.rename(id, name)
    found = resolver_of(copy.snapshot).weights(
        ["ratio 16:9", "ratio 16:9:0.3", f"{d}:2", "färbung", "FÄRBUNGEN 2:0.5"], 0.5, "more"
    )
    assert found == [("ratio 16:9", 0.8), (str(d), 2.0), ("färbung", 0.5), ("FÄRBUNGEN 2:0.5", 0.5)]
    assert [resolver_of(copy.snapshot).direction(n, w).steer.concept for n, w in found] == [
        a,
        b,
        c,
        d,
    ]
    assert resolver_of(copy.snapshot).find("ratio 16:9").id == a
    assert resolver_of(copy.snapshot).find(str(d)).id == b  # the name, written as a text
    assert (
        resolver_of(copy.snapshot).find(d).id
        == resolver_of(copy.snapshot).find(f"#{d}").id
        == resolver_of(copy.snapshot).direction(f"#{d}", 1).steer.concept
        == d
    )
    assert resolver_of(copy.snapshot).find("Fa\u0308rbung").id == c  # however it is encoded
    assert resolver_of(copy.snapshot).find("  färbung ").id == c
    hits = copy.search("graph", k=3, more={"ratio 16:9": 0.7}, less=[str(d)])
    assert [s.concept for s in (*hits.query.more, *hits.query.less)] == [a, b]
    kept = copy.searches.save("kept", "graph", more={"ratio 16": 9.0}, less="ratio 16:9")
    assert kept.query.more == ["ratio 16:9.0"]
    assert kept.query.less == ["ratio 16:9:0.5"]
    assert resolver_of(copy.snapshot).weights(kept.query.less, 0.5, "less") == [("ratio 16:9", 0.5)]


def test_names_that_differ_by_an_ending_are_two(copy):
    a, b = (r.id for r in copy.snapshot.concept_records[:2])
    copy.edits.rename(a, "zorbing")
    copy.edits.rename(b, "zorbed")
    assert (
        resolver_of(copy.snapshot).find("zorbing").id,
        resolver_of(copy.snapshot).find("zorbed").id,
    ) == (a, b)
    with pytest.raises(InputError, match="ambiguous"):
        resolver_of(copy.snapshot).find("zorbs")
    copy.seeds.fit("zorb", words="graph node")
    copy.seeds.fit("zorbs", words="speech audio")
    assert [s.name for s in copy.seeds.list()] == ["zorb", "zorbs"]
    assert [
        resolver_of(copy.snapshot).direction(n, 1).steer.concept
        for n in ("zorb", "zorbs", "zorbing", "zorbed")
    ] == [None, None, a, b]
    assert resolver_of(copy.snapshot).direction("zorbs", 1).steer.name == "zorbs"


def test_a_rename_that_would_hide_another_is_refused(copy):
    a, b = (r.id for r in copy.snapshot.concept_records[:2])
    copy.seeds.fit("mine", words="graph node")
    for name, said in ((" MINE", "seeded"), (f"#{b}", "id"), (" ", "printable")):
        with pytest.raises(InputError, match=said):
            copy.edits.rename(a, name)


def test_a_score_belongs_to_the_name_that_was_judged(copy):
    before = next(c for c in copy.snapshot.concept_records if c.well_named)
    assert copy.edits.rename(before.id, "another").score is None
    now = resolver_of(copy.snapshot).find("another")
    assert (now.score_all, now.judges) == (None, {})
    assert now.well_named
    assert copy.edits.rename(before.id, before.name.upper()).score == before.score
    again = copy.edits.rename(before.id, before.name)
    assert (again.score, again.score_all, again.judges) == (
        before.score,
        before.score_all,
        before.judges,
    )


def test_a_copy_reads_the_journal_for_itself(copy):
    concept, vectors = copy.snapshot.concept_records[2], copy.vectors
    other = shallow(copy)
    other.edits.rename(concept.id, "of the copy")
    assert other.concept("of the copy").concept.id == concept.id
    # what was read stays, whatever others change meanwhile
    assert copy.concept(concept.id).concept.label == concept.label
    assert other.vectors is vectors
