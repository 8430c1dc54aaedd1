// Finding items: typing, steering, filters, reasons, seeds, missing documents, saved searches, and what is shown when there is nothing.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  allow,
  api,
  count,
  equal,
  eventually,
  ids,
  label,
  mixedQuery,
  number,
  query,
  refusal,
  scene,
  send,
  settled,
  signed,
  some,
  squash,
  status,
  texts,
  titles,
  titlesOf,
} from './harness.mjs'

const K = 10
const ask = (q, more = {}) => api('/search', { q, k: K, explain: true, ...more })
const idsOf = (hits) => hits.hits.map((h) => h.id)
const box = (page) => page.getByRole('textbox', { name: 'Search the corpus' })
const filters = (page) => page.getByRole('group', { name: 'Filters', exact: true })
/** Opens the values of a column where they are folded. */
async function unfold(page, column) {
  const details = filters(page)
    .locator('details')
    .filter({ has: page.locator('summary').getByText(column, { exact: true }) })
  await details.waitFor()
  if (!(await details.evaluate((node) => node.open))) await details.locator('summary').click()
}
const buttons = (page) => page.getByRole('button', { name: /the full sum/ })
const scores = async (page) =>
  (await texts(buttons(page))).map((t) => t.match(/[−-]?\d+\.\d+/)[0].replace('−', '-'))
const shows = (page, hits) =>
  equal(
    async () => [await ids(page), await scores(page)],
    [idsOf(hits), hits.hits.map((h) => h.score.toFixed(3))],
  )

/** Opens a search with reasons; answers the place, the hit and its strongest concept. */
async function withReason(page) {
  const { q, hits, shown } = await mixedQuery()
  await page.goto(`/search?q=${encodeURIComponent(q)}`)
  await shows(page, hits)
  const hit = shown[0]
  const named = hit.explanation.gap.contributions.filter((c) =>
    hit.explanation.gap.named.includes(c.concept),
  )
  const part = named.sort((a, b) => b.value - a.value)[0]
  return { q, hits, hit, part, card: page.getByRole('article').nth(hits.hits.indexOf(hit)) }
}

async function choose(page, card, part, action) {
  await card.getByRole('listitem').getByRole('button', { name: part.name }).first().click()
  const menu = page.getByRole('menu', { name: `What to do with ${part.name}` })
  await menu.getByText(signed(part.value)).waitFor()
  await menu.getByRole('menuitem', { name: action }).click()
}

scene('typing shows the hits of the API and keeps them in the address', '/', async (page) => {
  const hits = await ask('comet orbit')
  await box(page).pressSequentially('comet orbit')
  await shows(page, hits)
  assert.deepEqual(await titles(page), titlesOf(hits))
  const counted = page.seen.requests.filter(
    (r) => r.url().includes('/facets?') && new URL(r.url()).searchParams.get('q') === 'comet orbit',
  )
  assert.ok(counted.length <= 1, 'facets are counted once')
  assert.equal(query(page).get('q'), 'comet orbit')
  await page.getByText(`${some(hits.query.candidates, 'item')} searched`).waitFor()
  await page.reload()
  await shows(page, hits)
  assert.equal(await box(page).inputValue(), 'comet orbit')
})

scene(
  'keys lead to the box, through the hits, into one and back',
  '/search?q=river+delta',
  async (page) => {
    const hits = await ask('river delta')
    await shows(page, hits)
    await page.keyboard.press('/')
    await equal(() => box(page).evaluate((node) => node === document.activeElement), true)
    assert.equal(await box(page).inputValue(), 'river delta', 'the slash itself is not typed')
    const links = page.getByRole('article').getByRole('heading').getByRole('link')
    const focused = () => links.evaluateAll((all) => all.indexOf(document.activeElement))
    await page.keyboard.press('ArrowDown')
    await equal(focused, 0)
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('j')
    await equal(focused, 2)
    await page.keyboard.press('ArrowUp')
    await equal(focused, 1)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: squash(hits.hits[1].item.title) }).waitFor()
    assert.equal(new URL(page.url()).pathname, `/items/${encodeURIComponent(hits.hits[1].id)}`)
    await page.goBack()
    await shows(page, hits)
    assert.equal(await box(page).inputValue(), 'river delta')
  },
)

