import { type Caller, CallFailure } from "./http/caller.ts";
import { parseJson } from "./json.ts";
import { authorization, type Target } from "./target.ts";
import { ToolError } from "./tool_error.ts";

export interface ListedModel {
  readonly id: string;
  /** Empty where the server does not say. */
  readonly ownedBy: string;
}

/** The models that a server lists. @throws {ToolError} where it lists none. */
export async function listModels(caller: Caller, target: Target): Promise<ListedModel[]> {
  const url = `${target.url.href.replace(/\/$/, "")}/v1/models`;
  let answer;
  try {
    answer = await caller.call({ method: "GET", path: "/v1/models", headers: authorization(target) });
  } catch (error) {
    if (!(error instanceof CallFailure)) throw error;
    throw new ToolError(`${url}: ${error.message}`);
  }
  const body = parseJson(new TextDecoder().decode(answer.body));
  if (answer.status === 401 || answer.status === 403) {
    throw new ToolError(`${url} asks for a key: give one with --key or GATEWAY_API_KEY`);
  }
  if (answer.status !== 200) throw new ToolError(`${url} answered ${answer.status}`);
  const data = body?.data;
  const models = (Array.isArray(data) ? data : []).flatMap((row) =>
    typeof row?.id === "string"
      ? [{ id: row.id, ownedBy: typeof row.owned_by === "string" ? row.owned_by : "" }]
      : []
  );
  if (models.length === 0) throw new ToolError(`${url} lists no models: name one with --model`);
  return models;
}

/** The model that is meant: the one that was named, else the first that the server lists. */
export async function chooseModel(caller: Caller, target: Target, named: string | null): Promise<string> {
  return named ?? (await listModels(caller, target))[0]?.id ?? "";
}
