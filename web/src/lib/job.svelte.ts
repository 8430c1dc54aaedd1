import { onDestroy } from 'svelte'
import { ApiError, job as ask } from './api'
import { app } from './state.svelte'
import type { Job } from './types'

const EVERY = 700
const AFTER_ERROR = 3000

interface Stored<B> {
  id: string
  atlas: string
  given: B
}

/** A job of the server, asked after until it has ended; leaving the page or loading it again loses nothing. */
export class JobRun<B, R> {
  job = $state.raw<Job<R> | null>(null)
  given = $state.raw<B | null>(null)
  /** Why it could not begin, could not be asked after, or failed. */
  error = $state.raw<unknown>(null)
  starting = $state(false)
  #key: string
  #begin: (given: B) => Promise<Job<R>>
  #onend: (result: R) => void
  #timer = 0
  #turn = 0

  constructor(kind: string, begin: (given: B) => Promise<Job<R>>, onend: (result: R) => void) {
    this.#key = `begriff-job-${kind}`
    this.#begin = begin
    this.#onend = onend
    const kept = JSON.parse(sessionStorage.getItem(this.#key) ?? 'null') as Stored<B> | null
    if (kept?.atlas === app.atlas) {
      this.given = kept.given
      this.starting = true
      void this.#ask(kept.id, this.#turn)
    }
    onDestroy(() => this.#stop())
  }

  get running(): boolean {
    return this.starting || this.job?.state === 'running'
  }

  async start(given: B): Promise<void> {
    if (this.running) return
    this.#stop()
    const turn = this.#turn
    const atlas = app.atlas
    this.error = null
    this.job = null
    this.given = given
    this.starting = true
    try {
      const begun = await this.#begin(given)
      sessionStorage.setItem(
        this.#key,
        JSON.stringify({ id: begun.id, atlas, given } satisfies Stored<B>),
      )
      if (turn === this.#turn) this.#take(begun, turn)
    } catch (e) {
      if (turn === this.#turn) this.error = e
    }
    if (turn === this.#turn) this.starting = false
  }

  /** Forgets the job; what it did stays done. */
  dismiss(): void {
    this.#stop()
    this.job = null
    this.error = null
    this.starting = false
    sessionStorage.removeItem(this.#key)
  }

  #stop(): void {
    this.#turn += 1
    clearTimeout(this.#timer)
  }

  async #ask(id: string, turn: number): Promise<void> {
    try {
      const found = await ask<R>(id)
      if (turn !== this.#turn) return
      this.error = null
      this.starting = false
      this.#take(found, turn)
    } catch (e) {
      if (turn !== this.#turn) return
      if (e instanceof ApiError && e.status === 404) {
        this.dismiss()
        this.error = new ApiError(
          404,
          e.title,
          'The server has been started anew since: whether the work was done shows in the list.',
        )
      } else {
        this.error = e
        this.#timer = window.setTimeout(() => void this.#ask(id, turn), AFTER_ERROR)
      }
    }
  }

  #take(found: Job<R>, turn: number): void {
    this.job = found
    if (found.state === 'running') {
      this.#timer = window.setTimeout(() => void this.#ask(found.id, turn), EVERY)
    } else if (found.state === 'done' && found.result) {
      this.#onend(found.result)
    } else {
      const said = found.problem
      this.error = new ApiError(
        said?.status ?? 500,
        said?.title ?? 'It failed',
        said?.detail ?? 'The server gave no reason.',
      )
      sessionStorage.removeItem(this.#key)
    }
  }
}