scene('a part of a reason steers the search, by a weight that can be moved', null, async (page) => {
  const { q, hits, part, card } = await withReason(page)
  await choose(page, card, part, 'More of this')
  const chip = page.getByRole('group', { name: `More of ${part.name}` })
  await chip.waitFor()
  const more = (weight) => `${part.concept}:${weight}`
  assert.deepEqual(query(page).getAll('more'), [more(0.5)])
  await shows(page, await ask(q, { more: more(0.5) }))
  await chip.getByRole('slider', { name: `Weight of ${part.name}` }).fill('1.7')
  await equal(async () => query(page).getAll('more'), [more(1.7)])
  const steered = await ask(q, { more: more(1.7) })
  await shows(page, steered)
  await chip.getByText('1.70').waitFor()
  assert.ok(
    page.seen.requests.some((r) => new URL(r.url()).searchParams.get('more') === `#${more(1.7)}`),
  )
  assert.notDeepEqual(
    steered.hits.map((h) => h.score),
    hits.hits.map((h) => h.score),
  )
  await chip.getByRole('button', { name: `Remove more of ${part.name}` }).click()
  await equal(async () => query(page).getAll('more'), [])
  await shows(page, hits)
  assert.equal(await chip.count(), 0)
})

scene('less of a concept takes back more of it', null, async (page) => {
  const { q, part, card } = await withReason(page)
  await choose(page, card, part, 'More of this')
  const fresh = page
    .getByRole('article')
    .getByRole('listitem')
    .getByRole('button', { name: part.name })
    .first()
  await shows(page, await ask(q, { more: `${part.concept}:0.5` }))
  await fresh.click()
  await page.getByRole('menuitem', { name: 'Less of this' }).click()
  await page.getByRole('group', { name: `Less of ${part.name}` }).waitFor()
  assert.deepEqual(
    [query(page).getAll('more'), query(page).getAll('less')],
    [[], [`${part.concept}:0.5`]],
  )
  await shows(page, await ask(q, { less: `${part.concept}:0.5` }))
})

scene('only items with a concept are kept', null, async (page) => {
  const { q, part, card } = await withReason(page)
  await choose(page, card, part, 'Only items with this')
  await page.getByRole('group', { name: `Only with ${part.name}` }).waitFor()
  assert.deepEqual(query(page).getAll('has'), [`${part.concept}:0`])
  const kept = await ask(q, { has: `${part.concept}:0` })
  assert.ok(kept.query.candidates < (await ask(q)).query.candidates)
  await page.getByText(`${some(kept.query.candidates, 'item')} pass the filters`).waitFor()
  await shows(page, kept)
})

scene('a concept or words can be picked to steer by', '/search?q=graph', async (page) => {
  const { concepts } = await api('/concepts', { limit: 1 })
  const wanted = concepts[0]
  await page
    .getByRole('group', { name: 'Steering' })
    .getByRole('button', { name: 'Less of' })
    .click()
  const picker = page.getByRole('combobox', { name: /^Less of/ })
  await picker.pressSequentially(wanted.name)
  const near = (await api('/concepts', { like: wanted.name, limit: 12 })).concepts
  const options = async () =>
    (await page.getByRole('option').locator('span:first-child').allInnerTexts()).slice(
      0,
      near.length,
    )
  await equal(options, near.map(label))
  for (let i = 0; near[i].id !== wanted.id; i += 1) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('group', { name: `Less of ${wanted.name}` }).waitFor()
  await page
    .getByRole('group', { name: 'Steering' })
    .getByRole('button', { name: 'More of', exact: true })
    .click()
  await page.getByRole('combobox', { name: /^More of/ }).pressSequentially('yeast flour')
  await page.getByRole('option', { name: '“yeast flour” as words' }).click()
  await page.getByRole('group', { name: 'More of yeast flour' }).waitFor()
  await shows(page, await ask('graph', { less: `${wanted.id}:0.5`, more: 'yeast flour:0.5' }))
})

