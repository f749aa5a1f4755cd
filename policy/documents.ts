/** A policy of IAM, or of a resource, as AWS takes it. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly NotResource?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Programs may give a document as text or as an object. */
export function statements(document: unknown): Statement[] {
  const { Statement: found = [] } = (typeof document === "string" ? JSON.parse(document) : document ?? {}) as
    { Statement?: Statement | Statement[] };
  return [found].flat();
}

export function allowing(document: unknown): Statement[] {
  return statements(document).filter(({ Effect }) => Effect === "Allow");
}

export function list(value: string | readonly string[] | undefined): readonly string[] {
  return [value ?? []].flat();
}

/** Whether anybody is meant: `"*"`, or `{ "AWS": "*" }`. */
export function anybody({ Principal }: Statement): boolean {
  const principals = typeof Principal === "object" ? Object.values(Principal).flat() : [Principal];
  return principals.includes("*");
}

/** The OIDC and SAML providers whose word is taken. */
export function federated({ Principal }: Statement): readonly string[] {
  return typeof Principal === "object" ? list(Principal["Federated"]) : [];
}

/** The keys that a statement has conditions on, in lower case, as AWS compares them. */
export function conditionKeys({ Condition = {} }: Statement): string[] {
  return Object.values(Condition).flatMap((operands) => Object.keys(operands)).map((key) => key.toLowerCase());
}

/** How a complaint names a statement. */
export function label({ Sid, Action, NotAction }: Statement): string {
  return Sid ?? list(Action ?? NotAction).join(", ");
}
