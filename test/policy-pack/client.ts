/** Starts the policy pack as the language host does, and asks it as the engine does, over gRPC. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import grpc from "@grpc/grpc-js";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import services from "@pulumi/pulumi/proto/analyzer_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/analyzer_pb.js";
import { type RecordedResource, Secret, Unknown, type Value } from "../../infra/plan/record.ts";
import { secret, unknownMark } from "../components/provider/client.ts";

const directory = join(import.meta.dirname, "../../policy-pack");
const run = createRequire(import.meta.url).resolve("@pulumi/pulumi/cmd/run-policy-pack");

/** A violation as the pack reports it. */
export interface Reported {
  readonly rule: string;
  readonly mandatory: boolean;
  readonly key: string;
  readonly message: string;
}

export class PackClient {
  readonly #process: ChildProcess;
  readonly #grpc: Promise<InstanceType<typeof services.AnalyzerClient>>;

  /** @param settings of the stack, without their namespace; lists and objects as they are. */
  constructor(settings: Readonly<Record<string, unknown>>) {
    const config = Object.entries(settings).map(([name, value]) => [
      `testfarm:${name}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    this.#process = spawn(process.execPath, [run, "127.0.0.1:1", directory], {
      cwd: directory,
      stdio: ["ignore", "pipe", "inherit"],
      env: {
        ...process.env,
        PULUMI_NODEJS_PROJECT: "testfarm",
        PULUMI_NODEJS_STACK: "test",
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(config)),
      },
    });
    this.#grpc = once(createInterface({ input: this.#process.stdout! }), "line").then(
      ([port]) => new services.AnalyzerClient(`127.0.0.1:${String(port)}`, grpc.credentials.createInsecure()),
    );
  }

  /** All that it reports of a stack: each resource before it is made, then all of them. */
  async violations(resources: readonly RecordedResource[]): Promise<Reported[]> {
    const client = await this.#grpc;
    const [remediate, analyze, analyzeStack] = [
      promisify(client.remediate.bind(client)) as (request: proto.AnalyzeRequest) => Promise<unknown>,
      promisify(client.analyze.bind(client)) as (r: proto.AnalyzeRequest) => Promise<proto.AnalyzeResponse>,
      promisify(client.analyzeStack.bind(client)) as (
        request: proto.AnalyzeStackRequest,
      ) => Promise<proto.AnalyzeResponse>,
    ];
    const answers: proto.AnalyzeResponse[] = [];
    for (const resource of resources) {
      const request = described(resource, new proto.AnalyzeRequest());
      await remediate(request);
      answers.push(await analyze(request));
    }
    const stack = new proto.AnalyzeStackRequest();
    stack.setResourcesList(resources.map((resource) => withSources(resource)));
    answers.push(await analyzeStack(stack));
    return answers.flatMap((answer, index) =>
      answer.getDiagnosticsList().map((diagnostic) => ({
        rule: diagnostic.getPolicyname(),
        mandatory: diagnostic.getEnforcementlevel() === proto.EnforcementLevel.MANDATORY,
        // Of one resource the engine knows which it asked about.
        key: resources[index]?.key ?? diagnostic.getUrn(),
        message: diagnostic.getMessage().replace(`${diagnostic.getDescription()}\n`, ""),
      })),
    );
  }

  end(): void {
    this.#process.kill();
  }
}

function described<Message extends proto.AnalyzeRequest | proto.AnalyzerResource>(
  { key, type, name, inputs, protect, deleteBeforeReplace }: RecordedResource,
  message: Message,
): Message {
  const options = new proto.AnalyzerResourceOptions();
  options.setProtect(protect);
  options.setDeletebeforereplacedefined(deleteBeforeReplace !== undefined);
  options.setDeletebeforereplace(deleteBeforeReplace ?? false);
  message.setUrn(key);
  message.setType(type);
  message.setName(name);
  message.setOptions(options);
  message.setProperties(structProto.Struct.fromJavaScript(toWire(inputs) as Wire));
  return message;
}

function withSources(resource: RecordedResource): proto.AnalyzerResource {
  const message = described(resource, new proto.AnalyzerResource());
  for (const [input, keys] of Object.entries(resource.dataFlow)) {
    const sources = new proto.AnalyzerPropertyDependencies();
    sources.setUrnsList([...keys]);
    message.getPropertydependenciesMap().set(input, sources);
  }
  return message;
}

type Wire = { [name: string]: structProto.JavaScriptValue };

function toWire(value: Value): structProto.JavaScriptValue {
  if (value instanceof Secret) return secret(toWire(value.reveal()));
  if (value instanceof Unknown) return unknownMark;
  if (Array.isArray(value)) return value.map(toWire);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toWire(each)]));
}
