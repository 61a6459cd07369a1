import { pythonTest } from "./python.ts";

pythonTest("Python: langchain-openai", "python-openai-3", ["langchain_openai_models.py"]);
