/** Both of Fly.io's APIs at one address: where a gateway is configured, all goes there. */
import { text } from "node:stream/consumers";
import { type FlyOptions, startFly } from "./fly/index.ts";
import { type FlyGraphqlOptions, startFlyGraphql } from "./fly-graphql.ts";
import { serve } from "./serving.ts";

export async function startBothOfFly(options: FlyOptions & FlyGraphqlOptions = {}) {
  const machines = await startFly(options);
  const graphql = await startFlyGraphql(options);
  const url = await serve(async (request) => {
    const { url: target } = request.url === "/graphql" ? graphql : machines;
    const body = await text(request);
    const passed = ["authorization", "content-type", "fly-machine-lease-nonce"].flatMap((name) => {
      const value = request.headers[name];
      return typeof value === "string" ? [[name, value] as const] : [];
    });
    return fetch(`${target}${request.url}`, {
      method: request.method!,
      headers: Object.fromEntries(passed),
      ...(body !== "" && { body }),
    }).then(
      async (response) => {
        const said = await response.text();
        return { status: response.status, ...(said !== "" && { body: JSON.parse(said) as unknown }) };
      },
      () => "lost" as const,
    );
  });
  return {
    ...machines,
    url,
    machines,
    graphql,
    get calls() {
      return [...machines.calls, ...graphql.calls];
    },
    get violations() {
      return [...machines.violations, ...graphql.violations];
    },
  };
}
