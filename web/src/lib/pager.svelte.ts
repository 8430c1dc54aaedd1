import { untrack } from 'svelte'
import { Resource } from './resource.svelte'
import { sayError } from './state.svelte'

type Ask<P> = (cursor: number | null, signal?: AbortSignal) => Promise<P>

const LOADED = 'begriff-pages'

/** A list that comes page by page; coming back to it loads as many pages as were there. */
export class Pager<P extends { next?: number | null }> {
  first: Resource<P>
  loadingMore = $state(false)
  /** Pages after a first one; with another first one they are of no use, also before anything has been told so. */
  #more = $state.raw<{ after: P | null; pages: P[] }>({ after: null, pages: [] })
  #ask: () => Ask<P> | null

  constructor(ask: () => Ask<P> | null, onfirst: (page: P) => void = () => undefined) {
    this.#ask = ask
    this.first = new Resource(() => {
      const asked = ask()
      return asked && ((signal) => asked(null, signal))
    }, true)
    $effect(() => {
      const page = this.first.data
      untrack(() => {
        this.#more = { after: page, pages: [] }
        if (!page) return
        onfirst(page)
        void this.#recall()
      })
    })
  }

  get more(): P[] {
    return this.#more.after === this.first.data ? this.#more.pages : []
  }
  get pages(): P[] {
    return this.first.data ? [this.first.data, ...this.more] : []
  }
  get next(): number | null {
    return this.pages.at(-1)?.next ?? null
  }

  async loadMore(): Promise<void> {
    const [asked, cursor, page] = [this.#ask(), this.next, this.first.data]
    if (!asked || cursor === null || this.loadingMore) return
    this.loadingMore = true
    try {
      const found = await asked(cursor)
      if (this.first.data === page) {
        this.#more = { after: page, pages: [...this.more, found] }
        sessionStorage.setItem(
          LOADED,
          JSON.stringify([location.pathname + location.search, this.more.length]),
        )
      }
    } catch (e) {
      sayError(e)
    }
    this.loadingMore = false
  }

  async #recall(): Promise<void> {
    const [address, count] = JSON.parse(sessionStorage.getItem(LOADED) ?? '[]') as [
      string?,
      number?,
    ]
    const here = () => address === location.pathname + location.search
    for (let i = 0; i < (count ?? 0) && here() && this.more.length === i; i += 1)
      await this.loadMore()
  }
}
