// Taking a concept out: what would happen, what is proved and what is measured, writing it, and taking that back.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  allow,
  api,
  count,
  equal,
  eventually,
  query,
  readOnlyServer,
  scene,
  send,
  settled,
  squash,
  status,
  texts,
} from './harness.mjs'

const AT = { atlas: 'erased' }
const START = '/erase?atlas=erased'
const form = (page) => page.getByRole('form', { name: 'What to take out' })
const force = async () => (await api('/erasures', AT)).erasures
const short = (v) => v.toFixed(2).replace(/^0/, '')
const said = (f) => `${short(f.auroc)} (${short(f.low)} to ${short(f.high)})`
const attacks = (page) => page.getByRole('table', { name: 'Attacks before and after' })
const LONG = { timeout: 120_000 }

/** What a dry run says. */
async function tried(body) {
  let job = await send('POST', '/erasures', { dry_run: true, ...body }, AT)
  while (job.state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, 300))
    job = await api(`/jobs/${job.id}`)
  }
  return job.result
}

async function matches(page, report) {
  const rows = attacks(page)
    .getByRole('row')
    .filter({ has: page.getByRole('img') })
  await equal(() => rows.count(), report.attacks.length)
  const shown = await texts(rows)
  for (const a of report.attacks) {
    const row = shown.find((r) => r.startsWith(`${a.name} `) && r.includes(said(a.before)))
    assert.ok(
      row?.includes(said(a.after)),
      `${a.name}: ${said(a.before)}, ${said(a.after)}: ${shown.join('\n')}`,
    )
    assert.ok(row.endsWith(a.after.low > 0.5 ? 'still finds it' : 'nothing'), row)
    await rows
      .getByRole('img', { name: `before ${said(a.before)}, after ${said(a.after)}` })
      .first()
      .waitFor()
  }
  const costs = await texts(
    page.getByRole('region', { name: 'What else changes' }).last().getByRole('row'),
  )
  for (const c of report.costs)
    assert.ok(
      costs.some((r) => r.includes(c.name) && r.includes(c.after.toFixed(3))),
      c.name,
    )
  for (const [name, n] of Object.entries(report.classes))
    await page
      .getByText(`${name} (${count(n)})`)
      .first()
      .waitFor()
}

scene(
  'what would happen is shown; nothing is written, and loading again keeps the report',
  START,
  async (page) => {
    await page.getByText('Nothing is taken out of this atlas.').waitFor()
    const { version } = await api('/info', AT)
    await form(page).getByRole('combobox', { name: 'Column' }).selectOption('topic')
    await form(page).getByLabel('What to call it').fill('<b>subject</b>')
    await form(page).getByRole('button', { name: 'Show what would happen' }).click()
    await page.getByRole('progressbar').waitFor()
    await page.getByRole('link', { name: 'Trends' }).click()
    await page.getByRole('heading', { level: 1, name: 'Trends' }).waitFor()
    await page.getByRole('link', { name: 'Erase' }).click()
    await page
      .getByRole('heading', { name: 'What would happen without <b>subject</b>' })
      .waitFor(LONG)
    const report = await tried({ concept: '<b>subject</b>', labels: 'topic' })
    await matches(page, report)
    assert.ok(
      report.attacks[0].before.auroc > 0.9 && report.attacks[0].after.auroc < 0.65,
      'the linear probe is at chance',
    )
    await page
      .getByRole('region', { name: 'Proved', exact: true })
      .getByText('no linear probe of the item vectors does better')
      .waitFor()
    await page
      .getByRole('region', { name: 'Only measured' })
      .getByText(`On ${count(report.held)} held-out items`)
      .waitFor()
    await page.getByText('The texts, search by words, the columns').waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'What would happen without <b>subject</b>' }).waitFor()
    assert.deepEqual([await force(), (await api('/info', AT)).version], [[], version])
    await page.getByRole('button', { name: 'Leave it as it is' }).click()
    await equal(() => attacks(page).count(), 0)
  },
)

