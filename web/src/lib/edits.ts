import { editConcept, info, merge, undo } from './api'
import { app, sayError, toast } from './state.svelte'
import type { Concept } from './types'

type Change = Parameters<typeof editConcept>[1]

/** Makes an edit and offers to take it back. */
export async function withUndo(
  done: string,
  edit: () => Promise<number | null>,
  after: () => void,
): Promise<boolean> {
  let number: number | null
  try {
    number = await edit()
  } catch (e) {
    sayError(e)
    return false
  }
  after()
  toast(done, { label: 'Undo', run: () => void takeBack(number, after) })
  return true
}

export async function takeBack(number: number | null, after: () => void): Promise<void> {
  try {
    const entry = await undo(number)
    toast(`Taken back: ${entry.action}${entry.was ? ` of ${entry.was}` : ''}.`)
    after()
  } catch (e) {
    sayError(e)
  }
}

export const change = (
  concept: Concept,
  what: Change,
  done: string,
  after: () => void,
): Promise<boolean> => withUndo(done, () => editConcept(concept.id, what), after)

export const mergeInto = (
  concept: Concept,
  into: number,
  done: string,
  after: () => void,
): Promise<boolean> => withUndo(done, () => merge(concept.id, into), after)

/** Learns again what the atlas is, after its version changed. */
export async function renew(): Promise<void> {
  try {
    app.info = await info()
  } catch (e) {
    sayError(e)
  }
}
