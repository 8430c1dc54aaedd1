// Pages that write down what goes wrong in them, and answers of the API to compare them with.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'

const WAIT = 30_000

export const server = process.env.BEGRIFF_URL
export const keyServer = process.env.BEGRIFF_KEY_URL
export const key = process.env.BEGRIFF_KEY
export const readOnlyServer = process.env.BEGRIFF_READ_ONLY_URL

let browser
before(async () => {
  assert.ok(
    server,
    'BEGRIFF_URL names no server: these tests are started by tests/page/test_page.py',
  )
  browser = await chromium.launch({
    executablePath: process.env.BEGRIFF_CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox'],
  })
})
after(() => browser?.close())

/** A new page in a context of its own; `base`, `where` it starts and `options` of the context may be given. */
export async function open(path, { base = server, ...options } = {}) {
  const context = await browser.newContext({
    baseURL: base,
    viewport: { width: 1280, height: 900 },
    ...options,
  })
  context.setDefaultTimeout(WAIT)
  const page = await context.newPage()
  const seen = { wrong: [], requests: [], allowed: [], open: 0 }
  await page.addInitScript(() =>
    addEventListener('securitypolicyviolation', (e) =>
      console.error(`violation of ${e.violatedDirective} by ${e.blockedURI}`),
    ),
  )
  page.on(
    'console',
    (m) =>
      ['error', 'warning'].includes(m.type()) &&
      seen.wrong.push(`console: ${m.text()} ${m.location().url}`.trim()),
  )
  page.on('pageerror', (e) => seen.wrong.push(`error: ${e.message}`))
  page.on('crash', () => seen.wrong.push('the page crashed'))
  page.on('dialog', (d) => {
    seen.wrong.push(`dialog: ${d.message()}`)
    void d.dismiss()
  })
  for (const end of ['requestfinished', 'requestfailed']) page.on(end, () => (seen.open -= 1))
  page.on('request', (r) => {
    seen.requests.push(r)
    seen.open += 1
    const { protocol, origin } = new URL(r.url())
    if (protocol.startsWith('http') && origin !== base) seen.wrong.push(`request to ${r.url()}`)
  })
  page.seen = seen
  if (path !== null) await page.goto(path)
  return page
}

/** Messages of the console that a test provokes, as the browser's own line on a status. */
export const allow = (page, ...patterns) => page.seen.allowed.push(...patterns)

/** Nothing went wrong: no error or warning in the console, no violation of the policy, no dialog, no request to elsewhere. */
export async function finish(page) {
  const wrong = page.seen.wrong.filter(
    (line) => !page.seen.allowed.some((pattern) => pattern.test(line)),
  )
  await page.context().close()
  assert.deepEqual(wrong, [])
}

/** A test on a page opened at `path`. */
export function scene(name, path, run, options = {}) {
  test(name, { timeout: 150_000 }, async () => {
    const page = await open(typeof path === 'function' ? path() : path, options)
    try {
      await run(page)
    } catch (e) {
      const wrong = page.seen.wrong.join('\n')
      await page.context().close()
      throw wrong ? new Error(`${e.message}\nThe page said:\n${wrong}`, { cause: e }) : e
    }
    await finish(page)
  })
}

/** Repeats checks until they hold. */
export async function eventually(check) {
  const until = Date.now() + WAIT
  for (;;) {
    try {
      return await check()
    } catch (e) {
      if (Date.now() > until) throw e
    }
    await new Promise((resolve) => setTimeout(resolve, 40))
  }
}

/** Until a view stands: nothing is asked for any more and nothing is shown as still to come. */
export async function settled(page) {
  await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' })
  let quiet = 0
  await eventually(async () => {
    const waits = page.seen.open > 0 || (await page.locator('main .skeleton').count()) > 0
    quiet = waits ? 0 : quiet + 1
    assert.ok(quiet > 2, 'the view does not come to rest')
  })
}

export const equal = (find, wanted) =>
  eventually(async () => assert.deepEqual(await find(), wanted))

function address(path, params, base) {
  const url = new URL(`/api/v1${path}`, base)
  for (const [name, value] of Object.entries(params))
    for (const v of [value].flat()) url.searchParams.append(name, String(v))
  return url
}

/** An answer of the API. */
export async function api(path, params = {}, base = server) {
  const response = await fetch(address(path, params, base))
  const body = response.headers.get('content-type').includes('json')
    ? await response.json()
    : new Uint8Array(await response.arrayBuffer())
  assert.ok(response.ok, `${path}: ${JSON.stringify(body)}`)
  return body
}

