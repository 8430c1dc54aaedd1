// Draws points into an array of pixels. Points lie in random order, so that the first of them are a fair sample of all.

export interface View {
  /** Middle of the picture in map coordinates, 0 to 1, y upward. */
  x: number
  y: number
  /** 1 shows the whole map. */
  zoom: number
}

export interface Style {
  /** Red, green, blue a colour index. */
  palette: Uint8Array
  background: [number, number, number]
  dimmed: [number, number, number]
}

interface Stamp {
  offsets: Int32Array
  alphas: Int32Array
  reach: number
}

const UNIT = 65535
const FILL = 0.94

/** Pixels a map unit takes. */
export const pixelsPerUnit = (width: number, height: number, zoom: number): number =>
  Math.min(width, height) * FILL * zoom

/** Ever the same shuffle for a number of points. */
function shuffled(n: number): Uint32Array {
  const order = new Uint32Array(n)
  for (let i = 0; i < n; i += 1) order[i] = i
  let seed = 0x9e3779b9
  for (let i = n - 1; i > 0; i -= 1) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    const j = Math.floor((seed / 4294967296) * (i + 1))
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
  }
  return order
}

export class Raster {
  readonly n: number
  /** Row of the atlas at each place. */
  readonly rows: Uint32Array
  readonly #x: Uint16Array
  readonly #y: Uint16Array
  readonly #colours: Uint8Array
  /** 1 where a point stands out, 0 where it is drawn as ground. */
  readonly #layers: Uint8Array
  #red = new Int32Array(256)
  #green = new Int32Array(256)
  #blank = 0
  #dimmed: [number, number] = [0, 0]
  #pixels: Uint32Array = new Uint32Array(0)
  #width = 0
  #height = 0
  #stamps: [Stamp, Stamp] | null = null
  #scale: [number, number, number, number] = [0, 0, 0, 0]

  constructor(points: Uint16Array) {
    this.n = points.length >> 1
    this.rows = shuffled(this.n)
    this.#x = new Uint16Array(this.n)
    this.#y = new Uint16Array(this.n)
    this.#colours = new Uint8Array(this.n)
    this.#layers = new Uint8Array(this.n).fill(1)
    for (let i = 0; i < this.n; i += 1) {
      const row = this.rows[i]!
      this.#x[i] = points[2 * row]!
      this.#y[i] = points[2 * row + 1]!
    }
  }

  /** `colours` an index a row, `stands` whether it stands out; null for all alike. */
  paint(colours: Uint8Array | null, stands: (row: number) => boolean): void {
    for (let i = 0; i < this.n; i += 1) {
      const row = this.rows[i]!
      this.#colours[i] = colours ? colours[row]! : 0
      this.#layers[i] = stands(row) ? 1 : 0
    }
  }

  restyle(style: Style): void {
    for (let i = 0; i < 256; i += 1) {
      const [r, g, b] = [
        style.palette[3 * i] ?? 0,
        style.palette[3 * i + 1] ?? 0,
        style.palette[3 * i + 2] ?? 0,
      ]
      this.#red[i] = r | (b << 16)
      this.#green[i] = g << 8
    }
    const [r, g, b] = style.background
    this.#blank = (0xff000000 | (b << 16) | (g << 8) | r) >>> 0
    this.#dimmed = [style.dimmed[0] | (style.dimmed[2] << 16), style.dimmed[1] << 8]
  }

  /** Starts a picture: clears it, fixes size and opacity of dots; `share` says how many of the points will be drawn. */
  begin(
    pixels: Uint32Array,
    width: number,
    height: number,
    density: number,
    view: View,
    share = 1,
  ): void {
    this.#pixels = pixels
    this.#width = width
    this.#height = height
    pixels.fill(this.#blank)
    const unit = pixelsPerUnit(width, height, view.zoom)
    const across = Math.min(4, Math.max(1, (500 / Math.sqrt(this.n)) * view.zoom ** 0.4)) * density
    const inView = Math.min(1, (width * height) / (unit * unit)) * this.n * share
    const cover = (inView * across * across * 0.785) / (width * height)
    const alpha = Math.min(0.85, Math.max(0.2, 0.3 / Math.sqrt(cover)))
    this.#stamps = [
      stamp(Math.max(1, across * 0.8), alpha * 0.55, width),
      stamp(across, alpha, width),
    ]
    const step = unit / UNIT
    this.#scale = [step, width / 2 - view.x * unit, -step, height / 2 + view.y * unit]
  }

  /** Draws the points of one layer from place `from` up to `to`. */
  draw(layer: 0 | 1, from: number, to: number): void {
    const chosen = this.#stamps?.[layer]
    if (!chosen) return
    const { offsets, alphas, reach } = chosen
    const [ax, bx, ay, by] = this.#scale
    const [xs, ys, layers, colours, pixels] = [
      this.#x,
      this.#y,
      this.#layers,
      this.#colours,
      this.#pixels,
    ]
    const [red, green, width] = [this.#red, this.#green, this.#width]
    const [right, bottom] = [width - 2 * reach, this.#height - 2 * reach]
    const [dimRed, dimGreen] = this.#dimmed
    const size = offsets.length
    for (let i = from; i < to; i += 1) {
      if (layers[i] !== layer) continue
      const sx = (xs[i]! * ax + bx) | 0
      const sy = (ys[i]! * ay + by) | 0
      if ((sx - reach) >>> 0 >= right || (sy - reach) >>> 0 >= bottom) continue
      const base = sy * width + sx
      const colour = colours[i]!
      const cr = layer ? red[colour]! : dimRed
      const cg = layer ? green[colour]! : dimGreen
      for (let k = 0; k < size; k += 1) {
        const place = base + offsets[k]!
        const under = pixels[place]!
        const a = alphas[k]!
        const rb = under & 0xff00ff
        const g = under & 0xff00
        const mixedRb = (rb + (Math.imul(cr - rb, a) >> 8)) & 0xff00ff
        const mixedG = (g + (Math.imul(cg - g, a) >> 8)) & 0xff00
        pixels[place] = 0xff000000 | mixedRb | mixedG
      }
    }
  }

  /** Calls back with the row and place of every point. */
  each(callback: (row: number, x: number, y: number) => void): void {
    for (let i = 0; i < this.n; i += 1)
      callback(this.rows[i]!, this.#x[i]! / UNIT, this.#y[i]! / UNIT)
  }
}

/** A round dot: places and opacities of its pixels, soft at the rim. */
function stamp(across: number, opacity: number, width: number): Stamp {
  const radius = across / 2
  const reach = Math.ceil(radius)
  const offsets: number[] = []
  const alphas: number[] = []
  if (across <= 1.25)
    return { offsets: Int32Array.of(0), alphas: Int32Array.of(Math.round(opacity * 256)), reach: 1 }
  for (let dy = -reach; dy <= reach; dy += 1) {
    for (let dx = -reach; dx <= reach; dx += 1) {
      const inside = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(dx, dy)))
      if (inside <= 0.05) continue
      offsets.push(dy * width + dx)
      alphas.push(Math.round(inside * opacity * 256))
    }
  }
  return { offsets: Int32Array.from(offsets), alphas: Int32Array.from(alphas), reach: reach + 1 }
}
