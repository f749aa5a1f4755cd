import * as grpc from "@grpc/grpc-js";

/** A gRPC server of this process, on a free port of this computer. */
export interface Served {
  readonly port: number;
  stop(): void;
}

/** Answers one call. An exception becomes an error with its text, where gRPC alone would say "Unknown error". */
export function unary<Request, Response>(
  answer: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
  return (call, done) => {
    Promise.resolve(call.request).then(answer).then(
      (response) => done(null, response),
      (error: Error) => done({ code: grpc.status.UNKNOWN, details: error.message }),
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
