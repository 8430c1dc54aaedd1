// The list of concepts, a concept's page, and every edit of it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  api,
  equal,
  eventually,
  ids,
  label,
  percent,
  query,
  readOnlyServer,
  refLabel,
  scene,
  settled,
  some,
  squash,
  texts,
} from './harness.mjs'

const EDITED = { atlas: 'second' }
const by = (await api('/info')).time
const list = (params = {}, atlas = {}) => api('/concepts', { limit: 50, by, ...params, ...atlas })
const rows = (page) =>
  page.getByRole('table', { name: 'Concepts' }).getByRole('rowheader').getByRole('link')
const lists = (page, answer) =>
  equal(
    () => texts(rows(page)),
    answer.concepts.map((c) => squash(label(c))),
  )
const fixed = (n) => (n === null ? '–' : n.toFixed(2).replace('-', '−'))
const same = (shown, text) =>
  assert.ok(squash(text).startsWith(shown.replace(/…$/, '').trim()), `${shown} is not of ${text}`)
const toast = (page, text) => page.getByRole('region', { name: 'Messages' }).getByText(text)
const edits = async () => (await api('/edits', EDITED)).edits
const last = async () => (await edits()).at(-1)
const edit = (page, name) =>
  page.getByRole('group', { name: 'Edit the concept' }).getByRole('button', { name, exact: true })
const heading = (page, name) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor()

/** A named concept that no other test edits, by its place in the list. */
async function taken(place) {
  const { concepts } = await api('/concepts', { limit: 50, ...EDITED })
  return concepts.filter((c) => c.name && !c.pinned)[place]
}

scene('the list equals the API, in every order', '/concepts', async (page) => {
  const all = await list({ sort: 'quality' })
  await lists(page, all)
  const line = page
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader') })
    .first()
  const first = all.concepts[0]
  const figures = [fixed(first.score), percent(first.frequency), fixed(first.stability)]
  assert.deepEqual((await texts(line.getByRole('cell'))).slice(0, 3), figures)
  const spark = await line.getByRole('img').getAttribute('aria-label')
  assert.ok(
    spark.includes(
      `${percent(first.sparkline[0])}, to ${all.periods.at(-1)}, ${percent(first.sparkline.at(-1))}`,
    ),
    spark,
  )
  const orders = page.getByLabel('Sort by')
  const seen = new Set()
  for (const sort of ['name', 'frequency', 'score', 'stability', 'trend', 'quality']) {
    await orders.selectOption(sort)
    const answer = await list({ sort })
    await lists(page, answer)
    assert.equal(query(page).get('sort'), sort)
    seen.add(answer.concepts.map((c) => c.id).join())
  }
  assert.equal(seen.size, 6, 'every order differs')
})

scene('searching in the list, and hidden ones too', '/concepts', async (page) => {
  const [wanted] = (await list()).concepts
  await page.getByLabel('Find').pressSequentially(wanted.name.slice(0, 5))
  const near = await list({ like: wanted.name.slice(0, 5) })
  await lists(page, near)
  assert.equal(query(page).get('like'), wanted.name.slice(0, 5))
  assert.ok(near.concepts.some((c) => c.id === wanted.id))
  await page.getByLabel('Find').fill('')
  await lists(page, await list({ sort: 'quality' }))
  await page.getByRole('checkbox', { name: 'hidden and background too' }).check()
  const all = await list({ hidden: true, sort: 'quality' })
  assert.ok(all.concepts.length > (await list()).concepts.length)
  await lists(page, all)
})

