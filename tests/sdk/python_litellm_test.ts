import { pythonTest } from "./python.ts";

pythonTest("Python: litellm", "python-openai-3", ["litellm_library.py"]);
