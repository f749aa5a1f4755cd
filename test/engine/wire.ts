import * as grpc from "@grpc/grpc-js";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import type { Any } from "google-protobuf/google/protobuf/any_pb";

/** A gRPC server of this process, on a free port of this computer. */
export interface Served {
  readonly port: number;
  stop(): void;
}

/** An error that says more than its text, in gRPC's own way. */
export class Failure extends Error {
  readonly metadata = new grpc.Metadata();

  constructor(message: string, details: Any) {
    super(message);
    const status = new Status().setCode(grpc.status.UNKNOWN).setMessage(message);
    status.addDetails(details);
    this.metadata.set("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  }
}

/** Answers one call. An exception becomes an error with its text, where gRPC alone would say "Unknown error". */
export function unary<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, done) => {
    Promise.resolve(call.request).then(answer).then(
      (response) => done(null, response),
      (error: Error) => done({
        code: grpc.status.UNKNOWN,
        details: error.message,
        ...error instanceof Failure && { metadata: error.metadata },
      }),
    );
  };
}

type Service = [grpc.ServiceDefinition, grpc.UntypedServiceImplementation];

/** Serves any number of gRPC services on one port. */
export async function serve(...services: Service[]): Promise<Served> {
  const server = new grpc.Server();
  for (const [definition, implementation] of services) {
    server.addService(definition, implementation);
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) {
        reject(error);
      } else {
        resolve(bound);
      }
    });
  });
  return { port, stop: () => server.forceShutdown() };
}
