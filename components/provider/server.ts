/** Speaks the engine's provider protocol (pulumi/provider.proto) for a `Provider`. */
import { callbackify } from "node:util";
import grpc from "@grpc/grpc-js";
import anyProto from "google-protobuf/google/protobuf/any_pb.js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import statusProto from "@pulumi/pulumi/proto/status_pb.js";
import type { Failure, Provider } from "./contract.ts";
import { endWithEngine } from "./parent.ts";
import { difference, PartialFailure, resourceMethods, type Host } from "./resource.ts";
import { blacken, changed, receive, send } from "./wire.ts";

/**
 * A provider that listens on a free port of this machine, for its own process or for a test.
 *
 * @param isShared whether each connection has a configuration of its own, where one server is all instances of a provider,
 * which otherwise have a process each. Default: it is one instance, whoever connects.
 */
export async function listen<Session>(
  provider: Provider<Session>,
  isShared = false,
): Promise<{ port: number; close: () => void }> {
  const server = new grpc.Server({
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
  });
  const definition = services.ResourceProviderService as unknown as grpc.ServiceDefinition;
  server.addService(definition, isShared ? methodsByConnection(provider) : methods(provider));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, close: () => server.forceShutdown() };
}

/** The whole of a plugin's executable: listens, tells the engine the port, ends with the engine. */
export async function serve<Session>(provider: Provider<Session>): Promise<void> {
  endWithEngine();
  const { port } = await listen(provider);
  console.log(port);
}

function methodsByConnection<Session>(provider: Provider<Session>): grpc.UntypedServiceImplementation {
  const instances = new Map<string, ReturnType<typeof methods>>();
  const instanceOf = (connection: string) => {
    if (!instances.has(connection)) instances.set(connection, methods(provider));
    return instances.get(connection)!;
  };
  return Object.fromEntries(
    Object.keys(methods(provider)).map((name) => [
      name,
      (call: grpc.ServerUnaryCall<unknown, unknown>, done: grpc.sendUnaryData<unknown>) =>
        (instanceOf(call.getPeer())[name] as grpc.handleUnaryCall<unknown, unknown>)(call, done),
    ]),
  );
}

function methods<Session>(provider: Provider<Session>): grpc.UntypedServiceImplementation {
  const cancelled = new AbortController();
  const texts = new Set<string>();
  let session: { value: Session } | undefined;
  const host: Host<Session> = {
    provider,
    signal: cancelled.signal,
    session: () => {
      if (session === undefined)
        throw new Error(`Provider ${provider.name} was called before it was configured.`);
      return session.value;
    },
    receive: (struct) => {
      const received = receive(struct);
      for (const text of received.texts) texts.add(text);
      return received;
    },
  };
  // Every error becomes a status whose message shows no secret.
  const method = <Request, Response>(answer: (request: Request) => Response | Promise<Response>) => {
    const answered = callbackify(async (request: Request) => answer(request));
    const handle: grpc.handleUnaryCall<Request, Response> = ({ request }, done) =>
      answered(request, (error, response) => {
        if (error) done(statusOf(error, (message) => blacken(message, texts)));
        else done(null, response);
      });
    return handle;
  };
  const blackened = (failures: readonly Failure[]): readonly Failure[] =>
    failures.map(({ property, reason }) => ({ property, reason: blacken(reason, texts) }));
  const resources = resourceMethods(host);

  return {
    handshake: method(() => {
      const response = new proto.ProviderHandshakeResponse();
      response.setAcceptSecrets(true);
      return response;
    }),
    attach: method(() => new emptyProto.Empty()),
    cancel: method(() => {
      cancelled.abort(new Error("The operation was cancelled."));
      return new emptyProto.Empty();
    }),
    getPluginInfo: method(() => {
      const response = new plugin.PluginInfo();
      response.setVersion(provider.version);
      return response;
    }),
    getSchema: method(() => {
      const response = new proto.GetSchemaResponse();
      response.setSchema(
        provider.schema?.() ?? JSON.stringify({ name: provider.name, version: provider.version }),
      );
      return response;
    }),
    checkConfig: method((request: proto.CheckRequest) => {
      const config = host.receive(request.getNews());
      return checked(request, blackened(provider.checkConfig?.(config.properties) ?? []));
    }),
    // A changed token or address never replaces what it made.
    diffConfig: method((request: proto.DiffRequest) => {
      const old = host.receive(request.getOldInputs()).properties;
      return difference(changed(old, host.receive(request.getNews()).properties), []);
    }),
    configure: method(async (request: proto.ConfigureRequest) => {
      session = { value: await provider.configure(host.receive(request.getArgs()).properties) };
      const response = new proto.ConfigureResponse();
      response.setAcceptsecrets(true);
      response.setSupportspreview(true);
      return response;
    }),
    invoke: method(async (request: proto.InvokeRequest) => {
      if (!provider.invoke) throw new Error(`Provider ${provider.name} has no function ${request.getTok()}.`);
      const args = host.receive(request.getArgs());
      const result = await provider.invoke(request.getTok(), args.properties, host.session());
      const response = new proto.InvokeResponse();
      // What was looked up by a secret may contain it.
      response.setReturn(send(result, new Set(args.secret.size > 0 ? Object.keys(result) : [])));
      return response;
    }),
    check: method((request: proto.CheckRequest) => checked(request, blackened(resources.check(request)))),
    diff: method(resources.diff),
    create: method(resources.create),
    read: method(resources.read),
    update: method(resources.update),
    delete: method(resources.delete),
  };
}

/** The inputs go back as they came, envelopes included: a check judges, it does not change. */
function checked(request: proto.CheckRequest, failures: readonly Failure[]): proto.CheckResponse {
  const response = new proto.CheckResponse();
  response.setInputs(request.getNews());
  for (const { property, reason } of failures) {
    const failure = new proto.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    response.addFailures(failure);
  }
  return response;
}

/** An error as the engine reads it: a partial failure says in a detail what was made. */
function statusOf(
  error: Error,
  clean: (message: string) => string,
): { code: grpc.status; message: string; metadata?: grpc.Metadata } {
  const code = grpc.status.UNKNOWN;
  const message = clean(messageOf(error));
  if (!(error instanceof PartialFailure)) return { code, message };
  error.detail.setReasonsList([message]);
  const detail = new anyProto.Any();
  detail.pack(error.detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
  const status = new statusProto.Status();
  status.setCode(code);
  status.setMessage(message);
  status.addDetails(detail);
  const metadata = new grpc.Metadata();
  metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
  return { code, message, metadata };
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messageOf(error.cause)}`;
}
