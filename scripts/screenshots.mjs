// Takes the pictures in docs/images from a server that serves the demo's atlas:
//
//     begriff demo --no-serve && begriff serve demo.atlas --port 8765 && node scripts/screenshots.mjs http://127.0.0.1:8765
//
// It fits the model `kind` where there is none, and shows an erasure without writing it.
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const { chromium } = createRequire(new URL('../web/package.json', import.meta.url))('playwright-core')
const base = process.argv[2] ?? 'http://127.0.0.1:8765'
const folder = fileURLToPath(new URL('../docs/images/', import.meta.url))
const concepts = await (await fetch(`${base}/api/v1/concepts?like=socket&limit=1`)).json()
const chosen = concepts.concepts[0].id

/** Until a job has ended: its result. */
async function ended(path, body) {
  const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  let job = await (await fetch(`${base}/api/v1${path}`, init)).json()
  while (job.state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    job = await (await fetch(`${base}/api/v1/jobs/${job.id}`)).json()
  }
  if (job.state !== 'done') throw new Error(`${path}: ${JSON.stringify(job)}`)
  return job
}
const { models } = await (await fetch(`${base}/api/v1/models`)).json()
if (!models.includes('kind')) await ended('/models', { label: 'kind', name: 'kind' })
const { items } = await (await fetch(`${base}/api/v1/models/kind/items?which=unsure&limit=1`)).json()
const given = { concept: 'kind', labels: 'kind', seeded: null, method: 'leace', dry_run: true }
const tried = await ended('/erasures', given)
/** What the page remembers of a job, so that it shows the report. */
const kept = JSON.stringify({ id: tried.id, atlas: tried.atlas, given })

const VIEWS = [
  ['search-light', '/search?q=read%20a%20compressed%20file', 'light', 1280, 860],
  ['search-phone', '/search?q=read%20a%20compressed%20file', 'light', 360, 740],
  ['concept-light', `/concepts/${chosen}`, 'light', 1280, 860],
  ['map-dark', `/map?concept=${chosen}`, 'dark', 1280, 860],
  ['classify-light', `/classify/kind?which=unsure&item=${encodeURIComponent(items[0].id)}`, 'light', 1280, 860],
  ['erase-light', '/erase', 'light', 1280, 1060],
  ['compare-light', "/compare?a=kind%20%3D%20'class'&b=kind%20%3D%20'function'", 'light', 1280, 860],
]

mkdirSync(folder, { recursive: true })
const browser = await chromium.launch({ executablePath: process.env.BEGRIFF_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
for (const [name, path, colorScheme, width, height] of VIEWS) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme })
  await page.addInitScript((job) => sessionStorage.setItem('begriff-job-erase', job), kept)
  await page.goto(base + path, { waitUntil: 'networkidle' })
  await page.waitForTimeout(800)
  await page.screenshot({ path: `${folder}${name}.png` })
  await page.close()
  console.log(`docs/images/${name}.png`)
}
await browser.close()
