/** An attribute of a request's span that the configuration adds, and where its value comes from. */
export type CustomAttribute =
  | { readonly name: string; readonly from: "value"; readonly value: string }
  | { readonly name: string; readonly from: "header"; readonly header: string }
  | { readonly name: string; readonly from: "metadata"; readonly key: string }
  | { readonly name: string; readonly from: "key_tag"; readonly tag: string };

/** More than this is no trace any more. */
export const MAX_CUSTOM_ATTRIBUTES = 32;
