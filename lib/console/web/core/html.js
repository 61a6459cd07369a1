/** Markup as tagged templates. Whatever is put into one is text or an attribute, and never markup. */
import { h, htm } from "./packages.js";

export const html = htm.bind(h);
