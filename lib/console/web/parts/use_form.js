import { useEffect, useState } from "../core/packages.js";
import { setParams } from "../core/router.js";

/**
 * What is filled in, by the names of its fields.
 * @returns {[object, (name: string) => (event: Event) => void]} the values, and what takes a field's changes.
 */
export function useForm(initial) {
  const [form, setForm] = useState(initial);
  const set = (name) => ({ currentTarget: { type, checked, value } }) =>
    setForm((before) => ({ ...before, [name]: type === "checkbox" ? checked : value }));
  return [form, set];
}

/** Keeps some of a form in the address. What is secret or said is none of it: addresses are written down in many places. */
export function useAddress(values) {
  useEffect(() => setParams(values, { replace: true }), Object.values(values));
}
