import type * as T from './types'
import { app } from './state.svelte'

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly retryAfter: number | null = null,
  ) {
    super(detail || title)
  }
}

export type Param = string | number | boolean | null | undefined | string[] | number[]
type Params = Record<string, Param>

const BASE = '/api/v1'
const KEY = 'begriff-key'
const CACHED = 80
const cache = new Map<string, unknown>()

export function url(path: string, params: Params = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(params)) {
    if (value === null || value === undefined || value === '') continue
    if (Array.isArray(value)) value.forEach((v) => search.append(name, String(v)))
    else search.append(name, String(value))
  }
  if (app.atlas) search.append('atlas', app.atlas)
  const text = search.toString()
  return BASE + path + (text ? `?${text}` : '')
}

export function setKey(key: string): void {
  sessionStorage.setItem(KEY, key)
  app.needsKey = false
  app.generation += 1
}

function forget(): void {
  cache.clear()
}

async function problem(response: Response): Promise<ApiError> {
  let title = response.statusText || `Error ${response.status}`
  let detail: string
  try {
    const body = await response.json()
    title = body.title ?? title
    detail = typeof body.detail === 'string' ? body.detail : ''
  } catch {
    detail = 'The server gave no reason.'
  }
  const after = Number(response.headers.get('Retry-After'))
  return new ApiError(
    response.status,
    title,
    detail,
    Number.isFinite(after) && after > 0 ? after : null,
  )
}

async function send(address: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  const key = sessionStorage.getItem(KEY)
  if (key) headers.set('Authorization', `Bearer ${key}`)
  let response: Response
  try {
    response = await fetch(address, { ...init, headers })
  } catch (e) {
    if (e instanceof DOMException && e.name === 'AbortError') throw e
    throw new ApiError(
      0,
      'No answer',
      'The server does not answer. Check that it is running, then try again.',
    )
  }
  if (response.ok) return response
  if (response.status === 401 && key === sessionStorage.getItem(KEY)) {
    app.keyRefused = key !== null
    app.needsKey = true
  }
  throw await problem(response)
}

async function get<R>(path: string, params: Params = {}, signal?: AbortSignal): Promise<R> {
  const address = url(path, params)
  if (cache.has(address)) return cache.get(address) as R
  const response = await send(address, { signal })
  const body = (await response.json()) as R
  if (cache.size >= CACHED) cache.delete(cache.keys().next().value as string)
  cache.set(address, body)
  return body
}

/** What the atlas is now, whatever was answered before. */
export const freshInfo = async (): Promise<T.Info> =>
  (await send(url('/info'), { cache: 'no-store' })).json()

/** Opens the atlas again: every view asks anew, at the address where it is. */
export function renewAll(): void {
  forget()
  app.generation += 1
}

async function bytes(path: string, params: Params, signal?: AbortSignal): Promise<ArrayBuffer> {
  return (await send(url(path, params), { signal })).arrayBuffer()
}

function post(method: string, path: string, body?: unknown): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' }
  return send(url(path), {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  })
}

async function write<R>(method: string, path: string, body?: unknown): Promise<R> {
  const response = await post(method, path, body)
  forget()
  return (await response.json().catch(() => ({}))) as R
}

/** Makes an edit; `number` is its place in the journal, by which it can be undone. */
async function edited<R>(
  method: string,
  path: string,
  body: unknown,
): Promise<{ made: R; number: number | null }> {
  const response = await post(method, path, body)
  forget()
  return {
    made: (await response.json()) as R,
    number: Number(response.headers.get('X-Atlas-Edits')) || null,
  }
}

const edit = async (method: string, path: string, body: unknown): Promise<number | null> =>
  (await edited(method, path, body)).number

const id = encodeURIComponent
const who = () => app.who || undefined

export interface SearchParams {
  q: string
  k?: number
  mode?: string
  where?: string
  more?: string[]
  less?: string[]
  has?: string[]
  cursor?: number | null
}

export const atlases = () => get<T.Atlases>('/atlases')
export const info = () => get<T.Info>('/info')
export const openapi = (signal?: AbortSignal) => get<T.OpenApi>('/openapi.json', {}, signal)
export const search = (p: SearchParams, signal?: AbortSignal) =>
  get<T.Hits>('/search', { ...p, explain: true }, signal)
export const facets = (p: Params, signal?: AbortSignal) => get<T.Facets>('/facets', p, signal)
export const concepts = (p: Params, signal?: AbortSignal) =>
  get<T.ConceptList>('/concepts', p, signal)
export const concept = (n: number, signal?: AbortSignal) =>
  get<T.ConceptDetail>(`/concepts/${n}`, {}, signal)
export const conceptItems = (n: number, p: Params, signal?: AbortSignal) =>
  get<T.ExampleList>(`/concepts/${n}/items`, p, signal)
export const family = (n: number, signal?: AbortSignal) =>
  get<T.Family>(`/concepts/${n}/family`, {}, signal)
export const conceptTrend = (n: number, by: string, signal?: AbortSignal) =>
  get<T.ConceptTrend>(`/concepts/${n}/trend`, { by }, signal)
