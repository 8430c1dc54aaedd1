import type { Legend } from '../types'

type Rgb = [number, number, number]

export const OTHER = 255

const CATEGORIES = {
  light: [
    '#4477aa',
    '#ee7733',
    '#228833',
    '#aa3377',
    '#c9a227',
    '#33bbee',
    '#882255',
    '#66a61e',
    '#5e4fa2',
    '#cc6677',
  ],
  dark: [
    '#77aadd',
    '#ff9955',
    '#55bb66',
    '#dd77bb',
    '#eedd88',
    '#55ddff',
    '#ee8866',
    '#aaaa00',
    '#a99cf0',
    '#ffaabb',
  ],
}
const RAMP = {
  light: ['#c8d8a0', '#5fbf9f', '#2389ad', '#27509b', '#1b1f5e'],
  dark: ['#2d4d77', '#2f86b0', '#4dbfae', '#b5e08a', '#f8f3a0'],
}
const GREY = { light: '#b4b8bb', dark: '#575d60' }
const GROUND = { light: '#fdfdfc', dark: '#141617' }
const PLAIN = { light: '#3c7f8f', dark: '#6fb9c4' }

const scheme = (dark: boolean): 'dark' | 'light' => (dark ? 'dark' : 'light')
const rgb = (hex: string): Rgb =>
  [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16)) as Rgb

function along(stops: string[], t: number): Rgb {
  const at = Math.min(stops.length - 1.0001, Math.max(0, t * (stops.length - 1)))
  const [a, b] = [
    rgb(stops[Math.floor(at)] ?? '#000000'),
    rgb(stops[Math.floor(at) + 1] ?? '#000000'),
  ]
  const part = at % 1
  return a.map((v, i) => Math.round(v + (b[i]! - v) * part)) as Rgb
}

export const ground = (dark: boolean): Rgb => rgb(GROUND[scheme(dark)])
export const grey = (dark: boolean): Rgb => rgb(GREY[scheme(dark)])
export const greyHex = (dark: boolean): string => GREY[scheme(dark)]
export const category = (i: number, dark: boolean): string =>
  CATEGORIES[scheme(dark)][i] ?? greyHex(dark)
export const ramp = (dark: boolean): string =>
  `linear-gradient(to right, ${RAMP[scheme(dark)].join(', ')})`

/** Red, green and blue for every colour index. */
export function palette(legend: Legend | null, dark: boolean): Uint8Array {
  const out = new Uint8Array(256 * 3)
  for (let i = 0; i < 256; i += 1) {
    let colour = rgb(PLAIN[scheme(dark)])
    if (legend?.kind === 'category') colour = i < 10 ? rgb(category(i, dark)) : grey(dark)
    else if (legend?.kind === 'concept') colour = along(RAMP[scheme(dark)], i / 255)
    else if (legend) colour = i === OTHER ? grey(dark) : along(RAMP[scheme(dark)], i / 254)
    out.set(colour, 3 * i)
  }
  return out
}

/** Whether an index is drawn as ground: no value, no category of the legend, concept not active. */
export function isGround(legend: Legend | null, index: number): boolean {
  if (!legend) return false
  return legend.kind === 'concept'
    ? index === 0
    : legend.kind === 'category'
      ? index >= 10
      : index === OTHER
}
