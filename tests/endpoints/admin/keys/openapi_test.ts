import { assert, assertEquals } from "@std/assert";
import { Ajv2020, type ValidateFunction } from "ajv/2020";
import { openApi } from "../../../../lib/endpoints/admin/keys/openapi.ts";
import { OPERATIONS } from "../../../../lib/endpoints/admin/keys/operations.ts";
import { readRecord } from "../../../../lib/endpoints/admin/keys/read_record.ts";
import { shownRecord } from "../../../../lib/endpoints/admin/keys/shown_record.ts";
import type { JsonObject } from "../../../../lib/wire/canonical.ts";
import { isObject } from "../../../../lib/wire/shape.ts";
import { digest, keyRecord, teamRecord, userRecord } from "../../../stores/key_records.ts";

const document = openApi("1.2.3");

function validator(name: string): ValidateFunction {
  const ajv = new Ajv2020({ strict: false, formats: { "date-time": true } });
  ajv.addSchema(document, "document");
  const validate = ajv.getSchema(`document#/components/schemas/${name}`);
  if (validate === undefined) throw new Error(`There is no schema ${name}`);
  return validate;
}

function* objectsIn(value: unknown): Generator<JsonObject> {
  if (typeof value !== "object" || value === null) return;
  if (isObject(value as JsonObject)) yield value as JsonObject;
  for (const item of Object.values(value)) yield* objectsIn(item);
}

function at(path: string): unknown {
  return path.slice(2).split("/").reduce<unknown>(
    (value, key) => (value as Record<string, unknown>)?.[key.replaceAll("~1", "/")],
    document,
  );
}

Deno.test("the OpenAPI document has each route once, with its parameters, and refers to nothing that is not there", () => {
  const paths = document["paths"] as Record<string, Record<string, JsonObject>>;
  const listed = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`)
  );
  const operated = OPERATIONS.map(({ method, path }) => `${method} ${path}`);
  assertEquals(listed.toSorted(), [...operated, "GET /admin/v1/spend"].toSorted());
  const operations = Object.values(paths).flatMap((item) => Object.values(item));
  assertEquals(new Set(operations.map((it) => it["operationId"])).size, operations.length);
  for (const [path, item] of Object.entries(paths)) {
    for (const operation of Object.values(item)) {
      const parameters = (operation["parameters"] ?? []) as {
        name: string;
        in: string;
        required?: boolean;
      }[];
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = parameters.filter((it) => it.in === "path");
      assertEquals(declared.map(({ name, required }) => [name, required]), named.map((name) => [name, true]));
    }
  }
  for (const object of objectsIn(document)) {
    const { $ref } = object as { $ref?: string };
    if (typeof $ref === "string") assert(at($ref) !== undefined, $ref);
  }
});

Deno.test("all schemas of the OpenAPI document are JSON schemas", () => {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, formats: { "date-time": true } });
  const { schemas } = document["components"] as { schemas: Record<string, JsonObject> };
  for (const [name, schema] of Object.entries(schemas)) {
    assert(ajv.validateSchema(schema), `${name}: ${ajv.errorsText()}`);
  }
});

Deno.test("what is shown is what the document says, and no digest is in it", () => {
  const previous = { sha256: digest("ee"), tail: "eeee", until: 5_000 };
  const key = keyRecord("key_a1", {
    previous,
    budgets: [{ per: "day", usd: 1 }],
    models: ["a"],
    expires_at: 1,
  });
  const shown: [string, JsonObject][] = [
    ["Key", shownRecord("key", key)],
    ["Key", shownRecord("key", keyRecord("key_a1"))],
    ["NewKey", { ...shownRecord("key", key), key: "x" }],
    ["Team", shownRecord("team", teamRecord("t"))],
    ["User", shownRecord("user", userRecord("u"))],
  ];
  for (const [name, value] of shown) {
    const validate = validator(name);
    assert(validate(value), JSON.stringify(validate.errors));
    assertEquals(JSON.stringify(value).includes(digest("ee")), false);
    assertEquals(JSON.stringify(value).includes(key.sha256), false);
  }
});

Deno.test("what the document lets in is read, and what it does not is refused", () => {
  const table: [JsonObject, boolean][] = [
    [{}, true],
    [{ name: "a", tags: { a: "b" }, models: ["x"], rpm: 1, budgets: [{ per: "day", usd: 1 }] }, true],
    [{ models: null, routes: null, addresses: null, expires_at: null, rpm: null }, true],
    [{ models: [""] }, false],
    [{ rpm: 0 }, false],
    [{ rpm: "1" }, false],
    [{ budgets: [{ per: "day" }] }, false],
    [{ budgets: [{ per: "day", usd: 1, more: 1 }] }, false],
    [{ tags: { a: 1 } }, false],
    [{ role: "x" }, false],
    [{ unknown: 1 }, false],
  ];
  const validate = validator("CreateKey");
  for (const [body, fine] of table) {
    assertEquals(validate(body), fine, JSON.stringify(body));
    let read = true;
    try {
      readRecord("key", "create", body);
    } catch {
      read = false;
    }
    assertEquals(read, fine, JSON.stringify(body));
  }
});
