import { assert, assertEquals, assertRejects } from "@std/assert";
import OpenAI, { BadRequestError, NotFoundError } from "openai";
import { needsOpenaiSchema, validator } from "../wire/openai_schema.ts";
import { present, SdkGateway, UPSTREAMS } from "./gateway.ts";

type Response = OpenAI.Responses.Response;
type Event = OpenAI.Responses.ResponseStreamEvent;

/** Asks until the response is over. */
async function ended(client: OpenAI, id: string): Promise<Response> {
  for (;;) {
    const response = await client.responses.retrieve(id);
    if (response.status !== "queued" && response.status !== "in_progress") return response;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function textOf(events: readonly Event[]): string {
  return events.map((event) => event.type === "response.output_text.delta" ? event.delta : "").join("");
}

function numbers(events: readonly Event[]): number[] {
  return events.map((event) => event.sequence_number);
}

Deno.test("openai's SDK: responses in the background", async (t) => {
  await using setup = await SdkGateway.start();
  const client = new OpenAI({ baseURL: `${setup.url}/v1`, apiKey: "any", maxRetries: 0 });

  for (const upstream of UPSTREAMS) {
    const model = `model-${upstream}`;

    await t.step(`answers at once and goes on, on ${upstream}`, async () => {
      const queued = await client.responses.create({ model, input: "Hello, world!", background: true });
      assertEquals([queued.status, queued.background, queued.output], ["queued", true, []]);
      const response = await ended(client, queued.id);
      assertEquals([response.status, response.background, response.id], ["completed", true, queued.id]);
      assertEquals(response.created_at, queued.created_at);
      assert(response.output_text.includes("Hello, world!"));
      // The next turn goes on from it.
      const next = await client.responses.create({ model, input: "On.", previous_response_id: queued.id });
      assert((next.usage?.input_tokens ?? 0) > (response.usage?.input_tokens ?? 0));
      assertEquals((await client.responses.inputItems.list(queued.id)).data.length, 1);
      // What is over stays as it is.
      assertEquals((await client.responses.cancel(queued.id)).status, "completed");
    });

    await t.step(`streams, and streams again from any event, on ${upstream}`, async () => {
      const events = await Array.fromAsync(
        await client.responses.create({ model, input: "Hello, stream!", background: true, stream: true }),
      );
      assertEquals(numbers(events), events.map((_, index) => index));
      assertEquals(events.slice(0, 3).map((event) => event.type), [
        "response.created",
        "response.queued",
        "response.in_progress",
      ]);
      const last = present(events.at(-1));
      assertEquals(last.type, "response.completed");
      const response = last.type === "response.completed" ? last.response : undefined;
      const id = present(response?.id);
      const kept = await client.responses.retrieve(id);
      assertEquals([kept.status, kept.output_text], ["completed", textOf(events)]);
      for (const event of events) {
        if ("response" in event) assertEquals([event.response.id, event.response.background], [id, true]);
      }
      for (const after of [undefined, 0, 4, events.length - 2, events.length + 5]) {
        const again = await Array.fromAsync(
          await client.responses.retrieve(id, {
            stream: true,
            ...(after === undefined ? {} : { starting_after: after }),
          }),
        );
        assertEquals(again, events.slice((after ?? -1) + 1));
      }
    });

    await t.step(`is accumulated by the SDK's own stream, begun and taken up, on ${upstream}`, async () => {
      const begun = await client.responses.stream({ model, input: "Hello there!", background: true })
        .finalResponse();
      assertEquals([begun.status, begun.background], ["completed", true]);
      const again = await client.responses.stream({ response_id: begun.id }).finalResponse();
      assertEquals([again.id, again.output_text], [begun.id, begun.output_text]);
      const types: string[] = [];
      for await (const event of client.responses.stream({ response_id: begun.id, starting_after: 4 })) {
        types.push(event.type);
        assert(event.sequence_number > 4);
      }
      assertEquals(types.at(-1), "response.completed");
    });

    await t.step(`is followed by several while it runs on ${upstream}, though its client left`, async () => {
      const stream = await client.responses.create({
        model: `paced-${upstream}`,
        input: "x",
        max_output_tokens: 30,
        background: true,
        stream: true,
      });
      let id = "";
      for await (const event of stream) {
        if (event.type === "response.created") id = event.response.id;
        if (event.type === "response.output_text.delta") break;
      }
      const all = await Promise.all([-1, 2, 3].map(async (after) => {
        const events = await client.responses.retrieve(id, {
          stream: true,
          ...(after < 0 ? {} : { starting_after: after }),
        });
        return await Array.fromAsync(events);
      }));
      const [whole = [], ...parts] = all;
      assertEquals(numbers(whole), whole.map((_, index) => index));
      assertEquals(parts, [whole.slice(3), whole.slice(4)]);
      const response = await client.responses.retrieve(id);
      assertEquals(response.output_text, textOf(whole));
    });

    for (const stream of [false, true]) {
      await t.step(`is cancelled on ${upstream}, ${stream ? "streamed" : "whole"}`, async () => {
        const name = stream ? "paced" : "hung";
        const reached = setup.reached(`mock-${name}@${stream ? "tps=50,tokens=500" : "stall_after=1"}`);
        const params = { model: `${name}-${upstream}`, input: "x", background: true } as const;
        const running = stream ? await client.responses.create({ ...params, stream }) : null;
        const events: Event[] = [];
        let id = "";
        if (running === null) id = (await client.responses.create(params)).id;
        else {
          for await (const event of running) {
            events.push(event);
            if (event.type === "response.created") id = event.response.id;
            if (event.type === "response.output_text.delta" && id !== "") {
              assertEquals((await client.responses.cancel(id)).status, "cancelled");
              id = "";
            }
          }
          const last = present(events.at(-1));
          assertEquals(last.type, "response.incomplete");
          assertEquals(last.type === "response.incomplete" ? last.response.status : null, "cancelled");
          return;
        }
        await reached;
        assertEquals((await client.responses.cancel(id)).status, "cancelled");
        assertEquals((await client.responses.cancel(id)).status, "cancelled");
        assertEquals((await client.responses.retrieve(id)).status, "cancelled");
        await setup.gateway.log((line) => line.event === "run.cancelled" && line.response_id === id);
      });
    }

    await t.step(`tells of a failure on ${upstream}`, async () => {
      for (const name of ["wrong", "down", "broken", "failing"]) {
        for (const stream of [false, true]) {
          const params = {
            model: `${name}-${upstream}`,
            input: "Say more than three words, please",
            background: true,
          } as const;
          let id = "";
          if (stream) {
            const events = await Array.fromAsync(await client.responses.create({ ...params, stream }));
            const last = present(events.at(-1));
            assertEquals(last.type, "response.failed", name);
            if (last.type === "response.failed") id = last.response.id;
            assertEquals(numbers(events), events.map((_, index) => index));
          } else {
            id = (await client.responses.create(params)).id;
          }
          const response = await ended(client, id);
          // A stream's failures befall no whole answer.
          if (!stream && (name === "broken" || name === "failing")) continue;
          assertEquals([response.status, response.error?.code], ["failed", "server_error"], name);
          assert((response.error?.message.length ?? 0) > 0);
        }
      }
    });

    await t.step(`goes on in a conversation on ${upstream}`, async () => {
      const { id } = await client.conversations.create({ items: [{ role: "user", content: "I am Ada." }] });
      const first = await client.responses.create({
        model,
        input: "One.",
        conversation: id,
        background: true,
      });
      assertEquals(first.conversation, { id });
      assertEquals((await ended(client, first.id)).conversation, { id });
      assertEquals((await client.conversations.items.list(id)).data.length, 3);
      const stream = await client.responses.create({
        model,
        input: "Two.",
        conversation: id,
        background: true,
        stream: true,
      });
      await Array.fromAsync(stream);
      assertEquals((await client.conversations.items.list(id)).data.length, 5);
    });
  }

  await t.step("refuses what cannot be", async () => {
    const model = "model-openai";
    const create = (params: object) => () =>
      client.responses.create({ model, input: "x", background: true, ...params });
    await assertRejects(create({ store: false }), BadRequestError, "background");
    await assertRejects(create({ background: 1 }), BadRequestError, "background");
    await assertRejects(create({ model: "nowhere" }), NotFoundError, "nowhere");
    const plain = await client.responses.create({ model, input: "x" });
    await assertRejects(() => client.responses.cancel(plain.id), BadRequestError, "background");
    await assertRejects(
      () => client.responses.retrieve(plain.id, { stream: true }),
      BadRequestError,
      "streamed",
    );
    await assertRejects(() => client.responses.cancel("resp_nothing"), NotFoundError);
    await assertRejects(() => client.responses.retrieve("resp_nothing", { stream: true }), NotFoundError);
    const asked = async (query: string) => {
      const response = await fetch(`${setup.url}/v1/responses/${plain.id}?${query}`);
      return [response.status, (await response.json()).error?.param];
    };
    assertEquals(await asked("stream=maybe"), [400, "stream"]);
    assertEquals(await asked("stream=true&starting_after=-1"), [400, "starting_after"]);
    assertEquals(await asked("stream=false"), [200, undefined]);
    const whole = await client.responses.create({ model, input: "x", background: true });
    await assertRejects(
      () => client.responses.retrieve(whole.id, { stream: true }),
      BadRequestError,
      "streamed",
    );
    const slow = await client.responses.create({ model: "hung-chat", input: "x", background: true });
    await assertRejects(
      () => client.responses.create({ model, input: "x", previous_response_id: slow.id }),
      BadRequestError,
      "not completed",
    );
    await client.responses.delete(slow.id);
    await assertRejects(() => client.responses.retrieve(slow.id), NotFoundError);
    await setup.gateway.log((line) => line.event === "run.cancelled" && line.response_id === slow.id);
  });
});

Deno.test({
  name: "responses and events of the background are OpenAI's by its schemas",
  ...needsOpenaiSchema(),
  async fn() {
    await using setup = await SdkGateway.start();
    const response = validator("Response");
    const event = validator("ResponseStreamEvent");
    const post = (path: string, body: unknown) =>
      fetch(`${setup.url}/v1/responses${path}`, { method: "POST", body: JSON.stringify(body) });
    for (const upstream of UPSTREAMS) {
      const queued = await (await post("", { model: `hung-${upstream}`, input: "x", background: true }))
        .json();
      assertEquals(response(queued), []);
      assertEquals(response(await (await fetch(`${setup.url}/v1/responses/${queued.id}`)).json()), []);
      assertEquals(response(await (await post(`/${queued.id}/cancel`, {})).json()), []);
      for (const name of ["model", "down", "failing"]) {
        const model = `${name}-${upstream}`;
        const stream = await post("", { model, input: "Hello there", background: true, stream: true });
        const lines = (await stream.text()).split("\n").filter((line) => line.startsWith("data: "));
        assert(lines.length > 2);
        for (const line of lines) assertEquals(event(JSON.parse(line.slice(6))), [], line);
      }
    }
  },
});