export const editConcept = (
  n: number,
  change: Partial<Pick<T.Concept, 'name' | 'note' | 'hidden' | 'pinned'>>,
) => edit('PATCH', `/concepts/${n}`, { ...change, who: who() })
export const merge = (n: number, into: number) =>
  edit('POST', `/concepts/${n}/merge`, { into, who: who() })
export const edits = (signal?: AbortSignal) => get<{ edits: T.Edit[] }>('/edits', {}, signal)
export const undo = (number: number | null) =>
  write<T.Edit>('POST', '/edits/undo', { number, who: who() })
export const seeds = (signal?: AbortSignal) => get<T.SeedList>('/seeds', {}, signal)
export const seed = (name: string, words: string[], yes: string[], no: string[]) =>
  write<T.Seed>('POST', '/seeds', { name, words, yes, no, who: who() })
export const searches = (signal?: AbortSignal) => get<T.SearchList>('/searches', {}, signal)
export const saveSearch = (name: string, query: T.SavedSearch['query']) =>
  write<T.SavedSearch>('POST', '/searches', { name, query, who: who() })
export const dropSearch = (name: string) => write<unknown>('DELETE', `/searches/${id(name)}`)
export const item = (n: string, signal?: AbortSignal) =>
  get<T.ItemDetail>(`/items/${id(n)}`, {}, signal)
export const marks = (n: string, signal?: AbortSignal) =>
  get<T.Marks>(`/items/${id(n)}/marks`, {}, signal)
export const neighbours = (n: string, p: Params, signal?: AbortSignal) =>
  get<T.Hits>(`/items/${id(n)}/neighbours`, p, signal)
export const compare = (p: Params, signal?: AbortSignal) => get<T.Diff>('/compare', p, signal)
export const compareSides = (a: T.Side, b: T.Side | null) =>
  write<T.Diff>('POST', '/compare', { a, b, limit: 20 })
export const trends = (p: Params, signal?: AbortSignal) => get<T.Trends>('/trends', p, signal)
export const whyNot = (p: Params, signal?: AbortSignal) => get<T.WhyNot>('/why-not', p, signal)
export const map = (signal?: AbortSignal) => get<T.MapInfo>('/map', {}, signal)
export const mapLegend = (p: Params, signal?: AbortSignal) =>
  get<T.Legend>('/map/legend', p, signal)
export const mapItems = (rows: number[], signal?: AbortSignal) =>
  get<T.ItemTitles>('/map/items', { rows: rows.join(',') }, signal)
export const mapPoints = async (signal?: AbortSignal) =>
  new Uint16Array(await bytes('/map/points', {}, signal))
export const mapColours = async (p: Params, signal?: AbortSignal) =>
  new Uint8Array(await bytes('/map/colours', p, signal))
export const mapMask = async (p: Params, signal?: AbortSignal) =>
  new Uint8Array(await bytes('/map/mask', p, signal))

export const models = (signal?: AbortSignal) => get<T.ModelList>('/models', {}, signal)
export const model = (name: string, limit: number, signal?: AbortSignal) =>
  get<T.Model>(`/models/${id(name)}`, { limit }, signal)
export const modelItems = (name: string, p: Params, signal?: AbortSignal) =>
  get<T.DecisionList>(`/models/${id(name)}/items`, p, signal)
export const decision = (name: string, p: Params, signal?: AbortSignal) =>
  get<T.Decision>(`/models/${id(name)}/decision`, p, signal)
export const correct = (
  name: string,
  item: string,
  concept: number | string,
  value: boolean | number | null,
) =>
  edited<T.Decision>('POST', `/models/${id(name)}/corrections`, {
    item,
    concept,
    value,
    who: who(),
  })
export const weigh = (name: string, of: string, concept: number | string, weight: number | null) =>
  edit('POST', `/models/${id(name)}/weights`, { of, concept, weight, who: who() })
export const deleteModel = (name: string) => write<T.ModelList>('DELETE', `/models/${id(name)}`)
export const classify = (body: T.ClassifyBody) => write<T.Job<T.Model>>('POST', '/models', body)
export const listMethods = (kind: string, signal?: AbortSignal) =>
  get<T.MethodList>('/methods', { kind }, signal)
export const erasures = (signal?: AbortSignal) => get<T.ErasureList>('/erasures', {}, signal)
export const erase = (body: T.EraseBody) =>
  write<T.Job<T.Erasure>>('POST', '/erasures', { ...body, who: who() })
/** How far a job is, whichever atlas it works on; never from the cache, which its end empties. */
export async function job<R>(n: string, signal?: AbortSignal): Promise<T.Job<R>> {
  const found = (await (await send(`${BASE}/jobs/${id(n)}`, { signal })).json()) as T.Job<R>
  if (found.state !== 'running') forget()
  return found
}

/** Fetches a file with the key and hands it to the browser. */
export async function download(path: string, params: Params, name: string): Promise<void> {
  const blob = await (await send(url(path, params))).blob()
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
