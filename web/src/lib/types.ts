// The documents of the API under short names. `api-types.ts` is generated from the server's own models (`npm run types`).

import type { components } from './api-types'

type Schemas = components['schemas']

/** A document, with types that say more than its schema: JSON values that the server leaves open. */
type Narrowed<T, R> = Omit<T, keyof R> & R

/** What is sent: these fields; the server has defaults for the others. */
type Body<T, K extends keyof T> = Pick<T, K> & Partial<Omit<T, K>>

export type Contribution = Schemas['Contribution']
export type Gap = Schemas['Gap']
export type Explanation = Schemas['Explanation']

export interface Part {
  rank: number
  score: number
  value: number
}

export type Passage = Schemas['Passage']

export type Value = string | number | boolean | null | string[]
export type Row = Record<string, Value>

export type Hit = Narrowed<Schemas['Hit'], { item: Row }>

/** What one wish of the search does to a hit; `value` is null for a filter. */
export interface Steered {
  how: 'more' | 'less' | 'has'
  concept: number | null
  name: string
  activation: number
  value: number | null
}

export type Steer = Schemas['Steer']

export type Mode = 'dense' | 'text' | 'hybrid'

export type Hits = Narrowed<Schemas['Hits'], { hits: Hit[] }>
export type Facet = Schemas['Facet']
export type Facets = Schemas['Facets']
export type Example = Schemas['Example']
export type ExampleList = Schemas['ExampleList']
export type Concept = Schemas['Concept']
export type ConceptList = Schemas['ConceptList']

export type Near = [number, string, number]

export type ConceptDetail = Schemas['ConceptDetail']
export type ConceptRef = Schemas['ConceptRef']

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

/** Shares of one concept by period, with their intervals. */
export type Series = Pick<Schemas['Series'], 'periods' | 'shares' | 'low' | 'high'>

export type ConceptTrend = Schemas['Series']

/** A column that largely goes with the groups or periods that are compared. */
export type Confounder = Schemas['Confounder']
export type Trend = Schemas['Trend']
export type Network = Schemas['Network']
export type Trends = Schemas['Trends']
export type GroupInfo = Schemas['GroupInfo']
export type Change = Schemas['Change']
export type Diff = Schemas['Diff']

export type Side = { where: string } | { ids: string[] } | { polygon: [number, number][] }

export type Step = Narrowed<Schemas['Step'], { kind: 'more' | 'less' }>
export type WhyNot = Narrowed<Schemas['WhyNot'], { steps: Step[] }>
export type ItemDetail = Narrowed<Schemas['ItemDetail'], { item: Row }>
export type Mark = Schemas['Mark']
export type Seed = Schemas['Seed']

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

export type SavedSearch = Schemas['SavedSearch']

export type Role = 'title' | 'authors' | 'year' | 'venue' | 'doi' | 'url' | 'abstract' | 'keywords'

/** What is still being made of an atlas that can be used already. */
export type Building = Schemas['Building']
export type Info = Narrowed<
  Schemas['Info'],
  {
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
    roles: Partial<Record<Role, string>>
  }
>

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

export type Legend = Schemas['Legend']

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

export type ClassifyBody = Body<
  Narrowed<Schemas['ClassifyBody'], { label: string }>,
  'label' | 'name' | 'concepts' | 'n_active' | 'hybrid' | 'promise'
>
export type Weight = Schemas['Weight']
export type ClassView = Schemas['ClassView']
export type Model = Schemas['Model']

export interface LogitPart {
  concept: ConceptRef
  strength: number
  weight: number
  value: number
  corrected: boolean
}

export type Question = Schemas['Question']
export type Decision = Schemas['Decision']
export type DecisionRow = Schemas['DecisionRow']
export type DecisionList = Schemas['DecisionList']
export type EraseBody = Body<
  Narrowed<Schemas['EraseBody'], { labels: string | null; seeded: string | number | null }>,
  'concept' | 'labels' | 'seeded' | 'method' | 'dry_run'
>
export type Method = Schemas['Method']
export type MethodList = Schemas['MethodList']
export type Found = Schemas['Found']
export type Attack = Schemas['Attack']
export type Cost = Schemas['Cost']
export type Erasure = Schemas['Erasure']

interface Content {
  schema?: { $ref?: string }
}

export interface Operation {
  tags?: string[]
  description?: string
  parameters?: {
    name: string
    in: string
    required?: boolean
    description?: string
    schema?: Record<string, unknown>
  }[]
  requestBody?: { content: Record<string, Content> }
  responses: Record<string, { content?: Record<string, Content> }>
}

/** The parts of the server's own description that the page of the API shows. */
export interface OpenApi {
  paths: Record<string, Record<string, Operation>>
}
