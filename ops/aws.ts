const reads = /^(Describe|Filter|Get|List)/;

/** Of the many types of the SDK's clients, what they have in common. */
interface Client {
  readonly middlewareStack: {
    add(middleware: (next: Handler, context: Context) => Handler, options: { step: "initialize"; name: string }): void;
  };
}

type Handler = (args: { input: object; request?: unknown }) => Promise<{ output: object; response: unknown }>;
type Context = { clientName?: string; commandName?: string };

/** A client whose calls are told; what would change something is not sent. */
export function rehearsing<C>(client: C, tell: (line: string) => void): C {
  (client as Client).middlewareStack.add((next, { clientName = "", commandName = "" }) => async (args) => {
    const call = `${clientName.replace(/Client$/, "")}.${commandName.replace(/Command$/, "")}`;
    const isRead = reads.test(commandName);
    tell(`${isRead ? "asks " : "would send "}${call} ${JSON.stringify(args.input)}`);
    return isRead ? next(args) : { output: { $metadata: {} }, response: undefined };
  }, { step: "initialize", name: "rehearsal" });
  return client;
}
