import { Raster, type View } from './raster'

const BUDGET = 9
const SLICE = 25_000
const REST = 120

/** Keeps a canvas up to date: a sample of the points while the view moves, all of them as soon as it rests. */
export class Painter {
  #context: CanvasRenderingContext2D
  #image: ImageData
  #pixels: Uint32Array
  #spare: ImageData
  #sparePixels: Uint32Array
  #frame = 0
  #timer = 0
  #perPoint = 30e-6
  #refine: { layer: 0 | 1; from: number } | null = null

  constructor(
    readonly canvas: HTMLCanvasElement,
    readonly raster: Raster,
    public view: View,
    readonly after: () => void,
  ) {
    const context = canvas.getContext('2d', { alpha: false })
    if (!context) throw new Error('This browser has no 2D canvas.')
    this.#context = context
    this.#image = this.#spare = context.createImageData(1, 1)
    this.#pixels = this.#sparePixels = new Uint32Array(1)
  }

  get density(): number {
    return Math.min(2, devicePixelRatio || 1)
  }

  resize(width: number, height: number): void {
    const [w, h] = [
      Math.max(1, Math.round(width * this.density)),
      Math.max(1, Math.round(height * this.density)),
    ]
    if (this.canvas.width === w && this.canvas.height === h && this.#image.width === w) return
    this.canvas.width = w
    this.canvas.height = h
    this.#image = this.#context.createImageData(w, h)
    this.#pixels = new Uint32Array(this.#image.data.buffer)
    this.#spare = this.#context.createImageData(w, h)
    this.#sparePixels = new Uint32Array(this.#spare.data.buffer)
    this.ask()
  }

  /** Draws at the next frame. */
  ask(): void {
    this.#refine = null
    clearTimeout(this.#timer)
    cancelAnimationFrame(this.#frame)
    this.#frame = requestAnimationFrame(() => this.#sample())
  }

  stop(): void {
    clearTimeout(this.#timer)
    cancelAnimationFrame(this.#frame)
  }

  #sample(): void {
    const { raster } = this
    const count = Math.min(raster.n, Math.max(2000, Math.floor(BUDGET / this.#perPoint)))
    raster.begin(
      this.#pixels,
      this.#image.width,
      this.#image.height,
      this.density,
      this.view,
      count / raster.n,
    )
    const start = performance.now()
    let reached = 0
    while (reached < count && performance.now() - start < BUDGET) {
      const to = Math.min(count, reached + SLICE)
      raster.draw(0, reached, to)
      reached = to
    }
    raster.draw(1, 0, reached)
    const spent = performance.now() - start
    this.#perPoint = Math.max(1e-6, 0.7 * this.#perPoint + (0.3 * spent) / reached)
    this.#context.putImageData(this.#image, 0, 0)
    this.after()
    if (reached < raster.n) this.#timer = window.setTimeout(() => this.#startRefining(), REST)
  }

  #startRefining(): void {
    this.raster.begin(
      this.#sparePixels,
      this.#spare.width,
      this.#spare.height,
      this.density,
      this.view,
    )
    this.#refine = { layer: 0, from: 0 }
    this.#frame = requestAnimationFrame(() => this.#slice())
  }

  #slice(): void {
    const { raster } = this
    const start = performance.now()
    const at = this.#refine
    while (at && this.#refine === at && performance.now() - start < BUDGET) {
      const to = Math.min(raster.n, at.from + SLICE)
      raster.draw(at.layer, at.from, to)
      at.from = to
      if (to < raster.n) continue
      if (at.layer === 1) return this.#finish()
      at.layer = 1
      at.from = 0
    }
    this.#frame = requestAnimationFrame(() => this.#slice())
  }

  #finish(): void {
    this.#refine = null
    this.#context.putImageData(this.#spare, 0, 0)
  }
}
