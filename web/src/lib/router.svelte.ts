import { idPath } from './format'
import { app } from './state.svelte'

export type View =
  | 'search'
  | 'concepts'
  | 'concept'
  | 'map'
  | 'trends'
  | 'compare'
  | 'classify'
  | 'erase'
  | 'item'
  | 'about'
  | 'help'
  | 'docs'
  | 'missing'

interface Route {
  view: View
  id: string
  path: string
  query: URLSearchParams
}

const PLAIN: Record<string, View> = {
  '/': 'search',
  '/search': 'search',
  '/concepts': 'concepts',
  '/map': 'map',
  '/trends': 'trends',
  '/compare': 'compare',
  '/classify': 'classify',
  '/erase': 'erase',
  '/about': 'about',
  '/edits': 'about',
  '/help': 'help',
  '/docs': 'docs',
}
const KINDS: Record<string, View> = { concepts: 'concept', items: 'item', classify: 'classify' }

function read(): Route {
  const { pathname, search } = location
  const query = new URLSearchParams(search)
  const base = { id: '', path: pathname, query }
  const plain = PLAIN[pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname]
  if (plain) return { ...base, view: plain }
  const [, kind, rest] = /^\/(concepts|items|classify)\/(.+)$/.exec(pathname) ?? []
  if (!kind || !rest) return { ...base, view: 'missing' }
  const id = rest.split('/').map(decodeURIComponent).join('/')
  return { ...base, view: KINDS[kind] ?? 'missing', id }
}

class Router {
  route = $state.raw<Route>(read())
  /** Changes with every visit to another page, not with a change of the page's own state. */
  visit = $state(0)
}

export const router = new Router()

type Params = Record<string, string | number | null | undefined | string[]>

/** A path with its state; the atlas stays in it. */
export function href(path: string, params: Params = {}): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined || value === '') continue
    if (Array.isArray(value)) value.forEach((v) => query.append(name, v))
    else query.set(name, String(value))
  }
  if (app.atlas && app.atlas !== app.atlases[0]?.name) query.set('atlas', app.atlas)
  const text = query.toString()
  return path + (text ? `?${text}` : '')
}

export const itemHref = (id: string): string => href(`/items/${idPath(id)}`)
export const conceptHref = (id: number): string => href(`/concepts/${id}`)

const isOther = (a: Route, b: Route): boolean => a.view !== b.view || a.id !== b.id

function update(): void {
  const before = router.route
  router.route = read()
  if (isOther(before, router.route)) router.visit += 1
}

/** Goes to an address; `replace` for state that changes while typing. */
export function go(address: string, replace = false): void {
  if (address === location.pathname + location.search) return
  if (replace) history.replaceState(history.state, '', address)
  else {
    remember()
    history.pushState({ y: 0 }, '', address)
  }
  const visit = router.visit
  update()
  if (router.visit !== visit) scrollTo(0, 0)
}

function remember(): void {
  history.replaceState({ ...history.state, y: scrollY }, '')
}

/** Scrolls to where a page was left, once it is long enough again. */
function restore(y: number): void {
  const until = performance.now() + 3000
  const step = () => {
    const reach = document.documentElement.scrollHeight - innerHeight
    if (reach >= y || performance.now() > until) scrollTo(0, y)
    else requestAnimationFrame(step)
  }
  requestAnimationFrame(step)
}

export function startRouter(): void {
  history.scrollRestoration = 'manual'
  restore(history.state?.y ?? 0)
  let timer = 0
  addEventListener('scroll', () => {
    clearTimeout(timer)
    timer = window.setTimeout(remember, 150)
  })
  addEventListener('popstate', (e) => {
    clearTimeout(timer)
    update()
    restore(e.state?.y ?? 0)
  })
  document.addEventListener('click', (e) => {
    const link = (e.target as Element | null)?.closest?.('a')
    if (
      !link ||
      e.defaultPrevented ||
      e.button !== 0 ||
      e.metaKey ||
      e.ctrlKey ||
      e.shiftKey ||
      e.altKey
    )
      return
    if (link.target || link.hasAttribute('download') || link.origin !== location.origin) return
    if (link.pathname.startsWith('/api/') || (link.hash && link.pathname === location.pathname))
      return
    e.preventDefault()
    go(link.pathname + link.search)
  })
}
