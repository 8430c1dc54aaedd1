import type { Hit } from './types'

export interface Segment {
  text: string
  marked: boolean
}

type Span = [number, number]

const WINDOW = 320

/** The text from `from` to `to`, cut where marks begin and end. */
export function segments(text: string, marks: Span[], from = 0, to = text.length): Segment[] {
  const out: Segment[] = []
  let at = from
  for (const [start, end] of [...marks].sort((a, b) => a[0] - b[0])) {
    if (end <= at || start >= to) continue
    const begin = Math.max(start, at)
    if (begin > at) out.push({ text: text.slice(at, begin), marked: false })
    out.push({ text: text.slice(begin, Math.min(end, to)), marked: true })
    at = Math.min(end, to)
  }
  if (at < to) out.push({ text: text.slice(at, to), marked: false })
  return out
}

/** Where the text after the title begins. */
export function bodyStart(text: string, title: unknown): number {
  if (typeof title !== 'string' || !title || !text.startsWith(title)) return 0
  return title.length + (/^[.\s]*/.exec(text.slice(title.length))?.[0].length ?? 0)
}

function termSpans(text: string, terms: string[]): Span[] {
  const wanted = terms.map((t) => t.toLowerCase()).filter((t) => t.length > 1)
  const spans: Span[] = []
  for (const word of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    const low = word[0].toLowerCase()
    if (wanted.some((t) => low.startsWith(t) && low.length - t.length <= 4))
      spans.push([word.index, word.index + low.length])
  }
  return spans
}

/** Parts of a hit's passage to mark: the words that matter, or those that were searched for. */
export function marksOf(hit: Hit): Span[] {
  const { passage, terms } = hit
  if (passage.words.length && !hit.explanation?.gap?.shown)
    return passage.words.map(([a, b]) => [a, b])
  return terms
    ? termSpans(
        passage.text,
        terms.map((t) => t.term),
      )
    : []
}

/** The stretch of text that holds most marks. */
export function bestWindow(text: string, marks: Span[], from: number): Span {
  if (text.length - from <= WINDOW * 1.25) return [from, text.length]
  let best = from
  let most = 0
  for (const [start] of marks) {
    if (start < from) continue
    const held = marks.filter(([a, b]) => a >= start && b <= start + WINDOW * 0.8).length
    if (held > most) [best, most] = [start, held]
  }
  let start = Math.max(from, best - 60)
  if (start - from < 90) start = from
  else start += Math.max(0, text.slice(start, start + 30).search(/\s/) + 1)
  let end = Math.min(text.length, start + WINDOW)
  if (end < text.length) end = Math.max(start + 1, text.lastIndexOf(' ', end))
  return [start, end]
}
