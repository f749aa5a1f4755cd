import * as http from "node:http";

import { forward, refuse, traceIdOf } from "./exchange";
import { close, listen } from "./local-server";
import { RegisteredTarget, type Target, type TargetGroupArgs, type TargetHealth } from "./target-group";

/** One listener with one target group. */
export interface LoadBalancerArgs {
  /** What targets are told that clients have used; the balancer itself has no certificate and speaks HTTP. */
  readonly clientProtocol?: "HTTP" | "HTTPS";
  readonly idleTimeoutSeconds: number;
  readonly targetGroup: TargetGroupArgs;
  readonly port?: number;
  /** The port that clients are said to have come to; the one this computer listens on if not given. */
  readonly clientPort?: number;
  /** Called for each request when its answer has ended. */
  readonly onAccess?: (record: AccessRecord) => void;
  /** Called when the balancer changes its mind about a target. */
  readonly onTargetChange?: (health: TargetHealth) => void;
}

/** A line of the access log. */
export interface AccessRecord {
  readonly at: Date;
  /** Missing when no target was asked. */
  readonly targetId?: string;
  readonly method: string;
  readonly path: string;
  /** 460 when the client went away before it was answered, as in AWS's access logs. */
  readonly status: number;
  readonly traceId: string;
  readonly milliseconds: number;
}

/** A running load balancer. */
export interface LoadBalancer {
  readonly url: string;
  readonly port: number;
  /** The latest requests, in the order of their ends. */
  readonly accessLog: readonly AccessRecord[];
  readonly targets: readonly TargetHealth[];
  /** Takes a target in; settled when it is healthy for the first time, or deregistered before. */
  register(target: Target): Promise<void>;
  /** Sends a target no new requests; settled when the open ones are answered or the deregistration delay is over. */
  deregister(id: string): Promise<void>;
  /** Breaks off what is still open; deregister the targets before to let it finish. */
  stop(): Promise<void>;
}

const keptRecords = 1_000;
const mostHeaderBytes = 65_536;

/** Starts an application load balancer on this computer. */
export async function startLoadBalancer(args: LoadBalancerArgs): Promise<LoadBalancer> {
  const balancer = new ApplicationLoadBalancer(args);
  await balancer.start();
  return balancer;
}

class ApplicationLoadBalancer implements LoadBalancer {
  port = 0;
  readonly accessLog: AccessRecord[] = [];
  private readonly registered = new Map<string, RegisteredTarget>();
  private readonly server: http.Server;
  private turn = 0;

  constructor(private readonly args: LoadBalancerArgs) {
    this.server = http.createServer({
      maxHeaderSize: mostHeaderBytes,
      keepAliveTimeout: args.idleTimeoutSeconds * 1_000,
      // A long upload is no reason to end it; the idle timeout ends one that stands still.
      requestTimeout: 0,
    }, (request, response) => this.handle(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get targets(): readonly TargetHealth[] {
    return [...this.registered.values()].map(({ health }) => health);
  }

  async start(): Promise<void> {
    this.port = await listen(this.server, this.args.port);
  }

  register(target: Target): Promise<void> {
    const { targetGroup, idleTimeoutSeconds, onTargetChange = () => undefined } = this.args;
    const registered = new RegisteredTarget(target, targetGroup, idleTimeoutSeconds, onTargetChange);
    this.registered.set(target.id, registered);
    return registered.ready;
  }

  async deregister(id: string): Promise<void> {
    const target = this.registered.get(id);
    await target?.drain();
    if (this.registered.get(id) === target) {
      this.registered.delete(id);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([close(this.server), ...[...this.registered.values()].map((target) => target.close())]);
    this.registered.clear();
  }

  private handle(request: http.IncomingMessage, response: http.ServerResponse): void {
    const traceId = traceIdOf(request);
    const target = this.choose();
    this.log(request, response, traceId, target?.target.id);
    if (target === undefined) {
      request.resume();
      refuse(response, 503);
    } else {
      const { clientProtocol = "HTTP", clientPort = this.port, idleTimeoutSeconds } = this.args;
      forward(request, response, target, { traceId, port: clientPort, clientProtocol, idleTimeoutSeconds });
    }
  }

  /** In turn, one of the healthy targets; when none is, one of the unhealthy ones rather than none. */
  private choose(): RegisteredTarget | undefined {
    const inState = (state: TargetHealth["state"]): RegisteredTarget[] => (
      [...this.registered.values()].filter(({ health }) => health.state === state)
    );
    const healthy = inState("healthy");
    const eligible = healthy.length > 0 ? healthy : inState("unhealthy");
    this.turn += 1;
    return eligible[this.turn % eligible.length];
  }

  private log(request: http.IncomingMessage, response: http.ServerResponse, traceId: string, targetId?: string): void {
    const at = new Date();
    const start = performance.now();
    response.once("close", () => {
      const record: AccessRecord = {
        at,
        targetId,
        method: request.method!,
        path: request.url!,
        status: response.headersSent ? response.statusCode : 460,
        traceId,
        milliseconds: Math.round(performance.now() - start),
      };
      this.accessLog.push(record);
      this.accessLog.splice(0, this.accessLog.length - keptRecords);
      this.args.onAccess?.(record);
    });
  }
}
