import type Docker from "dockerode";
import type { Provider, Resource } from "../../../components/provider/contract.ts";
import { type Session, testfarm } from "../../../components/provider/testfarm.ts";

const healthy = { State: { Running: true, Restarting: false, ExitCode: 0, Health: { Status: "healthy" } } };

/** What our own provider sees where the Docker provider makes no containers: all of them at once healthy and finished. */
const engine = {
  listContainers: () => Promise.resolve([]),
  getContainer: () => ({
    inspect: () => Promise.resolve(healthy),
    wait: () => Promise.resolve({ StatusCode: 0 }),
  }),
} as unknown as Docker;

/** As a server answers that nobody is asked for. */
const hostKey: Resource<Session> = {
  outputs: ["publicKey"],
  create: ({ serverId }) =>
    Promise.resolve({ id: String(serverId), outputs: { publicKey: `ssh-ed25519 ${String(serverId)}` } }),
  update: (_, { serverId }) => Promise.resolve({ publicKey: `ssh-ed25519 ${String(serverId)}` }),
  delete: () => Promise.resolve(),
};

/** Nobody waits for a vendor's server in a test. Milliseconds. */
const interval = "5";

export const withoutDocker: Provider<Session> = {
  ...testfarm,
  configure: async (config) => ({
    ...(await testfarm.configure({ interval, ...config })),
    engine: () => engine,
    isLocal: false,
  }),
  resource: (type) => (type === "testfarm:ssh:HostKey" ? hostKey : testfarm.resource(type)),
};
