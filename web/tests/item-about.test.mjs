// Reading an item, whatever its id and text hold; what the page says about the atlas; which atlas; and the key.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  allow,
  api,
  equal,
  escape,
  eventually,
  finish,
  ids,
  key,
  keyServer,
  label,
  open,
  percent,
  query,
  scene,
  send,
  squash,
  status,
  texts,
} from './harness.mjs'

const SCRIPT = '<script>alert(1)</script>'
// Of tests/server/conftest.py, without the id "..": in a path, no browser sends it.
const NASTY = [
  'a/b c',
  '../../etc/passwd',
  '%2F..%2F',
  'q"u\'o`t\\e',
  'ünï→cödé 漢字',
  SCRIPT,
  'x?y#z&w=1',
  '-1',
  "' OR 1=1 --",
]
const fixed = (n, digits = 2) => n.toFixed(digits).replace('-', '−')
const section = (page, name) => page.getByRole('region', { name, exact: true })
const title = (page, text) =>
  page.getByRole('heading', { level: 1, name: squash(text), exact: true })
const there = (id) => encodeURIComponent(id)

/** An item with a part of its text that switches on one of its first concepts. */
async function marked() {
  for (const c of (await api('/concepts', { limit: 40 })).concepts.filter((c) => c.name)) {
    for (const { id } of (await api(`/concepts/${c.id}/items`, { order: 'strongest', limit: 8 }))
      .items) {
      if (NASTY.includes(id) || id === '..') continue
      const [item, { marks }] = [await api(`/items/${id}`), await api(`/items/${id}/marks`)]
      const first = item.concepts.filter((k) => k.name !== null).slice(0, 14)
      if (marks.some((m) => m.concepts.some((k) => first.some((f) => f.concept === k.concept))))
        return { item, marks }
    }
  }
  throw new Error('no item has marks')
}

scene('an item shows its text with concepts, which light their parts', null, async (page) => {
  const { item, marks } = await marked()
  await page.goto(`/items/${item.id}`)
  await title(page, item.item.title).waitFor()
  const named = item.concepts.filter((c) => c.name !== null)
  const shown = section(page, 'Its concepts').getByRole('listitem')
  await equal(
    () => texts(shown),
    named.slice(0, 14).map((c) => `${c.name} ${fixed(c.value, 3)}`),
  )
  await page
    .getByText(`Its concepts leave ${percent(item.unexplained)} of its vector unexplained.`)
    .waitFor()
  const text = section(page, 'Text').getByRole('paragraph').first()
  const body = squash(item.text)
    .slice(squash(item.item.title).length)
    .replace(/^[.\s]+/, '')
  await equal(async () => squash(await text.innerText()), body)

  const from =
    item.text.length - item.text.slice(item.item.title.length).replace(/^[.\s]+/, '').length
  const inText = marks.filter((m) => m.end > from && m.concepts.length)
  assert.ok(inText.length > 0, 'the text has marks')
  const wanted = inText
    .flatMap((m) => m.concepts)
    .find((c) => named.slice(0, 14).some((n) => n.concept === c.concept))
  const lit = () => text.locator('mark.lit').allInnerTexts()
  const parts = inText.filter((m) => m.concepts.some((c) => c.concept === wanted.concept))
  const expected = squash(
    parts.map((m) => item.text.slice(Math.max(from, m.start), m.end)).join(' '),
  )
  assert.deepEqual(await lit(), [])
  const link = section(page, 'Its concepts').getByRole('link', { name: wanted.name })
  for (const pointer of [link, text.locator('mark').first()]) {
    await pointer.hover()
    await eventually(async () => assert.ok((await lit()).length > 0))
    await page.mouse.move(0, 0)
    await equal(lit, [])
    await pointer.focus()
    await eventually(async () => assert.ok((await lit()).length > 0))
    if (pointer === link) assert.equal(squash((await lit()).join(' ')), expected)
    await page.getByRole('link', { name: 'begriff' }).focus()
    await equal(lit, [])
  }
})

scene('the nearest items come with reasons, page by page', '/items/item40', async (page) => {
  const first = await api('/items/item40/neighbours', { k: 8 })
  await equal(
    () => ids(page),
    first.hits.map((h) => h.id),
  )
  await page.getByRole('button', { name: 'Load more' }).click()
  const second = await api('/items/item40/neighbours', { k: 8, cursor: first.next })
  await equal(
    () => ids(page),
    [...first.hits, ...second.hits].map((h) => h.id),
  )
  const said = await page
    .getByRole('article')
    .getByText(/above a typical result|Not explained by named concepts|Too few/)
    .count()
  assert.equal(said, 16, 'every neighbour has a reason or says that it has none')
  await page.getByRole('link', { name: 'Search with its title' }).click()
  const { item } = await api('/items/item40')
  const hits = await api('/search', { q: squash(item.title), k: 10 })
  await equal(
    () => ids(page),
    hits.hits.map((h) => h.id),
  )
})

