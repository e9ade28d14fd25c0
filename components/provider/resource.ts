/** The life of a resource as the engine asks for it: check, diff, create, read, update, delete. */
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import {
  InitFailed,
  type Call,
  type Failure,
  type Properties,
  type Provider,
  type Resource,
} from "./contract.ts";
import { changed, receive, send, unknown, type Received } from "./wire.ts";

/** What all calls of one server share. */
export interface Host<Session> {
  readonly provider: Provider<Session>;
  /** What `configure` made; throws before it was called. */
  readonly session: () => Session;
  readonly signal: AbortSignal;
  /** Unwraps properties and remembers the secret texts among them, for messages. */
  readonly receive: typeof receive;
}

/** What is told of a resource that exists and has failed all the same. */
export class PartialFailure extends Error {
  readonly detail: proto.ErrorResourceInitFailed;
  constructor(error: InitFailed, detail: proto.ErrorResourceInitFailed) {
    super(error.message, { cause: error.cause });
    this.detail = detail;
  }
}

/** A request about one resource. */
interface Request {
  getUrn(): string;
  getType(): string;
  getName(): string;
}

export function resourceMethods<Session>(host: Host<Session>) {
  const find = (request: Request): Resource<Session> => {
    const type = request.getType();
    const resource = host.provider.resource(type);
    if (resource) return resource;
    throw new Error(
      `Provider ${host.provider.name} ${host.provider.version} has no resource of type ${type}.`,
    );
  };
  const callOf = (request: Request): Call<Session> => ({
    get session() {
      return host.session();
    },
    urn: request.getUrn(),
    name: request.getName(),
    signal: host.signal,
  });

  return {
    check(request: proto.CheckRequest): readonly Failure[] {
      const { properties } = host.receive(request.getNews());
      return find(request).check?.(properties, callOf(request)) ?? [];
    },

    diff(request: proto.DiffRequest): proto.DiffResponse {
      const resource = find(request);
      const old = host.receive(request.getOldInputs()).properties;
      const changes = changed(old, host.receive(request.getNews()).properties);
      const replaces = changes.filter((name) => !resource.update || resource.replaces?.includes(name));
      return difference(changes, replaces, resource.deleteBeforeReplace);
    },

    async create(request: proto.CreateRequest): Promise<proto.CreateResponse> {
      const resource = find(request);
      const inputs = host.receive(request.getProperties());
      const response = new proto.CreateResponse();
      if (request.getPreview()) {
        response.setProperties(state(resource, inputs, expected(resource, inputs.properties)));
        return response;
      }
      try {
        const { id, outputs } = await resource.create(inputs.properties, callOf(request));
        response.setId(id);
        response.setProperties(state(resource, inputs, outputs));
        return response;
      } catch (error) {
        if (!(error instanceof InitFailed)) throw error;
        const failed = new proto.ErrorResourceInitFailed();
        failed.setId(error.id);
        failed.setProperties(state(resource, inputs, error.outputs));
        failed.setReasonsList([error.message]);
        throw new PartialFailure(error, failed);
      }
    },

    async read(request: proto.ReadRequest): Promise<proto.ReadResponse> {
      const resource = find(request);
      const known = host.receive(request.getProperties());
      const inputs = host.receive(request.getInputs());
      const response = new proto.ReadResponse();
      if (!resource.read) {
        if (Object.keys(known.properties).length === 0) {
          throw new Error(`${request.getType()} cannot be imported: its provider has no way to read it.`);
        }
        response.setId(request.getId());
        response.setProperties(request.getProperties());
        response.setInputs(request.getInputs());
        return response;
      }
      const last = { inputs: inputs.properties, state: known.properties };
      const found = await resource.read(request.getId(), last, callOf(request));
      if (found === undefined) return response;
      const secret = new Set([...known.secret, ...inputs.secret, ...(resource.secrets ?? [])]);
      response.setId(request.getId());
      response.setInputs(send(found.inputs, secret));
      response.setProperties(state(resource, { properties: found.inputs, secret }, found.outputs));
      return response;
    },

    async update(request: proto.UpdateRequest): Promise<proto.UpdateResponse> {
      const resource = find(request);
      const inputs = host.receive(request.getNews());
      const old = host.receive(request.getOlds()).properties;
      if (!resource.update) throw new Error(`${request.getType()} cannot be changed in place.`);
      const response = new proto.UpdateResponse();
      const outputs = request.getPreview()
        ? expected(resource, inputs.properties, old)
        : await resource.update(request.getId(), inputs.properties, old, callOf(request));
      response.setProperties(state(resource, inputs, outputs));
      return response;
    },

    async delete(request: proto.DeleteRequest): Promise<emptyProto.Empty> {
      const old = host.receive(request.getProperties()).properties;
      await find(request).delete(request.getId(), old, callOf(request));
      return new emptyProto.Empty();
    },
  };
}

/** @param replaces those of `changes` that replace the resource. */
export function difference(
  changes: string[],
  replaces: string[],
  deleteBeforeReplace = false,
): proto.DiffResponse {
  const response = new proto.DiffResponse();
  const { DIFF_NONE, DIFF_SOME } = proto.DiffResponse.DiffChanges;
  response.setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME);
  response.setDiffsList(changes);
  response.setReplacesList(replaces);
  response.setDeletebeforereplace(deleteBeforeReplace && replaces.length > 0);
  return response;
}

/** The state that the engine keeps: inputs and outputs in one, what is secret in envelopes. */
function state(
  resource: Resource<never>,
  inputs: Pick<Received, "properties" | "secret">,
  outputs: Properties,
) {
  return send({ ...inputs.properties, ...outputs }, new Set([...inputs.secret, ...(resource.secrets ?? [])]));
}

/** Outputs as a preview tells them: what the inputs give is known, the rest stays as it was or is unknown. */
function expected(resource: Resource<never>, inputs: Properties, old: Properties = {}): Properties {
  const missing = resource.outputs.filter((name) => inputs[name] === undefined);
  return Object.fromEntries(missing.map((name) => [name, old[name] ?? unknown]));
}
