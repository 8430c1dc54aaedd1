// Words that a first-time reader cannot know, each in a sentence or two: shown as a tip beside the word, and together on the help page.

export interface Term {
  name: string
  says: string
  more?: string
}

const terms = {
  concept: {
    name: 'Concept',
    says: 'A topic or feature that many texts of this corpus share, found in their vectors and named with words of the corpus.',
    more: 'Every text is written as a few concepts, each with an activation. You can rename, hide or merge concepts, and make your own.',
  },
  reason: {
    name: 'Reason of a hit',
    says: 'The few named concepts that lift a hit above a typical result of the same search: without them it would be one itself.',
    more: 'Where no few concepts do that, the page says “Not explained by named concepts” and marks the words that matter instead.',
  },
  score: {
    name: 'Score of a name',
    says: 'How well the name alone tells texts with the concept from texts without it: 1 is perfect, 0.5 is guessing.',
    more: 'It is measured on texts that had no part in choosing the name. Only names of 0.8 or more are used in reasons.',
  },
  background: {
    name: 'A typical result',
    says: 'The average of the results at ranks 51 to 100 of the same search: good enough to be listed, but nothing special.',
  },
  shared: {
    name: 'In your search',
    says: 'The concept is active in your search as well as in the hit.',
  },
  correlated: {
    name: 'Close to your search',
    says: 'The concept is not active in your search; its direction is only close. Read it as a hint.',
  },
  sum: {
    name: 'The full sum',
    says: 'Every part of the score: each concept, and the residual, which no concept explains. It adds up exactly.',
  },
  modes: {
    name: 'Meaning, words, both',
    says: 'Meaning finds texts that say the same in other words; Words finds the words themselves; Both joins the two lists.',
  },
  steering: {
    name: 'More of, less of, only with',
    says: 'Move the search towards a concept, push results with it down, or keep only items that have it.',
  },
  seed: {
    name: 'A concept of your own',
    says: 'Answer Yes and No on a few results, give them a name, and you can search and filter by what you mean.',
  },
  frequency: {
    name: 'Items',
    says: 'The share of all items on which the concept is active, however weakly.',
  },
  stability: {
    name: 'Found again',
    says: 'How closely a second run, on other items and with another random seed, found the same concept: 1 is identical, 0 is unrelated.',
  },
  activation: {
    name: 'Activation',
    says: 'How active a concept is on an item. Compare activations of one concept, not of different ones.',
  },
  together: {
    name: 'Togetherness',
    says: 'How much more often two concepts occur on the same items than by chance: 0 is chance, 1 is always together.',
  },
  family: {
    name: 'Family',
    says: 'Built from which concepts occur on the same items, not from what things are: a child is usually found where its parent is.',
  },
  difference: {
    name: 'Difference',
    says: 'How far apart the two shares are, on a scale on which 0.2 is small, 0.5 is medium and 0.8 is large (Cohen’s h).',
  },
  q: {
    name: 'Chance',
    says: 'How easily chance alone gives a difference as large, after allowing for all concepts tested. Below .05 counts as real.',
  },
  abstains: {
    name: 'Abstains',
    says: 'The model gives no answer here, because it is not sure enough for the accuracy that was promised.',
  },
  promise: {
    name: 'Promised accuracy',
    says: 'The model answers only where it expects to be right at least this often, and leaves the other items to you.',
  },
  control: {
    name: 'Control',
    says: 'The same figure for concepts or names that mean nothing: random directions, or shuffled names. A figure no better than its control shows nothing.',
  },
  probe: {
    name: 'Probe of the whole vector',
    says: 'A plain classifier that may use everything in the vectors, without names: the most that concepts can reach.',
  },
  weight: {
    name: 'Weight',
    says: 'How much a concept counts for or against a class. Set it to 0 to take the concept out.',
  },
} satisfies Record<string, Term>

export type TermName = keyof typeof terms
export const TERMS: Record<TermName, Term> = terms
