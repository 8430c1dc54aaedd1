import type { Concept, ConceptRef, Row, Value } from './types'

const whole = new Intl.NumberFormat('en')

export const count = (n: number): string => whole.format(n)

/** A word with its number: 1 item, 2 items. */
export const some = (n: number, word: string): string => `${count(n)} ${word}${n === 1 ? '' : 's'}`

export const fixed = (n: number | null | undefined, digits = 2): string =>
  n === null || n === undefined ? '–' : n.toFixed(digits).replace('-', '−')

export function signed(n: number, digits = 3): string {
  const text = Math.abs(n).toFixed(digits)
  return (n < 0 && Number(text) !== 0 ? '−' : '+') + text
}

export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return '–'
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

/** Text of a docstring without its markup: ``name`` and :class:`name` are the names alone. */
export const plain = (text: string): string =>
  text.replace(/``(.+?)``|:\w+:`~?(.+?)`/g, (_, code?: string, link?: string) => code ?? link ?? '')

/** A p-value as people read it. */
export const chance = (p: number): string => (p < 0.001 ? '< .001' : p.toFixed(3).replace(/^0/, ''))

export const label = (c: Pick<Concept, 'name' | 'aliases'>): string =>
  c.name ?? (c.aliases.length ? `unnamed: ${c.aliases.slice(0, 3).join(', ')}` : 'unnamed')

/** What to call a concept of a report. */
export const refName = (c: ConceptRef): string =>
  c.name.replace(
    /^\(unnamed(: )?(.*)\)$/,
    (_all, _colon, words: string) => `unnamed: ${words || 'no words'}`,
  )

export const refKey = (c: ConceptRef): string => `${c.id} ${c.name}`

export const isUnnamed = (c: ConceptRef): boolean => c.name.startsWith('(unnamed')

export const squash = (text: string): string => text.replace(/\s+/g, ' ').trim()

export function cut(text: string, length: number): string {
  const flat = squash(text)
  return flat.length <= length ? flat : flat.slice(0, length).replace(/\s+\S*$/, '') + '…'
}

export function show(value: Value): string {
  if (value === null) return '–'
  if (Array.isArray(value)) return value.join(', ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(5)))
  return value.replace(/^(\d{4}-\d\d-\d\d)T00:00:00(\.0+)?Z?$/, '$1')
}

/** An id as a part of a path; its slashes too where a browser would take its dots for steps up. */
export const idPath = (id: string): string =>
  /(^|\/)\.\.?(\/|$)/.test(id)
    ? encodeURIComponent(id)
    : id.split('/').map(encodeURIComponent).join('/')

export const isEmpty = (value: Value | undefined): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (Array.isArray(value) && value.length === 0)

/** The address if a browser may follow it, else null. */
export function webAddress(value: Value | undefined): string | null {
  if (typeof value !== 'string' || !/^https?:\/\//i.test(value)) return null
  try {
    return new URL(value).href
  } catch {
    return null
  }
}

export const day = (when: string): string => {
  const date = new Date(when)
  return Number.isNaN(date.getTime())
    ? when
    : date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
}

export const moment = (when: string): string => {
  const date = new Date(when)
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  return Number.isNaN(date.getTime()) ? when : `${day(when)}, ${time}`
}

/** Attributes worth a line under a title: short, not empty, not the text itself. */
export function attributes(
  item: Row,
  kinds: Record<string, string>,
  time: string | null,
  skip: Set<string>,
): { column: string; value: string }[] {
  return Object.entries(kinds)
    .filter(([column, kind]) => kind !== 'text' && !skip.has(column) && !isEmpty(item[column]))
    .map(([column, kind]) => {
      const value = show(item[column] ?? null)
      return {
        column,
        value:
          (kind === 'number' || kind === 'boolean') && column !== time
            ? `${column} ${value}`
            : value,
      }
    })
    .filter((a) => a.value.length <= 60)
}
