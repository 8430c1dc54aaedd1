import type { Raster } from './raster'

/** Finds the point nearest to a place: points sorted into square cells. */
export class Grid {
  readonly #side: number
  readonly #starts: Uint32Array
  readonly #rows: Uint32Array
  readonly #x: Float32Array
  readonly #y: Float32Array

  constructor(raster: Raster) {
    const n = raster.n
    this.#side = Math.max(8, Math.min(512, Math.ceil(Math.sqrt(n / 3))))
    this.#starts = new Uint32Array(this.#side * this.#side + 1)
    this.#rows = new Uint32Array(n)
    this.#x = new Float32Array(n)
    this.#y = new Float32Array(n)
    raster.each((_row, x, y) => (this.#starts[this.#cell(x, y) + 1]! += 1))
    for (let i = 1; i < this.#starts.length; i += 1) this.#starts[i]! += this.#starts[i - 1]!
    const next = this.#starts.slice()
    raster.each((row, x, y) => {
      const place = next[this.#cell(x, y)]!++
      this.#rows[place] = row
      this.#x[place] = x
      this.#y[place] = y
    })
  }

  #along(v: number): number {
    return Math.max(0, Math.min(this.#side - 1, Math.floor(v * this.#side)))
  }
  #cell(x: number, y: number): number {
    return this.#along(y) * this.#side + this.#along(x)
  }

  nearest(x: number, y: number, within: number): { row: number; x: number; y: number } | null {
    let best = within * within
    let found = -1
    const right = this.#along(x + within)
    for (let cy = this.#along(y - within); cy <= this.#along(y + within); cy += 1) {
      for (let cx = this.#along(x - within); cx <= right; cx += 1) {
        const cell = cy * this.#side + cx
        for (let i = this.#starts[cell]!; i < this.#starts[cell + 1]!; i += 1) {
          const distance = (this.#x[i]! - x) ** 2 + (this.#y[i]! - y) ** 2
          if (distance < best) [best, found] = [distance, i]
        }
      }
    }
    return found < 0 ? null : { row: this.#rows[found]!, x: this.#x[found]!, y: this.#y[found]! }
  }
}
