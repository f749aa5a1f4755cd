import * as aws from "@pulumi/aws";

import { settingsFor } from "./environments";
import { readStackConfig } from "./environments/config";
import { databaseInstances } from "./environments/database-instances";
import { Alerts } from "./infra/alerts";
import { Cluster } from "./infra/cluster";
import { Database } from "./infra/database";
import { Encryption } from "./infra/encryption";
import { Endpoints } from "./infra/endpoints";
import { Firewall } from "./infra/firewall";
import { Image } from "./infra/image";
import { LoadBalancer } from "./infra/load-balancer";
import { Migration } from "./infra/migration";
import { Monitoring } from "./infra/monitoring";
import { tagsOf } from "./infra/names";
import { Network } from "./infra/network";
import { Parameters } from "./infra/parameters";
import { Rotation } from "./infra/rotation";
import { Service } from "./infra/service";
import { WebFirewall } from "./infra/web-firewall";

const config = readStackConfig();
const settings = settingsFor(config);
const { region, accountId, permissionsBoundary } = config;
const place = { region, accountId, permissionsBoundary };
const tags = tagsOf({ ...config, keepsData: settings.keepsData });
const { logRetentionDays, service: { port: servicePort } } = settings;

const provider = new aws.Provider("aws", {
  region,
  allowedAccountIds: [accountId],
  defaultTags: { tags },
});
const opts = { providers: [provider] };

const encryption = new Encryption("encryption", { ...settings.encryption, ...place }, opts);
const alerts = new Alerts("alerts", { ...place, alarmEmail: config.alarmEmail, encryption }, opts);
const network = new Network("network", {
  ...settings.network, ...place, availabilityZones: config.availabilityZones, encryption, logRetentionDays,
}, opts);
const firewall = new Firewall("firewall", {
  ...settings.network, network, servicePort, https: config.domainName !== "",
}, opts);
const endpoints = new Endpoints("endpoints", { ...settings.network, ...place, network, firewall }, opts);
const database = new Database("database", {
  ...settings.database, ...databaseInstances(config), ...place, encryption, network, firewall, logRetentionDays,
}, opts);
const parameters = new Parameters("parameters", {
  ...settings.parameters, service: settings.service, region, encryption, network, database,
}, opts);
const image = new Image("image", { ...settings.image, ...place, image: config.image, context: "service" }, opts);
const loadBalancer = new LoadBalancer("load-balancer", {
  ...settings.loadBalancer, ...place, alerts, network, firewall, servicePort, apiPage: settings.service.apiPage,
  domainName: config.domainName, hostedZone: config.hostedZone,
}, opts);
new WebFirewall("web-firewall", { settings: settings.webFirewall, encryption, loadBalancer, logRetentionDays }, opts);
const cluster = new Cluster("cluster", { ...settings.cluster, encryption, logRetentionDays }, opts);
const migration = new Migration("migration", {
  ...settings.migration, ...place, tags, encryption, network, firewall, endpoints, database, parameters, image, cluster,
  logRetentionDays,
}, opts);
const rotation = new Rotation("rotation", {
  settings: settings.rotation, ...place, network, firewall, cluster, migration,
}, opts);
const service = new Service("service", {
  ...settings.service, ...place, encryption, network, firewall, endpoints, parameters, image, loadBalancer, cluster,
  migration, logRetentionDays,
}, opts);
const monitoring = new Monitoring("monitoring", {
  settings, ...place, alarmEmail: config.alarmEmail, alerts, database, image, loadBalancer, cluster, migration,
  rotation, service,
}, opts);

/** Where clients send requests; the smoke test and people. */
export const url = loadBalancer.url;
/** Where a person finds the API's keys: `aws secretsmanager get-secret-value --secret-id <it>`. */
export const apiKeysSecretArn = parameters.apiKeysSecretArn;
/** What runs; a promotion to the next environment puts it into `accounts:image`. */
export const imageUri = image.uri;
/** Where the service's log lines are: `aws logs tail <it> --follow`. */
export const logGroupName = service.logGroupName;
/** For `aws ecs` commands of an operator. */
export const clusterName = cluster.clusterName;
export const serviceName = service.serviceName;
/** For `npm run ops`, which runs it again with another command. */
export const oneOffTask = migration.task;
/** What runs, as ECS says; the engine waits for it, so that a deployment that was rolled back fails `pulumi up`. */
export const taskDefinitionArn = service.taskDefinitionArn;
/** The page to look at when an alarm has come. */
export const dashboardUrl = monitoring.dashboardUrl;
