import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

/** A resource or a function call as the engine was asked for it: what the mocks of the SDK do not hand on. */
export interface Request {
  /** Type of the resource, or token of the function. */
  readonly type: string;
  readonly name: string;
  readonly kind: "call" | "component" | "remote component" | "resource";
  /** URN and id of the provider; empty where it is left to the engine. */
  readonly provider: string;
  /** What a component hands on to its children, by package. */
  readonly providers: Readonly<Record<string, string>>;
  readonly parent: string;
  readonly createTimeout: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

interface Struct {
  toJavaScript(): Record<string, unknown>;
}

/** The messages of Pulumi's protocol, which have no types of their own. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getCustom(): boolean;
  getRemote(): boolean;
  getProvider(): string;
  getProvidersMap(): { entries(): Iterable<[string, string]> };
  getParent(): string;
  getCustomtimeouts(): { getCreate(): string } | undefined;
  getObject(): Struct;
}

interface InvokeRequest {
  getTok(): string;
  getProvider(): string;
  getArgs(): Struct;
}

type Method<R> = (this: unknown, request: R, respond: unknown) => unknown;

interface Monitor {
  registerResource: Method<RegisterRequest>;
  invoke: Method<InvokeRequest>;
}

/** Notes all that is asked of the engine while something is rendered, in the order in which it is asked. */
export async function notingRequests<T>(work: () => Promise<T>): Promise<[result: T, requests: Request[]]> {
  const requests: Request[] = [];
  const monitor = MockMonitor.prototype as unknown as Monitor;
  const { registerResource, invoke } = monitor;
  monitor.registerResource = function (request, respond) {
    requests.push(registered(request));
    return registerResource.call(this, request, respond);
  };
  monitor.invoke = function (request, respond) {
    requests.push(called(request));
    return invoke.call(this, request, respond);
  };
  try {
    return [await work(), requests];
  } finally {
    Object.assign(monitor, { registerResource, invoke });
  }
}

function registered(request: RegisterRequest): Request {
  const component = request.getRemote() ? "remote component" : "component";
  return {
    type: request.getType(),
    name: request.getName(),
    kind: request.getCustom() ? "resource" : component,
    provider: request.getProvider(),
    providers: Object.fromEntries(request.getProvidersMap().entries()),
    parent: request.getParent(),
    createTimeout: request.getCustomtimeouts()?.getCreate() ?? "",
    inputs: request.getObject().toJavaScript(),
  };
}

function called(request: InvokeRequest): Request {
  return {
    type: request.getTok(),
    name: "",
    kind: "call",
    provider: request.getProvider(),
    providers: {},
    parent: "",
    createTimeout: "",
    inputs: request.getArgs().toJavaScript(),
  };
}
