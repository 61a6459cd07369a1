import type { JsonObject, JsonValue } from "../../../wire/canonical.ts";
import { missing, MockRefusal, stringOr } from "../prompt.ts";
import { page } from "./files.ts";
import { type MockCall, type MockOperation, type MockOperationAnswer, unknownPath } from "./operation.ts";
import type { ShelvedVectorStore } from "./shelf.ts";

/** `/v1/vector_stores`: create, list, look up, change, delete, search, and the files in them. Nothing is indexed. */
export const vectorStores: MockOperation = (call) => {
  const [, id = "", part, file = ""] = call.subpath.split("/");
  if (id === "") {
    if (call.method === "POST") return create(call);
    if (call.method === "GET") {
      return { json: page([...call.shelf.vectorStores.values()].map(shown).reverse(), call.query) };
    }
  } else if (part === undefined) {
    return itself(call, id);
  } else if (part === "search" && call.method === "POST") {
    return search(call, id);
  } else if (part === "files") {
    return file === "" ? files(call, id) : oneFile(call, id, file);
  } else if (part === "file_batches" && call.method === "POST" && file === "") {
    return { json: add(call, id, texts(call.fields["file_ids"]), call.newId("vsfb_")) };
  }
  throw unknownPath(call);
};

function create(call: MockCall): MockOperationAnswer {
  const id = call.newId("vs_");
  const object: JsonObject = {
    id,
    object: "vector_store",
    created_at: call.created,
    name: call.fields["name"] ?? null,
    status: "completed",
    usage_bytes: 0,
    expires_after: null,
    expires_at: null,
    last_active_at: call.created,
    metadata: call.fields["metadata"] ?? {},
  };
  call.shelf.addVectorStore(id, { object, files: new Map() });
  add(call, id, texts(call.fields["file_ids"]), "");
  return { json: shown(found(call, id)) };
}

function itself(call: MockCall, id: string): MockOperationAnswer {
  const store = found(call, id);
  if (call.method === "GET") return { json: shown(store) };
  if (call.method === "DELETE") {
    call.shelf.vectorStores.delete(id);
    return { json: { id, object: "vector_store.deleted", deleted: true } };
  }
  const { name, metadata } = store.object;
  const object = {
    ...store.object,
    name: call.fields["name"] ?? name ?? null,
    metadata: call.fields["metadata"] ?? metadata ?? null,
  };
  call.shelf.vectorStores.set(id, { ...store, object });
  return { json: shown(found(call, id)) };
}

function search(call: MockCall, id: string): MockOperationAnswer {
  const { files } = found(call, id);
  const query = call.fields["query"];
  if (query === undefined) throw missing("query");
  const data = [...files.keys()].flatMap((file_id): JsonObject[] => {
    const file = call.shelf.files.get(file_id);
    if (file === undefined) return [];
    const content = [{ type: "text", text: new TextDecoder().decode(file.content) }];
    return [{ file_id, filename: file.object["filename"] ?? "", score: 0.5, attributes: {}, content }];
  });
  const search_query = Array.isArray(query) ? query : [query];
  return {
    json: {
      object: "vector_store.search_results.page",
      search_query,
      data,
      has_more: false,
      next_page: null,
    },
  };
}

function files(call: MockCall, id: string): MockOperationAnswer {
  const store = found(call, id);
  if (call.method === "GET") return { json: page([...store.files.values()].reverse(), call.query) };
  const file = stringOr(call.fields["file_id"], "");
  if (file === "") throw missing("file_id");
  add(call, id, [file], "");
  return { json: fileIn(found(call, id), file) };
}

function oneFile(call: MockCall, id: string, file: string): MockOperationAnswer {
  const store = found(call, id);
  const object = fileIn(store, file);
  if (call.method !== "DELETE") return { json: object };
  const files = new Map(store.files);
  files.delete(file);
  call.shelf.vectorStores.set(id, { ...store, files });
  return { json: { id: file, object: "vector_store.file.deleted", deleted: true } };
}

/** @returns the batch that adds them. */
function add(call: MockCall, id: string, fileIds: readonly string[], batch: string): JsonObject {
  const store = found(call, id);
  const files = new Map(store.files);
  for (const fileId of fileIds) {
    const file = call.shelf.files.get(fileId);
    if (file === undefined) throw new MockRefusal(404, `No such File object: ${fileId}`, "id");
    files.set(fileId, {
      id: fileId,
      object: "vector_store.file",
      created_at: call.created,
      vector_store_id: id,
      status: "completed",
      usage_bytes: file.content.length,
      last_error: null,
    });
  }
  call.shelf.vectorStores.set(id, { ...store, files });
  return {
    id: batch,
    object: "vector_store.file_batch",
    created_at: call.created,
    vector_store_id: id,
    status: "completed",
    file_counts: countOf(fileIds.length),
  };
}

function shown({ object, files }: ShelvedVectorStore): JsonObject {
  return { ...object, file_counts: countOf(files.size) };
}

function countOf(total: number): JsonObject {
  return { in_progress: 0, completed: total, failed: 0, cancelled: 0, total };
}

function fileIn({ files }: ShelvedVectorStore, id: string): JsonObject {
  const file = files.get(id);
  if (file === undefined) {
    throw new MockRefusal(404, `No file found with id '${id}' in vector store.`, "file_id");
  }
  return file;
}

function found(call: MockCall, id: string): ShelvedVectorStore {
  const store = call.shelf.vectorStores.get(id);
  if (store === undefined) {
    throw new MockRefusal(404, `No vector store found with id '${id}'.`, "vector_store_id");
  }
  return store;
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