scene(
  'a version is written after a question, is listed, exported, and taken back',
  START,
  async (page) => {
    const { version } = await api('/info', AT)
    await form(page).getByRole('combobox', { name: 'Column' }).selectOption('topic')
    await form(page).getByRole('button', { name: 'Show what would happen' }).click()
    await page.getByRole('button', { name: 'Write this version' }).click(LONG)
    const dialog = page.getByRole('dialog', { name: 'Write a version without topic?' })
    await dialog.getByText(`becomes version ${version + 1}`).waitFor()
    await dialog.getByText('Models fitted before are outdated').waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    assert.deepEqual(await force(), [])
    await page.getByRole('button', { name: 'Write this version' }).click()
    await dialog.getByRole('button', { name: 'Write it' }).click()
    await page.getByRole('heading', { name: 'In force' }).waitFor(LONG)
    const [report] = await force()
    assert.equal(query(page).get('report'), String(report.number))
    await page.getByRole('heading', { name: 'Without topic', exact: true }).waitFor()
    await page.getByText(`Written as edit ${report.number}.`).waitFor()
    await matches(page, report)
    const probe = report.attacks[0]
    const line = page.getByRole('region', { name: 'In force' }).getByRole('listitem')
    const [text] = await texts(line)
    assert.ok(
      text.includes(
        `linear probe ${probe.before.auroc.toFixed(2)} → ${probe.after.auroc.toFixed(2)}`,
      ),
      text,
    )
    assert.ok(text.includes('LEACE') && /20\d\d/.test(text), text)
    assert.equal((await api('/info', AT)).version, version + 1)

    for (const [format, ending] of [
      ['Markdown', '.md'],
      ['HTML', '.html'],
      ['CSV', '.csv'],
      ['SVG', '.svg'],
    ]) {
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page
          .getByRole('group', { name: 'Export: This report' })
          .getByRole('button', { name: format, exact: true })
          .click(),
      ])
      assert.ok(file.suggestedFilename().endsWith(ending))
      assert.ok(readFileSync(await file.path()).length > 100, format)
    }

    await form(page).getByRole('combobox', { name: 'Column' }).selectOption('topic')
    await form(page).getByRole('button', { name: 'Show what would happen' }).click()
    await page.getByRole('alert').getByText(`it was erased in edit ${report.number}`).waitFor(LONG)
    await page.getByRole('alert').getByText('That cannot be answered').waitFor()
    await page.reload()
    await line.getByRole('link', { name: 'topic' }).click()
    await page.getByRole('heading', { name: 'Without topic', exact: true }).waitFor()
    await line.getByRole('button', { name: 'Undo: topic' }).click()
    await page.getByText('Nothing is taken out of this atlas.').waitFor()
    await page
      .getByRole('region', { name: 'Messages' })
      .getByText(/^Taken back: erase/)
      .waitFor()
    assert.deepEqual(await force(), [])
    assert.equal(query(page).get('report'), null)
    await page.goto(`${START}&report=${report.number}`)
    await page.getByText(`Edit ${report.number} is no erasure in force`).waitFor()
  },
)

scene('a concept that is active somewhere; without one it is asked for', START, async (page) => {
  const [c] = (await api('/concepts', { ...AT, limit: 40 })).concepts.filter(
    (one) => one.name && one.frequency > 0.06,
  )
  await form(page).getByRole('radio', { name: 'where a concept is active' }).check()
  await form(page).getByRole('button', { name: 'Show what would happen' }).click()
  await page.getByRole('alert').getByText('Choose a concept').waitFor()
  await form(page)
    .getByRole('combobox', { name: /^Concept/ })
    .pressSequentially(c.name)
  await page.getByRole('option').filter({ hasText: c.name }).first().click()
  await form(page).getByText(squash(c.name), { exact: true }).waitFor()
  await form(page).getByRole('radio', { name: 'INLP' }).check()
  const [asked] = await Promise.all([
    page.waitForRequest((r) => r.method() === 'POST' && r.url().includes('/erasures')),
    form(page).getByRole('button', { name: 'Show what would happen' }).click(),
  ])
  assert.deepEqual(asked.postDataJSON(), {
    concept: c.name,
    labels: null,
    seeded: c.id,
    method: 'inlp',
    dry_run: true,
  })
  await page.getByRole('heading', { name: `What would happen without ${c.name}` }).waitFor(LONG)
})

scene(
  'the methods offered are those that the server accepts, each with what it does',
  START,
  async (page) => {
    const { methods } = await api('/methods', { kind: 'erasers' })
    const accepted = methods.filter((m) => !m.tags.needs_labels)
    const group = form(page).getByRole('group', { name: 'Method' })
    await equal(
      () => group.getByRole('radio').evaluateAll((all) => all.map((r) => r.value)),
      accepted.map((m) => m.name),
    )
    assert.equal(await group.getByRole('radio', { checked: true }).count(), 1)
    for (const m of accepted) {
      const radio = group.getByRole('radio', { name: m.class_name, exact: true })
      const said = await radio.evaluate(
        (r) => document.getElementById(r.getAttribute('aria-describedby')).innerText,
      )
      assert.ok(squash(said).startsWith(m.summary), said)
    }
    for (const m of methods.filter((one) => !accepted.includes(one))) {
      const data = { concept: 'x', labels: 'topic', method: m.name, dry_run: true }
      const refused = await page.request.post('/api/v1/erasures?atlas=erased', { data })
      assert.deepEqual([m.name, refused.status()], [m.name, 422])
    }
  },
)

scene('another job runs', START, async (page) => {
  allow(page, status(503))
  const detail = 'the job 7 (classify) still runs: wait for it to end'
  await page.route('**/api/v1/erasures?*', (route) =>
    route.request().method() === 'POST'
      ? route.fulfill({ status: 503, json: { title: 'The server is busy', detail } })
      : route.continue(),
  )
  await form(page).getByRole('button', { name: 'Show what would happen' }).click()
  await page.getByRole('alert').getByText(detail).waitFor()
  await eventually(async () => assert.ok(await form(page).isVisible()))
})

scene(
  'a server that is read only explains that nothing can be taken out',
  '/erase',
  async (page) => {
    await page.getByText('Nothing can be taken out here').waitFor()
    await settled(page)
    assert.equal(await form(page).count(), 0)
  },
  { base: readOnlyServer },
)
