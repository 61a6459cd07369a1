import { useEffect, useState } from "../core/packages.js";
import { models } from "../core/chat.js";

/** Names of the models that a key may use, asked for anew when the key changes. */
export function useModels(key) {
  const [names, setNames] = useState([]);
  useEffect(() => {
    let here = true;
    const timer = setTimeout(() => models(key).then((found) => here && setNames(found), () => {}), 200);
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [key]);
  return names;
}