scene('Enter before the answer picks from the answer', '/search?q=graph', async (page) => {
  const { concepts } = await api('/concepts', { limit: 30 })
  const wanted = concepts.filter((c) => c.name)[3]
  const [nearest] = (await api('/concepts', { like: wanted.name, limit: 12 })).concepts
  await page
    .getByRole('group', { name: 'Steering' })
    .getByRole('button', { name: 'Only with' })
    .click()
  await page.getByRole('listbox').getByRole('option').first().waitFor()
  await page.getByRole('combobox', { name: /^Only with/ }).fill(wanted.name)
  await page.keyboard.press('Enter')
  await page.getByRole('group', { name: `Only with ${label(nearest)}` }).waitFor()
  assert.deepEqual(query(page).getAll('has'), [`${nearest.id}:0`])
})

scene(
  'a concept given twice in the address counts once',
  '/search?q=graph&more=2:0.3&more=2:0.9',
  async (page) => {
    await shows(page, await ask('graph', { more: '2:0.9' }))
    assert.equal(await page.getByRole('group', { name: /^More of/ }).count(), 1)
  },
)

scene(
  "values and ranges narrow the candidates to the API's count",
  '/search?q=orbit',
  async (page) => {
    const { facets } = await api('/facets', { column: 'topic', q: 'orbit' })
    const { value, count: n } = facets[0].values[1]
    await unfold(page, 'topic')
    const row = filters(page).getByRole('checkbox', { name: new RegExp(`^${value}\\s*${n}$`) })
    await row.check()
    const chosen = `topic IN ('${value}')`
    await equal(async () => query(page).get('where'), chosen)
    const narrowed = await ask('orbit', { where: chosen })
    assert.equal(narrowed.query.candidates, n)
    await page.getByText(`${some(n, 'item')} pass the filters`).waitFor()
    await shows(page, narrowed)
    await unfold(page, 'year')
    await filters(page).getByLabel('year from').fill('2005')
    await page.keyboard.press('Enter')
    await filters(page).getByLabel('year to').fill('2012')
    await page.keyboard.press('Enter')
    const both = `${chosen} AND year >= 2005 AND year <= 2012`
    await equal(async () => query(page).get('where'), both)
    const ranged = await ask('orbit', { where: both })
    assert.ok(ranged.query.candidates < n && ranged.query.candidates > 0)
    await page.getByText(`${some(ranged.query.candidates, 'item')} pass the filters`).waitFor()
    await shows(page, ranged)
    await page.reload()
    await shows(page, ranged)
    assert.equal(await filters(page).getByLabel('year from').inputValue(), '2005')
    assert.ok(
      await filters(page)
        .getByRole('checkbox', { name: new RegExp(`^${value}`) })
        .isChecked(),
    )
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await shows(page, await ask('orbit'))
  },
)

scene('dates, booleans and lists filter too', '/search?q=orbit', async (page) => {
  await filters(page).getByLabel('day from').fill('2006-03-01')
  await page.keyboard.press('Enter')
  await unfold(page, 'open')
  await filters(page).getByRole('checkbox', { name: /^true/ }).check()
  await unfold(page, 'tags')
  await filters(page)
    .getByRole('checkbox', { name: /^green/ })
    .check()
  await eventually(async () =>
    assert.match(query(page).get('where') ?? '', /day.*open.*tags|open.*tags.*day/),
  )
  const direct = await ask('orbit', {
    where: "day >= timestamp '2006-03-01' AND open AND array_has(tags, 'green')",
  })
  await page.getByText(`${some(direct.query.candidates, 'item')} pass the filters`).waitFor()
  await shows(page, direct)
})

