import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import grpc from "@grpc/grpc-js";
import services from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import proto from "@pulumi/pulumi/proto/provider_pb.js";
import plugins from "@pulumi/pulumi/proto/plugin_pb.js";
import empty from "google-protobuf/google/protobuf/empty_pb.js";
import { beforeAll, expect, test } from "vitest";
import { ProviderClient } from "../components/provider/client.ts";
import { atEnd } from "../support/at-end.ts";
import { apiServers, kubernetesProvider, type ControlPlane } from "../support/kubernetes/index.ts";
import { describeWith } from "../support/services.ts";

const type = "kubernetes:core/v1:ConfigMap";
const sdk = join(import.meta.dirname, "../../node_modules/@pulumi/kubernetes/package.json");

await describeWith(apiServers, "Pulumi's provider for Kubernetes", (startApiServer) => {
  let api: ControlPlane;
  let address: string;
  let provider: ProviderClient;

  beforeAll(async () => {
    api = await startApiServer();
    const program = spawn(await kubernetesProvider(), ["127.0.0.1:1"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const exit = once(program, "exit");
    atEnd(async () => {
      program.kill();
      await exit;
    });
    const [port] = await once(createInterface(program.stdout), "line");
    address = `127.0.0.1:${port}`;
    provider = new ProviderClient(Number(port), type);
    atEnd(() => provider.grpc.close());
    const request = new proto.ConfigureRequest();
    request.getVariablesMap().set("kubernetes:config:kubeconfig", readFileSync(api.kubeconfig, "utf8"));
    await provider.ask<proto.ConfigureRequest, proto.ConfigureResponse>(provider.grpc.configure, request);
  }, 600_000);

  test("says the version of the SDK that the programs use", async () => {
    const answer = await provider.ask<empty.Empty, plugins.PluginInfo>(
      provider.grpc.getPluginInfo,
      new empty.Empty(),
    );
    const { version } = JSON.parse(readFileSync(sdk, "utf8"));
    expect(answer.getVersion()).toBe(version);
  });

  test("has the schema of its types", async () => {
    // Longer than a client takes that is not told to.
    const options = { "grpc.max_receive_message_length": -1 };
    const client = new services.ResourceProviderClient(address, grpc.credentials.createInsecure(), options);
    atEnd(() => client.close());
    const answer = await provider.ask<proto.GetSchemaRequest, proto.GetSchemaResponse>(
      client.getSchema.bind(client),
      new proto.GetSchemaRequest(),
    );
    expect(Object.keys(JSON.parse(answer.getSchema()).resources)).toContain(type);
  });

  test("makes what it is told to in the API server", async () => {
    const metadata = { name: "one", namespace: "default" };
    const { inputs, failures } = await provider.check({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: { a: "b" },
    });
    expect(failures).toEqual([]);
    expect(await provider.create(inputs)).toMatchObject({ id: "default/one" });
    expect(await api.get("configmap", "one")).toMatchObject({ data: { a: "b" } });
  });
});
