import { rounded } from "./rounded.ts";
import { ToolError } from "./tool_error.ts";

/**
 * Writes results into a file: as HTML where its name ends in `.html`, else as JSON.
 * @throws {ToolError} where it cannot be written.
 */
export async function exportTo(path: string, results: unknown, page: () => string): Promise<void> {
  const text = /\.html?$/i.test(path) ? page() : `${JSON.stringify(rounded(results), null, 2)}\n`;
  try {
    await Deno.writeTextFile(path, text);
  } catch (error) {
    throw new ToolError(
      `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
