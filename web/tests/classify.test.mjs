// Models through concepts: fitting one, its figures, weights, items, corrections, and what a server that is read only says.
import assert from 'node:assert/strict'
import {
  allow,
  api,
  count,
  equal,
  escape,
  eventually,
  fitted,
  percent,
  query,
  readOnlyServer,
  refLabel,
  scene,
  send,
  settled,
  signed,
  squash,
  status,
  texts,
} from './harness.mjs'

const AT = { atlas: 'models' }
const NAME = 'planted'
await fitted({ label: 'topic', name: NAME })

const model = (limit = 32) => api(`/models/${NAME}`, { ...AT, limit })
const decision = (item, params = {}) => api(`/models/${NAME}/decision`, { ...AT, item, ...params })
const listed = (which, params = {}) => api(`/models/${NAME}/items`, { ...AT, which, ...params })
const correct = (item, concept, value) =>
  send('POST', `/models/${NAME}/corrections`, { item, concept, value, who: 'test' }, AT)
const edits = async () => (await api('/edits', AT)).edits
const address = (params = {}) => `/classify/${NAME}?${new URLSearchParams({ ...params, ...AT })}`
const toast = (page, text) => page.getByRole('region', { name: 'Messages' }).getByText(text)
const undo = (page) =>
  page
    .getByRole('region', { name: 'Messages' })
    .getByRole('button', { name: 'Undo' })
    .last()
    .click()
const says = (d) => `Predicted: ${d.predicted}, ${percent(d.probability)}`
const choice = (page, name) => page.getByRole('combobox', { name, exact: true })
const predicted = (page) => page.getByRole('heading', { name: /^Predicted: / })
const shows = (page, d) =>
  equal(async () => squash(await predicted(page).innerText()).startsWith(says(d)), true)
const sum = (page) => page.getByRole('list', { name: /^The sum for / }).getByRole('listitem')
const fixed = (n, digits = 2) => n.toFixed(digits).replace('-', '−')

/** An item with parts of its sum, and one of them that is well above nothing. */
async function explained(skip = 0) {
  const { items } = await listed('all', { limit: 200 })
  for (const row of items.filter((r) => !r.corrected && /^item\d+$/.test(r.id)).slice(skip)) {
    const d = await decision(row.id)
    if (d.parts.length > 1 && d.parts[0].value > 0.5 && d.questions.length > 1) return d
  }
  throw new Error('no item has parts and questions')
}

scene(
  'a model is fitted from the form, also while elsewhere, and shows its figures',
  '/classify?atlas=models',
  async (page) => {
    await settled(page)
    await page.getByRole('heading', { level: 1, name: 'Classify through concepts' }).waitFor()
    const form = page.getByRole('form', { name: 'Fit a model' })
    await form.getByLabel('What to predict').selectOption('topic')
    await form.getByLabel('Name of the model').fill('by-form')
    await form.getByLabel('Most concepts a class').fill('6')
    await form.getByLabel('Promised accuracy, %').fill('80')
    await form.getByRole('button', { name: 'Fit the model' }).click()
    await page.getByRole('progressbar').waitFor()
    await page.getByRole('link', { name: 'Trends' }).click()
    await page.getByRole('heading', { level: 1, name: 'Trends' }).waitFor()
    await page.getByRole('link', { name: 'Classify' }).click()
    await page.getByRole('heading', { level: 1, name: 'by-form' }).waitFor({ timeout: 120_000 })
    assert.equal(new URL(page.url()).pathname, '/classify/by-form')
    const made = await api('/models/by-form', AT)
    assert.equal(made.promised, 0.8)
    assert.ok(made.classes.every((c) => c.used <= 6))
    const table = page.getByRole('table', { name: /^Accuracy on held-out items/ })
    const rows = await texts(table.getByRole('row').filter({ has: page.getByRole('rowheader') }))
    const own = made.accuracies.at(-1)
    const starts = (name, ...figures) =>
      assert.ok(
        rows.some((r) => r.startsWith(name) && r.endsWith(figures.map(percent).join(' '))),
        `${name} ${figures.map(percent)}: ${rows.join('\n')}`,
      )
    starts('This model', made.accuracy, own.frozen)
    starts('At most 5 concepts a class', made.accuracies[0].concepts, made.accuracies[0].frozen)
    starts('Linear probe of the whole vector', made.probe)
    starts('Concepts read by their names', made.by_name, made.by_shuffled_name)
    starts('Concepts and the vector itself (hybrid)', made.hybrid)
    starts('The largest class', made.majority)
    await page
      .getByText(`of ${count(made.held)} held-out items; a probe of the whole vector`)
      .waitFor()
    await page.getByRole('link', { name: 'All models' }).click()
    await page.getByRole('list').getByRole('link', { name: 'by-form', exact: true }).waitFor()
  },
)

