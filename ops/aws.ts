import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { RDSClient } from "@aws-sdk/client-rds";
import { SSMClient } from "@aws-sdk/client-ssm";

/** The parts of AWS that operators ask. */
export interface Aws {
  readonly autoScaling: ApplicationAutoScalingClient;
  readonly cloudWatch: CloudWatchClient;
  readonly ecr: ECRClient;
  readonly ecs: ECSClient;
  readonly loadBalancing: ElasticLoadBalancingV2Client;
  readonly logs: CloudWatchLogsClient;
  readonly rds: RDSClient;
  readonly ssm: SSMClient;
}

const reads = /^(Describe|Filter|Get|List)/;

/** What all clients have in common, of their many types. */
interface Traceable {
  readonly middlewareStack: {
    add(middleware: (next: Handler, context: Context) => Handler, options: { step: "initialize"; name: string }): void;
  };
}

type Handler = (args: { input: object; request?: unknown }) => Promise<{ output: object; response: unknown }>;
type Context = { clientName?: string; commandName?: string };

/** With `rehearse`, each call is told, and what would change something is not sent. */
export function awsIn(region: string, rehearse: ((line: string) => void) | undefined): Aws {
  const traced = <C>(client: C): C => {
    if (rehearse !== undefined) {
      trace(client as Traceable, rehearse);
    }
    return client;
  };
  return {
    autoScaling: traced(new ApplicationAutoScalingClient({ region })),
    cloudWatch: traced(new CloudWatchClient({ region })),
    ecr: traced(new ECRClient({ region })),
    ecs: traced(new ECSClient({ region })),
    loadBalancing: traced(new ElasticLoadBalancingV2Client({ region })),
    logs: traced(new CloudWatchLogsClient({ region })),
    rds: traced(new RDSClient({ region })),
    ssm: traced(new SSMClient({ region })),
  };
}

function trace(client: Traceable, tell: (line: string) => void): void {
  client.middlewareStack.add((next, { clientName = "", commandName = "" }) => async (args) => {
    const call = `${clientName.replace(/Client$/, "")}.${commandName.replace(/Command$/, "")}`;
    const isRead = reads.test(commandName);
    tell(`${isRead ? "asks " : "would send "}${call} ${JSON.stringify(args.input)}`);
    return isRead ? next(args) : { output: { $metadata: {} }, response: undefined };
  }, { step: "initialize", name: "rehearsal" });
}
