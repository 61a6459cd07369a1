export { type Behaviour, BehaviourError } from "./mock/behaviour.ts";
export { createMockHandler, type MockHandlerOptions } from "./mock/handler.ts";
export { limitParallel } from "./mock/parallel_limit.ts";
export { createMockProvider, type MockProviderOptions, type MockSurroundings } from "./mock/provider.ts";
