// What has changed over time, and how two groups differ.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  allow,
  api,
  count,
  equal,
  percent,
  query,
  refLabel,
  refusal,
  scene,
  signed,
  squash,
  status,
  texts,
} from './harness.mjs'

const SPEECH = "topic = 'speech'"
const YEARS = { by: 'year', limit: 40 }
const fixed = (n) => n.toFixed(2).replace('-', '−')
const table = (page, name) => page.getByRole('table', { name, exact: true })
const lines = (inside) =>
  inside.getByRole('row').filter({ has: inside.page().getByRole('rowheader') })
/** Texts also of what is not on the screen and so is not laid out. */
const contents = async (locator) => (await locator.allTextContents()).map(squash)
const charts = (page) =>
  page
    .getByRole('main')
    .getByRole('listitem')
    .filter({ has: page.getByRole('img') })

const TYPES = { png: 'image/png', svg: 'image/svg+xml', csv: 'text/csv', markdown: 'text/markdown' }

async function exported(page, path, params) {
  for (const [format, type] of Object.entries(TYPES)) {
    const name = { markdown: 'Markdown' }[format] ?? format.toUpperCase()
    const [answer, file] = await Promise.all([
      page.waitForResponse(
        (r) => r.url().includes(`/api/v1${path}?`) && r.url().includes(`format=${format}`),
      ),
      page.waitForEvent('download'),
      page
        .getByRole('group', { name: 'Export: This report' })
        .getByRole('button', { name, exact: true })
        .click(),
    ])
    assert.equal(answer.status(), 200, format)
    assert.ok(
      answer.headers()['content-type'].startsWith(type),
      `${format}: ${answer.headers()['content-type']}`,
    )
    const body = readFileSync(await file.path())
    assert.ok(body.length > 100, format)
    if (format === 'csv')
      assert.deepEqual(new Uint8Array(body), new Uint8Array(await api(path, { ...params, format })))
    assert.ok(
      file.suggestedFilename().endsWith(format === 'markdown' ? '.md' : `.${format}`),
      file.suggestedFilename(),
    )
  }
}

scene(
  'trends equal the API, rising and falling ones among them',
  '/trends?by=year',
  async (page) => {
    const answer = await api('/trends', YEARS)
    const kinds = new Set(answer.trends.map((t) => t.kind))
    assert.ok(
      ['rising', 'emerging'].some((k) => kinds.has(k)) &&
        ['falling', 'fading'].some((k) => kinds.has(k)),
      [...kinds].join(),
    )
    await equal(
      () => contents(charts(page).getByRole('heading')),
      answer.trends.map((t) => refLabel(t.concept)),
    )
    const shown = await contents(charts(page))
    for (const [i, t] of answer.trends.entries()) {
      assert.ok(shown[i].includes(t.kind ?? 'steady'), shown[i])
      assert.ok(
        shown[i].includes(squash(t.course || `${percent(t.first)} → ${percent(t.last)}`)),
        shown[i],
      )
    }
    const rows = await texts(lines(page.getByRole('region', { name: 'Trends as a table' })))
    assert.equal(rows.length, answer.trends.length)
    for (const [i, t] of answer.trends.entries())
      assert.ok(rows[i].startsWith(`${refLabel(t.concept)} ${t.kind ?? '–'}`), rows[i])
    const sum = answer.items.reduce((a, b) => a + b, 0)
    await page
      .getByText(`${count(sum)} items in ${answer.periods.length} periods of year`)
      .waitFor()
  },
)

scene('trends of one kind, by another column, of some items', '/trends?by=year', async (page) => {
  const answer = await api('/trends', YEARS)
  const kind = answer.trends.find((t) => t.kind).kind
  await page.getByLabel('Kind').selectOption(kind)
  const ofKind = answer.trends.filter((t) => t.kind === kind)
  assert.ok(ofKind.length < answer.trends.length)
  await equal(
    () => contents(charts(page).getByRole('heading')),
    ofKind.map((t) => refLabel(t.concept)),
  )
  assert.equal(query(page).get('kind'), kind)
  await page.getByLabel('Kind').selectOption('')
  await page.getByRole('combobox', { name: 'By', exact: true }).selectOption('price')
  const priced = await api('/trends', { by: 'price', limit: 40 })
  await equal(
    () => contents(charts(page).getByRole('heading')),
    priced.trends.map((t) => refLabel(t.concept)),
  )
  await page.getByText('have no price').waitFor()
  await page.getByText('Only some items').click()
  await page.getByLabel(/^Condition in SQL/).fill('price < 400')
  await page.getByLabel(/^Condition in SQL/).press('Enter')
  const some = await api('/trends', { by: 'price', limit: 40, where: 'price < 400' })
  await equal(
    () => contents(charts(page).getByRole('heading')),
    some.trends.map((t) => refLabel(t.concept)),
  )
})

