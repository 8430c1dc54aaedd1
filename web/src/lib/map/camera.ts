import type { Point } from './lasso'
import { pixelsPerUnit, type View } from './raster'

export const FARTHEST = 0.7
export const NEAREST = 60

export const whole: View = { x: 0.5, y: 0.5, zoom: 1 }

const zoomWithin = (zoom: number): number => Math.min(NEAREST, Math.max(FARTHEST, zoom))
const keep = (v: number): number => Math.min(1.1, Math.max(-0.1, v))

/** Between places on the map and places on the screen. */
export class Camera {
  /** Pixels a map unit. */
  readonly unit: number

  constructor(
    readonly view: View,
    readonly width: number,
    readonly height: number,
  ) {
    this.unit = pixelsPerUnit(width, height, view.zoom)
  }

  project(x: number, y: number): Point {
    return [
      this.width / 2 + (x - this.view.x) * this.unit,
      this.height / 2 - (y - this.view.y) * this.unit,
    ]
  }

  unproject(sx: number, sy: number): Point {
    return [
      this.view.x + (sx - this.width / 2) / this.unit,
      this.view.y - (sy - this.height / 2) / this.unit,
    ]
  }

  panned(dx: number, dy: number): View {
    return {
      ...this.view,
      x: keep(this.view.x - dx / this.unit),
      y: keep(this.view.y + dy / this.unit),
    }
  }

  /** Nearer or farther, while the place under the pointer stays. */
  zoomed(factor: number, sx: number, sy: number): View {
    const [mx, my] = this.unproject(sx, sy)
    const zoom = zoomWithin(this.view.zoom * factor)
    const unit = pixelsPerUnit(this.width, this.height, zoom)
    return {
      x: keep(mx - (sx - this.width / 2) / unit),
      y: keep(my + (sy - this.height / 2) / unit),
      zoom,
    }
  }
}

export const scaled = (view: View, factor: number): View => ({
  ...view,
  zoom: zoomWithin(view.zoom * factor),
})