scene(
  "a wrong condition shows the server's sentence, a right one filters",
  '/search?q=orbit',
  async (page) => {
    allow(page, status(400), status(422))
    const raw = page.getByLabel(/^Condition in SQL/)
    await raw.fill('nosuch > 3')
    await raw.press('Enter')
    const said = await refusal('/search', { q: 'orbit', where: 'nosuch > 3' })
    await page.getByRole('alert').getByText(said).first().waitFor()
    await settled(page)
    assert.equal(await page.getByRole('alert').count(), 1, 'what is wrong is said once')
    await raw.fill('year < 2003 OR year > 2017')
    await raw.press('Enter')
    const hits = await ask('orbit', { where: 'year < 2003 OR year > 2017' })
    await shows(page, hits)
    await equal(() => page.getByRole('alert').count(), 0)
    await page.getByText(`${some(hits.query.candidates, 'item')} pass the filters`).waitFor()
  },
)

scene(
  'search by words says which words, and joined lists say both ranks',
  '/search?q=comet+orbit',
  async (page) => {
    const mode = (name) =>
      page.getByRole('radiogroup', { name: 'Search by' }).getByText(name, { exact: true })
    await mode('Words').click()
    const words = await ask('comet orbit', { mode: 'text' })
    await shows(page, words)
    assert.equal(query(page).get('mode'), 'text')
    const terms = words.hits[0].terms.map((t) => `${t.term} +${t.value.toFixed(1)}`).join(', ')
    await page.getByRole('article').first().getByText(`Words: ${terms}`).waitFor()
    await mode('Both').click()
    const joined = await ask('comet orbit', { mode: 'hybrid' })
    await shows(page, joined)
    const rank = (p) => (p ? `no. ${p.rank}` : '–')
    const wanted = joined.hits.map(
      (h) => `by meaning ${rank(h.parts.dense)} · by words ${rank(h.parts.text)}`,
    )
    assert.deepEqual(await texts(page.getByText(/by meaning .* by words/)), wanted)
    await page
      .getByRole('button', { name: /the full sum/ })
      .first()
      .click()
    const table = page.getByRole('table', { name: /Hybrid score/ })
    const adds = (await texts(table.getByRole('cell').filter({ hasText: /^[+−]\d/ }))).map(number)
    assert.ok(Math.abs(adds.reduce((a, b) => a + b, 0) - joined.hits[0].score) < 2e-5)
  },
)

scene('a hit without a reason says so and marks the words that matter', null, async (page) => {
  const { hits } = await withReason(page)
  for (const [i, hit] of hits.hits.entries()) {
    const card = page.getByRole('article').nth(i)
    const says = await card.getByText('Not explained by named concepts.').count()
    assert.equal(says, hit.explanation.gap.shown ? 0 : 1)
    const marked = await card.getByRole('mark').or(card.locator('mark')).allInnerTexts()
    if (hit.explanation.gap.shown) continue
    const { text, words } = hit.passage
    assert.deepEqual(marked.sort(), words.map(([a, b]) => text.slice(a, b)).sort(), hit.id)
  }
  const reason = hits.hits.findIndex((h) => h.explanation.gap.shown)
  const { gap } = hits.hits[reason].explanation
  const lines = page
    .getByRole('article')
    .nth(reason)
    .getByRole('listitem')
    .filter({ hasText: /[+−]\d\.\d{3}/ })
  const values = (await texts(lines)).map((t) => number(t.match(/[+−]\d\.\d{3}/)[0]))
  assert.ok(values.length >= 2, 'a reason has parts and all others')
  const sum = values.reduce((a, b) => a + b, 0)
  assert.ok(
    Math.abs(sum - gap.value) < 0.0005 * (values.length + 1),
    `${values} do not add up to ${gap.value}`,
  )
})

/** The numbers at the ends of a table's lines, the last of which is the total. */
async function sums(table) {
  const lines = await texts(table.getByRole('row').filter({ has: table.page().getByRole('cell') }))
  const values = lines.map((line) => number(line.match(/[+−]?\d+\.\d+$/)[0]))
  return [values.slice(0, -1), values.at(-1)]
}

