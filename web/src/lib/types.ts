// The documents of the API under short names. `api-types.ts` is generated from the server's own models (`npm run types`).
// Written by hand are only types of the page's own, and of JSON that the server's models leave open.

import type { components } from './api-types'

type Schemas = components['schemas']

/** A document, with types that say more than its schema: JSON values that the server leaves open. */
type Narrowed<T, R> = Omit<T, keyof R> & R

/** What is sent: these fields; the server has defaults for the others. */
type Body<T, K extends keyof T> = Pick<T, K> & Partial<Omit<T, K>>

export type Contribution = Schemas['Contribution']
export type Gap = Schemas['Gap']

export type Value = string | number | boolean | null | string[]
export type Row = Record<string, Value>

export type Hit = Narrowed<Schemas['Hit'], { item: Row }>

/** Of the two lists that a hybrid search joins; both classes `Part` of the server are named by their modules. */
export type Part = NonNullable<NonNullable<Hit['parts']>[string]>

export type Mode = Schemas['SavedQuery']['mode']

export type Hits = Narrowed<Schemas['Hits'], { hits: Hit[] }>
export type Facet = Schemas['Facet']
export type Facets = Schemas['Facets']
export type Example = Schemas['Example']
export type ExampleList = Schemas['ExampleList']
export type Concept = Schemas['Concept']
export type ConceptList = Schemas['ConceptList']

/** Id, name, and cosine or togetherness. */
export type Near = ConceptDetail['neighbours'][number]

export type ConceptDetail = Schemas['ConceptDetail']
export type ConceptRef = Schemas['ConceptRef']

export type FamilyNode = Schemas['Node']
export type Family = Schemas['Kin']

/** Shares of one concept by period, with their intervals. */
export type Series = Pick<Schemas['Series'], 'periods' | 'shares' | 'low' | 'high'>

export type ConceptTrend = Schemas['Series']

/** A column that largely goes with the groups or periods that are compared. */
export type Confounder = Schemas['Confounder']
export type Trend = Schemas['Trend']
export type Network = Schemas['Network']
export type Trends = Schemas['Trends']
export type Change = Schemas['Change']
export type Diff = Schemas['Diff']

/** A group of items: exactly one of the three ways that the server takes. */
export type Side = { where: string } | { ids: string[] } | { polygon: [number, number][] }

export type Step = Narrowed<Schemas['Step'], { kind: 'more' | 'less' }>
export type WhyNot = Narrowed<Schemas['WhyNot'], { steps: Step[] }>
export type ItemDetail = Narrowed<Schemas['ItemDetail'], { item: Row }>
export type Marks = Schemas['Marks']
export type Mark = Schemas['Mark']
export type Seed = Schemas['Seed']
export type SeedList = Schemas['SeedList']

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
export type SearchList = Schemas['SearchList']

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

interface NameScores {
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

interface Fidelity {
  fvu_core?: number | null
  fvu?: number | null
  l0_core?: number | null
  l0?: number | null
  dead?: number | null
  background?: number | null
}

export type AtlasInfo = Schemas['Served']
export type Atlases = Schemas['Atlases']
export type MapInfo = Schemas['Map']
export type Region = Schemas['MapRegion']
export type ItemTitles = Schemas['ItemTitles']
export type Legend = Schemas['Legend']

export type Job<R> = Narrowed<Schemas['Job'], { result: R | null }>

export type ClassifyBody = Body<
  Narrowed<Schemas['ClassifyBody'], { label: string }>,
  'label' | 'name' | 'concepts' | 'n_active' | 'hybrid' | 'promise'
>
export type Weight = Schemas['Weight']
export type ClassView = Schemas['ClassView']
export type Model = Schemas['Model']
export type ModelList = Schemas['ModelList']

export type Question = Schemas['Question']
export type Decision = Schemas['Decision']
export type DecisionList = Schemas['DecisionList']
export type EraseBody = Body<
  Narrowed<Schemas['EraseBody'], { labels: string | null; seeded: string | number | null }>,
  'concept' | 'labels' | 'seeded' | 'method' | 'dry_run'
>
export type Method = Schemas['Method']
export type MethodList = Schemas['MethodList']
export type Found = Schemas['Found']
export type Erasure = Schemas['Erasure']
export type ErasureList = Schemas['ErasureList']

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