test(
  'ids and texts of any kind are shown as they are, and nothing in them runs',
  { timeout: 60_000 },
  async () => {
    const page = await open('/about')
    for (const id of NASTY) {
      const hits = await api('/search', {
        q: 'alert script',
        mode: 'text',
        k: 50,
        where: `id = '${id.replaceAll("'", "''")}'`,
      })
      assert.deepEqual(
        hits.hits.map((h) => h.id),
        [id],
      )
      const where = encodeURIComponent(`id = '${id.replaceAll("'", "''")}'`)
      await page.goto(`/search?q=alert+script&mode=text&where=${where}`)
      await equal(() => ids(page), [id])
      await page.getByRole('article').getByRole('heading').getByRole('link').click()
      await title(page, hits.hits[0].item.title).waitFor()
      assert.ok((await title(page, hits.hits[0].item.title).innerText()).includes(SCRIPT))
      await section(page, 'Text').getByText('<img src=x onerror=alert(2)>').first().waitFor()
      await section(page, 'Text').getByText(id, { exact: true }).first().waitFor()
      await page.reload()
      await title(page, hits.hits[0].item.title).waitFor()
      await page.goto('/about')
      await page.goto(`/items/${there(id)}`)
      await title(page, hits.hits[0].item.title).waitFor()
      assert.equal(await page.locator('main script, main img').count(), 0)
    }
    await finish(page)
  },
)

scene('an item that does not exist', '/items/no%20such', async (page) => {
  allow(page, status(404))
  await page.getByRole('alert').getByText('no such').first().waitFor()
  await title(page, 'no such').waitFor()
})

scene('about shows figures beside their controls', '/about', async (page) => {
  const info = await api('/info')
  const { names, shuffled_names: shuffled, frozen_decoder: frozen, dictionary } = info.quality
  const table = page.getByRole('table', { name: 'Quality figures beside their controls' })
  const row = async (name) =>
    texts(table.getByRole('row').filter({ hasText: name }).first().getByRole('cell'))
  await equal(
    () => row('Names, on the most active items'),
    [names, shuffled, frozen].map((f) => fixed(f.strongest_decile)),
  )
  assert.deepEqual(
    await row('Names, on all active items'),
    [names, shuffled, frozen].map((f) => fixed(f.all_active)),
  )
  assert.deepEqual(await row('Unexplained by the core'), [
    percent(dictionary.fvu_core),
    '',
    percent(dictionary.frozen_decoder.fvu_core),
  ])
  assert.deepEqual(await row('Found again'), [percent(dictionary.found_again), '', ''])
  await page.getByText(`${info.items} in ${info.passages} passages`).waitFor()
  await page
    .getByText(`${info.core - info.named} of the ${info.core} concepts of the core`)
    .waitFor()
  for (const [column, kind] of Object.entries(info.columns)) {
    await page
      .getByRole('definition')
      .filter({ hasText: `${column} ${kind}` })
      .waitFor()
  }
})

scene('the journal says who did what, and takes it back', '/about?atlas=second', async (page) => {
  const atlas = { atlas: 'second' }
  const [c] = (await api('/concepts', { limit: 50, ...atlas })).concepts
    .filter((c) => c.name)
    .slice(-1)
  await page.getByLabel('Your name, written beside your edits').fill('Ada <i>')
  await page.keyboard.press('Tab')
  await page.goto(`/concepts/${c.id}?atlas=second`)
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.getByLabel('Name', { exact: true }).fill('known to Ada')
  await page.keyboard.press('Enter')
  await title(page, 'known to Ada').waitFor()
  const made = (await api('/edits', atlas)).edits.at(-1)
  assert.deepEqual([made.who, made.name], ['Ada <i>', 'known to Ada'])
  await page.goto('/edits?atlas=second')
  const line = page.getByRole('listitem').filter({ hasText: 'known to Ada' })
  await line.getByText(`Ada <i> renamed ${c.name} to “known to Ada”`).waitFor()
  await line.getByRole('button', { name: `Undo edit ${made.number}` }).click()
  await eventually(async () =>
    assert.ok(!(await api('/edits', atlas)).edits.some((e) => e.number === made.number)),
  )
  assert.equal((await api(`/concepts/${c.id}`, atlas)).concept.name, c.name)
  await equal(
    async () =>
      (await line.getByRole('button').count()) +
      ((await line.getByText('undone').count()) ? 0 : await line.count()),
    0,
  )
})

scene('seeds made elsewhere are listed with what they are made of', null, async (page) => {
  await send(
    'POST',
    '/seeds',
    { name: 'made by words', words: ['syntax treebank'], yes: [], no: [] },
    { atlas: 'second' },
  )
  await page.goto('/about?atlas=second')
  const row = page
    .getByRole('table', { name: 'Seeded concepts' })
    .getByRole('row')
    .filter({ hasText: 'made by words' })
  await row.getByText('words: syntax treebank').waitFor()
  const [seed] = (await api('/seeds', { atlas: 'second' })).seeds.filter(
    (s) => s.name === 'made by words',
  )
  await row.getByText(percent(seed.frequency)).waitFor()
})

