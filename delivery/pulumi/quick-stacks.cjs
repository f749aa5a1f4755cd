"use strict";

// Loaded before the program where its start has to be quick. For each promise and each resource Pulumi's SDK takes the
// text of the stack, and the loader of TypeScript looks every frame of it up in its source maps: a quarter of what a
// start takes. The frames are the same ones again and again, so that here each is looked up once.
let current = Error.prepareStackTrace;

Object.defineProperty(Error, "prepareStackTrace", {
  configurable: true,
  get: () => current,
  set: (next) => {
    // By its name it is the loader's. Others put something here for a moment, to get at the frames themselves.
    current = next?.name === "prepareStackTrace" ? remembering(next) : next;
  },
});

function remembering(prepare) {
  const known = new Map();
  return (error, frames) => {
    const header = prepare(error, []);
    if (frames[0]?.getFunctionName() === "debuggablePromise" && !process.env.PULUMI_DEBUG_PROMISE_LEAKS) {
      // Nobody sees this one unless that is set.
      return header;
    }
    return header + frames.map((frame) => {
      const text = String(frame);
      if (!known.has(text)) {
        known.set(text, prepare(error, [frame]).slice(header.length));
      }
      return known.get(text);
    }).join("");
  };
}
