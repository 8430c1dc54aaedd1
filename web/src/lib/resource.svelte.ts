import { untrack } from 'svelte'

type Fetcher<R> = (signal: AbortSignal) => Promise<R>

/** An answer of the server that follows the state it was asked for; a newer question drops the older answer. */
export class Resource<R> {
  data = $state.raw<R | null>(null)
  error = $state.raw<unknown>(null)
  loading = $state(false)
  #again = $state(0)

  /** `ask` reads its state at once and returns what fetches, or null for nothing; `keep` shows old data meanwhile. */
  constructor(ask: () => Fetcher<R> | null, keep = false) {
    $effect(() => {
      void this.#again
      const fetcher = ask()
      const aborter = new AbortController()
      untrack(() => this.#run(fetcher, aborter.signal, keep))
      return () => aborter.abort()
    })
  }

  reload(): void {
    this.#again += 1
  }

  #run(fetcher: Fetcher<R> | null, signal: AbortSignal, keep: boolean): void {
    this.loading = fetcher !== null
    this.error = null
    if (!keep || fetcher === null) this.data = null
    fetcher?.(signal).then(
      (data) => {
        if (signal.aborted) return
        this.data = data
        this.loading = false
      },
      (error: unknown) => {
        if (signal.aborted) return
        this.error = error
        this.data = null
        this.loading = false
      },
    )
  }
}
