/**
 * Stands in for `pulumi-language-nodejs`, which upstream ships with the CLI and not by any registry: the engine starts
 * it with its own address as the last argument and reads the port from the first line.
 */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";
import { callbackify } from "node:util";
import grpc from "@grpc/grpc-js";
import emptyProto from "google-protobuf/google/protobuf/empty_pb.js";
import languageServices from "@pulumi/pulumi/proto/language_grpc_pb.js";
import language from "@pulumi/pulumi/proto/language_pb.js";
import plugin from "@pulumi/pulumi/proto/plugin_pb.js";
import { endWithEngine } from "../../components/provider/parent.ts";
import { runPolicyPack } from "./policy-host.ts";

const engine = process.argv.at(-1) ?? "";
/** The SDK's own `run` ends with it after it has shown the error itself. */
const alreadyShown = 32;

async function run(request: language.RunRequest): Promise<language.RunResponse> {
  const info = request.getInfo();
  if (info === undefined) throw new Error("The engine sent no program to run.");
  const nodeargs = info.getOptions()?.toJavaScript()["nodeargs"];
  const flags = {
    monitor: request.getMonitorAddress(),
    engine,
    project: request.getProject(),
    stack: request.getStack(),
    organization: request.getOrganization(),
    "root-directory": info.getRootDirectory(),
    pwd: request.getPwd(),
    parallel: request.getParallel(),
  };
  const program = spawn(
    process.execPath,
    [
      ...(typeof nodeargs === "string" ? nodeargs.split(" ") : []),
      createRequire(`${info.getProgramDirectory()}/`).resolve("@pulumi/pulumi/cmd/run"),
      ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      ...(request.getDryrun() ? ["--dry-run"] : []),
      info.getEntryPoint(),
    ],
    {
      cwd: info.getProgramDirectory(),
      stdio: ["ignore", "inherit", "pipe"],
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(request.getConfigMap().entries())),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
      },
    },
  );
  const ended = new Promise<number | null>((resolve, reject) => {
    program.once("error", reject).once("close", resolve);
  });
  const [code, stderr] = await Promise.all([ended, text(program.stderr)]);
  const response = new language.RunResponse();
  if (code === alreadyShown) response.setBail(true);
  else if (code !== 0) response.setError(`The program ended with exit code ${code}.\n${stderr}`);
  else process.stderr.write(stderr);
  return response;
}

const empty =
  <Response>(Type: new () => Response) =>
  (_: unknown, done: grpc.sendUnaryData<Response>) => {
    done(null, new Type());
  };

endWithEngine();
const server = new grpc.Server();
server.addService(languageServices.LanguageRuntimeService as unknown as grpc.ServiceDefinition, {
  handshake: empty(language.LanguageHandshakeResponse),
  getRequiredPlugins: empty(language.GetRequiredPluginsResponse),
  getRequiredPackages: empty(language.GetRequiredPackagesResponse),
  getPluginInfo: empty(plugin.PluginInfo),
  runtimeOptionsPrompts: empty(language.RuntimeOptionsResponse),
  cancel: empty(emptyProto.Empty),
  runPlugin: runPolicyPack,
  run: ({ request }: { request: language.RunRequest }, done: grpc.sendUnaryData<language.RunResponse>) =>
    callbackify(run)(request, (error, response) => {
      if (error) done({ code: grpc.status.UNKNOWN, message: error.message });
      else done(null, response);
    }),
});
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  console.log(port);
});
