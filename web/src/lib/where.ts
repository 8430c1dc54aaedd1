import { areaCondition } from './area'

// A filter is an SQL condition. What the facets can show is read from it and written back; the rest stays as raw text.

export interface Filter {
  /** Values of a column, joined by OR. */
  chosen: Record<string, string[]>
  /** Bounds of a column; null for none. */
  ranges: Record<string, [string | null, string | null]>
  raw: string
  /** Areas of the map, as `on_map` takes them. */
  areas: string[]
}

const PLAIN = /^[a-z_][a-z0-9_]*$/
const RESERVED = new Set(
  (
    'all and as asc between by case date desc distinct else end false from group having in is join like limit not null on or order ' +
    'select table then time timestamp true type union user value values when where with'
  ).split(' '),
)

export const emptyFilter = (): Filter => ({ chosen: {}, ranges: {}, raw: '', areas: [] })

export const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`

export function name(column: string): string {
  return PLAIN.test(column) && !RESERVED.has(column)
    ? column
    : '`' + column.replaceAll('`', '``') + '`'
}

function literal(value: string, kind: string): string {
  if (kind === 'number') return value
  return kind === 'date' ? `timestamp ${quote(value)}` : quote(value)
}

/** The condition for a filter; `kinds` says what each column holds. */
export function compose(filter: Filter, kinds: Record<string, string>): string {
  const parts: string[] = []
  for (const [column, values] of Object.entries(filter.chosen)) {
    if (!values.length) continue
    const kind = kinds[column]
    if (kind === 'list')
      parts.push(
        '(' + values.map((v) => `array_has(${name(column)}, ${quote(v)})`).join(' OR ') + ')',
      )
    else if (kind === 'boolean')
      parts.push('(' + values.map((v) => `${name(column)} = ${v}`).join(' OR ') + ')')
    else parts.push(`${name(column)} IN (${values.map(quote).join(', ')})`)
  }
  for (const [column, [low, high]] of Object.entries(filter.ranges)) {
    const kind = kinds[column] ?? 'number'
    if (low !== null) parts.push(`${name(column)} >= ${literal(low, kind)}`)
    if (high !== null) parts.push(`${name(column)} <= ${literal(high, kind)}`)
  }
  parts.push(...filter.areas.map(areaCondition))
  const raw = filter.raw.trim()
  if (raw) parts.push(parts.length && splitTop(raw, 'OR').length > 1 ? `(${raw})` : raw)
  return parts.join(' AND ')
}

/** Splits at a word outside quotes and brackets. */
function splitTop(text: string, word: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  let i = 0
  while (i < text.length) {
    const c = text[i]
    if (c === "'" || c === '`' || c === '"') {
      const end = text.indexOf(c, i + 1)
      i = end < 0 ? text.length : end + 1
      continue
    }
    if (c === '(') depth += 1
    if (c === ')') depth -= 1
    const boundary = i > 0 && /[\s)]/.test(text[i - 1] ?? '')
    const after = text[i + word.length] ?? ''
    if (
      depth === 0 &&
      boundary &&
      text.slice(i, i + word.length).toUpperCase() === word &&
      /[\s(]/.test(after)
    ) {
      parts.push(text.slice(from, i).trim())
      i += word.length
      from = i
      continue
    }
    i += 1
  }
  parts.push(text.slice(from).trim())
  return parts
}

const unquote = (text: string): string => text.slice(1, -1).replaceAll("''", "'")
const COLUMN = '(`(?:[^`]|``)+`|[A-Za-z_][A-Za-z0-9_]*)'
const STRING = "'(?:[^']|'')*'"
const IN = new RegExp(`^${COLUMN} IN \\((${STRING}(?:, ?${STRING})*)\\)$`, 'i')
const HAS = new RegExp(`^array_has\\(${COLUMN}, ?(${STRING})\\)$`)
const IS = new RegExp(`^${COLUMN} = (true|false)$`)
const BOUND = new RegExp(
  `^${COLUMN} (>=|<=) (?:timestamp (${STRING})|(-?[0-9.]+(?:e[+-]?[0-9]+)?))$`,
  'i',
)
const AREA = /^on_map\('([^']*)'\)$/i
const plainName = (text: string): string =>
  text.startsWith('`') ? text.slice(1, -1).replaceAll('``', '`') : text

