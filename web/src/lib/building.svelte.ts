import { freshInfo, renewAll } from './api'
import { app } from './state.svelte'

const WHILE_MAKING = 2000
const OTHERWISE = 60_000

/** Asks after the atlas, often while a better version is being made, and seldom otherwise; a newer version is offered, not forced. */
export class AtlasWatch {
  constructor() {
    $effect(() => {
      const every = app.info?.building ? WHILE_MAKING : OTHERWISE
      const timer = window.setInterval(() => void this.#look(), every)
      const back = (): void => void this.#look()
      document.addEventListener('visibilitychange', back)
      return () => {
        clearInterval(timer)
        document.removeEventListener('visibilitychange', back)
      }
    })
  }

  get newer(): boolean {
    return app.newest > (app.info?.version ?? Infinity)
  }

  /** Reads everything again at the same address, from the newer version. */
  take(): void {
    renewAll()
  }

  async #look(): Promise<void> {
    if (document.hidden || !app.info) return
    const atlas = app.atlas
    try {
      const now = await freshInfo()
      if (atlas !== app.atlas || !app.info) return
      app.newest = now.version
      app.info.building = now.building ?? null
    } catch {
      // the view itself says when the server does not answer
    }
  }
}
