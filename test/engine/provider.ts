import { isDeepStrictEqual } from "node:util";

import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as pb from "@pulumi/pulumi/proto/provider_pb";
import { Any } from "google-protobuf/google/protobuf/any_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

import { Failure, serve, unary, type Served } from "./wire";

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
  create(asked: Asked, physicalName: string, live: readonly Resource[]): { id: string; outputs: Properties };
  /** What a resource is after an update, by what it was, and what the provider believed. `Unsettled` tells it, too. */
  update(before: Resource, believed: Properties, wanted: Properties): Properties;
  /** Throws where the resource may not go. */
  remove(resource: Resource, live: readonly Resource[]): void;
  /** Whether one of the changed inputs cannot be changed in place. */
  replaces(type: string, changed: readonly string[]): boolean;
  invoke(token: string, args: Properties, live: readonly Resource[]): Properties;
}

/** A wait that a provider has given up: the resource is there, and is not what was asked for. */
export class Unsettled extends Error {
  /** The properties are what the resource really is, and what the provider believes of it. */
  constructor(reason: string, readonly real: Properties, readonly believed: Properties) {
    super(reason);
  }
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
    new pb.InvokeResponse().setReturn(struct(this.cloud.invoke(request.getTok(), plain(request.getArgs()), this.all))));

  private readonly check = unary((request: pb.CheckRequest) => {
    this.proposedNames.set(request.getUrn(), request.getAutonaming()?.getProposedName() ?? "");
    return new pb.CheckResponse().setInputs(request.getNews());
  });

  private readonly diff = unary((request: pb.DiffRequest) => {
    // As providers do, it compares with what the resource has become, and not with what was once asked for.
    const [asked, become, now] = [plain(request.getOldInputs()), plain(request.getOlds()), plain(request.getNews())];
    const before = Object.fromEntries(Object.keys(asked).map((key) => [key, become[key]]));
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
    // A project without a pattern for names leaves them to the provider.
    const { id, outputs } = this.cloud.create(asked, this.proposedNames.get(request.getUrn()) || asked.name, this.all);
    const resource = { ...asked, id, properties: { ...asked.properties, ...outputs } };
    this.live.set(id, resource);
    this.onChange("create", resource);
    return new pb.CreateResponse().setId(id).setProperties(struct(resource.properties));
  });

  private readonly update = unary((request: pb.UpdateRequest) => {
    const believed = plain(request.getOlds());
    const wanted = { ...believed, ...plain(request.getNews()) };
    if (request.getPreview()) {
      return new pb.UpdateResponse().setProperties(struct(wanted));
    }
    const before = this.existing(request);
    const become = (real: Properties) => {
      this.live.set(before.id, { ...before, properties: real });
      this.onChange("update", before);
    };
    try {
      const real = this.cloud.update(before, believed, wanted);
      become(real);
      return new pb.UpdateResponse().setProperties(struct(real));
    } catch (error) {
      if (error instanceof Unsettled) {
        become(error.real);
        throw withDetails(error, before.id, request.getNews());
      }
      throw error;
    }
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
    const resource = this.existing(request);
    this.cloud.remove(resource, this.all);
    this.live.delete(resource.id);
    this.onChange("delete", resource);
    return new Empty();
  });

  private existing(request: pb.DeleteRequest | pb.UpdateRequest): Resource {
    const resource = this.live.get(request.getId());
    if (resource === undefined) {
      throw new Error(`there is no ${request.getType()} with the id ${request.getId()}`);
    }
    return resource;
  }
}

/** By this the engine keeps the resource in its state, and notes that something is wrong with it. */
function withDetails({ message, believed }: Unsettled, id: string, inputs: Struct | undefined): Failure {
  const failure = new pb.ErrorResourceInitFailed().setId(id).setReasonsList([message])
    .setProperties(struct(believed)).setInputs(inputs);
  const packed = new Any();
  packed.pack(failure.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  return new Failure(message, packed);
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
