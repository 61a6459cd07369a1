import { assert, assertEquals, assertRejects } from "@std/assert";
import OpenAI, { BadRequestError, NotFoundError } from "openai";
import { needsOpenaiSchema, validator } from "../wire/openai_schema.ts";
import { present, SdkGateway, UPSTREAMS } from "./gateway.ts";

function user(text: string) {
  return { type: "message", role: "user", content: text } as const;
}

Deno.test("openai's SDK: conversations", async (t) => {
  await using setup = await SdkGateway.start();
  const client = new OpenAI({ baseURL: `${setup.url}/v1`, apiKey: "any", maxRetries: 0 });

  await t.step("creates, reads, updates and deletes one", async () => {
    const created = await client.conversations.create({ metadata: { topic: "demo" }, items: [user("Hi")] });
    assert(created.id.startsWith("conv_"));
    assertEquals([created.object, created.metadata], ["conversation", { topic: "demo" }]);
    assertEquals(await client.conversations.retrieve(created.id), created);
    const updated = await client.conversations.update(created.id, { metadata: { topic: "other" } });
    assertEquals(updated, { ...created, metadata: { topic: "other" } });
    assertEquals(await client.conversations.delete(created.id), {
      id: created.id,
      object: "conversation.deleted",
      deleted: true,
    });
    await assertRejects(() => client.conversations.retrieve(created.id), NotFoundError);
    await assertRejects(() => client.conversations.delete(created.id), NotFoundError);
    assertEquals((await client.conversations.create()).metadata, {});
  });

  await t.step("adds items, lists them page by page, reads and deletes one", async () => {
    const { id } = await client.conversations.create();
    for (let page = 0; page < 3; page++) {
      const items = Array.from({ length: 20 }, (_, i) => user(`${page * 20 + i}`));
      const added = await client.conversations.items.create(id, { items });
      assertEquals([added.data.length, added.has_more], [20, false]);
    }
    for (const order of ["asc", "desc"] as const) {
      const texts: string[] = [];
      for await (const item of client.conversations.items.list(id, { limit: 7, order })) {
        const content = item.type === "message" ? item.content[0] : undefined;
        texts.push(content?.type === "input_text" ? content.text : "?");
      }
      const expected = Array.from({ length: 60 }, (_, i) => `${i}`);
      assertEquals(texts, order === "asc" ? expected : expected.toReversed());
    }
    const [last] = (await client.conversations.items.list(id)).data;
    const itemId = present(present(last).id);
    assertEquals(await client.conversations.items.retrieve(itemId, { conversation_id: id }), last);
    const after = await client.conversations.items.delete(itemId, { conversation_id: id });
    assertEquals(after.id, id);
    await assertRejects(
      () => client.conversations.items.retrieve(itemId, { conversation_id: id }),
      NotFoundError,
    );
  });

  await t.step("keeps to OpenAI's limits", async () => {
    const { id } = await client.conversations.create();
    const many = Array.from({ length: 21 }, () => user("x"));
    const pairs = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`key${i}`, "x"]));
    const wrong: [param: string, call: () => Promise<unknown>][] = [
      ["items", () => client.conversations.create({ items: many })],
      ["items", () => client.conversations.items.create(id, { items: many })],
      ["metadata", () => client.conversations.create({ metadata: pairs })],
      ["metadata", () => client.conversations.create({ metadata: { ["k".repeat(65)]: "x" } })],
      ["metadata", () => client.conversations.update(id, { metadata: { k: "x".repeat(513) } })],
      ["limit", async () => await client.conversations.items.list(id, { limit: 101 })],
      ["after", async () => await client.conversations.items.list(id, { after: "msg_nothing" })],
      [
        "include",
        async () =>
          await client.conversations.items.list(id, { include: ["nothing" as "web_search_call.results"] }),
      ],
    ];
    for (const [param, call] of wrong) {
      const error = await assertRejects(call, BadRequestError);
      assertEquals((error as BadRequestError).param, param);
    }
  });

  for (const upstream of UPSTREAMS) {
    const model = `model-${upstream}`;

    await t.step(`goes on in a conversation on ${upstream}`, async () => {
      const { id } = await client.conversations.create({ items: [user("My name is Ada.")] });
      const first = await client.responses.create({ model, input: "Go on.", conversation: id });
      assertEquals(first.conversation, { id });
      const second = await client.responses.create({
        model,
        input: [user("And on.")],
        conversation: { id },
      });
      assert((second.usage?.input_tokens ?? 0) > (first.usage?.input_tokens ?? 0), "all before went along");
      const third = await client.responses.stream({ model, input: "On.", conversation: id }).finalResponse();
      assertEquals(third.conversation, { id });
      assert((third.usage?.input_tokens ?? 0) > (second.usage?.input_tokens ?? 0), "all before went along");

      const items = await Array.fromAsync(client.conversations.items.list(id, { order: "asc" }));
      assertEquals(items.map((item) => item.type === "message" ? item.role : item.type), [
        "user",
        "user",
        "assistant",
        "user",
        "assistant",
        "user",
        "assistant",
      ]);
      assertEquals(present(items[2]).id, present(first.output[0]).id);

      const before = await Array.fromAsync(client.responses.inputItems.list(second.id, { order: "asc" }));
      assertEquals(before.map((item) => item.id), items.slice(0, 4).map((item) => item.id));
    });

    await t.step(`lists the input of a response on ${upstream}`, async () => {
      const first = await client.responses.create({ model, input: "One." });
      const second = await client.responses.create({
        model,
        previous_response_id: first.id,
        input: Array.from({ length: 30 }, (_, i) => user(`${i}`)),
      });
      for (const order of ["asc", "desc"] as const) {
        const items = await Array.fromAsync(client.responses.inputItems.list(second.id, { order, limit: 9 }));
        assertEquals(items.length, 32);
        assertEquals(new Set(items.map((item) => item.id)).size, 32);
        if (order === "desc") items.reverse();
        assertEquals(present(items[1]).id, present(first.output[0]).id);
        const content = items[31]?.type === "message" ? items[31].content[0] : undefined;
        assertEquals(content?.type === "input_text" ? content.text : null, "29");
      }
      // What was listed may be given back.
      const again = await Array.fromAsync(client.responses.inputItems.list(second.id, { order: "asc" }));
      const third = await client.responses.create({ model, input: again as OpenAI.Responses.ResponseInput });
      assertEquals(third.status, "completed");
    });
  }

  await t.step("refuses what cannot be", async () => {
    const { id } = await client.conversations.create();
    const model = "model-openai";
    const kept = await client.responses.create({ model, input: "x" });
    await assertRejects(
      () => client.responses.create({ model, input: "x", conversation: id, previous_response_id: kept.id }),
      BadRequestError,
      "conversation",
    );
    await assertRejects(
      () => client.responses.create({ model, input: "x", conversation: "conv_nothing" }),
      NotFoundError,
      "conv_nothing",
    );
    await assertRejects(async () => await client.responses.inputItems.list("resp_nothing"), NotFoundError);
  });

  await t.step(
    "adds to a conversation though the response is not kept, and nothing where it fails",
    async () => {
      const { id } = await client.conversations.create();
      const answer = await client.responses.create({
        model: "model-anthropic",
        input: "x",
        conversation: id,
        store: false,
      });
      await assertRejects(() => client.responses.retrieve(answer.id), NotFoundError);
      assertEquals((await client.conversations.items.list(id)).data.length, 2);
      await assertRejects(() =>
        client.responses.create({ model: "wrong-chat", input: "x", conversation: id })
      );
      assertEquals((await client.conversations.items.list(id)).data.length, 2);
    },
  );
});

