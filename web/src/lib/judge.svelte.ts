import { seed } from './api'
import { app } from './state.svelte'
import type { Seed } from './types'

/** Answers yes and no about items, from which a seeded concept is made. */
class Judging {
  yes = $state<Record<string, string>>({})
  no = $state<Record<string, string>>({})
  name = $state('')
  saved = $state.raw<Seed | null>(null)

  get available(): boolean {
    return app.canEdit
  }
  get given(): number {
    return Object.keys(this.yes).length + Object.keys(this.no).length
  }
  answer(id: string): 'yes' | 'no' | null {
    return id in this.yes ? 'yes' : id in this.no ? 'no' : null
  }

  set(id: string, title: string, answer: 'yes' | 'no'): void {
    const before = this.answer(id)
    delete this.yes[id]
    delete this.no[id]
    if (before !== answer) this[answer][id] = title
    this.saved = null
  }

  clear(): void {
    this.yes = {}
    this.no = {}
    this.name = ''
    this.saved = null
  }

  async save(words: string): Promise<void> {
    const given = words.trim() ? [words.trim()] : []
    this.saved = await seed(this.name.trim(), given, Object.keys(this.yes), Object.keys(this.no))
    this.yes = {}
    this.no = {}
  }
}

export const judge = new Judging()
