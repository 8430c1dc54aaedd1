import { href } from './router.svelte'
import type { Contribution, Mode } from './types'

export type Kind = 'more' | 'less' | 'has'

/** A concept (by id) or words, with a weight, or for `has` a threshold. */
export interface Steering {
  ref: string
  weight: number
}

export interface Query {
  q: string
  mode: Mode
  where: string
  more: Steering[]
  less: Steering[]
  has: Steering[]
}

export const KINDS: Kind[] = ['more', 'less', 'has']
export const usual: Record<Kind, number> = { more: 0.5, less: 0.5, has: 0 }
export const most: Record<Kind, number> = { more: 2, less: 2, has: 1 }

export function parseSteering(text: string, kind: Kind): Steering {
  const found = /^#?(.*):(\d*\.?\d+)$/.exec(text)
  return found?.[1]
    ? { ref: found[1], weight: Number(found[2]) }
    : { ref: text, weight: usual[kind] }
}

export const steeringText = (s: Steering): string => `${s.ref}:${Number(s.weight.toFixed(3))}`

/** Wishes as the server takes them: `#12` is the concept 12, also where another one is called 12. */
export const wishes = (list: Steering[]): string[] =>
  list.map((s) => (/^\d+$/.test(s.ref) ? '#' : '') + steeringText(s))

export function readQuery(search: URLSearchParams): Query {
  const mode = search.get('mode')
  const list = (kind: Kind) => [
    ...new Map(
      search
        .getAll(kind)
        .map((t) => parseSteering(t, kind))
        .map((s) => [s.ref, s]),
    ).values(),
  ]
  return {
    q: search.get('q') ?? '',
    mode: mode === 'text' || mode === 'hybrid' ? mode : 'dense',
    where: search.get('where') ?? '',
    more: list('more'),
    less: list('less'),
    has: list('has'),
  }
}

export function queryParams(query: Query): Record<string, string | string[]> {
  return {
    q: query.q,
    mode: query.mode === 'dense' ? '' : query.mode,
    where: query.where,
    more: query.more.map(steeringText),
    less: query.less.map(steeringText),
    has: query.has.map(steeringText),
  }
}

export const searchHref = (query: Partial<Query>): string =>
  href(
    '/search',
    queryParams({ q: '', mode: 'dense', where: '', more: [], less: [], has: [], ...query }),
  )

/** What the server is asked; words alone cannot be steered. */
export function searchParams(query: Query): Record<string, string | string[]> {
  const steered =
    query.mode === 'text'
      ? { more: [], less: [] }
      : { more: wishes(query.more), less: wishes(query.less) }
  return { q: query.q, mode: query.mode, where: query.where, has: wishes(query.has), ...steered }
}

/** Adds a concept, or takes back the opposite wish for it. */
export function steer(query: Query, kind: Kind, ref: string, weight = usual[kind]): Query {
  const others = (list: Steering[]) => list.filter((s) => s.ref !== ref)
  const next = { ...query, [kind]: [...others(query[kind]), { ref, weight }] }
  if (kind === 'more') next.less = others(query.less)
  if (kind === 'less') next.more = others(query.more)
  return next
}

export type Act = (kind: Kind, part: Pick<Contribution, 'concept' | 'name'>) => void
