import { assert, assertEquals } from "@std/assert";
import { PAGE, pageOf } from "../../lib/console/files.ts";

const BLOCK = /<script type="application\/json" id="session">(.*?)<\/script>/s;

Deno.test("a page has its session with it, whatever models are called", () => {
  const session = { role: "admin", csrf: "x", models: ["</script><script>alert(1)</script>", "$&", "<!--"] };
  const page = pageOf(session);
  const [block = "", json = ""] = BLOCK.exec(page) ?? [];
  assertEquals(JSON.parse(json), session);
  assertEquals(page.replace(block, ""), PAGE);
  assertEquals(json.includes("<"), false);
  assert(!BLOCK.test(PAGE));
});
