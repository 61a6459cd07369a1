import { pythonTest } from "./python.ts";

const SCRIPTS = ["openai_chat.py", "openai_responses.py", "openai_operations.py"];

pythonTest("Python: openai 2", "python-openai-2", SCRIPTS);
pythonTest("Python: openai 3", "python-openai-3", SCRIPTS);