scene('the full sum adds up to the score, penalty included', null, async (page) => {
  const { q, hits } = await mixedQuery()
  const held = (await api(`/items/${hits.hits[0].id}`)).concepts.find((c) => c.name)
  const hard = await ask(q, { less: `${held.concept}:0.1` })
  const at = hard.hits.findIndex((h) => h.explanation.penalty > 0.001)
  assert.ok(at >= 0, 'a hit pays a penalty')
  const hit = hard.hits[at]
  await page.goto(`/search?q=${encodeURIComponent(q)}&less=${held.concept}:0.1`)
  await shows(page, hard)
  const card = page.getByRole('article').nth(at)
  await card.getByRole('button', { name: /the full sum/ }).click()
  const whole = card.getByRole('table', { name: /The whole score/ })
  const near = (parts, total) =>
    Math.abs(parts.reduce((a, b) => a + b, 0) - total) <= 0.00005 * (parts.length + 1) + 1e-9
  let [parts, total] = await sums(whole)
  assert.ok(near(parts, total), `${parts} and ${total}`)
  const others = whole.getByRole('button', { name: /other concepts/ })
  if (await others.count()) await others.click()
  ;[parts, total] = await sums(whole)
  assert.equal(parts.length, hit.explanation.contributions.length + 3)
  assert.ok(near(parts, total), `${parts} and ${total}`)
  assert.equal(total, Number(hit.score.toFixed(4)))
  await whole
    .getByRole('row', { name: /penalty/ })
    .getByText(signed(-hit.explanation.penalty, 4))
    .waitFor()
  const [lifts, lift] = await sums(card.getByRole('table', { name: /above a typical result/ }))
  assert.ok(near(lifts, lift), `${lifts} and ${lift}`)
  assert.equal(lift, Number(hit.explanation.gap.value.toFixed(4)))
})

scene(
  'more hits are appended without repeats, and are there after coming back',
  '/search?q=dough',
  async (page) => {
    const first = await ask('dough')
    await shows(page, first)
    await page.getByRole('button', { name: 'Load more' }).click()
    const second = await ask('dough', { cursor: first.next })
    const all = [...idsOf(first), ...idsOf(second)]
    await equal(() => ids(page), all)
    assert.equal(new Set(all).size, all.length)
    const link = page.getByRole('article').nth(14).getByRole('heading').getByRole('link')
    await link.scrollIntoViewIfNeeded()
    const left = await page.evaluate(() => scrollY)
    assert.ok(left > 200)
    await link.click()
    await page.getByRole('heading', { name: 'Its concepts' }).waitFor()
    assert.equal(await page.evaluate(() => scrollY), 0)
    await page.goBack()
    await equal(() => ids(page), all)
    await eventually(async () =>
      assert.ok(Math.abs((await page.evaluate(() => scrollY)) - left) < 5),
    )
  },
)

scene('answers about hits make a concept to search with', '/search?q=pawn', async (page) => {
  const hits = await ask('pawn')
  const far = (await ask('river flood')).hits.map((h) => h.id)
  const title = (hit) => squash(hit.item.title)
  for (const [i, hit] of hits.hits.slice(0, 5).entries()) {
    const button = page
      .getByRole('article')
      .nth(i)
      .getByRole('button', { name: `Yes: ${title(hit)}`, exact: true })
    await button.click()
    await equal(() => button.getAttribute('aria-pressed'), 'true')
  }
  await box(page).fill('river flood')
  await equal(() => ids(page), far)
  for (let i = 0; i < 5; i += 1)
    await page.getByRole('article').nth(i).getByRole('button', { name: /^No: / }).click()
  await page.getByText('5 fitting examples, 5 that do not fit').waitFor()
  await page.getByLabel('Name, new or known').fill('gambits <b>')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText(/is saved/).waitFor()
  const { seeds } = await api('/seeds')
  const made = seeds.find((s) => s.name === 'gambits <b>')
  assert.deepEqual(
    [made.yes.toSorted(), made.no.toSorted()],
    [idsOf(hits).slice(0, 5).toSorted(), far.slice(0, 5).toSorted()],
  )
  await page.getByRole('button', { name: 'Search with it' }).click()
  await page.getByRole('group', { name: 'More of gambits <b>' }).waitFor()
  await shows(page, await ask('river flood', { more: 'gambits <b>:0.5' }))
})

