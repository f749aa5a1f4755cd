/** The addresses of the parts of AWS that run on this computer. */
export interface AwsHere {
  readonly ecs: string;
  readonly sts: string;
  readonly logs: string;
}

/**
 * Points the AWS SDK of this process at this computer, and nowhere else: settings, profiles and keys of the developer
 * are taken out of the environment, since with them the migration's hook could reach a real account.
 */
export function useAwsHere(aws: AwsHere): void {
  for (const name of Object.keys(process.env)) {
    if (/^(AWS_|https?_proxy$|all_proxy$|no_proxy$)/i.test(name)) {
      delete process.env[name];
    }
  }
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: "the-engine",
    AWS_SECRET_ACCESS_KEY: "of-the-twin",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    // Whatever is asked of another service of AWS ends here too, as an unknown operation.
    AWS_ENDPOINT_URL: aws.ecs,
    AWS_ENDPOINT_URL_ECS: aws.ecs,
    AWS_ENDPOINT_URL_STS: aws.sts,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: aws.logs,
  });
}
