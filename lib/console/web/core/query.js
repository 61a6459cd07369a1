/** `?a=1&b=2`, or nothing. Values that are null or empty are left out, a list is a value more than once. */
export function queryOf(params) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    for (const one of Array.isArray(value) ? value : []) query.append(name, one);
    if (Array.isArray(value)) continue;
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  return query.size === 0 ? "" : `?${query}`;
}