scene(
  'a missing document is explained, and a step brings it up',
  '/search?q=knead',
  async (page) => {
    const more = await api('/search', { q: 'knead', k: 60, explain: false })
    let found = null
    for (const hit of more.hits.slice(14)) {
      const answer = await api('/why-not', { q: 'knead', id: hit.id })
      if (answer.steps.length && answer.rank > K) found ??= answer
      if (found) break
    }
    assert.ok(found, 'some document can be brought up by steering')
    await page.getByRole('button', { name: 'Why not?' }).click()
    const panel = page.getByRole('region', { name: 'Why was a document not found?' })
    await panel.getByLabel('or its id').fill(found.id)
    await panel.getByRole('button', { name: 'Explain' }).click()
    await panel.getByText(`is number ${count(found.rank)}`).waitFor()
    await panel
      .getByText(
        `Its score is ${found.score.toFixed(3)}; the top ${K} begins at ${found.needed.toFixed(3)}.`,
      )
      .waitFor()
    const lacks = panel
      .getByRole('table', { name: 'Concepts that cost it the rank' })
      .getByRole('row')
    const cost = found.lacks.filter((l) => l.difference < 0)
    assert.equal(await lacks.count(), 1 + Math.min(8, cost.length))
    await panel.getByRole('button', { name: 'Apply' }).first().click()
    const [step] = found.steps
    const given = step.concepts.map((c) => `${c.id ?? c.name}:${Number(step.weight.toFixed(3))}`)
    await equal(async () => query(page).getAll(step.kind), given)
    const steered = await ask('knead', { [step.kind]: given })
    await shows(page, steered)
    assert.ok(idsOf(steered).includes(found.id), 'the step brings it among the hits')
    await panel.getByLabel('or its id').fill('no such item')
    allow(page, status(404))
    await panel.getByRole('button', { name: 'Explain' }).click()
    await panel
      .getByRole('alert')
      .getByText(await refusal('/why-not', { q: 'knead', id: 'no such item' }))
      .waitFor()
  },
)

scene(
  'a document outside the filter is said to be outside',
  '/search?q=knead&where=year+%3E%3D+2010',
  async (page) => {
    const { hits } = await ask('knead', { where: 'year < 2010' })
    await page.getByRole('button', { name: 'Why not?' }).click()
    const panel = page.getByRole('region', { name: 'Why was a document not found?' })
    await panel
      .getByRole('combobox', { name: 'Words of its title' })
      .pressSequentially(squash(hits[0].item.title))
    await panel.getByRole('option').first().waitFor()
    await panel.getByLabel('or its id').fill(hits[0].id)
    await panel.getByRole('button', { name: 'Explain' }).click()
    await panel.getByText('cannot be found: it does not meet year >= 2010').waitFor()
  },
)

