export type Point = [number, number]

/** Whether a place lies inside a polygon (even-odd rule). */
export function inside(polygon: Point[], x: number, y: number): boolean {
  let within = false
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [ax, ay] = polygon[i]!
    const [bx, by] = polygon[j]!
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) within = !within
  }
  return within
}

/** At most `most` corners, evenly taken. */
export function thin(polygon: Point[], most = 160): Point[] {
  if (polygon.length <= most) return polygon
  return Array.from({ length: most }, (_, i) => polygon[Math.floor((i * polygon.length) / most)]!)
}
