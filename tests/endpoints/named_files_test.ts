/** Files that a request's content names are its caller's own, or not there. */
import { assertEquals, assertRejects } from "@std/assert";
import { namedFiles, requireNamedFiles } from "../../lib/endpoints/named_files.ts";
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
];

function check(owners: MemoryOwnedIdStore, owner: string | null, body: string): Promise<void> {
  const exchange = arrived();
  exchange.principal = owner === null ? null : principal({ owner });
  const request = new JsonRequest(new TextEncoder().encode(body), { anyModel: true });
  return requireNamedFiles(exchange, request, owners, CLOCK);
}

Deno.test("ids are found wherever a provider looks for a file, and nowhere else", () => {
  for (const body of NAMING) assertEquals(namedFiles(body), ["file-1"], JSON.stringify(body));
  for (const body of NOT_NAMING) assertEquals(namedFiles(body), [], JSON.stringify(body));
});

Deno.test("a file of another's is as if it were not there, however its key is written", async () => {
  const owners = new MemoryOwnedIdStore(10);
  await owners.add("alice", ["file-1"]);
  for (const body of NAMING.map((each) => JSON.stringify(each))) {
    for (
      const text of [
        body,
        body.replaceAll("file_id", "file\\u005fid"),
        body.replaceAll("file_id", "\\u0066ile_id"),
      ]
    ) {
      await check(owners, "alice", text);
      await check(owners, null, text);
      const hers = await assertRejects(() => check(owners, "bob", text), GatewayError);
      const nobodys = await assertRejects(
        () => check(owners, "bob", text.replaceAll("file-1", "file-0")),
        GatewayError,
      );
      assertEquals([hers.status, hers.code, hers.param], [404, nobodys.code, nobodys.param]);
      assertEquals(hers.message.replace("file-1", "file-0"), nobodys.message);
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
