import * as pulumi from "@pulumi/pulumi";
import * as pulumiservice from "@pulumi/pulumiservice";

import { deployedRef } from "../delivery/names";
import type { GitHubRepository } from "../delivery/settings";
import { environmentVariables, preRunCommands } from "./runner";

export interface StackDeploymentsArgs {
  /** Of Pulumi Cloud. */
  readonly organization: string;
  readonly repository: GitHubRepository;
  /** No push changes a stack that keeps data: a person starts its update. */
  readonly keepsData: boolean;
}

/**
 * What a change must touch to reach a stack. A pattern has to match the whole path; one that began with `!` would win
 * over all others.
 */
export function pathsOf(stack: string): string[] {
  return [
    "index.ts", "infra/**", "environments/**", "service/**",
    "Pulumi.yaml", `Pulumi.${stack}.yaml`,
    "package.json", "package-lock.json", "tsconfig.json", ".node-version",
    // What the runner runs beforehand.
    "delivery/**", "offline/prelude.cjs", "offline/stack-file.ts",
  ];
}

/** What Pulumi Cloud does for one stack of this repository: previews pull requests, deploys pushes, looks for drift. */
export class StackDeployments extends pulumi.ComponentResource {
  constructor(stack: string, args: StackDeploymentsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("accounts:deployments:StackDeployments", stack, {}, opts);

    const target = { organization: args.organization, project: "accounts", stack };
    const settings = new pulumiservice.DeploymentSettings(stack, {
      ...target,
      vcs: {
        provider: "github",
        repository: `${args.repository.owner}/${args.repository.name}`,
        // The provider takes the next two for on where they are not said.
        deployCommits: !args.keepsData,
        previewPullRequests: true,
        pullRequestTemplate: false,
        paths: pathsOf(stack),
      },
      sourceContext: { git: { branch: deployedRef } },
      operationContext: {
        environmentVariables,
        preRunCommands: [...preRunCommands],
        options: {
          // It would be `npm install`, which may change versions; preRunCommands has `npm ci`.
          skipInstallDependencies: true,
          skipIntermediateDeployments: true,
        },
      },
      // All stacks share one, and runs of pull requests write to it: their code could leave there what an update runs.
      cacheOptions: { enable: false },
    }, { parent: this });

    new pulumiservice.DriftSchedule(`${stack}-drift`, {
      ...target,
      scheduleCron: "23 4 * * *",
      // A difference is for a person to judge: somebody may have made it to end an incident.
      autoRemediate: false,
    }, { parent: this, dependsOn: settings });
    this.registerOutputs({});
  }
}
