import type { Edge, EdgeArgs } from "../../infra/contracts/kubernetes.ts";

/** Through what requests come into a cluster. */
export const edge: {
  readonly [Name in "traefik" | "gateway"]: (name: string, args: EdgeArgs) => Promise<Edge>;
} = {
  async traefik(name, args) {
    const { TraefikEdge } = await import("./traefik.ts");
    return new TraefikEdge(name, args);
  },
  async gateway(name, args) {
    const { GatewayEdge } = await import("./gateway.ts");
    return new GatewayEdge(name, args);
  },
};
