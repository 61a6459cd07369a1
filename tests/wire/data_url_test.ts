import { assertEquals } from "@std/assert";
import { formatDataUrl, parseDataUrl } from "../../lib/wire/data_url.ts";

Deno.test("parseDataUrl() takes a base64 data URL apart, and formatDataUrl() puts it together", () => {
  const url = "data:image/png;base64,iVBORw0=";
  assertEquals(parseDataUrl(url), { mediaType: "image/png", data: "iVBORw0=" });
  assertEquals(formatDataUrl("image/png", "iVBORw0="), url);
});

Deno.test("parseDataUrl() knows no other URL", () => {
  for (const url of ["https://example.com/a.png", "data:text/plain,hello", "data:", "", "DATA:x;base64,y"]) {
    assertEquals(parseDataUrl(url), null, url);
  }
});