scene(
  'a concept opens with its items, words, company, trend and activations',
  '/concepts',
  async (page) => {
    const place = (await list()).concepts.findIndex((c) => c.name)
    const wanted = (await list()).concepts[place]
    const detail = await api(`/concepts/${wanted.id}`)
    await rows(page).nth(place).click()
    await heading(page, wanted.name)
    assert.equal(new URL(page.url()).pathname, `/concepts/${wanted.id}`)
    assert.ok((await page.title()).startsWith(wanted.name))

    const section = (name) =>
      page
        .locator('section')
        .filter({ has: page.getByRole('heading', { name, exact: true }) })
        .last()
    const items = page
      .locator('section')
      .filter({ has: page.getByRole('heading', { name: 'Items on which it is active' }) })
    const compare = async (order) => {
      const answer = await api(`/concepts/${wanted.id}/items`, { order, limit: 15 })
      await equal(
        () =>
          items
            .getByRole('listitem')
            .getByRole('link')
            .evaluateAll((links) =>
              links.map((a) => decodeURIComponent(a.pathname.slice('/items/'.length))),
            ),
        answer.items.map((e) => e.id),
      )
      const lines = await texts(items.getByRole('listitem'))
      for (const [i, e] of answer.items.entries()) {
        assert.ok(lines[i].startsWith(fixed(e.strength)), lines[i])
        same(lines[i].slice(4).trim(), e.text)
      }
      return answer.items.map((e) => e.strength)
    }
    const { total, items: all } = await api(`/concepts/${wanted.id}/items`, {
      order: 'strongest',
      limit: 500,
    })
    assert.deepEqual(
      [all.length, all.map((e) => e.strength)],
      [total, all.map((e) => e.strength).toSorted((a, b) => b - a)],
    )
    await compare('strongest')
    await items.getByText(`15 of ${some(total, 'item')}.`).waitFor()
    await items.getByLabel('Order').selectOption('spread')
    await compare('spread')
    await items.getByText(`A sample of 15 of ${some(total, 'item')}.`).waitFor()
    await items.getByRole('link', { name: `All ${some(total, 'item')}` }).click()
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      items
        .getByRole('group', { name: /^Export/ })
        .getByRole('button', { name: 'JSON Lines' })
        .click(),
    ])
    const exported = readFileSync(await file.path(), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id)
    assert.deepEqual(exported.toSorted(), all.map((e) => e.id).toSorted())
    const reach = await items.getByRole('listitem').count()
    for (let n = reach; n < total; n += 15) {
      await items.getByRole('button', { name: 'Load more' }).click()
      await equal(() => items.getByRole('listitem').count(), Math.min(total, n + 15))
    }
    await items.getByText(`All of ${some(total, 'item')}.`).waitFor()
    await items.getByLabel('Order').selectOption('weakest')
    await compare('weakest')

    const words = await texts(section('Words that activate it').getByRole('listitem'))
    assert.deepEqual(
      words,
      detail.words.map(([word, cosine]) => `${word} ${fixed(cosine)}`),
    )
    const near = page
      .locator('div')
      .filter({ has: page.getByRole('heading', { name: /^Nearest in meaning/ }) })
      .last()
    assert.deepEqual(
      await texts(near.getByRole('listitem')),
      detail.neighbours.map(([id, name, cosine]) => `${refLabel({ id, name })} ${fixed(cosine)}`),
    )
    const trend = await api(`/concepts/${wanted.id}/trend`, { by })
    const chart = page.getByRole('img', { name: new RegExp(`^${wanted.name}: from`) })
    const said = `${wanted.name}: from ${percent(trend.shares[0])} in ${trend.periods[0]} to ${percent(trend.shares.at(-1))}`
    assert.ok((await chart.getAttribute('aria-label')).startsWith(said))
    await page.getByText(/^As a table, highest/).click()
    const cells = await texts(
      page
        .getByRole('row')
        .filter({ has: page.getByRole('rowheader', { name: trend.periods[2], exact: true }) }),
    )
    assert.ok(
      cells.some((c) =>
        c.startsWith(`${trend.periods[2]} ${trend.items[2]} ${percent(trend.shares[2])}`),
      ),
      cells.join(),
    )
    const bars = page.getByRole('img', { name: new RegExp(`^Activations of ${wanted.name}`) })
    assert.match(
      await bars.getAttribute('aria-label'),
      new RegExp(`most ${Math.max(...detail.distribution.counts)} in one bin`),
    )
    assert.equal(await bars.locator('rect').count(), detail.distribution.counts.length)
  },
)

scene('a concept leads to a search with more of it', null, async (page) => {
  const [c] = (await list()).concepts
  await page.goto(`/concepts/${c.id}`)
  await page.getByRole('link', { name: 'Search with more of it' }).click()
  await page.getByRole('group', { name: `More of ${c.name}` }).waitFor()
  const hits = await api('/search', { q: c.name, more: `${c.id}:0.5`, k: 10 })
  await equal(
    () => ids(page),
    hits.hits.map((h) => h.id),
  )
})

