import type { Region } from '../types'
import type { Camera } from './camera'

/** From which zoom on a level of regions is shown. */
const SHOWN_FROM = [0, 2.5, 6]

interface Label {
  region: Region
  x: number
  y: number
  size: number
}

interface Box {
  left: number
  right: number
  top: number
  bottom: number
}

/** Labels that fit without overlaps, general and large regions first. */
export function placeLabels(
  regions: Region[],
  camera: Camera,
  measure: (text: string, size: number) => number,
): Label[] {
  const { width, height } = camera
  const { zoom } = camera.view
  const wanted = regions
    .filter((r) => zoom >= (SHOWN_FROM[r.level] ?? 0))
    .sort((a, b) => a.level - b.level || b.items - a.items)
  const taken: Box[] = []
  const placed: Label[] = []
  for (const region of wanted) {
    const [at, y] = camera.project(region.x, region.y)
    if (at < 0 || y < 0 || at > width || y > height) continue
    const size = [15, 13, 12][region.level] ?? 12
    const half = measure(region.name, size) / 2 + 6
    const x = Math.max(half, Math.min(width - half, at))
    const box = { left: x - half, right: x + half, top: y - size, bottom: y + size * 0.8 }
    if (
      taken.some(
        (t) => box.left < t.right && box.right > t.left && box.top < t.bottom && box.bottom > t.top,
      )
    )
      continue
    taken.push(box)
    placed.push({ region, x, y, size })
  }
  return placed
}
