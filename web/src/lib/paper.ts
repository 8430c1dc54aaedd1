import { cut, squash, webAddress } from './format'
import { app } from './state.svelte'
import type { Role, Row, Value } from './types'

/** What an item says in the column that has a role, as its title or its authors. */
export function cell(item: Row, role: Role): Value | undefined {
  const column = app.info?.roles[role]
  return column === undefined ? undefined : item[column]
}

export function titleOf(item: Row, text = ''): string {
  const title = cell(item, 'title')
  return typeof title === 'string' && title.trim() ? squash(title) : cut(text, 90) || 'Untitled'
}

/** Names in their order; a text separates them by semicolons, or by commas between full names. */
export function authorsOf(item: Row): string[] {
  const given = cell(item, 'authors')
  if (Array.isArray(given)) return given.map(squash).filter(Boolean)
  if (typeof given !== 'string') return []
  const parts = (text: string, separator: string): string[] =>
    text.split(separator).map(squash).filter(Boolean)
  if (/;|\|/.test(given)) return parts(given.replaceAll('|', ';'), ';')
  if (given.includes(' and ')) return parts(given, ' and ')
  const names = parts(given, ',')
  return names.length > 1 && names.every((name) => name.includes(' ')) ? names : parts(given, '\n')
}

/** The DOI of an item and the address that resolves it. */
export function doiOf(item: Row): { text: string; href: string } | null {
  const found = /\b10\.\d{4,9}\/\S+/.exec(String(cell(item, 'doi') ?? ''))
  return (
    found && {
      text: found[0],
      href: `https://doi.org/${found[0].split('/').map(encodeURIComponent).join('/')}`,
    }
  )
}

export const sourceOf = (item: Row): string | null => webAddress(cell(item, 'url'))

/** Columns that a card or a page shows in a place of their own. */
export function shownElsewhere(): Set<string> {
  const roles: Role[] = ['title', 'authors', 'doi', 'url', 'abstract', 'keywords']
  return new Set(['id', ...roles.flatMap((role) => app.info?.roles[role] ?? [])])
}
