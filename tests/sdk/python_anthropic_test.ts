import { pythonTest } from "./python.ts";

pythonTest("Python: anthropic", "python-openai-3", ["anthropic_messages.py"]);
