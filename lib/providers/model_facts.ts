import table from "./model_facts_table.json" with { type: "json" };

/** What a model may be able to do, by its letter in the shipped table. */
export const FLAGS = { tools: "t", vision: "v", json: "j", reasoning: "r" } as const;

export type ModelAbility = keyof typeof FLAGS;

/** What is known of a model. */
export interface ModelFacts {
  /** It answers chats; else it makes vectors, images or the like. */
  readonly chats: boolean;
  /** Tokens that a prompt may have; null: unknown. */
  readonly contextLength: number | null;
  readonly can: ReadonlySet<ModelAbility>;
}

type Row = 0 | readonly [context: number | null, letters: string];

const SHIPPED = table.models as unknown as Readonly<Record<string, Readonly<Record<string, Row>>>>;

/** What is known of a model at providers of a type; null where the table has nothing of it. */
export function shippedFacts(type: string, model: string): ModelFacts | null {
  const models = Object.hasOwn(SHIPPED, type) ? SHIPPED[type] : undefined;
  const row = models !== undefined && Object.hasOwn(models, model) ? models[model] : undefined;
  if (row === undefined) return null;
  if (row === 0) return { chats: false, contextLength: null, can: new Set() };
  const [contextLength, letters] = row;
  const can = Object.entries(FLAGS).filter(([, letter]) => letters.includes(letter));
  return { chats: true, contextLength, can: new Set(can.map(([name]) => name as ModelAbility)) };
}