Deno.test({
  name: "answers of the Conversations API are OpenAI's by its schemas",
  ...needsOpenaiSchema(),
  async fn() {
    await using setup = await SdkGateway.start();
    const call = async (schema: string, method: string, path: string, body?: unknown) => {
      const response = await fetch(`${setup.url}/v1${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const json = await response.json();
      assertEquals(response.status, 200, JSON.stringify(json));
      assertEquals(validator(schema)(json), [], `${method} ${path}: ${JSON.stringify(json)}`);
      return json;
    };
    const items = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Hello" },
      { type: "message", role: "developer", content: [{ type: "input_text", text: "Be kind." }] },
      { role: "user", content: [{ type: "input_image", image_url: "data:image/png;base64,AA==" }] },
      { type: "function_call", call_id: "call_1", name: "f", arguments: "{}" },
      { type: "function_call_output", call_id: "call_1", output: "21" },
      { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "sealed" },
    ];
    const { id } = await call("ConversationResource", "POST", "/conversations", {
      items,
      metadata: { a: "b" },
    });
    await call("ConversationResource", "GET", `/conversations/${id}`);
    await call("ConversationResource", "POST", `/conversations/${id}`, { metadata: {} });
    await call("ConversationItemList", "POST", `/conversations/${id}/items`, { items: items.slice(0, 2) });
    const list = await call("ConversationItemList", "GET", `/conversations/${id}/items?order=asc`);
    assertEquals(list.data.length, 9);
    const reasoning = list.data.find((item: { type: string }) => item.type === "reasoning");
    assertEquals("encrypted_content" in reasoning, false, "only on request");
    const included = await call(
      "ConversationItem",
      "GET",
      `/conversations/${id}/items/rs_1?include[]=reasoning.encrypted_content`,
    );
    assertEquals(included.encrypted_content, "sealed");
    for (const upstream of UPSTREAMS) {
      const response = await call("Response", "POST", "/responses", {
        model: `model-${upstream}`,
        input: [{ role: "user", content: "x" }],
        conversation: id,
      });
      await call("ResponseItemList", "GET", `/responses/${response.id}/input_items?limit=100`);
    }
    await call("ConversationItemList", "GET", `/conversations/${id}/items?limit=100`);
    await call("ConversationResource", "DELETE", `/conversations/${id}/items/rs_1`);
    await call("DeletedConversationResource", "DELETE", `/conversations/${id}`);
    const { id: empty } = await call("ConversationResource", "POST", "/conversations");
    await call("ConversationItemList", "GET", `/conversations/${empty}/items`);
  },
});
