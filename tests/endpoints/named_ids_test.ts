/** What a request names of a provider's account is its caller's own, or not there. */
import { assertEquals, assertRejects } from "@std/assert";
import { NamedIds, namedIds } from "../../lib/endpoints/named_ids.ts";
import { GatewayError } from "../../lib/errors.ts";
import { JsonRequest } from "../../lib/stages/json_request.ts";
import { MemoryOwnedIdStore } from "../../lib/stores/owned_ids/memory_owned_id_store.ts";
import type { JsonObject } from "../../lib/wire/canonical.ts";
import { ManualClock } from "../manual_clock.ts";
import { principal } from "../principal.ts";
import { arrived } from "../telemetry/exchanges.ts";

const CLOCK = new ManualClock();

function user(...content: JsonObject[]): JsonObject {
  return { role: "user", content };
}

/** Where the APIs have an id of a file. */
const NAMING: readonly JsonObject[] = [
  { messages: [user({ type: "file", file: { file_id: "file-1" } })] },
  { input: [user({ type: "input_file", file_id: "file-1" })] },
  { input: [user({ type: "input_image", file_id: "file-1" })] },
  {
    input: [{
      type: "function_call_output",
      call_id: "c",
      output: [{ type: "input_file", file_id: "file-1" }],
    }],
  },
  { tools: [{ type: "code_interpreter", container: { type: "auto", file_ids: ["file-1"] } }] },
  { tools: [{ type: "image_generation", input_image_mask: { file_id: "file-1" } }] },
  { messages: [user({ type: "document", source: { type: "file", file_id: "file-1" } })] },
  { messages: [user({ type: "container_upload", file_id: "file-1" })] },
  { input_file_id: "file-1", endpoint: "/v1/responses" },
  { images: [{ file_id: "file-1" }], prompt: "x" },
  { files: [{ file_id: "file-1", attributes: {} }] },
];

/** The same of a vector store. */
const NAMING_STORES: readonly JsonObject[] = [
  { tools: [{ type: "file_search", vector_store_ids: ["vs_1"] }] },
  { tools: [{ type: "file_search", vector_store_ids: "vs_1" }] },
  { input: [{ vector_store_id: "vs_1" }] },
];

/** Where an id is somebody's own word. */
const NOT_NAMING: readonly JsonObject[] = [
  { metadata: { file_id: "file-1" } },
  { input: "file_id: file-1" },
  {
    tools: [{
      type: "function",
      parameters: { properties: { file_id: { type: "string" } }, example: { file_id: "file-1" } },
    }],
  },
  { tools: [{ name: "read", input_schema: { default: { file_id: "file-1" } } }] },
  {
    messages: [{ role: "assistant", content: [{ type: "tool_use", id: "t", input: { file_id: "file-1" } }] }],
  },
  { messages: [{ role: "assistant", tool_calls: [{ function: { arguments: { file_id: "file-1" } } }] }] },
  // What answers said, and clients say again.
  {
    input: [{
      type: "message",
      role: "assistant",
      content: [{
        type: "output_text",
        text: "a",
        annotations: [
          { type: "file_citation", file_id: "file-1", index: 0, filename: "a.txt" },
          { type: "container_file_citation", container_id: "cntr_1", file_id: "cfile_1" },
        ],
      }],
    }],
  },
  { input: [{ type: "file_search_call", id: "fs_1", results: [{ file_id: "file-1", text: "a" }] }] },
  {
    messages: [{
      role: "assistant",
      content: [{
        type: "bash_code_execution_tool_result",
        tool_use_id: "srvtoolu_1",
        content: {
          type: "bash_code_execution_result",
          content: [{ type: "bash_code_execution_output", file_id: "file-1" }],
        },
      }],
    }],
  },
  {
    messages: [user({ type: "text", text: "a", citations: [{ type: "char_location", file_id: "file-1" }] })],
  },
];

function check(owners: MemoryOwnedIdStore, owner: string | null, body: string): Promise<void> {
  const exchange = arrived();
  exchange.principal = owner === null ? null : principal({ owner });
  const request = new JsonRequest(new TextEncoder().encode(body), { anyModel: true });
  return new NamedIds(owners, new Set(["vs_common"]), CLOCK).requireOwnIn(exchange, request);
}

Deno.test("ids are found wherever a provider looks for them, and nowhere else", () => {
  for (const body of NAMING) assertEquals([...namedIds(body)], [["file-1", "files"]], JSON.stringify(body));
  for (const body of NAMING_STORES) {
    assertEquals([...namedIds(body)], [["vs_1", "vector_stores"]], JSON.stringify(body));
  }
  for (const body of NOT_NAMING) assertEquals([...namedIds(body)], [], JSON.stringify(body));
});

Deno.test("what is another's is as if it were not there, however its key is written", async () => {
  const owners = new MemoryOwnedIdStore(10);
  await owners.add("alice", ["file-1", "vs_1"]);
  for (const body of [...NAMING, ...NAMING_STORES].map((each) => JSON.stringify(each))) {
    for (
      const text of [
        body,
        body.replaceAll("_id", "\\u005Fid"),
        body.replaceAll("_id", "_\\u0069d"),
        body.replaceAll("tore_id", "\\u0074ore_id").replaceAll("file_id", "fil\\u0065_id"),
      ]
    ) {
      await check(owners, "alice", text);
      await check(owners, null, text);
      const hers = await assertRejects(() => check(owners, "bob", text), GatewayError);
      const nobodys = await assertRejects(
        () => check(owners, "bob", text.replaceAll("file-1", "file-0").replaceAll("vs_1", "vs_0")),
        GatewayError,
      );
      assertEquals([hers.status, hers.code, hers.param], [404, nobodys.code, nobodys.param]);
      assertEquals(hers.message.replace("file-1", "file-0").replace("vs_1", "vs_0"), nobodys.message);
    }
  }
});

Deno.test("of several files one that is another's is enough, and what names none asks no store", async () => {
  const owners = new MemoryOwnedIdStore(10);
  await owners.add("alice", ["file-1"]);
  await owners.add("bob", ["file-2"]);
  const both = JSON.stringify({ tools: [{ container: { file_ids: ["file-2", "file-1"] } }] });
  await assertRejects(() => check(owners, "bob", both), GatewayError, "file-1");
  owners.of = () => Promise.reject(new Error("it was asked"));
  await check(owners, "bob", JSON.stringify({ input: "hello", file_id: null }));
});

Deno.test("what is common may be named by everybody, and by nobody in the place of something else", async () => {
  const owners = new MemoryOwnedIdStore(10);
  const search = (...vector_store_ids: string[]) =>
    JSON.stringify({ tools: [{ type: "file_search", vector_store_ids }] });
  await check(owners, "bob", search("vs_common"));
  await assertRejects(() => check(owners, "bob", search("vs_common", "vs_1")), GatewayError, "vs_1");
});
