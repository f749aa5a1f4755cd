/** What the parts of a stack are called in AWS, known without Pulumi's state: at night that may be out of reach. */
export interface Names {
  readonly cluster: string;
  readonly serviceFamily: string;
  readonly migrationFamily: string;
  /** Container and log stream prefix, too. */
  readonly logGroups: { readonly service: string; readonly migration: string };
  /** The parameter that says for what the schema was last brought up to date. */
  readonly migrationParameter: string;
  readonly alarmPrefix: string;
  /** The number of the generation, for an instance of this stack. */
  generationOf(databaseIdentifier: string): number | undefined;
}

/** As `infra/names.ts` and the components call them; `test/ops/names.test.ts` compares with the plans. */
export function namesOf(stack: string): Names {
  const prefix = `accounts-${stack}`;
  const instance = new RegExp(`^${prefix}-(\\d+)$`);
  return {
    cluster: prefix,
    serviceFamily: `${prefix}-service`,
    migrationFamily: `${prefix}-migration`,
    logGroups: { service: `/accounts/${stack}/service`, migration: `/accounts/${stack}/migration` },
    migrationParameter: `/accounts/${stack}/migration`,
    alarmPrefix: `${prefix}-`,
    generationOf: (identifier) => {
      const generation = instance.exec(identifier)?.[1];
      return generation === undefined ? undefined : Number(generation);
    },
  };
}
