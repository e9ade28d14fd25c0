/** Speaks to a provider as the engine does, over gRPC. */
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import statusProto from "@pulumi/pulumi/proto/status_pb.js";

export type Wire = { [name: string]: structProto.JavaScriptValue };
export const unknownMark = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
export const secret = (value: structProto.JavaScriptValue) => ({
  "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
  value,
});

/** What the engine reads from the status of a `create` that failed after the resource existed. */
export function partialFailure(error: unknown) {
  const { metadata } = error as grpc.ServiceError;
  const [bytes = Buffer.of()] = metadata.get("grpc-status-details-bin");
  const status = statusProto.Status.deserializeBinary(Buffer.from(bytes));
  const [detail] = status.getDetailsList();
  const failed = detail?.unpack(
    (data) => proto.ErrorResourceInitFailed.deserializeBinary(data),
    "pulumirpc.ErrorResourceInitFailed",
  );
  return {
    message: status.getMessage(),
    id: failed?.getId(),
    properties: plain(failed?.getProperties()),
    reasons: failed?.getReasonsList(),
  };
}

export interface Diff {
  readonly changes: readonly string[];
  readonly replaces: readonly string[];
  readonly deleteBeforeReplace: boolean;
}

interface About {
  setUrn(urn: string): unknown;
  setType(type: string): unknown;
  setName(name: string): unknown;
}

const struct = (wire: Wire): structProto.Struct => structProto.Struct.fromJavaScript(wire);
const plain = (answer: structProto.Struct | undefined): Wire => answer?.toJavaScript() ?? {};

export class ProviderClient {
  readonly grpc: InstanceType<typeof services.ResourceProviderClient>;
  /** The type of resource that the calls are about. */
  readonly type: string;

  constructor(port: number, type: string) {
    this.grpc = new services.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    this.type = type;
  }

  /** @returns the answer to one request, or throws the provider's message. */
  ask<Request, Response>(
    method: (
      request: Request,
      done: (error: grpc.ServiceError | null, response: Response) => void,
    ) => unknown,
    request: Request,
  ): Promise<Response> {
    return promisify(method.bind(this.grpc) as typeof method)(request) as Promise<Response>;
  }

  async configure(config: Wire): Promise<proto.ConfigureResponse> {
    const request = new proto.ConfigureRequest();
    request.setArgs(struct(config));
    return this.ask<proto.ConfigureRequest, proto.ConfigureResponse>(this.grpc.configure, request);
  }

  async check(news: Wire): Promise<{ inputs: Wire; failures: { property: string; reason: string }[] }> {
    return this.#checked(this.grpc.check, this.#about(new proto.CheckRequest()), news);
  }

  async checkConfig(news: Wire): Promise<{ inputs: Wire; failures: { property: string; reason: string }[] }> {
    return this.#checked(this.grpc.checkConfig, new proto.CheckRequest(), news);
  }

  async diff(old: Wire, news: Wire): Promise<Diff> {
    return this.#differing(this.grpc.diff, this.#about(new proto.DiffRequest()), old, news);
  }

  async diffConfig(old: Wire, news: Wire): Promise<Diff> {
    return this.#differing(this.grpc.diffConfig, new proto.DiffRequest(), old, news);
  }

  async create(properties: Wire, preview = false): Promise<{ id: string; properties: Wire }> {
    const request = this.#about(new proto.CreateRequest());
    request.setProperties(struct(properties));
    request.setPreview(preview);
    const answer = await this.ask<proto.CreateRequest, proto.CreateResponse>(this.grpc.create, request);
    return { id: answer.getId(), properties: plain(answer.getProperties()) };
  }

  async update(id: string, olds: Wire, news: Wire, preview = false): Promise<Wire> {
    const request = this.#about(new proto.UpdateRequest());
    request.setId(id);
    request.setOlds(struct(olds));
    request.setNews(struct(news));
    request.setPreview(preview);
    const answer = await this.ask<proto.UpdateRequest, proto.UpdateResponse>(this.grpc.update, request);
    return plain(answer.getProperties());
  }

  async read(
    id: string,
    properties: Wire,
    inputs: Wire,
  ): Promise<{ id: string; properties: Wire; inputs: Wire }> {
    const request = this.#about(new proto.ReadRequest());
    request.setId(id);
    request.setProperties(struct(properties));
    request.setInputs(struct(inputs));
    const answer = await this.ask<proto.ReadRequest, proto.ReadResponse>(this.grpc.read, request);
    return {
      id: answer.getId(),
      properties: plain(answer.getProperties()),
      inputs: plain(answer.getInputs()),
    };
  }

  async delete(id: string, properties: Wire): Promise<void> {
    const request = this.#about(new proto.DeleteRequest());
    request.setId(id);
    request.setProperties(struct(properties));
    await this.ask(this.grpc.delete, request);
  }

  async invoke(token: string, args: Wire): Promise<Wire> {
    const request = new proto.InvokeRequest();
    request.setTok(token);
    request.setArgs(struct(args));
    const answer = await this.ask<proto.InvokeRequest, proto.InvokeResponse>(this.grpc.invoke, request);
    return plain(answer.getReturn());
  }

  #about<Request extends About>(request: Request): Request {
    request.setUrn(`urn:pulumi:mvp::testfarm::${this.type}::main`);
    request.setType(this.type);
    request.setName("main");
    return request;
  }

  async #checked(method: typeof this.grpc.check, request: proto.CheckRequest, news: Wire) {
    request.setNews(struct(news));
    const answer = await this.ask<proto.CheckRequest, proto.CheckResponse>(method, request);
    const failures = answer.getFailuresList().map((failure) => failure.toObject());
    return { inputs: plain(answer.getInputs()), failures };
  }

  async #differing(method: typeof this.grpc.diff, request: proto.DiffRequest, old: Wire, news: Wire) {
    request.setId("id-1");
    request.setOldInputs(struct(old));
    request.setOlds(struct(old));
    request.setNews(struct(news));
    const answer = await this.ask<proto.DiffRequest, proto.DiffResponse>(method, request);
    const { DIFF_SOME } = proto.DiffResponse.DiffChanges;
    return {
      changes: answer.getChanges() === DIFF_SOME ? answer.getDiffsList() : [],
      replaces: answer.getReplacesList(),
      deleteBeforeReplace: answer.getDeletebeforereplace(),
    };
  }
}
