import type { Region } from '../types'
import type { Camera } from './camera'
import { placeLabels } from './labels'
import type { Point } from './lasso'

interface Shown {
  regions: Region[]
  /** The selection in map coordinates. */
  polygon: Point[]
  /** The loop being drawn, on the screen. */
  drawn: Point[] | null
  chosen: { x: number; y: number } | null
  dark: boolean
  font: string
}

const INK = {
  light: { text: '#111416', halo: '#ffffff', line: '#0d6658' },
  dark: { text: '#f2f4f3', halo: '#141617', line: '#63c7b4' },
}

/** Labels, selection and the chosen item above the points. */
export function drawOverlay(
  canvas: HTMLCanvasElement,
  camera: Camera,
  density: number,
  shown: Shown,
): void {
  const context = canvas.getContext('2d')
  if (!context) return
  canvas.width = Math.round(camera.width * density)
  canvas.height = Math.round(camera.height * density)
  context.scale(density, density)
  const ink = INK[shown.dark ? 'dark' : 'light']
  drawLabels(context, camera, shown, ink)
  context.strokeStyle = ink.line
  context.lineWidth = 2
  const corners = shown.drawn ?? shown.polygon.map(([x, y]) => camera.project(x, y))
  if (corners.length > 1) {
    context.beginPath()
    corners.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)))
    if (!shown.drawn) context.closePath()
    context.stroke()
  }
  if (shown.chosen) {
    const [x, y] = camera.project(shown.chosen.x, shown.chosen.y)
    context.beginPath()
    context.arc(x, y, 7, 0, 2 * Math.PI)
    context.stroke()
  }
}

function drawLabels(
  context: CanvasRenderingContext2D,
  camera: Camera,
  shown: Shown,
  ink: (typeof INK)['light'],
): void {
  const measure = (text: string, size: number): number => {
    context.font = `600 ${size}px ${shown.font}`
    return context.measureText(text).width
  }
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.lineJoin = 'round'
  context.lineWidth = 4
  context.strokeStyle = ink.halo
  context.fillStyle = ink.text
  for (const { region, x, y, size } of placeLabels(shown.regions, camera, measure)) {
    context.font = `600 ${size}px ${shown.font}`
    context.globalAlpha = 0.85
    context.strokeText(region.name, x, y)
    context.globalAlpha = 1
    context.fillText(region.name, x, y)
  }
}
