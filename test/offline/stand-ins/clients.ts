/** What an SDK client needs to talk to a stand-in; the calls are recorded with this access key id. */
export function clientOf(url: string, accessKeyId = "AKIATEST"): {
  region: string; endpoint: string; maxAttempts: number; credentials: { accessKeyId: string; secretAccessKey: string };
} {
  return { region: "eu-west-1", endpoint: url, maxAttempts: 1, credentials: { accessKeyId, secretAccessKey: "secret" } };
}