/** The server's sentence on what it refuses. */
export async function refusal(path, params = {}, base = server) {
  const response = await fetch(address(path, params, base))
  assert.ok(!response.ok, `${path} was answered`)
  return (await response.json()).detail
}

export async function send(method, path, body, params = {}, base = server) {
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(address(path, params, base), {
    method,
    headers,
    body: JSON.stringify(body),
  })
  assert.ok(response.ok, `${method} ${path}: ${response.status}`)
  return response.json()
}

/** Until a job has ended: its result. */
export async function ended({ id }) {
  for (;;) {
    const found = await api(`/jobs/${id}`)
    if (found.state === 'done') return found.result
    assert.equal(found.state, 'running', JSON.stringify(found.problem))
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
/** A model in the atlas for models, fitted without controls, once. */
export async function fitted(body, atlas = 'models') {
  if (!(await api('/models', { atlas })).models.includes(body.name))
    await ended(await send('POST', '/models', { controls: false, ...body }, { atlas }))
}
/** What is in force in the atlas for erasing: at least one erasure. */
export async function erased(concept = 'topic', atlas = 'erased') {
  const { erasures } = await api('/erasures', { atlas })
  if (erasures.length) return erasures
  await ended(await send('POST', '/erasures', { concept, labels: 'topic' }, { atlas }))
  return (await api('/erasures', { atlas })).erasures
}

export const squash = (text) => text.replace(/\s+/g, ' ').trim()
export const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
export const query = (page) => new URL(page.url()).searchParams
export const texts = async (locator) => (await locator.allInnerTexts()).map(squash)
export const status = (code) => new RegExp(`status of ${code}`)
export const count = (n) => new Intl.NumberFormat('en').format(n)
export const some = (n, word) => `${count(n)} ${word}${n === 1 ? '' : 's'}`
export const signed = (n, digits = 3) =>
  (n < 0 && Number(Math.abs(n).toFixed(digits)) !== 0 ? '−' : '+') + Math.abs(n).toFixed(digits)
export const number = (text) => Number(text.replace('−', '-').replace(/[+,]/g, ''))

export function percent(share) {
  const digits =
    share !== 0 && Math.abs(share) < 0.001
      ? 3
      : Math.abs(share) < 0.01
        ? 2
        : Math.abs(share) >= 0.995
          ? 0
          : 1
  return `${(100 * share).toFixed(digits)}%`
}

/** What the page calls a concept of a list. */
export const label = (c) =>
  c.name ?? (c.aliases.length ? `unnamed: ${c.aliases.slice(0, 3).join(', ')}` : 'unnamed')
/** What the page calls a concept of a report. */
export function refLabel(c) {
  if (c.id === null) return `${squash(c.name)} seeded`
  return squash(c.name).replace(
    /^\(unnamed(: )?(.*)\)$/,
    (_all, _colon, words) => `unnamed: ${words || 'no words'}`,
  )
}

/** Titles of the hits on the page. */
export const titles = (page) =>
  texts(page.getByRole('article').getByRole('heading').getByRole('link'))
export const titlesOf = (hits) => hits.hits.map((h) => squash(h.item.title))
/** Where the hits on the page lead to: the ids. */
export const ids = (page) =>
  page
    .getByRole('article')
    .getByRole('heading')
    .getByRole('link')
    .evaluateAll((links) =>
      links.map((a) =>
        a.pathname.slice('/items/'.length).split('/').map(decodeURIComponent).join('/'),
      ),
    )

let mixed
/** A query whose first hits are partly explained and partly not, with its hits. */
export function mixedQuery() {
  mixed ??= findMixed()
  return mixed
}
async function findMixed() {
  const { concepts } = await api('/concepts', { limit: 40 })
  const { facets } = await api('/facets', { column: 'topic' })
  const words = [
    ...concepts.filter((c) => c.name).map((c) => c.name),
    ...facets[0].values.map((v) => v.value),
  ]
  for (const q of words) {
    const hits = await api('/search', { q, k: 10, explain: true })
    const shown = hits.hits.filter((h) => h.explanation.gap?.shown)
    if (shown.length > 1 && shown.length < 9) return { q, hits, shown }
  }
  throw new Error('no query has explained and unexplained hits')
}