scene('trends are exported', '/trends?by=year', async (page) => {
  await charts(page).first().waitFor()
  await exported(page, '/trends', YEARS)
})

async function matches(page, params) {
  const diff = await api('/compare', { limit: 40, examples: 3, ...params })
  await page
    .getByRole('heading', { name: `A: ${count(diff.a.items)} items`, exact: true })
    .waitFor()
  await page
    .getByRole('heading', { name: `B: ${count(diff.b.items)} items`, exact: true })
    .waitFor()
  await page.getByText(`${diff.called} of ${diff.tested} concepts differ`).waitFor()
  const rows = lines(table(page, 'Concepts that differ'))
  await equal(() => rows.count(), diff.changes.length)
  const shown = await texts(rows)
  for (const [i, c] of diff.changes.entries()) {
    for (const part of [
      refLabel(c.concept),
      c.verdict,
      percent(c.share_a),
      percent(c.share_b),
      signed(c.effect, 2),
      ...c.flags,
    ]) {
      assert.ok(shown[i].includes(part), `${part} is missing in ${shown[i]}`)
    }
    const bar = await rows.nth(i).getByRole('img').getAttribute('aria-label')
    assert.equal(bar, `${signed(c.effect, 2)}, from ${fixed(c.low)} to ${fixed(c.high)}`)
  }
  return diff
}

scene('a preset compares early with late', '/compare', async (page) => {
  await page.getByText('Choose group A', { exact: true }).waitFor()
  await page.getByRole('button', { name: /up to .* against .* from/ }).click()
  await equal(async () => Boolean(query(page).get('a') && query(page).get('b')), true)
  const diff = await matches(page, { a: query(page).get('a'), b: query(page).get('b') })
  assert.ok(diff.called > 0)
  assert.ok(
    Math.abs(diff.a.items - diff.b.items) < 0.2 * diff.a.items,
    `${diff.a.items} and ${diff.b.items}`,
  )
  const [a, b] = [query(page).get('a'), query(page).get('b')]
  await page.getByRole('button', { name: 'Swap A and B' }).click()
  await equal(async () => query(page).get('a'), b)
  await matches(page, { a: b, b: a })
})

scene('groups are chosen by values; examples open', '/compare', async (page) => {
  const group = (letter) => page.getByRole('region', { name: `Group ${letter}` })
  await group('A').getByRole('button', { name: 'Choose' }).click()
  const filters = page.getByRole('group', { name: 'Filters of Group A' })
  await filters.getByRole('checkbox', { name: /^speech/ }).check()
  await equal(async () => query(page).get('a'), "topic IN ('speech')")
  const diff = await matches(page, { a: SPEECH })
  const change = diff.changes.find((c) => c.examples_a.length > 1)
  await page
    .getByRole('button', { name: `Examples of ${change.concept.name}`, exact: true })
    .click()
  const examples = page
    .locator('div')
    .filter({ has: page.getByRole('heading', { name: 'Strongest in A' }) })
    .last()
  const links = examples.getByRole('link')
  const found = await links.evaluateAll((all) =>
    all.map((a) => decodeURIComponent(a.pathname.slice('/items/'.length))),
  )
  assert.deepEqual(
    found,
    change.examples_a.map((e) => e.id),
  )
  const verdicts = [...new Set(diff.changes.map((c) => c.verdict))]
  await page.getByLabel('Verdict').selectOption(verdicts[0])
  const kept = diff.changes.filter((c) => c.verdict === verdicts[0])
  const shown = () =>
    contents(lines(table(page, 'Concepts that differ')).getByRole('rowheader').getByRole('link'))
  await equal(
    shown,
    kept.filter((c) => c.concept.id !== null).map((c) => refLabel(c.concept)),
  )
  assert.ok(kept.length < diff.changes.length)
})

for (const [name, a, b] of [
  ['overlapping', 'year >= 2005', 'year >= 2010'],
  ['empty', 'year > 3000', ''],
  ['wrong', 'yeer > 3000', ''],
]) {
  scene(
    `${name} groups show the server's sentence`,
    `/compare?a=${encodeURIComponent(a)}&b=${encodeURIComponent(b)}`,
    async (page) => {
      allow(page, status(400), status(422), status(409), status(404))
      const said = await refusal('/compare', b ? { a, b } : { a })
      await page.getByRole('alert').getByText(said).first().waitFor()
    },
  )
}

scene('a comparison is exported', `/compare?a=${encodeURIComponent(SPEECH)}`, async (page) => {
  await lines(table(page, 'Concepts that differ')).first().waitFor()
  await exported(page, '/compare', { a: SPEECH, limit: 40, examples: 3 })
})
