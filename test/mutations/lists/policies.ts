import type { Changes } from "../mutation";

/** What the policy pack looks at, and what it lets pass. */
export const policies: Changes = {
  "policy/index.ts": [
    ["policies: policies()", 'policies: policies().filter(({ severity }) => severity !== "low")', "Pulumi is not given all policies"],
  ],
  "policy/pack.ts": [
    ['enforcementLevel: "mandatory"', 'enforcementLevel: "advisory"', "a violation is a line in a log, and the update goes on"],
    ["      ...control.stack && { validateStack: ofStack(id, control.stack) },\n", "", "in Pulumi nobody looks at what belongs together"],
    ["control.resource.map((validation) => ofResource(id, validation))", "control.resource.slice(0, 1).map((validation) => ofResource(id, validation))",
      "in Pulumi only the first type of each control is looked at"],
    [": resource === pattern", ": resource.startsWith(pattern)", "an exception takes in whatever has a name that begins alike"],
    ['return where === "everywhere" ||', 'return where === "everywhere" ? keepsData(provider) :', "nothing is asked of an environment that keeps no data"],
    ["if (exceptionFor(id, resource) === undefined) {", "if (exceptionFor(id, resource) !== undefined) {", "what is an exception stops the update, and nothing else does"],
    ["validation(resource, (message) => passOn(id, resource, message, report))", "void validation(resource, () => passOn)", "in Pulumi nothing is ever reported"],
  ],
  "policy/control.ts": [
    ["report(complaint, urn));\n    }", "report(complaint, urn));\n      return;\n    }", "of several resources the first alone is judged"],
    ['if ((error as Error).constructor.name === "UnknownValueError") {\n      return otherwise;\n    }\n    throw error;', "void error;\n    return otherwise;",
      "a policy that is broken finds nothing wrong"],
    ["unless(wanted.includes(value)", "unless(value === undefined || wanted.includes(value)", "what is not said passes, also where AWS's default is the wrong one"],
    ["value !== undefined && value >= least", "value === undefined || value >= least", "what is not said passes, also where AWS's default is too little"],
  ],
  "policy/controls.ts": [
    ['  "S3": s3,\n', "", "nobody looks at buckets"],
  ],
  "policy/kept-data.ts": [
    ['["Data"] !== "disposable"', '["Data"] === "kept"', "whoever forgets the tag is held to the weaker rules"],
    ['typeof defaultTags === "string" ? JSON.parse(defaultTags) : defaultTags ?? {}', "defaultTags ?? {}", "nobody is known to keep no data"],
  ],
  "policy/instances.ts": [
    ["if (verdicts.every(", "if (verdicts.length > 1 && verdicts.every(", "a single database without protection passes"],
  ],
  "policy/subnets.ts": [
    ["props.gatewayId", "props.natGatewayId", "no subnet is taken for a public one"],
  ],
  "policy/containers.ts": [
    ["return JSON.parse(containerDefinitions) as Container[];", "return (JSON.parse(containerDefinitions) as Container[]).slice(0, 1);", "what runs beside the service is not looked at"],
  ],
  "policy/secret-looking.ts": [
    ["/^AKIA[0-9A-Z]{16}$|-----BEGIN", "/-----BEGIN", "AWS's own keys pass under another name"],
    ["|^[a-z]+:\\/\\/[^/@\\s]*:[^/@\\s]+@/", "/", "an address with a password in it passes"],
    ['!value.startsWith("arn:")', '!value.includes(":")', "a secret with a colon in it passes"],
    ["secret|token|", "secret|", "tokens pass"],
    ["credentials?)($|[^a-z])/i", "credentials?)($|[^a-z])/", "what is written in capitals passes, as all variables are"],
  ],
  "policy/documents.ts": [
    ["return [found].flat();", "return Array.isArray(found) ? found : [];", "a document with a single statement without brackets passes"],
    ['typeof Principal === "object" ? Object.values(Principal).flat() : [Principal]', "[Principal]", 'a policy for { AWS: "*" } passes'],
    [".map((key) => key.toLowerCase())", "", "conditions are not found, as AWS's own examples write them"],
  ],
  "policy/without-resource.ts": [
    ['  "acm:RequestCertificate",\n', '  "acm:RequestCertificate", "iam:PassRole",\n', "any role may be passed"],
  ],
  "policy/exceptions.ts": [
    ['resources: ["aws:lb/listener:Listener load-balancer-0"]', 'resources: ["aws:lb/listener:Listener load-balancer-*"]', "any port may speak plain HTTP"],
    ['"aws:secretsmanager/secret:Secret parameters-database",\n      "aws:secretsmanager/secret:Secret parameters-api-keys",', '"aws:secretsmanager/secret:Secret parameters-*",',
      "secrets that are made later need no rotation"],
    ['resources: ["aws:iam/policy:Policy guard-*"]', 'resources: ["aws:iam/policy:Policy *"]', "every policy may allow everything"],
    ["export const exceptions: readonly Exception[] = [\n", 'export const exceptions: readonly Exception[] = [\n  {\n    control: "RDS.8",\n    resources: ["aws:rds/instance:Instance database-1"],\n' +
      '    reason: "It stands in the way of a rehearsal of the restore.",\n    endsWhen: "the rehearsal is over",\n  },\n', "the database may go without protection"],
  ],
  "policy/controls/security-groups.ts": [
    ["[cidrIpv4, cidrIpv6].some(isAnywhere)", "isAnywhere(cidrIpv4)", "the internet of IPv6 is let in"],
    ["if (isAnywhere(props.cidrIpv4) || isAnywhere(props.cidrIpv6))", "if (isAnywhere(props.cidrIpv4))", "whoever comes by IPv6 need not meet the load balancer"],
    ['protocol === "-1" || (from <= port && port <= to)', "from <= port && port <= to", "a rule for all protocols, which names no ports, passes"],
    ["cidrIpv4 ?? cidrIpv6 ?? prefixListId ?? undefined", "cidrIpv4 ?? cidrIpv6 ?? undefined", "a prefix list is let in to the database"],
    ["stack.of(aws.rds.Instance).map(", "stack.of(aws.rds.Instance).slice(0, 1).map(", "in a restore only one of two databases is looked at"],
    ["[...cidrBlocks, ...ipv6CidrBlocks].some(isAnywhere))\n", "cidrBlocks.some(isAnywhere))\n", "the internet of IPv6 is let in by a rule inside of a group"],
    ["groups.has(group) || groups.has(undefined)", "groups.size > 0", "any group is taken for that of the load balancer"],
    ["5000, 5432, 5500", "5000, 5500", "PostgreSQL's port may be open to the world"],
  ],
  "policy/controls/network.ts": [
    ['!conditionKeys(statement).some((key) => ["aws:principalaccount", "aws:resourceaccount"].includes(key))', "conditionKeys(statement).length === 0",
      "any condition will do for an endpoint, and data leaves with another account's credentials"],
    ["const without = [...all].filter((zone) => !zones.has(zone as string));", "const without = [...all].filter((_, index) => index >= gateways.length);", "NAT gateways that are all in one zone pass"],
    ['          unless((egress ?? []).length === 0, "egress must be empty"),\n', "", "the default group may let everything out"],
  ],
  "policy/controls/load-balancer.ts": [
    ['"TLS13-1-2-Res-2021-06", ', '"TLS13-1-2-Res-2021-06", "TLS13-1-2-Ext1-2021-06", ', "ciphers without forward secrecy pass"],
    ['listener.defaultActions.some(({ type }) => type === "redirect") ? []', 'listener.protocol === "HTTP" ? []', "answers over plain HTTP need no headers"],
    ["31_536_000", "2_592_000", "browsers may forget after a month that there is HTTPS"],
    ['action?.type === "redirect" && action.redirect?.protocol === "HTTPS"', 'action?.type === "redirect"', "a redirect to plain HTTP passes"],
    ["zones === undefined || zones.size >= 2", "true", "a load balancer in one zone passes"],
  ],
  "policy/controls/iam.ts": [
    ["/^[a-z0-9-]+:\\*$/i", "/^[a-z]+:\\*$/", "all of S3, or of autoscaling, may be allowed"],
    ['conditionKeys(statement).includes("aws:sourceaccount")', "conditionKeys(statement).length > 0", "any condition will do for a trust, and other accounts are let in"],
    ["/[*?]/.test(value)", "/[*]/.test(value)", "others' tokens open a role whose subject has a question mark"],
    ["list(statement.Action).every((action) => withoutResource", "list(statement.Action).some((action) => withoutResource", "one action without a resource opens the way for others"],
    ["    each(aws.iam.Role, ({ inlinePolicies = [] }) => inlinePolicies.flatMap(({ policy }) => document(policy))),\n", "", "what stands inside of a role is not looked at"],
  ],
  "policy/controls/kms.ts": [
    ['.replaceAll("?", ".")', "", "kms:Decryp? passes for every key"],
    ['keys.includes("aws:resourcetag/stack") && keys.includes("kms:viaservice")', 'keys.includes("aws:resourcetag/stack") || keys.includes("kms:viaservice")', "every key may be used through some service"],
    ['["kms:decrypt", "kms:reencryptfrom"]', '["kms:decrypt"]', "every key may be used to encrypt anew"],
  ],
  "policy/controls/ecs.ts": [
    ["containersOf(task.containerDefinitions).flatMap((container) =>", "containersOf(task.containerDefinitions).slice(0, 1).flatMap((container) =>", "what runs beside the service is not looked at"],
    ["/@sha256:[0-9a-f]{64}$/", "/@sha256:/", "a digest that is none passes"],
    ['"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_ENGINE_AUTH_DATA"', '"AWS_SECRET_ACCESS_KEY"', "the login of a registry stands in the task definition"],
    ["/^(|root|0+)(:|$)/", "/^(|root|0)$/", "root passes where it has a group"],
  ],
  "policy/controls/ecr.ts": [
    ["maySame(() => policy.props.repository, () => props.name)", "policy.props.repository !== undefined", "old images of a second repository stay for ever"],
  ],
  "policy/controls/rds.ts": [
    ["&& props.enabled !== false)", ")", "a subscription that is off is taken for one that calls somebody"],
    ["const subnets = knownEntries(() => props.subnetIds) ?? [];", "const subnets = (knownEntries(() => props.subnetIds) ?? []).slice(0, 1);", "a database in a public subnet passes, if another one is named first"],
  ],
  "policy/controls/s3.ts": [
    [" && conditionKeys(statement).length === 1", "", "what comes in plain is refused under a second condition only"],
    ['statement.Effect === "Deny" && list', "list", "who comes in plain is let in, and it passes"],
    ["list(statement.Resource).length === 2", "list(statement.Resource).length >= 1", "objects may be read in plain"],
  ],
  "policy/controls/secrets.ts": [
    ['policy?.includes(`"${arn}"`)', "policy?.includes(arn)", "a secret that nobody reads passes, if another one's name begins alike"],
  ],
  "policy/controls/stack.ts": [
    ["/\\d{12}/.test(JSON.stringify(allowedAccountIds))", "allowedAccountIds !== undefined", "a provider that takes every account passes"],
    ["      each(aws.s3.Bucket, (_, { opts: { protect } }) => must({ protect }, true)),\n", "", "a refactoring may delete a bucket"],
  ],
  "policy/controls/web-firewall.ts": [
    ["/(^|:)aws-waf-logs-/", "/aws-waf/", "WAF refuses the log group in the middle of an up"],
    [" && action?.block !== undefined", "", "a limit that only counts passes"],
  ],
  "policy/controls/logs.ts": [
    ["keepsData(provider) ? 365 : 1", "keepsData(provider) ? 30 : 1", "an incident is looked into without logs"],
    ["unless(alarmActions.length > 0,", "unless(alarmActions.length >= 0,", "an alarm that calls nobody passes"],
  ],
};
