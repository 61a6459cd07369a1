import { useState } from "../core/packages.js";

/**
 * What is filled in, by the names of its fields.
 * @returns {[object, (name: string) => (event: Event) => void]} the values, and what takes a field's changes.
 */
export function useForm(initial) {
  const [form, setForm] = useState(initial);
  const set = (name) => ({ currentTarget: { type, checked, value } }) =>
    setForm({ ...form, [name]: type === "checkbox" ? checked : value });
  return [form, set];
}
