import type { WireFormat } from "../canonical.ts";

export const FORMAT: WireFormat = "bedrock_converse";
