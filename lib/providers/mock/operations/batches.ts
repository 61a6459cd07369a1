import type { JsonObject } from "../../../wire/canonical.ts";
import { missing, MockRefusal, stringOr } from "../prompt.ts";
import { page } from "./files.ts";
import { type MockCall, type MockOperation, type MockOperationAnswer, unknownPath } from "./operation.ts";

/** `/v1/batches`: create, list, look up, cancel. A batch waits for ever, so that it can be cancelled. */
export const batches: MockOperation = (call) => {
  const [, id = "", part] = call.subpath.split("/");
  if (id === "") {
    if (call.method === "POST") return create(call);
    if (call.method === "GET") {
      return { json: page([...call.shelf.batches.values()].reverse(), call.query) };
    }
  } else if (call.method === "GET" && part === undefined) {
    return { json: found(call, id) };
  } else if (call.method === "POST" && part === "cancel") {
    const cancelled = { ...found(call, id), status: "cancelling", cancelling_at: call.created };
    call.shelf.batches.set(id, cancelled);
    return { json: cancelled };
  }
  throw unknownPath(call);
};

function create(call: MockCall): MockOperationAnswer {
  const { fields } = call;
  for (const name of ["input_file_id", "endpoint", "completion_window"]) {
    if (stringOr(fields[name], "") === "") throw missing(name);
  }
  const id = call.newId("batch_");
  const batch: JsonObject = {
    id,
    object: "batch",
    endpoint: fields["endpoint"] ?? "",
    errors: null,
    input_file_id: fields["input_file_id"] ?? "",
    completion_window: fields["completion_window"] ?? "",
    status: "validating",
    output_file_id: null,
    error_file_id: null,
    created_at: call.created,
    expires_at: call.created + 86_400,
    request_counts: { total: 0, completed: 0, failed: 0 },
    metadata: fields["metadata"] ?? null,
  };
  call.shelf.addBatch(id, batch);
  return { json: batch };
}

function found(call: MockCall, id: string): JsonObject {
  const batch = call.shelf.batches.get(id);
  if (batch === undefined) throw new MockRefusal(404, `No batch found with id '${id}'.`, "batch_id");
  return batch;
}