scene(
  'a job that fails says why, and the form stays as it was',
  '/classify?atlas=models',
  async (page) => {
    const form = page.getByRole('form', { name: 'Fit a model' })
    await form.getByLabel('What to predict').selectOption('price')
    await form.getByRole('button', { name: 'Fit the model' }).click()
    const alert = page.getByRole('alert')
    await alert.getByText(/price/).waitFor()
    await equal(() => form.getByLabel('What to predict').inputValue(), 'price')
    await alert.getByRole('button', { name: 'Close' }).click()
    await equal(() => alert.count(), 0)
  },
)

scene(
  'a job whose server was started anew, and one that cannot begin',
  '/classify?atlas=models',
  async (page) => {
    allow(page, status(404), status(503))
    await settled(page)
    await page.evaluate(() =>
      sessionStorage.setItem(
        'begriff-job-classify',
        JSON.stringify({
          id: 'gone',
          atlas: 'models',
          given: {
            label: 'topic',
            name: null,
            concepts: 'discovered',
            n_active: 30,
            hybrid: false,
            promise: 0.9,
          },
        }),
      ),
    )
    await page.reload()
    await page.getByRole('alert').getByText('The server has been started anew since').waitFor()
    await page.route('**/api/v1/models?*', (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({
            status: 503,
            headers: { 'Retry-After': '2' },
            json: { title: 'busy', detail: 'the job 7 (erase) still runs: wait for it to end' },
          })
        : route.continue(),
    )
    await page.getByRole('button', { name: 'Fit the model' }).click()
    await page
      .getByRole('alert')
      .getByText('the job 7 (erase) still runs: wait for it to end Try again in 2 s.')
      .waitFor()
    assert.ok(await page.getByRole('button', { name: 'Fit the model' }).isVisible())
  },
)

scene(
  'concepts of a class, in the order of the API; the class is in the address',
  address(),
  async (page) => {
    const { classes } = await model()
    const first = classes.toSorted((a, b) => b.items - a.items)[0]
    const list = (name) =>
      page.getByRole('list', { name: `Concepts of ${name}`, exact: true }).getByRole('listitem')
    const matches = async (c) => {
      await equal(() => list(c.name).count(), c.concepts.length)
      const shown = await texts(list(c.name))
      for (const [i, w] of c.concepts.entries()) {
        for (const part of [refLabel(w.concept), signed(w.effect, 2), `× ${fixed(w.weight)}`])
          assert.ok(shown[i].includes(part), `${part}: ${shown[i]}`)
      }
    }
    await matches(first)
    const other = classes.find((c) => c !== first)
    await choice(page, 'Class').selectOption(other.name)
    await matches(other)
    assert.equal(query(page).get('class'), other.name)
    await page.reload()
    await matches(other)
    await page.goBack()
    await matches(first)
  },
)

scene('a weight is set, taken out and brought back', address({ class: 'chess' }), async (page) => {
  const weight = async () =>
    (await model()).classes
      .find((c) => c.name === 'chess')
      .concepts.find((w) => w.concept.id === first.concept.id)
  const first = (await model()).classes.find((c) => c.name === 'chess').concepts[0]
  const name = refLabel(first.concept)
  const row = page
    .getByRole('list', { name: 'Concepts of chess' })
    .getByRole('listitem')
    .filter({ hasText: name })
    .first()
  const change = row.getByRole('button', { name: /Change$/ })
  await change.click()
  await row.getByLabel('Weight', { exact: true }).fill('1.25')
  await row.getByRole('button', { name: 'Save' }).click()
  await toast(page, `${name} for chess: now 1.25 (was ${fixed(first.weight)}).`).waitFor()
  await row.getByText('edited').waitFor()
  assert.deepEqual([(await weight()).weight, (await weight()).edited], [1.25, true])
  await equal(() => change.evaluate((node) => node === document.activeElement), true)
  await change.click()
  await row.getByRole('button', { name: 'Take out' }).click()
  await row.getByText('× 0.00').waitFor()
  assert.equal((await weight()).weight, 0)
  await undo(page)
  await row.getByText('× 1.25').waitFor()
  await change.click()
  await row.getByRole('button', { name: 'As learnt' }).click()
  await row.getByText(`× ${fixed(first.weight)}`).waitFor()
  assert.equal((await weight()).edited, false)
  const entry = (await edits()).at(-1)
  assert.deepEqual([entry.action, entry.class, entry.weight], ['weigh', 'chess', null])
})

scene(
  'lists of items: wrong, unsure, corrected, all, by page and by class',
  address(),
  async (page) => {
    const ids = (which) =>
      page
        .getByRole('list', { name: `Items, ${which}` })
        .getByRole('link')
        .evaluateAll((links) => links.map((a) => new URL(a.href).searchParams.get('item')))
    const tab = (name) =>
      page.getByRole('group', { name: 'Which items' }).getByRole('button', { name, exact: true })
    for (const which of ['wrong', 'unsure', 'all']) {
      await tab(which).click()
      const answer = await listed(which)
      await page
        .getByText(`${count(answer.total)} item${answer.total === 1 ? '' : 's'}.`, { exact: false })
        .first()
        .waitFor()
      if (answer.total)
        await equal(
          () => ids(which),
          answer.items.map((r) => r.id),
        )
      assert.equal(query(page).get('which'), which)
    }
    await page.getByRole('button', { name: 'Load more' }).click()
    await equal(async () => (await ids('all')).length, 40)
    await choice(page, 'Predicted').selectOption('bread')
    const bread = await listed('all', { of: 'bread' })
    await equal(
      () => ids('all'),
      bread.items.map((r) => r.id),
    )
    await page.reload()
    await equal(
      () => ids('all'),
      bread.items.map((r) => r.id),
    )
    const [row] = await texts(page.getByRole('list', { name: 'Items, all' }).getByRole('listitem'))
    assert.ok(row.includes(`bread ${percent(bread.items[0].probability)}`), row)
  },
)

scene('an item is a sum that adds up, for every class', null, async (page) => {
  const d = await explained()
  await page.goto(address({ which: 'all' }))
  await page.goto(address({ which: 'all', item: d.item }))
  await shows(page, d)
  assert.equal(await page.title(), `${d.item} · ${NAME} · Classify · begriff`)
  const values = async () =>
    (await texts(sum(page).locator('.number'))).map((t) =>
      Number(t.replace('−', '-').replace('+', '')),
    )
  const adds = async (of) => {
    const now = await decision(d.item, { of })
    await page.getByRole('list', { name: `The sum for ${of}`, exact: true }).waitFor()
    const shown = await values()
    assert.equal(shown.at(-1), Number(now.logit.toFixed(2)) + 0)
    const total = shown.slice(0, -1).reduce((a, b) => a + b, 0)
    assert.ok(Math.abs(total - now.logit) < 0.01 * shown.length, `${total} is not ${now.logit}`)
    return now
  }
  await adds(d.predicted)
  const other = Object.keys(d.probabilities).at(-1)
  await choice(page, 'The sum for').selectOption(other)
  await adds(other)
  assert.equal(query(page).get('of'), other)
  await page.reload()
  await adds(other)
  await page.getByRole('link', { name: 'The whole model' }).click()
  await page.getByRole('heading', { name: 'How good it is' }).waitFor()
})

scene(
  'choosing an item moves the focus to it, and going back returns to the list',
  address({ which: 'all' }),
  async (page) => {
    const link = page.getByRole('list', { name: 'Items, all' }).getByRole('link').nth(12)
    const id = new URL(await link.getAttribute('href'), page.url()).searchParams.get('item')
    await link.click()
    const heading = page.getByRole('heading', { name: `Item ${id}`, exact: true })
    await equal(() => heading.evaluate((node) => node === document.activeElement), true)
    await page.goBack()
    await page.getByRole('heading', { name: 'How good it is' }).waitFor()
  },
)

scene(
  'a question is answered, the prediction follows, and undo brings it back',
  null,
  async (page) => {
    const d = await explained()
    await page.goto(address({ item: d.item, which: 'all' }))
    await shows(page, d)
    const q = d.questions[0]
    const name = refLabel(q.concept)
    await page
      .getByRole('button', { name: `${q.active ? 'No' : 'Yes'}: ${name}`, exact: true })
      .click()
    await toast(
      page,
      new RegExp(`^${escape(name)}: ${q.active ? 'not here' : 'here'}\\. (Was|Still) `),
    ).waitFor()
    const now = await decision(d.item)
    assert.notEqual(now.probability, d.probability)
    await shows(page, now)
    await equal(() => page.getByRole('button', { name: `Yes: ${name}`, exact: true }).count(), 0)
    await page.getByRole('heading', { name: 'Set by people' }).waitFor()
    await page
      .getByText('This moves only this item: the model has learnt nothing from it.')
      .waitFor()
    await page.reload()
    await shows(page, now)
    await page
      .getByText(new RegExp(`^${escape(name)}: ${q.active ? 'not here' : 'here'}`))
      .first()
      .waitFor()
    await page
      .getByRole('button', { name: `Back to what was computed: ${name}`, exact: true })
      .click()
    await shows(page, d)
    await undo(page)
    await shows(page, now)
    await correct(d.item, q.concept.id ?? q.concept.name, null)
  },
)

scene('a part is said not to be here; it can be computed again', null, async (page) => {
  const d = await explained(3)
  await page.goto(address({ item: d.item, which: 'corrected' }))
  await shows(page, d)
  const name = refLabel(d.parts[0].concept)
  await sum(page)
    .getByRole('button', { name: `Not here: ${name}`, exact: true })
    .click()
  await toast(page, `${name}: not here.`).waitFor()
  const now = await decision(d.item, { of: d.predicted })
  assert.ok(now.logit < d.logit)
  await shows(page, now)
  await page.getByRole('list', { name: 'Items, corrected' }).getByRole('link').first().waitFor()
  const before = (await edits()).length
  await undo(page)
  await shows(page, d)
  await equal(async () => (await edits()).length, before - 1)
})

scene('a model is deleted, after a question', '/classify/by-form?atlas=models', async (page) => {
  await fitted({ label: 'topic', name: 'by-form' })
  await page.reload()
  await page.getByRole('button', { name: 'Delete the model' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete the model by-form?' })
  await dialog.getByText('this cannot be undone').waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  assert.ok((await api('/models', AT)).models.includes('by-form'))
  await page.getByRole('button', { name: 'Delete the model' }).click()
  await dialog.getByRole('button', { name: 'Delete it' }).click()
  await toast(page, 'The model by-form is deleted.').waitFor()
  await page.getByRole('heading', { level: 1, name: 'Classify through concepts' }).waitFor()
  await page.getByRole('list').getByRole('link', { name: NAME, exact: true }).waitFor()
  assert.ok(!(await api('/models', AT)).models.includes('by-form'))
  assert.equal(await page.getByRole('link', { name: 'by-form', exact: true }).count(), 0)
})

scene('a concept is added', null, async (page) => {
  const d = await explained(6)
  const { classes } = await model(500)
  const other = classes.find((c) => c.name !== d.predicted)
  const here = new Set(d.parts.map((p) => p.concept.id))
  const added = other.concepts.find(
    (w) => w.weight > 0 && !here.has(w.concept.id) && !w.concept.name.startsWith('('),
  ).concept
  await page.goto(address({ item: d.item, of: other.name }))
  await shows(page, d)
  await page
    .getByRole('combobox', { name: 'Add a concept that it holds' })
    .pressSequentially(added.name)
  await page.getByRole('option').filter({ hasText: added.name }).first().click()
  await toast(page, `${refLabel(added)}: here.`).waitFor()
  await sum(page)
    .filter({ hasText: refLabel(added) })
    .getByText('set by a person')
    .waitFor()
  const part = (await decision(d.item, { of: other.name })).parts.find(
    (p) => p.concept.id === added.id,
  )
  assert.ok(part.corrected && part.strength > 0)
  await sum(page)
    .getByRole('button', { name: `As computed: ${refLabel(added)}`, exact: true })
    .click()
  await shows(page, d)
})

scene(
  'an answer that comes late does not overwrite a newer one',
  address({ which: 'all' }),
  async (page) => {
    const { items } = await listed('all')
    const [slow, fast] = items.filter((r) => /^item\d+$/.test(r.id))
    await settled(page)
    let release
    const held = new Promise((resolve) => (release = resolve))
    await page.route(`**/decision?item=${slow.id}&*`, async (route) => {
      await held
      await route.continue().catch(() => undefined)
    })
    const link = (id) => page.locator(`a[href*="item=${id}&"]`).first()
    await link(slow.id).click()
    await page.getByRole('heading', { name: `Item ${slow.id}`, exact: true }).waitFor()
    await link(fast.id).click()
    await shows(page, await decision(fast.id))
    release()
    await settled(page)
    await shows(page, await decision(fast.id))
  },
)

scene('nasty ids and texts are text', null, async (page) => {
  const id = '<script>alert(1)</script>'
  const d = await decision(id)
  await page.goto(address({ item: id }))
  await shows(page, d)
  await page.getByRole('heading', { name: `Item ${id}`, exact: true }).waitFor()
  await page.getByRole('link', { name: 'Open the item' }).click()
  await page.getByRole('heading', { level: 1 }).filter({ hasText: 'alert(1)' }).waitFor()
  await settled(page)
  const asked = page.seen.requests.map((r) => decodeURIComponent(new URL(r.url()).pathname))
  assert.ok(
    !asked.some((path) => path.includes(`/models/${id}`)),
    'the view that was left asked for the item as a model',
  )
})

scene(
  'a model that does not exist, and one that is outdated',
  '/classify/none?atlas=models',
  async (page) => {
    allow(page, status(404), status(422))
    await page.getByRole('alert').getByText(/none/).first().waitFor()
    const detail =
      "the model 'planted' is outdated: it was fitted on version 1, and the codes were replaced since. Run `begriff classify` again"
    await page.route(`**/api/v1/models/${NAME}?*`, (route) =>
      route.fulfill({ status: 422, json: { title: 'A value breaks a rule', detail } }),
    )
    await page.goto(address())
    await page.getByText('This model cannot be used as the atlas is now').waitFor()
    await page.getByText(detail).waitFor()
    assert.equal(await page.getByLabel('Name of the model').inputValue(), NAME)
  },
)

scene(
  'a server that is read only explains that it fits nothing',
  '/classify',
  async (page) => {
    await page.getByText('Models cannot be fitted here').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Fit the model' }).count(), 0)
  },
  { base: readOnlyServer },
)

scene('keys are enough to open an item and answer a question', null, async (page) => {
  const d = await explained(9)
  await page.goto(address({ item: d.item }))
  await shows(page, d)
  const button = page.getByRole('button', { name: /^No: / }).first()
  await button.focus()
  await page.keyboard.press('Enter')
  await eventually(async () =>
    assert.ok((await edits()).some((e) => e.action === 'correct' && e.item === d.item)),
  )
  await equal(() => predicted(page).evaluate((node) => node === document.activeElement), true)
  await undo(page)
  await shows(page, d)
})
