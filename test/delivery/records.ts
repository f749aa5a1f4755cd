import type { DeploymentRecord } from "../../delivery/deployment/record";
import { deploymentRecord } from "../../delivery/names";
import type { AwsService } from "../../offline/stand-ins/aws-json";

/** The record of a stack in a Parameter Store on this computer, as AWS's own tools read and write it. */
export function recordsIn(store: AwsService, stack = "dev") {
  const call = <T>(operation: string, input: object): Promise<T> =>
    store.call<T>(`AmazonSSM.${operation}`, { Name: deploymentRecord(stack), ...input }, "somebody");
  return {
    /** A text is no record. */
    put: (value: DeploymentRecord | string): Promise<unknown> => call("PutParameter", {
      Value: typeof value === "string" ? value : JSON.stringify(value), Type: "String", Overwrite: true,
    }),
    /** All that were written, the latest last. */
    all: async (): Promise<DeploymentRecord[]> => {
      const { Parameters } = await call<{ Parameters: { Value: string }[] }>("GetParameterHistory", {});
      return Parameters.map(({ Value }) => JSON.parse(Value) as DeploymentRecord);
    },
  };
}
