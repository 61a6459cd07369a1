import type { Part, ReasoningPart, WireFormat } from "../canonical.ts";
import { PARAGRAPH } from "./items.ts";
import { type DeltaFrame, deltaFrame, type Place, type SseWriter } from "./sse_writer.ts";
import { SinglePartItem } from "./stream_item.ts";

interface SummaryPart {
  text: string;
  readonly place: Place;
  readonly frame: DeltaFrame;
}

/** A reasoning item: parts of a summary, or the reasoning's own text, or both. */
export class ReasoningStreamItem extends SinglePartItem<ReasoningPart> {
  /** The summary's parts, by the index that the provider gave them. */
  readonly #summary = new Map<number, SummaryPart>();
  /** Whether what has no index is the reasoning itself; in other formats it is what is shown of it. */
  readonly #showsText: boolean;
  #openSummary: SummaryPart | null = null;
  #content: { text: string; frame: DeltaFrame } | null = null;

  constructor(writer: SseWriter, index: number, id: string, part: ReasoningPart) {
    super(writer, index, part.id ?? id, { ...part, text: "", summary: [] });
    this.#showsText = part.summary !== undefined;
    this.begin();
    part.summary?.forEach((text, summaryIndex) => this.reasoning(text, summaryIndex));
    const shown = (part.summary ?? []).join(PARAGRAPH);
    if (part.text !== "" && part.text !== shown) this.reasoning(part.text, undefined);
  }

  reasoning(text: string, summaryIndex: number | undefined): void {
    if (summaryIndex === undefined && this.#showsText) this.#sayContent(text);
    else this.#saySummary(text, summaryIndex ?? 0);
  }

  #sayContent(text: string): void {
    if (this.#content === null) {
      const place = this.#contentPlace();
      this.#content = { text: "", frame: deltaFrame("response.reasoning_text.delta", place) };
      this.writer.write("response.content_part.added", {
        ...place,
        part: { type: "reasoning_text", text: "" },
      });
    }
    this.#content.text += text;
    this.writer.delta(this.#content.frame, text, "");
  }

  #saySummary(text: string, summaryIndex: number): void {
    let part = this.#summary.get(summaryIndex);
    if (part === undefined) {
      // Numbered as they come: their places are those that they will have in the whole item.
      const place = { item_id: this.id, output_index: this.index, summary_index: this.#summary.size };
      part = { text: "", place, frame: deltaFrame("response.reasoning_summary_text.delta", place) };
      this.#summary.set(summaryIndex, part);
    }
    if (part !== this.#openSummary) {
      this.#closeSummary();
      this.#openSummary = part;
      this.writer.write("response.reasoning_summary_part.added", {
        ...part.place,
        part: { type: "summary_text", text: "" },
      });
    }
    part.text += text;
    this.writer.delta(part.frame, text, "");
  }

  #closeSummary(): void {
    if (this.#openSummary === null) return;
    const { place, text } = this.#openSummary;
    this.writer.write("response.reasoning_summary_text.done", { ...place, text });
    this.writer.write("response.reasoning_summary_part.done", {
      ...place,
      part: { type: "summary_text", text },
    });
    this.#openSummary = null;
  }

  signature(signature: string, format: WireFormat): void {
    const said = this.value.signatureFormat === format ? this.value.signature ?? "" : "";
    this.value.signature = said + signature;
    this.value.signatureFormat = format;
  }

  protected complete(value: Part | undefined): void {
    this.#closeSummary();
    if (this.#content !== null) {
      const place = this.#contentPlace();
      const { text } = this.#content;
      this.writer.write("response.reasoning_text.done", { ...place, text });
      this.writer.write("response.content_part.done", { ...place, part: { type: "reasoning_text", text } });
    }
    if (value?.type === "reasoning") {
      const { text: _text, summary: _summary, id: _id, ...rest } = value;
      this.value = { ...this.value, ...rest };
    }
  }

  protected told(): ReasoningPart {
    const summary = Array.from(this.#summary.values(), ({ text }) => text);
    return { ...this.value, summary, text: this.#content?.text ?? summary.join(PARAGRAPH) };
  }

  #contentPlace(): Place {
    return { item_id: this.id, output_index: this.index, content_index: 0 };
  }
}
