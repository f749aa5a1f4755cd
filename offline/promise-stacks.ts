type Mark = (promise: Promise<unknown>, context?: string) => Promise<unknown>;

// eslint-disable-next-line @typescript-eslint/no-require-imports -- what is imported cannot be set
const debuggable = require("@pulumi/pulumi/runtime/debuggable") as { debuggablePromise: Mark };

/**
 * Until the returned function is called, Pulumi writes down no stack for its promises. It has thousands in each run of
 * the program and shows them to nobody; looked up in source maps they are two thirds of a render's time.
 */
export function withoutPromiseStacks(): () => void {
  const { debuggablePromise } = debuggable;
  debuggable.debuggablePromise = (promise, context) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
  return () => {
    debuggable.debuggablePromise = debuggablePromise;
  };
}
