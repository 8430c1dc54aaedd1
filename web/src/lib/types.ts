// The documents of the API, as the server's models write them.

export interface Contribution {
  concept: number
  name: string | null
  value: number
  shared: boolean
  score: number | null
}

export interface Gap {
  value: number
  contributions: Contribution[]
  others: number
  rest: number
  penalty: number
  named: number[]
  carried: number
  shown: boolean
}

export interface Explanation {
  contributions: Contribution[]
  bias: number
  rest: number
  penalty: number
  gap: Gap | null
}

export interface Part {
  rank: number
  score: number
  value: number
}

export interface Passage {
  text: string
  start: number
  end: number
  words: [number, number, number][]
}

export type Value = string | number | boolean | null | string[]
export type Row = Record<string, Value>

export interface Hit {
  id: string
  score: number
  item: Row
  passage: Passage
  explanation: Explanation | null
  terms: { term: string; value: number }[] | null
  parts: Record<string, Part | null> | null
  steering?: Steered[]
}

/** What one wish of the search does to a hit; `value` is null for a filter. */
export interface Steered {
  how: 'more' | 'less' | 'has'
  concept: number | null
  name: string
  activation: number
  value: number | null
}

export interface Steer {
  given: string
  concept: number | null
  name: string
  weight: number
  seeded: boolean
  near: string[]
}

export type Mode = 'dense' | 'text' | 'hybrid'

export interface Hits {
  hits: Hit[]
  query: {
    text: string
    k: number
    mode: string
    where: string | null
    more: Steer[]
    less: Steer[]
    has: Steer[]
    candidates: number
    notes?: string[]
  }
  atlas: { version: number }
  next: number | null
}

export interface Facet {
  column: string
  kind: string
  values: { value: string | boolean; count: number }[]
  edges: (number | string)[]
  counts: number[]
  missing: number
  distinct: number
}

export interface Facets {
  candidates: number
  scope: 'all' | 'best'
  facets: Facet[]
}

export interface Example {
  id: string
  strength: number
  text: string
}

export interface ExampleList {
  items: Example[]
  total: number
  next: number | null
}

export interface Concept {
  id: number
  row: number
  name: string | null
  aliases: string[]
  score: number | null
  score_all: number | null
  judges: Record<string, [number, number] | null>
  frequency: number
  stability: number | null
  background: boolean
  polysemous: boolean
  hidden: boolean
  renamed: boolean
  note: string | null
  strongest: string[]
  pinned: boolean
  merged: number[]
  merged_into?: number | null
  trend?: number | null
  sparkline?: number[]
}

export interface ConceptList {
  concepts: Concept[]
  next: number | null
  periods?: string[]
}

export type Near = [number, string, number]

export interface ConceptDetail {
  concept: Concept
  examples: Example[]
  fails: Example[]
  neighbours: Near[]
  opposites: Near[]
  together: Near[]
  words: [string, number][]
  distribution: { edges: number[]; counts: number[] }
}

export interface ConceptRef {
  id: number | null
  name: string
  seeded: boolean
}

export interface FamilyNode {
  concept: ConceptRef
  frequency: number
  children: FamilyNode[]
}

export interface Family {
  concept: ConceptRef
  above: ConceptRef[]
  below: FamilyNode[]
  beside: ConceptRef[]
}

export interface Series {
  periods: string[]
  shares: number[]
  low: number[]
  high: number[]
}

export interface ConceptTrend extends Series {
  by: string
  items: number[]
  concept: ConceptRef
}

/** A column that largely goes with the groups or periods that are compared. */
export interface Confounder {
  column: string
  value: string
  group: string
  others: string
  here: number
  elsewhere: number
}

export interface Trend {
  concept: ConceptRef
  kind: string | null
  course?: string
  first: number
  last: number
  shares: number[]
  low: number[]
  high: number[]
  slope: number
  q: number
  changes: string[]
  cycle: number | null
  burst: { period: string; share: number; elsewhere: number; z: number; q: number }
  phases: {
    integrated: string
    explored: string | null
    companions_before: number | null
    companions_after: number | null
  } | null
}

