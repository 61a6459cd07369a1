import type { JsonObject } from "../../../wire/canonical.ts";
import { missing, MockRefusal, numberOr, stringOr } from "../prompt.ts";
import {
  type MockCall,
  type MockOperation,
  type MockOperationAnswer,
  requiredFile,
  unknownPath,
} from "./operation.ts";
import type { ShelvedFile } from "./shelf.ts";

/** `/v1/files`: upload, list, look up, read, delete. */
export const files: MockOperation = async (call) => {
  const [, id = "", part] = call.subpath.split("/");
  if (id === "") {
    if (call.method === "POST") return await upload(call);
    if (call.method === "GET") return list(call);
  } else if (call.method === "GET" && part === "content") {
    return { bytes: found(call, id).content, type: "application/octet-stream" };
  } else if (call.method === "GET" && part === undefined) {
    return { json: found(call, id).object };
  } else if (call.method === "DELETE" && part === undefined) {
    found(call, id);
    call.shelf.deleteFile(id);
    return { json: { id, object: "file", deleted: true } };
  }
  throw unknownPath(call);
};

async function upload(call: MockCall): Promise<MockOperationAnswer> {
  const purpose = stringOr(call.fields["purpose"], "");
  if (purpose === "") throw missing("purpose");
  const file = requiredFile(call, "file");
  const id = call.newId("file-");
  const object: JsonObject = {
    id,
    object: "file",
    bytes: file.size,
    created_at: call.created,
    filename: file.name,
    purpose,
    status: "processed",
  };
  call.shelf.addFile(id, { object, content: new Uint8Array(await file.arrayBuffer()) });
  return { json: object };
}

function list(call: MockCall): MockOperationAnswer {
  const { query, shelf } = call;
  const all = [...shelf.files.values()].map(({ object }) => object).reverse();
  return {
    json: page(
      all,
      query,
      (file) => query.get("purpose") === null || file["purpose"] === query.get("purpose"),
    ),
  };
}

function found(call: MockCall, id: string): ShelvedFile {
  const file = call.shelf.files.get(id);
  if (file === undefined) throw new MockRefusal(404, `No such File object: ${id}`, "id");
  return file;
}

/** One page of a list: `after` and `limit` as OpenAI has them. */
export function page(
  all: readonly JsonObject[],
  query: URLSearchParams,
  wanted: (object: JsonObject) => boolean = () => true,
): JsonObject {
  const listed = all.filter(wanted);
  const after = query.get("after");
  const from = after === null ? 0 : listed.findIndex((object) => object["id"] === after) + 1;
  const limit = numberOr(Number(query.get("limit") ?? 20), 20);
  const data = listed.slice(from, from + limit);
  return {
    object: "list",
    data,
    first_id: data[0]?.["id"] ?? null,
    last_id: data.at(-1)?.["id"] ?? null,
    has_more: from + limit < listed.length,
  };
}
