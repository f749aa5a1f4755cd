import type { PolicyProviderResource } from "@pulumi/policy";

/**
 * Whether the environment keeps its data. Its provider says so, with the tag `Data` on all that it makes; whoever does
 * not say "disposable" is held to the stricter rules.
 */
export function keepsData(provider: PolicyProviderResource | undefined): boolean {
  return defaultTags(provider)?.["Data"] !== "disposable";
}

/** Undefined where there are none, or none that can be read. */
export function defaultTags(provider: PolicyProviderResource | undefined): Record<string, string> | undefined {
  const { defaultTags } = provider?.props ?? {};
  // A provider's inputs reach the engine as texts: this one is JSON.
  const { tags } = (typeof defaultTags === "string" ? JSON.parse(defaultTags) : defaultTags ?? {}) as Tagged;
  return tags;
}

interface Tagged {
  readonly tags?: Record<string, string>;
}