export interface Network {
  periods: string[]
  items: number
  links: { a: ConceptRef; b: ConceptRef; items: number; npmi: number }[]
}

export interface Trends {
  by: string
  periods: string[]
  items: number[]
  left_out: number
  trends: Trend[]
  tested: number
  alpha: number
  networks: Network[]
  time?: boolean
  confounders?: Confounder[]
}

export interface GroupInfo {
  name: string
  items: number
  central: Example[]
  outlying: Example[]
}

export interface Change {
  concept: ConceptRef
  verdict: string
  share_a: number
  share_b: number
  effect: number
  low: number
  high: number
  ratio: number
  q: number
  flags: string[]
  examples_a: Example[]
  examples_b: Example[]
}

export interface Diff {
  a: GroupInfo
  b: GroupInfo
  changes: Change[]
  called: number
  tested: number
  untestable: number
  alpha: number
  confounders?: Confounder[]
  depth: { rank_b_in_a: number; p_b_outlies_a: number; rank_a_in_b: number; p_a_outlies_b: number }
}

export type Side = { where: string } | { ids: string[] } | { polygon: [number, number][] }

export interface Step {
  kind: 'more' | 'less'
  concepts: ConceptRef[]
  weight: number
  rank: number
}

export interface WhyNot {
  query: string
  id: string
  title: string
  k: number
  rank: number
  rank_by_words: number | null
  score: number
  needed: number
  lacks: { concept: ConceptRef; here: number; above: number; difference: number }[]
  rest: number
  words: { word: string; here: number; above: number }[]
  steps: Step[]
  filtered: string | null
}

export interface ItemDetail {
  id: string
  item: Row
  text: string
  concepts: Contribution[]
  unexplained: number
}

export interface Mark {
  start: number
  end: number
  concepts: Contribution[]
}

export interface Seed {
  name: string
  words: string[]
  yes: string[]
  no: string[]
  method: string
  score: number | null
  compared: Record<string, number>
  frequency: number
  interval?: [number, number] | null
  near?: Near[]
}

export interface Edit {
  number: number
  action: string
  who: string
  when: string
  concept?: number
  was?: string
  name?: string
  text?: string
  into?: number
  into_was?: string
  item?: string
  class?: string
  concept_key?: string
  concept_name?: string
  value?: number | null
  weight?: number | null
  method?: string
  pinned?: boolean
  hidden?: boolean
  of?: number
}

export interface SavedSearch {
  name: string
  query: { q: string; mode?: Mode; where?: string | null; more?: string[]; less?: string[]; has?: string[] }
  who: string
  when: string
}

export type Role = 'title' | 'authors' | 'year' | 'venue' | 'doi' | 'url' | 'abstract' | 'keywords'

/** What is still being made of an atlas that can be used already. */
export interface Building {
  stage: string
  done: number
  total: number
}

export interface Info {
  path: string
  version: number
  items: number
  passages: number
  rejected: number
  concepts: number
  core: number
  named: number
  columns: Record<string, string>
  roles: Partial<Record<Role, string>>
  building?: Building | null
  made: {
    when: string
    source: { name: string; text?: string[]; id?: string | null }
    encoder: { class: string; settings: Record<string, unknown> } | null
    dictionary: { class: string; params?: Record<string, unknown> }
    python?: string
    libraries?: Record<string, string>
  }
  quality: Quality
  edits: Edit[]
  lost_edits: Edit[]
  time: string | null
  steerable: boolean
  map: boolean
}

export interface NameScores {
  strongest_decile: number | null
  all_active: number | null
  ceiling?: (number | null)[]
}

export interface Quality {
  names?: NameScores
  shuffled_names?: NameScores
  frozen_decoder?: NameScores
  well_named?: number | null
  named?: number | null
  dictionary?: Fidelity & {
    stability?: number | null
    stability_random?: number | null
    found_again?: number | null
    mass_well_named?: number | null
    frozen_decoder?: Fidelity
  }
}

