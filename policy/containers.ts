/** What ECS takes for a container, as far as controls look at it. */
export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly user?: string;
  readonly privileged?: boolean;
  readonly readonlyRootFilesystem?: boolean;
  readonly environment?: readonly { readonly name: string; readonly value?: string }[];
  readonly logConfiguration?: { readonly logDriver?: string };
  readonly linuxParameters?: {
    readonly initProcessEnabled?: boolean;
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  };
}

/** The definitions of a task, which AWS takes as JSON in a text. */
export function containersOf(containerDefinitions: string): Container[] {
  return JSON.parse(containerDefinitions) as Container[];
}
