import type { AtlasInfo, Info } from './types'

export interface Toast {
  id: number
  text: string
  kind: 'done' | 'error'
  action?: { label: string; run: () => void }
}

export type Theme = 'auto' | 'light' | 'dark'

const THEME = 'begriff-theme'
const WHO = 'begriff-who'

class App {
  atlases = $state<AtlasInfo[]>([])
  atlas = $state('')
  info = $state<Info | null>(null)
  /** The newest version of the atlas that the server has. */
  newest = $state(0)
  readOnly = $state(true)
  needsKey = $state(false)
  keyRefused = $state(false)
  generation = $state(0)
  theme = $state<Theme>((localStorage.getItem(THEME) as Theme | null) ?? 'auto')
  who = $state(localStorage.getItem(WHO) ?? '')
  toasts = $state<Toast[]>([])
  said = $state('')
  keysShown = $state(false)

  get canEdit(): boolean {
    return !this.readOnly
  }
}

export const app = new App()

const system = matchMedia('(prefers-color-scheme: dark)')
let systemDark = $state(system.matches)
system.addEventListener('change', (e) => (systemDark = e.matches))

export const isDark = (): boolean => app.theme === 'dark' || (app.theme === 'auto' && systemDark)

export function setTheme(theme: Theme): void {
  app.theme = theme
  localStorage.setItem(THEME, theme)
  document.documentElement.dataset.theme = theme
}

document.documentElement.dataset.theme = app.theme

export function setWho(name: string): void {
  app.who = name
  localStorage.setItem(WHO, name)
}

let toastId = 0

export function toast(text: string, action?: Toast['action'], kind: Toast['kind'] = 'done'): void {
  toastId += 1
  const shown = { id: toastId, text, kind, action }
  app.toasts = [...app.toasts.slice(-2), shown]
  setTimeout(() => dismiss(shown.id), action || kind === 'error' ? 12_000 : 5_000)
}

export function dismiss(id: number): void {
  app.toasts = app.toasts.filter((t) => t.id !== id)
}

export function sayError(error: unknown): void {
  toast(error instanceof Error ? error.message : String(error), undefined, 'error')
}

/** Tells screen readers; the words are not shown. */
export function announce(text: string): void {
  app.said = text
}
