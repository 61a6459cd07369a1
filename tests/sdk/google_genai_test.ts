import { assert, assertEquals, assertRejects } from "@std/assert";
import { ApiError, type Content, FunctionCallingConfigMode, GoogleGenAI, Type } from "@google/genai";
import { present, SdkGateway, UPSTREAMS } from "./gateway.ts";

const WEATHER = {
  name: "get_weather",
  description: "The weather of a city",
  parameters: {
    type: Type.OBJECT,
    properties: { city: { type: Type.STRING, description: "Its name" } },
    required: ["city"],
  },
};
const TOOLS = [{ functionDeclarations: [WEATHER] }];
const MUST_CALL = { functionCallingConfig: { mode: FunctionCallingConfigMode.ANY } };

Deno.test("Google's SDK: generateContent", async (t) => {
  await using setup = await SdkGateway.start();
  const client = new GoogleGenAI({ apiKey: "any", httpOptions: { baseUrl: setup.url } });

  for (const upstream of UPSTREAMS) {
    const model = `model-${upstream}`;

    await t.step(`answers on ${upstream}`, async () => {
      const answer = await client.models.generateContent({
        model,
        contents: "Hello, world!",
        config: { systemInstruction: "Be kind.", temperature: 0.5, maxOutputTokens: 500 },
      });
      assert(present(answer.text).includes("Hello, world!"));
      const [candidate] = present(answer.candidates);
      assertEquals([candidate?.finishReason, candidate?.content?.role], ["STOP", "model"]);
      assertEquals(answer.modelVersion?.replace(/@.*/, ""), upstream === "gemini" ? "mock-model" : model);
      const usage = present(answer.usageMetadata);
      assert((usage.promptTokenCount ?? 0) > 0 && (usage.candidatesTokenCount ?? 0) > 0);
    });

    await t.step(`streams on ${upstream}, the same text as whole`, async () => {
      const request = { model, contents: "Hello, stream!" };
      const whole = await client.models.generateContent(request);
      let text = "";
      let chunks = 0;
      let last;
      for await (const chunk of await client.models.generateContentStream(request)) {
        text += chunk.text ?? "";
        chunks++;
        last = chunk;
      }
      assertEquals(text, whole.text);
      assert(chunks > 2);
      assertEquals(last?.candidates?.[0]?.finishReason, "STOP");
      assertEquals(last?.usageMetadata?.totalTokenCount, whole.usageMetadata?.totalTokenCount);
    });

    await t.step(`calls a function on ${upstream} and uses its result`, async () => {
      const contents: Content[] = [{ role: "user", parts: [{ text: "Weather in Berlin?" }] }];
      const config = { tools: TOOLS, toolConfig: MUST_CALL };
      const first = await client.models.generateContent({ model, contents, config });
      const [call] = present(first.functionCalls);
      assertEquals([call?.name, typeof call?.args?.["city"]], ["get_weather", "string"]);
      contents.push(present(first.candidates?.[0]?.content), {
        role: "user",
        parts: [{
          functionResponse: {
            ...(call?.id !== undefined && { id: call.id }),
            name: "get_weather",
            response: { output: "21 degrees" },
          },
        }],
      });
      const second = await client.models.generateContent({ model, contents, config: { tools: TOOLS } });
      assert(present(second.text).includes("21 degrees"), second.text);
    });

    await t.step(`streams a function call on ${upstream}`, async () => {
      const calls = [];
      const stream = await client.models.generateContentStream({
        model,
        contents: "Weather in Berlin?",
        config: { tools: TOOLS, toolConfig: MUST_CALL },
      });
      for await (const chunk of stream) calls.push(...(chunk.functionCalls ?? []));
      assertEquals(calls.map(({ name, args }) => [name, typeof args?.["city"]]), [["get_weather", "string"]]);
    });

    await t.step(`keeps to a schema on ${upstream}`, async () => {
      const answer = await client.models.generateContent({
        model,
        contents: "A recipe, please",
        config: {
          responseMimeType: "application/json",
          responseSchema: {
            type: Type.OBJECT,
            properties: { name: { type: Type.STRING }, minutes: { type: Type.INTEGER } },
            required: ["name", "minutes"],
          },
        },
      });
      const recipe = JSON.parse(present(answer.text));
      assertEquals([typeof recipe.name, typeof recipe.minutes], ["string", "number"]);
    });

    await t.step(`thinks on ${upstream} when asked`, async () => {
      const answer = await client.models.generateContent({
        model,
        contents: "Think",
        config: { thinkingConfig: { includeThoughts: true, thinkingBudget: 2000 } },
      });
      assert(present(answer.text) !== "");
    });

    await t.step(`chats on ${upstream}`, async () => {
      const chat = client.chats.create({ model });
      assert(present((await chat.sendMessage({ message: "One" })).text).includes("One"));
      let text = "";
      for await (const chunk of await chat.sendMessageStream({ message: "Two" })) text += chunk.text ?? "";
      assert(text.includes("Two"));
      assertEquals(chat.getHistory(true).map(({ role }) => role).slice(0, 3), ["user", "model", "user"]);
    });

    await t.step(`counts tokens on ${upstream}`, async () => {
      const count = async (contents: string) =>
        present((await client.models.countTokens({ model: `model-${upstream}`, contents })).totalTokens);
      const short = await count("Hello");
      assert(short > 0 && await count("Hello ".repeat(100)) > short);
    });

    await t.step(`maps errors of ${upstream}`, async () => {
      const ask = (name: string) => client.models.generateContent({ model: name, contents: "x" });
      const cases: [string, number, string][] = [
        ["busy", 429, "RESOURCE_EXHAUSTED"],
        ["wrong", 400, "INVALID_ARGUMENT"],
        ["down", 503, "UNAVAILABLE"],
      ];
      for (const [name, code, status] of cases) {
        const error = await assertRejects(() => ask(`${name}-${upstream}`), ApiError);
        const said = JSON.parse(error.message).error;
        assertEquals([error.status, said.code, said.status], [code, code, status]);
      }
    });

    await t.step(`hears of a stream of ${upstream} that breaks`, async () => {
      for (const name of ["broken", "failing"]) {
        // Some break before their first content, and then no stream begins.
        const read = async () => {
          const stream = await client.models.generateContentStream({
            model: `${name}-${upstream}`,
            contents: "Say a few words more than three, please.",
          });
          await Array.fromAsync(stream);
        };
        await assertRejects(read, ApiError);
      }
    });

    await t.step(`lets the client go in the middle of a stream of ${upstream}`, async () => {
      const leaving = new AbortController();
      const stream = await client.models.generateContentStream({
        model: `paced-${upstream}`,
        contents: "Go on and on",
        config: { abortSignal: leaving.signal },
      });
      let chunks = 0;
      await assertRejects(async () => {
        for await (const _ of stream) if (++chunks === 3) leaving.abort();
      });
      const line = await setup.gateway.log((line) =>
        line["event"] === "request.cancelled" && line["requested_model"] === `paced-${upstream}`
      );
      assertEquals(line["status"], 499);
    });
  }

  for (const upstream of ["openai", "gemini"]) {
    await t.step(`embeds on ${upstream}`, async () => {
      const { embeddings } = await client.models.embedContent({
        model: `model-${upstream}`,
        contents: ["One", "Two"],
        config: { outputDimensionality: 8, taskType: "RETRIEVAL_QUERY" },
      });
      assertEquals(present(embeddings).map(({ values }) => values?.length), [8, 8]);
      assert(present(embeddings)[0]?.values?.join() !== present(embeddings)[1]?.values?.join());
    });
  }

  await t.step("says that a prompt was refused", async () => {
    for (const upstream of UPSTREAMS) {
      const answer = await client.models.generateContent({ model: `refusing-${upstream}`, contents: "x" });
      assert(["SAFETY", "STOP"].includes(present(answer.candidates?.[0]?.finishReason)), upstream);
    }
  });

  await t.step("answers errors in Google's shape", async () => {
    const error = await assertRejects(
      () => client.models.generateContent({ model: "no-such", contents: "x" }),
      ApiError,
    );
    assertEquals([error.status, JSON.parse(error.message).error.status], [404, "NOT_FOUND"]);
  });

  await t.step("lists models in Google's shape", async () => {
    const models = await Array.fromAsync(await client.models.list());
    assert(models.some((model) => model.name === "models/model-gemini"));
    assertEquals((await client.models.get({ model: "model-chat" })).name, "models/model-chat");
  });
});

Deno.test("Google's SDK in its Vertex AI way", async () => {
  await using setup = await SdkGateway.start();
  const client = new GoogleGenAI({ vertexai: true, apiKey: "any", httpOptions: { baseUrl: setup.url } });
  const answer = await client.models.generateContent({ model: "model-openai", contents: "Hello!" });
  assert(present(answer.text).includes("Hello!"));
  let text = "";
  const stream = await client.models.generateContentStream({ model: "model-gemini", contents: "Hello!" });
  for await (const chunk of stream) text += chunk.text ?? "";
  assert(text.includes("Hello!"));
});
