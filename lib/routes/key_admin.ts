import type { Clock } from "../clock.ts";
import { KeyAdmin, type KeyChange, type Maker } from "../endpoints/admin/keys/key_admin.ts";
import { managerOnly } from "../endpoints/admin/keys/manager_only.ts";
import { openApi } from "../endpoints/admin/keys/openapi.ts";
import { type AdminOperation, OPERATIONS } from "../endpoints/admin/keys/operations.ts";
import { type MasterKey, masterKeyOnly } from "../endpoints/admin/master_key.ts";
import { jsonAnswer } from "../endpoints/json_answer.ts";
import { readJsonBody } from "../endpoints/json_body.ts";
import type { ReadBodyOptions } from "../endpoints/read_body.ts";
import { GatewayError } from "../errors.ts";
import type { KeyDirectory } from "../middleware/key_directory.ts";
import type { KeyStore } from "../stores/key_store.ts";
import type { Endpoint, Exchange } from "../telemetry/exchange.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { JsonObject } from "../wire/canonical.ts";

export interface KeyAdminRoutesOptions {
  /** Null: there is no master key, and the admin API is off. */
  readonly masterKey: MasterKey | null;
  /** Null: there are no virtual keys. */
  readonly keys:
    | { readonly store: KeyStore; readonly directory: KeyDirectory; readonly maxKeys: number }
    | null;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly body: ReadBodyOptions;
  readonly version: string;
}

type Row = readonly [method: string, path: string, endpoint: Endpoint];

const OFF = "There are no virtual keys here: set keys.path or keys.store in the configuration.";

/** Routes of keys, teams and users, and the document that describes them. */
export function keyAdminRows(options: KeyAdminRoutesOptions): Row[] {
  const { masterKey, keys, clock, logger, body, version } = options;
  const document = openApi(version);
  if (keys === null) {
    const off = masterKeyOnly(masterKey, () => Promise.reject(new GatewayError("not_found", OFF)));
    return [
      [
        "GET",
        DOCUMENT,
        masterKeyOnly(masterKey, (exchange) => Promise.resolve(jsonAnswer(exchange, document))),
      ],
      ...OPERATIONS.map(({ method, path }): Row => [method, path, off]),
    ];
  }
  const { directory } = keys;
  const run = keyOperation({ keys, clock, logger, body });
  const manager = { masterKey, find: (sha256: string) => directory.records(sha256), now: () => clock.wall() };
  return [
    ["GET", DOCUMENT, managerOnly(manager, (exchange) => Promise.resolve(jsonAnswer(exchange, document)))],
    ...OPERATIONS.map((operation): Row => [
      operation.method,
      operation.path,
      managerOnly(manager, (exchange, { id = "" }, maker) => run(operation, exchange, id, maker)),
    ]),
  ];
}

/** Does what an operation says, for somebody who was let in. */
export function keyOperation(
  { keys: { store, directory, maxKeys }, clock, logger, body }:
    & Pick<KeyAdminRoutesOptions, "clock" | "logger" | "body">
    & { readonly keys: NonNullable<KeyAdminRoutesOptions["keys"]> },
): (operation: AdminOperation, exchange: Exchange, id: string, maker: Maker) => Promise<Response> {
  const onChange = (change: KeyChange) => {
    directory.changed();
    tell(logger, change);
  };
  const admin = new KeyAdmin({ store, clock, maxKeys, onChange });
  return async (operation, exchange, id, maker) => {
    const query = new URLSearchParams(exchange.query);
    const given: JsonObject = operation.body === null ? {} : (await readJsonBody(exchange, body)).object;
    const answer = await operation.run({ admin, maker, id, query, body: given });
    return jsonAnswer(exchange, answer, operation.status);
  };
}

const DOCUMENT = "/admin/openapi.json";

/** Who changed what, and from where; never a key. */
function tell(logger: Logger, { what, kind, record, maker, fields }: KeyChange): void {
  const { id, name } = record;
  const { team, user } = record as { readonly team?: string; readonly user?: string };
  logger.info(`${kind} ${id} ${what}`, {
    event: `${kind}.${what}`,
    [`${kind}_id`]: id,
    name: name || undefined,
    team: team || undefined,
    user: user || undefined,
    by: maker.id,
    client_address: maker.address,
    fields: fields.length === 0 ? undefined : fields.join(","),
  });
}
