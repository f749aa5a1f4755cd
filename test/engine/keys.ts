import { startAwsJson, type AwsService } from "../../offline/stand-ins/aws-json";

interface Encrypted {
  readonly KeyId: string;
  readonly Plaintext: string;
}

/** KMS as far as Pulumi asks it. Whoever reaches it may use every key there: that is for AWS_ENDPOINT_URL_KMS. */
export function startKeys(): Promise<AwsService> {
  return startAwsJson({
    "TrentService.Encrypt": (input: Encrypted) =>
      ({ KeyId: input.KeyId, CiphertextBlob: Buffer.from(JSON.stringify(input)).toString("base64") }),
    "TrentService.Decrypt": ({ CiphertextBlob }: { readonly CiphertextBlob: string }) =>
      JSON.parse(Buffer.from(CiphertextBlob, "base64").toString()) as Encrypted,
  });
}