scene('a search is saved, opened and deleted', '/search?q=erosion&mode=text', async (page) => {
  const hits = await ask('erosion', { mode: 'text' })
  await shows(page, hits)
  await page.getByRole('button', { name: 'Save and export' }).click()
  await page.getByLabel('Save this search as').fill('Ersoion & "quotes"')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Saved as “Ersoion & "quotes"”.').waitFor()
  const kept = (await api('/searches')).searches.find((s) => s.name === 'Ersoion & "quotes"')
  assert.deepEqual([kept.query.q, kept.query.mode], ['erosion', 'text'])
  await page.getByRole('link', { name: 'begriff' }).click()
  await page.getByRole('heading', { name: 'Start from a concept' }).waitFor()
  await page.getByRole('link', { name: 'Ersoion & "quotes"' }).click()
  await shows(page, hits)
  assert.deepEqual([query(page).get('q'), query(page).get('mode')], ['erosion', 'text'])
  const panel = page.getByRole('button', { name: 'Save and export' })
  if ((await panel.getAttribute('aria-expanded')) !== 'true') await panel.click()
  await page.getByRole('button', { name: 'Delete saved search Ersoion & "quotes"' }).click()
  await page.getByText('No search is saved yet.').waitFor()
  assert.deepEqual((await api('/searches')).searches, [])
})

/** What a click on an export button of a group hands to the browser. */
async function exported(page, group, button) {
  const [answer, file] = await Promise.all([
    page.waitForResponse((r) => r.url().includes('/export/')),
    page.waitForEvent('download'),
    page
      .getByRole('group', { name: group })
      .getByRole('button', { name: button, exact: true })
      .click(),
  ])
  assert.equal(answer.status(), 200)
  return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') }
}

scene(
  'the hits on the screen are exported, in their order, and so are all items of the filter',
  null,
  async (page) => {
    const [concept] = (await api('/concepts', { limit: 1 })).concepts
    const asked = { where: 'year > 2005', less: `${concept.id}:0.4` }
    await page.goto(`/search?q=erosion&${new URLSearchParams(asked)}`)
    const first = await ask('erosion', asked)
    const second = await ask('erosion', { ...asked, cursor: first.next })
    await shows(page, first)
    await page.getByRole('button', { name: 'Load more' }).click()
    const hits = [...idsOf(first), ...idsOf(second)]
    await equal(() => ids(page), hits)
    await page.getByRole('button', { name: 'Save and export' }).click()
    const lines = await exported(page, 'Export: The 20 hits on this page', 'JSON Lines')
    assert.equal(lines.name, 'hits.jsonl')
    assert.deepEqual(
      lines.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).id),
      hits,
    )
    const references = await exported(page, 'Export: The 20 hits on this page', 'BibTeX')
    assert.equal(references.name, 'hits.bib')
    assert.equal(references.text.match(/^@/gm).length, hits.length)
    const ris = await exported(page, 'Export: The 20 hits on this page', 'RIS')
    assert.deepEqual([ris.name, ris.text.match(/^ER {2}-/gm).length], ['hits.ris', hits.length])
    const { candidates } = first.query
    const best = await exported(page, `Export: The best ${count(candidates)} hits`, 'CSV')
    assert.equal(best.name, 'hits.csv')
    assert.ok(best.text.startsWith('hit_rank,hit_score,id,'))
    const whole = await exported(
      page,
      `Export: All ${some(candidates, 'item')} that pass the filters, found or not`,
      'JSON Lines',
    )
    assert.deepEqual(
      [whole.name, whole.text.trim().split('\n').length],
      ['items.jsonl', candidates],
    )
  },
)

