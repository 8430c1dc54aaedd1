import { onDestroy } from 'svelte'

/** Whether keys go into a text field. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement)
    return !['checkbox', 'radio', 'button'].includes(target.type)
  return (
    target.isContentEditable ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement
  )
}

type Later<A extends unknown[]> = ((...args: A) => void) & { cancel: () => void }

/** Runs once calls have ceased for a while; forgotten when the component that made it goes. */
export function debounce<A extends unknown[]>(run: (...args: A) => void, wait: number): Later<A> {
  let timer = 0
  const later = (...args: A): void => {
    clearTimeout(timer)
    timer = window.setTimeout(() => run(...args), wait)
  }
  later.cancel = () => clearTimeout(timer)
  onDestroy(later.cancel)
  return later
}
