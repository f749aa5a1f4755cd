import { createServer } from "node:net";

import { listen } from "../stand-ins/local-server";

/** Throws when nobody can listen on a port: before the start, which takes seconds, and not after it. */
export async function checkPort(port: number): Promise<void> {
  const server = createServer();
  try {
    await listen(server, port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = { EADDRINUSE: "is taken by another program", EACCES: "is for root only" };
    const why = reasons[code ?? ""] ?? `cannot be listened on (${code})`;
    throw new Error(`port ${port} ${why}: choose another one, as in \`PORT=3000 npm start\`, or 0 for any free one`);
  }
  await new Promise((resolve) => server.close(resolve));
}