scene(
  'authors and a DOI are shown, and only addresses that a browser may follow are links',
  null,
  async (page) => {
    const facts = {
      writers:
        'Lovelace, Ada; Turing, Alan; Hopper, Grace; Noether, Emmy; Curie, Marie; Meitner, Lise',
      doi: 'https://doi.org/10.1000/a<b>',
      url: 'javascript:alert(4)',
    }
    const { columns, roles, ...info } = await api('/info')
    const kinds = Object.fromEntries(Object.keys(facts).map((name) => [name, 'text']))
    const known = {
      ...info,
      columns: { ...columns, ...kinds },
      roles: { ...roles, authors: 'writers', doi: 'doi', url: 'url' },
    }
    await page.route('**/api/v1/info?*', (route) => route.fulfill({ json: known }))
    await page.route('**/api/v1/search?*', async (route) => {
      const body = await (await route.fetch()).json()
      await route.fulfill({
        json: { ...body, hits: body.hits.map((h) => ({ ...h, item: { ...h.item, ...facts } })) },
      })
    })
    await page.route('**/api/v1/items/item40?*', async (route) => {
      const body = await (await route.fetch()).json()
      await route.fulfill({
        json: { ...body, item: { ...body.item, ...facts, url: 'https://example.org/x' } },
      })
    })
    await page.goto('/search?q=orbit')
    const card = page.getByRole('article').first()
    await card
      .getByText('Lovelace, Ada, Turing, Alan, Hopper, Grace, Noether, Emmy and 2 others')
      .waitFor()
    const link = card.getByRole('link', { name: 'doi:10.1000/a<b>' })
    assert.equal(await link.getAttribute('href'), 'https://doi.org/10.1000/a%3Cb%3E')
    assert.equal(await page.locator('main a[href^="javascript"]').count(), 0)
    await page.goto('/items/item40')
    await page
      .getByText('Noether, Emmy, Curie, Marie, Meitner, Lise', { exact: false })
      .first()
      .waitFor()
    assert.equal(
      await page.getByRole('link', { name: 'Source' }).getAttribute('href'),
      'https://example.org/x',
    )
    assert.equal(
      await page.getByRole('link', { name: 'doi:10.1000/a<b>' }).first().getAttribute('rel'),
      'noopener noreferrer',
    )
  },
)

scene('the start offers concepts: the items that have one', '/', async (page) => {
  const { concepts } = await api('/concepts', { limit: 24 })
  const named = concepts.filter((c) => c.name)
  const offered = page
    .getByRole('region', { name: 'Start from a concept' })
    .getByRole('listitem')
    .getByRole('link')
  await equal(() => texts(offered), [...named.map(label), 'All concepts'])
  await offered.first().click()
  await shows(page, await ask(named[0].name, { has: `${named[0].id}:0` }))
  assert.deepEqual(query(page).getAll('has'), [`${named[0].id}:0`])
})

scene(
  'nothing found, a busy server and no answer are told apart',
  '/search?mode=text',
  async (page) => {
    await box(page).fill('zzzqqq')
    await page.getByText('Nothing found', { exact: true }).waitFor()
    await page.getByText(/^None of .* has these words/).waitFor()
    await page.getByRole('button', { name: 'Search by meaning' }).waitFor()
    allow(page, status(503), /Failed to load resource/)
    const detail = 'The server works on as many requests as it can.'
    await page.route('**/api/v1/search?*', (route) =>
      route.fulfill({
        status: 503,
        headers: { 'Retry-After': '3', 'Content-Type': 'application/problem+json' },
        body: JSON.stringify({
          type: 'about:blank',
          title: 'Busy',
          status: 503,
          detail,
          kind: 'busy',
        }),
      }),
    )
    await box(page).fill('yeast')
    const notice = page.getByRole('alert').filter({ hasText: 'The server is busy' })
    await notice.getByText(`${detail} Try again in 3 s.`).waitFor()
    await page.unroute('**/api/v1/search?*')
    await page.route('**/api/v1/search?*', (route) => route.abort())
    await notice.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('alert').getByText('The server does not answer.').waitFor()
    await page.unroute('**/api/v1/search?*')
    await page.getByRole('button', { name: 'Try again' }).click()
    await shows(page, await ask('yeast', { mode: 'text' }))
  },
)

scene('a seed made elsewhere can be used by name', null, async (page) => {
  await send('POST', '/seeds', { name: 'rise of dough', words: ['dough yeast'], yes: [], no: [] })
  await page.goto('/search?q=flood')
  await page
    .getByRole('group', { name: 'Steering' })
    .getByRole('button', { name: 'More of', exact: true })
    .click()
  await page.getByRole('combobox', { name: /^More of/ }).pressSequentially('rise of')
  await page.getByRole('option', { name: 'rise of dough seeded' }).click()
  await shows(page, await ask('flood', { more: 'rise of dough:0.5' }))
})
