// Every view, light, dark and narrow: what a screen reader finds, nothing beyond the edge, little to load, no needless motion.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import {
  allow,
  api,
  equal,
  erased,
  eventually,
  finish,
  fitted,
  mixedQuery,
  open,
  scene,
  settled,
  texts,
} from './harness.mjs'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SHOTS = process.env.BEGRIFF_SHOTS
const LOOKS = [
  { name: 'light', viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  { name: 'dark', viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  { name: 'narrow', viewport: { width: 360, height: 740 }, colorScheme: 'light' },
]

const [{ id: concept }] = (await api('/concepts', { limit: 1 })).concepts
const { q } = await mixedQuery()
await fitted({ label: 'topic', name: 'planted' })
const [{ number: erasure }] = await erased()
const speech = encodeURIComponent("topic = 'speech'")
const VIEWS = {
  start: '/',
  search: `/search?q=${encodeURIComponent(q)}&more=${concept}:0.5&where=year+%3E%3D+2001`,
  words: '/search?q=orbit&mode=hybrid',
  nothing: '/search?q=zzzqqq&mode=text',
  concepts: '/concepts',
  concept: `/concepts/${concept}`,
  map: '/map?column=topic',
  trends: '/trends?by=year',
  compare: `/compare?a=${speech}`,
  'compare-start': '/compare',
  classify: '/classify',
  model: '/classify/planted?atlas=models&which=all',
  decision: '/classify/planted?atlas=models&which=unsure&item=item40',
  erase: '/erase',
  erasure: `/erase?atlas=erased&report=${erasure}`,
  item: '/items/item40',
  nasty: `/items/${encodeURIComponent('<script>alert(1)</script>')}`,
  about: '/about',
  help: '/help?term=reason',
  docs: '/docs',
  selection: '/map?area=0+0,0.5+0,0.5+1,0+1',
  'no-map': '/map?atlas=bare',
}

async function violations(page) {
  await page.evaluate(AXE)
  const found = await page.evaluate(
    async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations,
  )
  return found
    .filter((v) => ['serious', 'critical'].includes(v.impact))
    .map(
      (v) =>
        `${v.impact} ${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.html.slice(0, 160)} (${n.failureSummary})`)}`,
    )
}

async function beyond(page) {
  return page.evaluate(() => {
    const root = document.documentElement
    if (root.scrollWidth <= root.clientWidth) return []
    const right = (e) => Math.round(e.getBoundingClientRect().right)
    const wide = [...document.querySelectorAll('main *, header *')].filter(
      (e) => right(e) > root.clientWidth,
    )
    return [
      `${root.scrollWidth}`,
      ...wide
        .slice(0, 5)
        .map((e) => `${e.tagName}.${e.className} to ${right(e)} of ${root.clientWidth}`),
    ]
  })
}

/** Texts and fields of the page's columns that lie over each other. */
async function overlaps(page) {
  return page.evaluate(() => {
    const aside = document.querySelector('aside')?.getBoundingClientRect()
    if (!aside) return []
    const inner = [
      ...document.querySelectorAll('aside input, aside svg, aside button, aside summary'),
    ].filter((e) => e.checkVisibility())
    return inner
      .filter((e) => e.getBoundingClientRect().right > aside.right + 1)
      .map((e) => e.outerHTML.slice(0, 100))
  })
}

for (const { name: look, ...options } of LOOKS) {
  test(`every view, ${look}`, { timeout: 120_000 }, async (t) => {
    const page = await open(null, options)
    allow(page, /status of 404/)
    const named = new Map()
    for (const [view, path] of Object.entries(VIEWS)) {
      await t.test(view, async () => {
        await page.goto(path)
        await settled(page)
        if (SHOTS) {
          mkdirSync(SHOTS, { recursive: true })
          await page.screenshot({ path: `${SHOTS}/${view}-${look}.png`, fullPage: view !== 'map' })
        }
        named.set(await page.title(), view)
        assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1)
        assert.equal(await page.getByRole('main').count(), 1)
        assert.deepEqual(await beyond(page), [], 'the page scrolls sideways')
        assert.deepEqual(await overlaps(page), [], 'the side column is wider than its place')
        assert.deepEqual(await violations(page), [])
      })
    }
    assert.equal(
      named.size,
      Object.keys(VIEWS).length,
      `every view has a title of its own: ${[...named.keys()].join(', ')}`,
    )
    assert.ok([...named.keys()].every((title) => title.endsWith('begriff')))
    await finish(page)
  })
}

scene('open panels are as readable as the views', VIEWS.search, async (page) => {
  await settled(page)
  await page
    .getByRole('button', { name: /the full sum/ })
    .first()
    .click()
  await page.getByRole('button', { name: 'Why not?' }).click()
  await page
    .getByRole('region', { name: 'Why was a document not found?' })
    .getByLabel('or its id')
    .fill('item33')
  await page.getByRole('button', { name: 'Explain' }).click()
  await page.getByText(/is number|cannot be found/).waitFor()
  await page
    .getByRole('button', { name: /^Yes: / })
    .first()
    .click()
  await page
    .getByRole('group', { name: 'Steering' })
    .getByRole('button', { name: 'Less of' })
    .click()
  await page.getByRole('listbox').getByRole('option').first().waitFor()
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/panels.png`, fullPage: true })
  assert.deepEqual(await violations(page), [])
  await page.getByRole('article').getByRole('listitem').getByRole('button').first().click()
  await page.getByRole('menu').waitFor()
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/menu.png` })
  assert.deepEqual(await violations(page), [])
})

scene('the first key press offers to skip to the content', '/concepts', async (page) => {
  await settled(page)
  await page.keyboard.press('Tab')
  const skip = page.getByRole('link', { name: 'Skip to content' })
  assert.ok(await skip.evaluate((node) => node === document.activeElement))
  await eventually(async () => assert.ok((await skip.boundingBox()).y >= 0))
  await page.keyboard.press('Enter')
  await equal(() => page.evaluate(() => document.activeElement.id), 'main')
  await page.keyboard.press('Tab')
  assert.ok(
    await page.evaluate(() => document.querySelector('main').contains(document.activeElement)),
    'the next stop is in the content',
  )
  await equal(
    () =>
      page
        .getByRole('rowheader')
        .count()
        .then((n) => n > 3),
    true,
  )
})

scene('the focus and the place go to the new view', '/concepts', async (page) => {
  await settled(page)
  const link = page.getByRole('rowheader').getByRole('link').last()
  await link.click()
  await page.getByRole('heading', { name: 'Activations' }).waitFor()
  await equal(() => page.evaluate(() => [document.activeElement.id, scrollY]), ['main', 0])
})

scene(
  'the menu of a narrow window',
  '/',
  async (page) => {
    const nav = page.getByRole('navigation', { name: 'Main' })
    assert.equal(await nav.isVisible(), false)
    await page.getByRole('button', { name: 'Menu' }).click()
    assert.deepEqual(await texts(nav.getByRole('link')), [
      'Search',
      'Concepts',
      'Map',
      'Trends',
      'Compare',
      'Classify',
      'Erase',
      'About',
    ])
    await nav.getByRole('link', { name: 'Concepts' }).click()
    await page.getByRole('heading', { level: 1, name: 'Concepts' }).waitFor()
    assert.equal(await nav.isVisible(), false)
  },
  LOOKS[2],
)

scene(
  'filters of a narrow window',
  '/search?q=orbit',
  async (page) => {
    await page.getByRole('article').first().waitFor()
    const filters = page.getByRole('group', { name: 'Filters', exact: true })
    assert.equal(await filters.isVisible(), false)
    await page.getByRole('button', { name: 'Filters' }).click()
    await filters.getByLabel('day from').waitFor()
    assert.deepEqual(await beyond(page), [])
    if (SHOTS) await page.screenshot({ path: `${SHOTS}/filters-narrow.png` })
  },
  LOOKS[2],
)

test(
  'little is loaded, and the search box works within a second',
  { timeout: 60_000 },
  async () => {
    const page = await open(null)
    const cdp = await page.context().newCDPSession(page)
    await cdp.send('Network.enable')
    let bytes = 0
    cdp.on('Network.loadingFinished', (e) => (bytes += e.encodedDataLength))
    const waits = []
    for (let i = 0; i < 3; i += 1) {
      await cdp.send('Network.clearBrowserCache')
      bytes = 0
      await page.goto('/', { waitUntil: 'commit' })
      await page.getByRole('textbox', { name: 'Search the corpus' }).fill('orbit')
      waits.push(await page.evaluate(() => performance.now()))
      await page.getByRole('article').first().waitFor()
      await settled(page)
    }
    const shown = waits.map((w) => w.toFixed(0)).join(', ')
    console.log(
      `first load: ${(bytes / 1000).toFixed(0)} kB with the first search; box usable after ${shown} ms`,
    )
    assert.ok(bytes > 20_000 && bytes < 200_000, `${bytes} bytes`)
    assert.ok(Math.min(...waits) < 1000, `${waits}`)
    await finish(page)
  },
)

for (const reducedMotion of ['reduce', 'no-preference']) {
  scene(
    `motion, ${reducedMotion}`,
    null,
    async (page) => {
      await page.route('**/api/v1/concepts?*', async (route) => {
        await new Promise((resolve) => page.once('close', resolve))
        await route.abort().catch(() => undefined)
      })
      await page.goto('/concepts')
      await page.locator('main .skeleton').waitFor()
      const running = () =>
        page.evaluate(
          () => document.getAnimations().filter((a) => a.playState === 'running').length,
        )
      if (reducedMotion === 'reduce') assert.equal(await running(), 0)
      else assert.ok((await running()) > 0, 'without the wish there is motion to see')
    },
    { reducedMotion },
  )
}

scene(
  'words that a reader cannot know are explained where they stand, by keys alone, and on the help page',
  VIEWS.search,
  async (page) => {
    await settled(page)
    const word = page.getByRole('link', { name: 'What is a reason?' })
    await word.focus()
    await page.getByRole('tooltip').getByText('The few named concepts that lift a hit').waitFor()
    assert.ok(await word.getAttribute('aria-describedby'))
    assert.deepEqual(await violations(page), [])
    await page.keyboard.press('Escape')
    await equal(() => page.getByRole('tooltip').count(), 0)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'What the words mean' }).waitFor()
    for (const name of [
      'Concept',
      'Reason of a hit',
      'Score of a name',
      'Found again',
      'Difference',
    ]) {
      await page.getByRole('term').getByText(name, { exact: true }).waitFor()
    }
    await equal(() => page.locator('.asked').getByRole('term').innerText(), 'Reason of a hit')
  },
)

scene('the API is described without a network', '/docs', async (page) => {
  const spec = await api('/openapi.json')
  const wanted = Object.entries(spec.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((m) => `${m.toUpperCase()} ${path}`),
  )
  const shown = async () =>
    (await texts(page.locator('main summary'))).map((t) => t.split(' ').slice(0, 2).join(' '))
  await equal(async () => (await shown()).toSorted(), wanted.toSorted())
  await page.locator('main summary').filter({ hasText: 'GET /api/v1/search Items' }).click()
  await page.getByRole('rowheader', { name: 'q (needed)' }).first().waitFor()
})

scene(
  'a better version that is being made is announced, and taken without losing the search',
  '/search?q=orbit',
  async (page) => {
    const now = await api('/info')
    let state = { building: { stage: 'names', done: 3, total: 5 }, version: now.version }
    await page.route('**/api/v1/info?*', (route) => route.fulfill({ json: { ...now, ...state } }))
    await page.reload()
    await page
      .getByText('A better version is being made: naming concepts and scoring the names, 60%')
      .waitFor()
    await page.getByRole('article').first().waitFor()
    assert.deepEqual(await violations(page), [])
    state.building = { stage: 'a stage of a newer server', done: 0, total: 0 }
    await page.getByText('A better version is being made: a stage of a newer server').waitFor()
    state = { building: null, version: now.version + 1 }
    await page.getByText('A newer version of this atlas is ready').waitFor()
    const searched = page.waitForRequest((r) => r.url().includes('/api/v1/search?'))
    await page.getByRole('button', { name: 'Show it' }).click()
    await searched
    await equal(() => page.getByText('A newer version of this atlas is ready').count(), 0)
    assert.equal(new URL(page.url()).searchParams.get('q'), 'orbit')
    await page.getByRole('article').first().waitFor()
  },
)
