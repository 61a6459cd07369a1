import { PROVIDER_TYPES } from "../../provider_types.ts";
import type { Path } from "../../path.ts";
import type { Reader } from "./reader.ts";

/** An entry of `vllm_endpoints`. */
export interface Endpoint {
  readonly name: string;
  /** Of the gateway's provider. */
  readonly provider: string;
  /** Of {@linkcode PROVIDER_TYPES}. */
  readonly type: string;
  readonly weight: number;
  /** Models that it names itself, as early versions did; null: it names none. */
  readonly models: readonly string[] | null;
  readonly path: Path;
}

/** Each endpoint is a provider: a server with one address. */
export function convertEndpoints(reader: Reader): Endpoint[] {
  const { draft } = reader;
  const endpoints: Endpoint[] = [];
  for (const path of reader.entries(["vllm_endpoints"])) {
    const name = reader.text([...path, "name"]);
    if (name === null) {
      draft.mistake([...path, "name"], "is missing; expected the endpoint's name");
      continue;
    }
    if (endpoints.some((it) => it.name === name)) {
      draft.mistake([...path, "name"], `"${name}" is the name of another endpoint already`);
      continue;
    }
    const provider = providerName(name);
    const type = typeOf(reader, [...path, "type"]);
    draft.set(["providers", provider, "type"], type, path);
    const url = urlOf(reader, path);
    if (url !== null) draft.set(["providers", provider, "base_url"], url, [...path, "address"]);
    const key = reader.text([...path, "api_key"]);
    if (key !== null) {
      draft.set(["providers", provider, "api_key"], key, [...path, "api_key"]);
    }
    for (const same of ["headers", "api_version"]) {
      const value = reader.value([...path, same]);
      if (value !== undefined) draft.set(["providers", provider, same], value, [...path, same]);
    }
    const health = [...path, "health_check_path"];
    if (reader.has(health)) {
      draft.set(["providers", provider, "health_check", "path"], reader.value(health), health);
    }
    endpoints.push({
      name,
      provider,
      type,
      weight: reader.number([...path, "weight"]) ?? 1,
      models: reader.has([...path, "models"]) ? reader.texts([...path, "models"]) : null,
      path,
    });
  }
  return endpoints;
}

/** A provider's name has no slash. */
export function providerName(text: string): string {
  return text.replaceAll("/", "-");
}

function typeOf(reader: Reader, path: Path): string {
  const given = reader.text(path)?.toLowerCase() ?? "vllm";
  if (PROVIDER_TYPES.some((type) => type === given)) return given;
  reader.draft.note(path, `"${given}" is no type of provider here: taken for one that speaks OpenAI's API`);
  return "openai_compatible";
}

function urlOf(reader: Reader, path: Path): string | null {
  const { draft } = reader;
  if (reader.has([...path, "provider_profile"])) {
    draft.mistake(
      [...path, "provider_profile"],
      "is not read; give the endpoint an address and a port, or convert the file and set providers.NAME.base_url",
    );
    return null;
  }
  const whole = reader.text([...path, "base_url"]);
  if (whole !== null) return whole;
  const address = reader.text([...path, "address"]);
  const port = reader.number([...path, "port"]);
  if (address === null) draft.mistake([...path, "address"], "is missing; expected an IP address or a host");
  if (port === null) draft.mistake([...path, "port"], "is missing; expected a port");
  if (address === null || port === null) return null;
  const scheme = reader.word([...path, "protocol"], ["http", "https"]) ?? "http";
  const host = address.includes(":") && !address.startsWith("[") ? `[${address}]` : address;
  const prefix = reader.text([...path, "path"])?.replace(/\/(?:chat\/completions)?$/, "") ?? "/v1";
  return `${scheme}://${host}:${port}${prefix}`;
}
