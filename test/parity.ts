/**
 * Where committed stacks may differ from `reference`: everything else is alike in all of them, so that what was tried
 * in one stack holds in the others. It is said by property and not by stack: another stack that differs in these places
 * needs no word here, and one that differs in others needs a reason.
 */
export const reference = "prod";

export interface MayDiffer {
  readonly reason: string;
  /**
   * `name path` or `type name path`: the logical name of a resource, and where in its inputs; an option's path is its
   * name in brackets. `*` stands for anything but a dot, `**` for anything. The path `*` alone says that one of the two
   * stacks may lack the resource.
   */
  readonly at: readonly string[];
}

export const mayDiffer: readonly MayDiffer[] = [
  {
    reason: "stacks may be in two zones or in more",
    at: [
      "network-*-3 *",
      "network-s3 routeTableIds.*",
      "database-subnets subnetIds.*",
      "load-balancer subnets.*",
      "service networkConfiguration.subnets.*",
      "outputs oneOffTask.subnets.*",
    ],
  },
  {
    reason: "a NAT gateway costs about as much as all tasks of dev; without data to keep, one zone's loss may cut the others off",
    at: ["network-2 *", "network-3 *", "network-private-* natGatewayId"],
  },
  {
    reason: "a domain, with its certificate and HTTPS, is the stack's to have",
    at: [
      "load-balancer-certificate *",
      "load-balancer-validation *",
      "load-balancer-alias *",
      "monitoring-certificate *",
      "load-balancer-0 defaultActions.0.**",
      "load-balancer-* routingHttpResponse*",
      "load-balancer-1 *",
      "firewall-http-in description",
      "firewall-https-in *",
      "outputs url",
    ],
  },
  { reason: "who is told of alarms is the stack's to say", at: ["alerts-mail *"] },
  {
    reason: "what costs by size is as small as its load allows",
    at: [
      "database-1 instanceClass",
      "database-1 allocatedStorage",
      "database-1 maxAllocatedStorage",
      "service cpu",
      "service memory",
      "service containerDefinitions.service.memory",
      "service desiredCount",
      "service-scaling minCapacity",
      "service-scaling maxCapacity",
      "migration cpu",
      "migration memory",
      "migration containerDefinitions.migration.memory",
      "parameters-pages-per-minute-<hash> insecureValue",
      "parameters-writes-per-minute-<hash> insecureValue",
      "parameters-database-pool-connections-<hash> insecureValue",
      "database-parameters-18 parameters.max_connections.value",
    ],
  },
  {
    reason: "what keeps data can be neither lost nor replaced; the rest must be gone with one destroy, and its names free at once",
    at: [
      "database-1 (protect)",
      "database-1 deletionProtection",
      "database-1 skipFinalSnapshot",
      "database-1 finalSnapshotIdentifier",
      "database-1 deleteAutomatedBackups",
      "database-1 backupRetentionPeriod",
      "image (protect)",
      "parameters-* (protect)",
      "encryption (protect)",
      "encryption (retainOnDelete)",
      "encryption deletionWindowInDays",
      "parameters-* recoveryWindowInDays",
      "image forceDelete",
      "load-balancer enableDeletionProtection",
      "aws defaultTags.tags.Data",
    ],
  },
  {
    reason: "where nothing is kept there is little to protect from attackers, and nobody asks later who came",
    at: [
      "web-firewall *",
      "web-firewall-log *",
      "network-flow-log *",
      "load-balancer-logs *",
      "load-balancer-logs-* *",
      "load-balancer accessLogs.*",
      "load-balancer (dependsOn).**",
    ],
  },
  {
    reason: "endpoints cost by the hour and zone; what may be down reaches AWS through its one NAT gateway",
    at: ["endpoints-* *", "firewall-endpoints *", "firewall-*-endpoints-* *"],
  },
  {
    reason: "from how many errors on a deployment is taken back goes by how many requests there are to judge it by",
    at: [
      "load-balancer-rollback-* alarmDescription",
      "load-balancer-rollback-* metricQueries.0.expression",
      "load-balancer-rollback-* threshold",
    ],
  },
  { reason: "a standby costs as much again, and what keeps no data may be down", at: ["database-1 multiAz"] },
  {
    reason: "what the database's operating system does costs by the line, and nobody looks at it where no data is kept",
    at: [
      "database-monitoring *",
      "database-1 monitoringInterval",
      "database-1 monitoringRoleArn",
      "database-1 (dependsOn).aws:iam/rolePolicy:RolePolicy*database-monitoring",
    ],
  },
  { reason: "changes of what keeps data wait for the maintenance window", at: ["database-1 applyImmediately"] },
  {
    reason: "logs and images are kept for as long as somebody may ask for them",
    at: ["*-log retentionInDays", "image-lifecycle policy.rules.0.**"],
  },
  {
    reason: "metrics of each task cost by task; what rests on them is not there without them",
    at: [
      "cluster settings.containerInsights.value",
      "cluster-insights-log *",
      "cluster (dependsOn).**",
      "monitoring-below-desired *",
      "monitoring dashboardBody.widgets.*.properties.metrics.**",
    ],
  },
  {
    reason: "an alarm rings by what a stack was made for, and its mail says so",
    at: [
      "monitoring-* threshold",
      "monitoring-* alarmDescription",
      "monitoring-* metricQueries.0.expression",
      "monitoring dashboardBody.widgets.*.properties.annotations.horizontal.0.value",
      "monitoring dashboardBody.widgets.0.properties.alarms.*",
    ],
  },
  { reason: "what costs little may cost what it does", at: ["monitoring-budget *"] },
  {
    reason: "Spot costs a third, and takes tasks away at two minutes' notice",
    at: ["service capacityProviderStrategies.**"],
  },
  {
    reason: "larger tasks do more requests; where there are more of them, they go more slowly",
    at: [
      "service-scaling-* targetTrackingScalingPolicyConfiguration.scaleInCooldown",
      "service-scaling-* targetTrackingScalingPolicyConfiguration.scaleOutCooldown",
      "service-scaling-requests targetTrackingScalingPolicyConfiguration.targetValue",
    ],
  },
  { reason: "a password that protects nothing anybody would miss need not change", at: ["rotation *", "rotation-group *", "monitoring-rotation-start *", "monitoring-password-age *"] },
  {
    reason: "who develops wants to see the API's page, and every line that is logged",
    at: ["parameters-api-page-<hash> insecureValue", "parameters-log-level-<hash> insecureValue"],
  },
];
