import { isBetween, range, type Rule } from "./rule";
import type { Settings } from "./settings";

/** The periods that CloudWatch Logs offers; source: PutRetentionPolicy in its API reference. */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** How long what is written down stays: keys, secrets, images, logs. */
export function checkStorage(settings: Settings, rule: Rule): void {
  const { encryption, parameters, image, loadBalancer, logRetentionDays } = settings;
  range(rule, "encryption.keyDeletionWindowDays", encryption.keyDeletionWindowDays, 7, 30);
  const window = parameters.secretRecoveryWindowDays;
  rule(window === 0 || isBetween(window, 7, 30), "parameters.secretRecoveryWindowDays", window, "0, or 7 to 30");
  range(rule, "image.keptImages", image.keptImages, 2, 1000);
  range(rule, "loadBalancer.accessLogDays", loadBalancer.accessLogDays, 0, 3653);
  rule(retentionDays.includes(logRetentionDays), "logRetentionDays", logRetentionDays,
    `one of ${retentionDays.join(", ")}`);
}