scene('renaming in place, and taking it back', null, async (page) => {
  const c = await taken(0)
  await page.goto(`/concepts/${c.id}?atlas=second`)
  await edit(page, 'Rename').click()
  const input = page.getByLabel('Name', { exact: true })
  await equal(() => input.inputValue(), c.name)
  assert.equal(
    await input.evaluate((node) => node.selectionEnd - node.selectionStart),
    c.name.length,
    'typing replaces the old name',
  )
  await input.fill('  My <b>own</b> name ')
  await page.getByRole('button', { name: 'Save' }).click()
  await heading(page, 'My <b>own</b> name')
  await page.getByRole('definition').getByText('your name').waitFor()
  assert.deepEqual(
    [(await last()).action, (await last()).name, (await last()).concept],
    ['rename', 'My <b>own</b> name', c.id],
  )
  await page.getByRole('link', { name: 'Concepts' }).click()
  await rows(page).getByText('My <b>own</b> name').waitFor()
  await lists(page, await list({ sort: 'quality' }, EDITED))
  await toast(page, 'Renamed to “My <b>own</b> name”.').waitFor()
  await page.getByRole('region', { name: 'Messages' }).getByRole('button', { name: 'Undo' }).click()
  await eventually(async () =>
    assert.deepEqual(
      (await edits()).filter((e) => e.concept === c.id && e.action === 'rename'),
      [],
    ),
  )
  await toast(page, /^Taken back: rename/).waitFor()
  await page.goto(`/concepts/${c.id}?atlas=second`)
  await heading(page, c.name)
  assert.equal((await api(`/concepts/${c.id}`, EDITED)).concept.name, c.name)
})

scene("undo on the concept's own page brings the heading back at once", null, async (page) => {
  const c = await taken(0)
  await page.goto(`/concepts/${c.id}?atlas=second`)
  await edit(page, 'Rename').click()
  await page.getByLabel('Name', { exact: true }).fill('for a moment')
  await page.getByLabel('Name', { exact: true }).press('Enter')
  await heading(page, 'for a moment')
  await page.getByRole('region', { name: 'Messages' }).getByRole('button', { name: 'Undo' }).click()
  await heading(page, c.name)
})

/** Two concepts that stand side by side in the family of a third. */
async function siblings() {
  for (const { id } of (await api('/concepts', { limit: 50, ...EDITED })).concepts) {
    const family = await api(`/concepts/${id}/family`, EDITED)
    const [a, b] = family.below.length > 1 ? family.below.map((n) => n.concept) : family.beside
    if (a && b) return { id, pair: [a, b] }
  }
  throw new Error('no concept has a family')
}

scene('two concepts may get one name', null, async (page) => {
  const { id, pair } = await siblings()
  for (const c of pair) {
    await page.goto(`/concepts/${c.id}?atlas=second`)
    await edit(page, 'Rename').click()
    await page.getByLabel('Name', { exact: true }).fill('twins')
    await page.getByRole('button', { name: 'Save' }).click()
    await eventually(async () =>
      assert.deepEqual([(await last()).concept, (await last()).action], [c.id, 'rename']),
    )
  }
  await page.getByRole('link', { name: 'Concepts' }).click()
  await equal(async () => (await texts(rows(page))).filter((t) => t.startsWith('twins')).length, 2)
  for (const path of ['/trends?atlas=second&by=year', '/compare?atlas=second&a=year+%3C+2008']) {
    await page.goto(path)
    await settled(page)
  }
  await page.goto(`/concepts/${id}?atlas=second`)
  const family = page
    .locator('section')
    .filter({ has: page.getByRole('heading', { name: /^Family/ }) })
  await equal(() => family.getByRole('link', { name: 'twins', exact: true }).count(), 2)
})

scene('a note is kept', null, async (page) => {
  const c = await taken(1)
  await page.goto(`/concepts/${c.id}?atlas=second`)
  await edit(page, 'Add note').click()
  await page.getByLabel('Note').fill('Look again: <script>alert(3)</script>')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Look again: <script>alert(3)</script>').waitFor()
  assert.equal(
    (await api(`/concepts/${c.id}`, EDITED)).concept.note,
    'Look again: <script>alert(3)</script>',
  )
  await page.reload()
  await page.getByText('Look again: <script>alert(3)</script>').waitFor()
  await edit(page, 'Edit note').waitFor()
})

