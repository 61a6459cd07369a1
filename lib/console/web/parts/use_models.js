import { useEffect, useState } from "../core/packages.js";
import { models } from "../core/chat.js";

/**
 * Names of the models that a key may use, asked for anew when the key changes.
 * @param {string} key empty: those of the configuration. @param {string[]} configured
 */
export function useModels(key, configured) {
  const [names, setNames] = useState(configured);
  useEffect(() => {
    if (key === "") return setNames(configured);
    let here = true;
    const timer = setTimeout(() => models(key).then((found) => here && setNames(found), () => {}), 400);
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [key]);
  return names;
}
