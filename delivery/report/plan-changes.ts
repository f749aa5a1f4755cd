import { parse } from "yaml";

import { changeOf, joinSuccessors, type Change, type Properties } from "./changes";
import { isList } from "./structure";

/** What tells two committed plans apart. A plan that is missing is that of a stack which is not there. */
export function planChanges(base: string | undefined, head: string | undefined): Change[] {
  const [before, after] = [resourcesIn(base), resourcesIn(head)];
  if (!before.has(outputsUrn) || !after.has(outputsUrn)) {
    // Of a stack that comes or goes all of them do.
    [before, after].forEach((resources) => resources.delete(outputsUrn));
  }
  const come = [...after].map(([urn, to]) => {
    const formerly = [urn, ...aliasesOf(to)].find((known) => before.has(known));
    const from = formerly === undefined ? undefined : before.get(formerly);
    before.delete(formerly ?? urn);
    return changeOf(from === undefined ? { urn, operation: "create", to } : {
      urn,
      operation: "update",
      from: { ...from, ...(formerly !== urn && { "(urn)": formerly as string }) },
      to: { ...to, ...(formerly !== urn && { "(urn)": urn }) },
    });
  });
  const gone = [...before].map(([urn, from]) =>
    changeOf({ urn, operation: from["(retainOnDelete)"] === true ? "release" : "delete", from }));
  return joinSuccessors([...come.filter(({ operation, properties }) => operation === "create" || properties.length > 0), ...gone]);
}

/** Without components: what they are told goes on to their children, which stand beside them. */
function resourcesIn(plan: string | undefined): Map<string, Properties> {
  const resources = Object.entries((parse(plan ?? "") ?? {}) as Record<string, Properties>);
  return new Map(resources.map(([urn, properties]): [string, Properties] => [urn === "outputs" ? outputsUrn : urn, properties])
    .filter(([urn]) => urn.includes("pulumi:") || !/(^|\$)[\w-]+:[\w-]+:\w+::/.test(urn)));
}

/** As the engine has them. */
const outputsUrn = "pulumi:pulumi:Stack::outputs";

function aliasesOf(properties: Properties): string[] {
  const aliases = properties["(aliases)"];
  return isList(aliases) ? aliases.map(String) : [];
}