scene('another atlas is chosen, and stays', '/about', async (page) => {
  await page.getByRole('combobox', { name: 'Atlas' }).selectOption('bare')
  await equal(async () => query(page).get('atlas'), 'bare')
  await page
    .getByText(`${(await api('/info', { atlas: 'bare' })).items} items, described by`)
    .waitFor()
  await page.getByRole('link', { name: 'Concepts', exact: true }).click()
  const { concepts } = await api('/concepts', { atlas: 'bare', sort: 'quality', limit: 50 })
  await equal(
    () => texts(page.getByRole('rowheader').getByRole('link')),
    concepts.map((c) => squash(label(c))),
  )
  assert.equal(query(page).get('atlas'), 'bare')
  await page.getByRole('link', { name: 'About' }).click()
  await page.getByText(/^bare, version/).waitFor()
  const asked = page.seen.requests
    .filter((r) => r.url().includes('/concepts?'))
    .map((r) => new URL(r.url()).searchParams.get('atlas'))
  assert.ok(asked.includes('bare'), asked.join())
  await page.getByRole('combobox', { name: 'Atlas' }).selectOption('planted')
  await equal(async () => query(page).get('atlas'), null)
  await page.locator('a:not([href*=bare])', { hasText: 'About' }).click()
  await page.getByText(/^planted, version/).waitFor()
})

scene('the theme is chosen and kept', '/about', async (page) => {
  const ground = () =>
    page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  const light = await ground()
  await page.getByRole('button', { name: /^Theme/ }).click()
  await page.getByRole('button', { name: /^Theme: light/ }).click()
  await page.getByRole('button', { name: /^Theme: dark/ }).waitFor()
  const dark = await ground()
  assert.notEqual(dark, light)
  await page.reload()
  await page.getByRole('button', { name: /^Theme: dark/ }).waitFor()
  assert.equal(await ground(), dark)
})

scene('keys are explained on asking', '/about', async (page) => {
  await page.getByRole('heading', { level: 1 }).click()
  await page.keyboard.press('?')
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await dialog.getByText('to the search box').waitFor()
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'hidden' })
  await page.keyboard.press('/')
  await equal(async () => new URL(page.url()).pathname, '/search')
  await equal(
    () =>
      page
        .getByRole('textbox', { name: 'Search the corpus' })
        .evaluate((node) => node === document.activeElement),
    true,
  )
})

scene(
  'a server with a key asks for it until it is right, and once a session',
  null,
  async (page) => {
    allow(page, status(401))
    await page.goto('/search?q=orbit')
    const dialog = page.getByRole('dialog', { name: 'This server asks for a key' })
    const input = dialog.getByLabel('API key')
    await input.waitFor()
    assert.equal(await dialog.getByText('refused').count(), 0)
    await input.fill('wrong')
    const refused = page.waitForResponse((r) => r.status() === 401)
    await input.press('Enter')
    await refused
    await dialog.getByText('The server refused that key.').waitFor()
    await equal(() => input.inputValue(), '')
    assert.equal(await page.getByRole('article').count(), 0)
    await input.fill(key)
    await input.press('Enter')
    await page.getByRole('article').first().waitFor()
    await dialog.waitFor({ state: 'hidden' })
    const { hits } = await (
      await fetch(`${keyServer}/api/v1/search?q=orbit&k=10`, {
        headers: { Authorization: `Bearer ${key}` },
      })
    ).json()
    await equal(
      () => ids(page),
      hits.map((h) => h.id),
    )
    await page.reload()
    await equal(
      () => ids(page),
      hits.map((h) => h.id),
    )
    assert.equal(await dialog.isVisible(), false)
    const carried = page.seen.requests.filter((r) => r.url().includes('/search?')).at(-1)
    assert.match((await carried.allHeaders()).authorization, new RegExp(`^Bearer ${escape(key)}$`))
    assert.ok(!page.seen.requests.some((r) => r.url().includes(key)), 'the key is in no address')
  },
  { base: keyServer },
)

scene(
  'a refusal that is read late does not outlive the right key',
  null,
  async (page) => {
    allow(page, status(401))
    await page.addInitScript(() => {
      const { json } = Response.prototype
      Response.prototype.json = async function () {
        if (this.status === 401) await new Promise((resolve) => setTimeout(resolve, 1000))
        return json.call(this)
      }
    })
    await page.goto('/search?q=orbit')
    const input = page.getByLabel('API key')
    await input.fill('wrong')
    await input.press('Enter')
    await page.getByText('The server refused that key.').waitFor()
    await input.fill(key)
    await input.press('Enter')
    await page.getByRole('article').first().waitFor()
    await page.waitForTimeout(1500)
    assert.ok(await page.getByRole('article').first().isVisible())
    assert.equal(await page.getByText('A key is needed').count(), 0)
  },
  { base: keyServer },
)
