import { checked, defined, need, type Expansion, type Inputs } from "./component";

/** The arguments of `awsx.lb.ApplicationLoadBalancer` of which it is known here what follows. */
interface LoadBalancerArgs {
  readonly subnetIds: readonly string[];
  readonly securityGroups: readonly string[];
  readonly defaultTargetGroup: Inputs;
  readonly listeners: readonly Inputs[];
  readonly accessLogs?: Inputs;
  readonly desyncMitigationMode?: string;
  readonly dropInvalidHeaderFields?: boolean;
  readonly enableDeletionProtection?: boolean;
  readonly enableZonalShift?: boolean;
  readonly idleTimeout?: number;
  readonly internal?: boolean;
  readonly tags?: Inputs;
}

/** A load balancer, its target group, and a listener for each one asked for. */
export const loadBalancer: Expansion = ({ name, inputs }, make) => {
  const what = `awsx.lb.ApplicationLoadBalancer ${name}`;
  const { subnetIds, defaultTargetGroup, listeners, ...own } = checked<LoadBalancerArgs>(what, inputs, {
    subnetIds: "needed",
    securityGroups: "needed",
    defaultTargetGroup: "needed",
    listeners: "needed",
    accessLogs: "optional",
    desyncMitigationMode: "optional",
    dropInvalidHeaderFields: "optional",
    enableDeletionProtection: "optional",
    enableZonalShift: "optional",
    idleTimeout: "optional",
    internal: "optional",
    tags: "optional",
  });
  const balancer = make("aws:lb/loadBalancer:LoadBalancer", name, defined({
    ...own, subnets: subnetIds, loadBalancerType: "application",
  }));
  // awsx would derive these three, from the first listener among others, and not as one would think.
  need(`the target group of ${what}`, defaultTargetGroup, "port", "protocol", "vpcId");
  const group = make("aws:lb/targetGroup:TargetGroup", name, { targetType: "ip", ...defaultTargetGroup });
  listeners.forEach((listener, index) => {
    need(`listener ${index} of ${what}`, listener, "port", "protocol");
    make("aws:lb/listener:Listener", `${name}-${index}`, {
      defaultActions: [{ type: "forward", targetGroupArn: group.state["arn"] }],
      ...listener,
      loadBalancerArn: balancer.state["arn"],
    });
  });
  return {
    loadBalancer: { id: balancer.id, ...balancer.state },
    defaultTargetGroup: { id: group.id, ...group.state },
  };
};