scene('a pinned concept comes first in the list', null, async (page) => {
  const c = await taken(3)
  await page.goto(`/concepts/${c.id}?atlas=second`)
  await edit(page, 'Pin').click()
  await edit(page, 'Unpin').waitFor()
  assert.ok((await api(`/concepts/${c.id}`, EDITED)).concept.pinned)
  await page.getByRole('link', { name: 'Concepts' }).click()
  await equal(async () => (await texts(rows(page)))[0], squash(c.name))
  await page.getByRole('rowheader').first().getByText('pinned').waitFor()
  await rows(page).first().click()
  await edit(page, 'Unpin').click()
  await edit(page, 'Pin').waitFor()
})

scene('merging into another, picked by its name', null, async (page) => {
  const [c, into] = [await taken(4), await taken(2)]
  await page.goto(`/concepts/${c.id}?atlas=second`)
  await edit(page, 'Merge into another').click()
  const near = (await api(`/concepts/${c.id}`, EDITED)).neighbours
  await equal(
    () => page.getByRole('option').locator('span:first-child').allInnerTexts(),
    near.map(([id, name]) => refLabel({ id, name })),
  )
  await page.getByRole('combobox', { name: `Merge ${c.name} into` }).pressSequentially(into.name)
  await page.getByRole('option').filter({ hasText: into.name }).first().click()
  await heading(page, into.name)
  assert.equal(new URL(page.url()).pathname, `/concepts/${into.id}`)
  await page
    .getByText('Merged into it:')
    .getByRole('link', { name: `concept ${c.id}` })
    .waitFor()
  assert.deepEqual((await api(`/concepts/${into.id}`, EDITED)).concept.merged, [c.id])
  await page.getByRole('link', { name: 'Concepts' }).click()
  await lists(page, await list({ sort: 'quality' }, EDITED))
  await page.getByRole('region', { name: 'Messages' }).getByRole('button', { name: 'Undo' }).click()
  await eventually(async () =>
    assert.deepEqual((await api(`/concepts/${into.id}`, EDITED)).concept.merged, []),
  )
})

scene('a hidden concept leaves the list until it is asked for', null, async (page) => {
  const c = await taken(7)
  await page.goto(`/concepts/${c.id}?atlas=second`)
  await edit(page, 'Hide').click()
  await page.getByText('Lists and reasons leave it out.', { exact: false }).first().waitFor()
  await page.getByText('A hidden concept has no trend').waitFor()
  await page.reload()
  await page.getByText('A hidden concept has no trend').waitFor()
  await page.getByRole('link', { name: 'Concepts' }).click()
  const visible = await list({ sort: 'quality' }, EDITED)
  assert.ok(!visible.concepts.some((v) => v.id === c.id))
  await lists(page, visible)
  await page.getByRole('checkbox', { name: 'hidden and background too' }).check()
  await lists(page, await list({ sort: 'quality', hidden: true }, EDITED))
  await page.getByRole('rowheader').filter({ hasText: c.name }).getByText('hidden').waitFor()
  await rows(page).getByText(c.name, { exact: true }).click()
  await edit(page, 'Show').click()
  await edit(page, 'Hide').waitFor()
  assert.equal((await api(`/concepts/${c.id}`, EDITED)).concept.hidden, false)
})

scene(
  'a read-only server offers no edits',
  null,
  async (page) => {
    const [c] = (await api('/concepts', { limit: 1 }, readOnlyServer)).concepts
    await page.goto(`/concepts/${c.id}`)
    await heading(page, c.name)
    await page.getByRole('link', { name: 'Search with more of it' }).waitFor()
    for (const name of ['Rename', 'Pin', 'Hide', 'Merge into another', 'Add note']) {
      assert.equal(await page.getByRole('button', { name, exact: true }).count(), 0, name)
    }
    await page.goto('/search?q=orbit')
    await page.getByRole('article').first().waitFor()
    assert.equal(await page.getByRole('button', { name: /^Yes: / }).count(), 0)
    await page.goto('/about')
    await page.getByText('This server is read-only').waitFor()
    assert.equal(await page.getByRole('button', { name: /Undo/ }).count(), 0)
  },
  { base: readOnlyServer },
)
