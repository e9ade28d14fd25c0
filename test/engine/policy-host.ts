/**
 * Runs a policy pack as upstream's `pulumi-language-nodejs` does: it answers the engine itself until it is told the
 * stack's configuration, which the pack finds in its environment, and passes everything on to the pack from then.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { callbackify } from "node:util";
import grpc from "@grpc/grpc-js";
import analyzerServices from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import analyzer from "@pulumi/pulumi/proto/analyzer_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";

type Call = grpc.ServerWritableStream<language.RunPluginRequest, language.RunPluginResponse>;
type Environment = Readonly<Record<string, string>>;

const service = analyzerServices.AnalyzerService as unknown as grpc.ServiceDefinition;
const asItIs = (message: Buffer): Buffer => message;
const unlimited = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

export function runPolicyPack(call: Call): void {
  let pack: ChildProcess | undefined;
  let client: Promise<grpc.Client> | undefined;
  const start = async (configuration: Environment): Promise<grpc.Client> => {
    pack = spawnPack(call.request, configuration);
    pack.stderr?.on("data", (chunk: Buffer) => call.write(output("setStderr", chunk)));
    return new grpc.Client(`127.0.0.1:${await portOf(pack)}`, grpc.credentials.createInsecure(), unlimited);
  };

  const ask = async (name: string, path: string, request: Buffer): Promise<Buffer> => {
    // The pack itself has no handshake.
    if (name === "handshake") return Buffer.of();
    client ??= start(name === "configureStack" ? configurationIn(request) : {});
    const to = await client;
    return new Promise((resolve, reject) => {
      to.makeUnaryRequest(path, asItIs, asItIs, request, (error, answer) =>
        error ? reject(error) : resolve(answer ?? Buffer.of()),
      );
    });
  };
  const pass =
    (name: string, path: string): grpc.handleUnaryCall<Buffer, Buffer> =>
    ({ request }, done) =>
      callbackify(ask)(name, path, request, (error, answer) => {
        if (error) done({ code: grpc.status.UNKNOWN, message: error.message });
        else done(null, answer);
      });
  const methods = Object.entries(service).map(([name, method]) => ({
    name,
    handle: pass(name, method.path),
    definition: {
      ...method,
      requestSerialize: asItIs,
      requestDeserialize: asItIs,
      responseSerialize: asItIs,
      responseDeserialize: asItIs,
    },
  }));
  const server = new grpc.Server(unlimited);
  server.addService(
    Object.fromEntries(methods.map(({ name, definition }) => [name, definition])),
    Object.fromEntries(methods.map(({ name, handle }) => [name, handle])),
  );
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) call.destroy(error);
    else call.write(output("setStdout", Buffer.from(`${port}\n`)));
  });
  // The engine ends a pack by giving up the call.
  call.on("cancelled", () => {
    pack?.kill();
    server.forceShutdown();
  });
  process.once("exit", () => pack?.kill());
}

function spawnPack(request: language.RunPluginRequest, configuration: Environment): ChildProcess {
  const directory = request.getInfo()?.getProgramDirectory() ?? "";
  const run = createRequire(`${directory}/`).resolve("@pulumi/pulumi/cmd/run-policy-pack");
  const given = request.getEnvList().map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]);
  return spawn(process.execPath, [run, ...request.getArgsList(), directory], {
    cwd: directory,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...Object.fromEntries(given), ...configuration },
  });
}

async function portOf(pack: ChildProcess): Promise<number> {
  const lines = createInterface({ input: pack.stdout! });
  const [line] = (await Promise.race([once(lines, "line"), once(pack, "exit")])) as [unknown];
  if (typeof line !== "string") throw new Error(`The policy pack ended with exit code ${String(line)}.`);
  return Number(line);
}

function configurationIn(message: Buffer): Environment {
  const request = analyzer.AnalyzerStackConfigureRequest.deserializeBinary(message);
  return {
    PULUMI_NODEJS_ORGANIZATION: request.getOrganization(),
    PULUMI_NODEJS_PROJECT: request.getProject(),
    PULUMI_NODEJS_STACK: request.getStack(),
    PULUMI_NODEJS_DRY_RUN: String(request.getDryRun()),
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
  };
}

function output(set: "setStdout" | "setStderr", chunk: Buffer): language.RunPluginResponse {
  const response = new language.RunPluginResponse();
  response[set](chunk);
  return response;
}
