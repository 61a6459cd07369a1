import type { JsonObject, WireFormat } from "../../wire/canonical.ts";

const CREATED = Date.UTC(2026, 0, 1) / 1000;

/**
 * The list of models, or one of them, in a family's shape.
 * @param id empty: all. @returns null where there is none of that id.
 */
export function modelsAnswer(models: readonly string[], id: string, family: WireFormat): JsonObject | null {
  const shape = SHAPES[family] ?? openaiModel;
  if (id !== "") return models.includes(id) ? shape(id) : null;
  const data = models.map(shape);
  if (family === "google_generate_content") return { models: data };
  if (family !== "anthropic_messages") return { object: "list", data };
  return { data, has_more: false, first_id: models[0] ?? null, last_id: models.at(-1) ?? null };
}

const SHAPES: Readonly<Partial<Record<WireFormat, (id: string) => JsonObject>>> = {
  anthropic_messages: anthropicModel,
  google_generate_content: googleModel,
};

function googleModel(id: string): JsonObject {
  return {
    name: `models/${id}`,
    displayName: id,
    inputTokenLimit: 1_048_576,
    outputTokenLimit: 65_536,
    supportedGenerationMethods: ["generateContent"],
  };
}

function openaiModel(id: string): JsonObject {
  return { id, object: "model", created: CREATED, owned_by: "mock" };
}

function anthropicModel(id: string): JsonObject {
  return { type: "model", id, display_name: id, created_at: new Date(CREATED * 1000).toISOString() };
}
