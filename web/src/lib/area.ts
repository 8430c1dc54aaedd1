import type { Point } from './map/lasso'

/** A polygon as it stands in an address: corners "x y", joined by commas. */
export const areaText = (polygon: Point[]): string =>
  polygon.map(([x, y]) => `${x.toFixed(3)} ${y.toFixed(3)}`).join(', ')

/** The polygon of an address; none where it cannot be read. */
export function parseArea(text: string): Point[] {
  const corners = text.split(',').map((pair) => pair.trim().split(/\s+/).map(Number))
  const whole =
    corners.length > 2 &&
    corners.every((c) => c.length === 2 && c.every((v) => Number.isFinite(v) && Math.abs(v) <= 2))
  return whole ? (corners as Point[]) : []
}

/** The condition that keeps the items inside an area. */
export const areaCondition = (area: string): string => `on_map('${area}')`