export interface Fidelity {
  fvu_core?: number | null
  fvu?: number | null
  l0_core?: number | null
  l0?: number | null
  dead?: number | null
  background?: number | null
}

export interface AtlasInfo {
  name: string
  items: number
  version: number
  edits: number
}

export interface MapInfo {
  n: number
  method: string
  placed: number
  regions: Region[]
}

export interface Region {
  concept: number
  name: string
  x: number
  y: number
  items: number
  level: number
}

export interface Legend {
  kind: 'category' | 'number' | 'date' | 'concept'
  label: string
  values: { value: string | boolean; count: number }[]
  low?: number | string | null
  high?: number | string | null
}

export interface Job<R> {
  id: string
  kind: string
  atlas: string
  state: 'running' | 'done' | 'failed'
  stage: string
  done: number
  total: number
  result: R | null
  problem: { title: string; status: number; detail: string } | null
}

export interface ClassifyBody {
  label: string
  name: string | null
  concepts: 'discovered' | 'seeded' | string[]
  n_active: number
  hybrid: boolean
  promise: number
}

export interface Weight {
  concept: ConceptRef
  weight: number
  effect: number
  share: number
  edited: boolean
}

export interface ClassView {
  name: string
  items: number
  recall: number | null
  intercept: number
  concepts: Weight[]
  used: number
}

export interface Model {
  name: string
  label: string
  concepts: string
  version: number
  items: number
  held: number
  n_concepts: number
  hybrid_used: boolean
  accuracy: number
  accuracies: { most: number; concepts: number; frozen: number | null }[]
  probe: number
  hybrid: number
  majority: number
  by_name: number | null
  by_shuffled_name: number | null
  unlabelled: number
  promised: number
  threshold: number | null
  coverage: number
  classes: ClassView[]
  unknown_ids: string[]
  small: Record<string, number>
  corrections: number
  weights_edited: number
}

export interface LogitPart {
  concept: ConceptRef
  strength: number
  weight: number
  value: number
  corrected: boolean
}

export interface Question {
  concept: ConceptRef
  active: boolean
  probability: number
  change: number
  expected: number
  would_be: string
}

export interface Decision {
  model: string
  item: string
  text: string
  label: string | null
  predicted: string
  probability: number
  answered: boolean
  probabilities: Record<string, number>
  of: string
  logit: number
  intercept: number
  parts: LogitPart[]
  other: number
  rest: number
  questions: Question[]
}

export interface DecisionRow {
  id: string
  text: string
  label: string | null
  predicted: string
  probability: number
  answered: boolean
  corrected: boolean
}

export interface DecisionList {
  model: string
  items: DecisionRow[]
  total: number
  next: number | null
}

export interface EraseBody {
  concept: string
  labels: string | null
  seeded: string | number | null
  method: 'leace' | 'inlp'
  dry_run: boolean
}

export interface Found {
  auroc: number
  low: number
  high: number
}

export interface Attack {
  name: string
  linear: boolean
  before: Found
  after: Found
}

export interface Cost {
  name: string
  before: number | null
  after: number
  note: string
}

export interface Erasure {
  number: number | null
  concept: string
  method: string
  labels: string
  classes: Record<string, number>
  held: number
  covariance: number
  attacks: Attack[]
  costs: Cost[]
  unknown_ids: string[]
  small: Record<string, number>
  seconds: number
}

interface Content {
  schema?: { $ref?: string }
}

export interface Operation {
  tags?: string[]
  description?: string
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Record<string, unknown> }[]
  requestBody?: { content: Record<string, Content> }
  responses: Record<string, { content?: Record<string, Content> }>
}

/** The parts of the server's own description that the page of the API shows. */
export interface OpenApi {
  paths: Record<string, Record<string, Operation>>
}
