import { isDeepStrictEqual } from "node:util";

import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

import { serve, unary, type Served } from "./wire";

export type Properties = Record<string, unknown>;

/** What the engine asks a provider for. */
export interface Asked {
  readonly type: string;
  readonly name: string;
  readonly properties: Properties;
}

/** What exists. A test that changes its properties plays somebody who works past Pulumi. */
export interface Resource extends Asked {
  readonly id: string;
}

/** What a cloud says, where the engine would hear AWS or a Docker daemon. */
export interface Cloud {
  /** The id, and the outputs beyond the inputs. The physical name is the one the engine proposes. */
  create(asked: Asked, physicalName: string): { id: string; outputs: Properties };
  /** Whether one of the changed inputs cannot be changed in place. */
  replaces(type: string, changed: readonly string[]): boolean;
  invoke(token: string, args: Properties): Properties;
}

type OnChange = (kind: "create" | "delete" | "update", resource: Resource) => void;

/** A resource provider that the engine attaches to; it keeps what was made. */
export class StandInProvider {
  /** The physical names that the engine's autonaming has proposed, by URN. */
  readonly proposedNames = new Map<string, string>();
  private readonly live = new Map<string, Resource>();

  constructor(private readonly cloud: Cloud, private readonly onChange: OnChange) {}

  start(): Promise<Served> {
    const { invoke, check, diff, create, update, read, remove } = this;
    const resources = { invoke, check, diff, create, update, read, delete: remove };
    return serve([ResourceProviderService, { ...session, ...resources }]);
  }

  /** Everything that exists. */
  get all(): readonly Resource[] {
    return [...this.live.values()];
  }

  /** The one resource of a type whose logical name matches. */
  only(type: string, name: string): Resource {
    const [found, ...others] = this.all.filter((resource) => resource.type === type && resource.name === name);
    if (found === undefined || others.length > 0) {
      throw new Error(`expected one ${type} called ${name}, found ${found ? others.length + 1 : 0}`);
    }
    return found;
  }

  private readonly invoke = unary((request: pb.InvokeRequest) =>
    new pb.InvokeResponse().setReturn(struct(this.cloud.invoke(request.getTok(), plain(request.getArgs())))));

  private readonly check = unary((request: pb.CheckRequest) => {
    this.proposedNames.set(request.getUrn(), request.getAutonaming()?.getProposedName() ?? "");
    return new pb.CheckResponse().setInputs(request.getNews());
  });

  private readonly diff = unary((request: pb.DiffRequest) => {
    const [before, now] = [plain(request.getOldInputs()), plain(request.getNews())];
    const ignored = request.getIgnorechangesList();
    const changed = Object.keys({ ...before, ...now })
      .filter((key) => !ignored.includes(key) && !isDeepStrictEqual(before[key], now[key]));
    const { DIFF_NONE, DIFF_SOME } = pb.DiffResponse.DiffChanges;
    return new pb.DiffResponse()
      .setChanges(changed.length > 0 ? DIFF_SOME : DIFF_NONE)
      .setDiffsList(changed)
      .setReplacesList(this.cloud.replaces(request.getType(), changed) ? changed : []);
  });

  private readonly create = unary((request: pb.CreateRequest) => {
    if (request.getPreview()) {
      return new pb.CreateResponse().setProperties(request.getProperties());
    }
    const asked = { type: request.getType(), name: request.getName(), properties: plain(request.getProperties()) };
    const { id, outputs } = this.cloud.create(asked, this.proposedNames.get(request.getUrn()) ?? asked.name);
    const resource = { ...asked, id, properties: { ...asked.properties, ...outputs } };
    this.live.set(id, resource);
    this.onChange("create", resource);
    return new pb.CreateResponse().setId(id).setProperties(struct(resource.properties));
  });

  private readonly update = unary((request: pb.UpdateRequest) => {
    const properties = { ...plain(request.getOlds()), ...plain(request.getNews()) };
    if (!request.getPreview()) {
      const resource = { type: request.getType(), name: request.getName(), id: request.getId(), properties };
      this.live.set(resource.id, resource);
      this.onChange("update", resource);
    }
    return new pb.UpdateResponse().setProperties(struct(properties));
  });

  /** What is live comes back among the inputs, too: without it a refresh sees no drift. */
  private readonly read = unary((request: pb.ReadRequest) => {
    const resource = this.live.get(request.getId());
    if (resource === undefined) {
      return new pb.ReadResponse();
    }
    const inputs = Object.keys(plain(request.getInputs())).map((key) => [key, resource.properties[key]]);
    return new pb.ReadResponse().setId(resource.id)
      .setProperties(struct(resource.properties)).setInputs(struct(Object.fromEntries(inputs)));
  });

  private readonly remove = unary((request: pb.DeleteRequest) => {
    const resource = this.live.get(request.getId());
    if (resource === undefined) {
      throw new Error(`there is no ${request.getType()} with the id ${request.getId()}`);
    }
    this.live.delete(resource.id);
    this.onChange("delete", resource);
    return new Empty();
  });
}

/** The part of the protocol that is the same for every resource. */
const session = {
  attach: unary(() => new Empty()),
  cancel: unary(() => new Empty()),
  // Any version below the SDK's makes the engine warn.
  getPluginInfo: unary(() => new PluginInfo().setVersion("99.0.0")),
  checkConfig: unary((request: pb.CheckRequest) => new pb.CheckResponse().setInputs(request.getNews())),
  diffConfig: unary(() => new pb.DiffResponse()),
  configure: unary(() =>
    new pb.ConfigureResponse().setSupportspreview(true).setSupportsAutonamingConfiguration(true)),
};

function plain(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

/** By way of JSON, because the protocol has no `undefined`. */
function struct(properties: Properties): Struct {
  return Struct.fromJavaScript(JSON.parse(JSON.stringify(properties)) as Record<string, object>);
}
