/** Where `delivery/prepare-deployment.ts` leaves credentials, on a machine that lives as long as one run. */
const credentialsFile = "/tmp/accounts-credentials";

/** What a run finds in its environment, beside what Pulumi sets. */
export const environmentVariables: Readonly<Record<string, string>> = {
  AWS_SHARED_CREDENTIALS_FILE: credentialsFile,
  // Without one of its own, a run is given a token for all repositories that Pulumi's app may write to: also a run of
  // a pull request, which runs that request's code.
  GITHUB_TOKEN: "none",
  // The types are checked beforehand, once.
  PULUMI_NODEJS_TRANSPILE_ONLY: "true",
};

/**
 * What runs before Pulumi, each line in a shell of its own in the repository's folder. No package runs a script of its
 * own: it would find the run's token. The image is not built here, since a runner may have no Docker:
 * `.github/workflows/deploy.yml` pushes it, and the last line waits for its digest.
 */
export const preRunCommands: readonly string[] = [
  'fnm install "$(cat .node-version)" && fnm default "$(cat .node-version)"',
  "npm ci --ignore-scripts",
  "npm ci --ignore-scripts --prefix service",
  "npx tsc --noEmit",
  "npm run --silent prepare-deployment",
];