/** Reads a condition back; clauses that the facets cannot show stay raw. */
export function parse(where: string, kinds: Record<string, string>): Filter {
  const filter = emptyFilter()
  const text = where.trim()
  if (!text) return filter
  if (splitTop(text, 'OR').length > 1) return { ...filter, raw: text }
  const raw: string[] = []
  for (const clause of splitTop(text, 'AND'))
    if (!readClause(clause, filter, kinds)) raw.push(clause)
  filter.raw = raw.join(' AND ')
  return filter
}

function readClause(clause: string, filter: Filter, kinds: Record<string, string>): boolean {
  const area = AREA.exec(clause)
  if (area?.[1]) return filter.areas.push(area[1]) > 0
  const found = IN.exec(clause)
  if (found?.[1] && found[2]) {
    const column = plainName(found[1])
    if (!(column in kinds) || filter.chosen[column]) return false
    filter.chosen[column] = (found[2].match(new RegExp(STRING, 'g')) ?? []).map(unquote)
    return true
  }
  const bound = BOUND.exec(clause)
  if (bound?.[1]) {
    const column = plainName(bound[1])
    const value = bound[3] ? unquote(bound[3]) : (bound[4] ?? '')
    const place = bound[2] === '>=' ? 0 : 1
    const range = filter.ranges[column] ?? [null, null]
    if (!(column in kinds) || range[place] !== null) return false
    range[place] = value
    filter.ranges[column] = range
    return true
  }
  return readAny(clause, filter, kinds)
}

function readAny(clause: string, filter: Filter, kinds: Record<string, string>): boolean {
  const inner = clause.startsWith('(') && clause.endsWith(')') ? clause.slice(1, -1) : clause
  const read = splitTop(inner, 'OR').map((part) => HAS.exec(part) ?? IS.exec(part))
  const column = plainName(read[0]?.[1] ?? '')
  if (
    !(column in kinds) ||
    filter.chosen[column] ||
    read.some((r) => plainName(r?.[1] ?? '') !== column)
  )
    return false
  filter.chosen[column] = read.map((r) =>
    r?.[2]?.startsWith("'") ? unquote(r[2]) : (r?.[2] ?? ''),
  )
  return true
}

/** The condition without one column, for counting that column's own values. */
export function without(filter: Filter, column: string): Filter {
  const { [column]: _chosen, ...chosen } = filter.chosen
  const { [column]: _range, ...ranges } = filter.ranges
  return { ...filter, chosen, ranges }
}

export const isActive = (filter: Filter, column: string): boolean =>
  Boolean(filter.chosen[column]?.length) || filter.ranges[column]?.some((v) => v !== null) === true

const listed = (values: string[]): string => values.map((v) => v || 'empty').join(' or ')
const dated = (value: string): string => value.replace(/T(00:00:00|23:59:59).*$/, '')

/** A condition in words: “venue is LREC or EMNLP, year from 2016 to 2018”. */
export function inWords(where: string, kinds: Record<string, string>): string {
  const filter = parse(where, kinds)
  const parts: string[] = []
  for (const [column, values] of Object.entries(filter.chosen)) {
    if (kinds[column] === 'boolean')
      parts.push(values.map((v) => (v === 'true' ? column : `not ${column}`)).join(' or '))
    else parts.push(`${column} ${kinds[column] === 'list' ? 'has' : 'is'} ${listed(values)}`)
  }
  for (const [column, [low, high]] of Object.entries(filter.ranges)) {
    if (low !== null && low === high) parts.push(`${column} is ${dated(low)}`)
    else
      parts.push(
        `${column}${low === null ? '' : ` from ${dated(low)}`}${high === null ? '' : `${low === null ? ' up to' : ' to'} ${dated(high)}`}`,
      )
  }
  parts.push(...filter.areas.map(() => 'inside an area of the map'))
  if (filter.raw) parts.push(filter.raw)
  return parts.join(', ')
}
