import { SvelteMap } from 'svelte/reactivity'
import { concept } from './api'
import { label } from './format'
import type { Hits } from './types'

const known = new SvelteMap<string, string>()
const asked = new Set<string>()

export const remember = (id: number, name: string): void => void known.set(String(id), name)

export function rememberHits(hits: Hits): void {
  for (const s of [...hits.query.more, ...hits.query.less, ...hits.query.has]) {
    if (s.concept !== null) known.set(String(s.concept), s.name)
  }
}

/** What to call a concept given by id, or the words themselves. */
export function nameOf(ref: string): string {
  return known.get(ref) ?? (/^\d+$/.test(ref) ? `concept ${ref}` : ref)
}

/** Asks for the name of a concept that is known by id only. */
export function learn(ref: string): void {
  if (!/^\d+$/.test(ref) || known.has(ref) || asked.has(ref)) return
  asked.add(ref)
  concept(Number(ref)).then(
    (d) => known.set(ref, label(d.concept)),
    () => undefined,
  )
}
