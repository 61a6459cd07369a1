/** Markup as tagged templates. Whatever is put into one is text or an attribute, and never markup. */
import { h } from "preact";
import htm from "htm";

export const html = htm.bind(h);
