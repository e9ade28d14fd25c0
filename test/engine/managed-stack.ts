/** A stack of a managed tier on the real engine, with companies that speak their contracts. */
import { type Addresses, startCompanies } from "./companies.ts";
import type { EngineOptions } from "./engine.ts";
import { openStack, type Stack } from "./stack.ts";

/** An image with a digest that no registry is asked for. */
export const image = (name: string, digit: string): string =>
  `ghcr.io/acme/${name}@sha256:${digit.repeat(64)}`;
export const images = (digit: string) => ({
  app: image("testfarm", digit),
  web: image("testfarm-web", digit),
});

export interface ManagedStack extends Stack {
  readonly companies: Awaited<ReturnType<typeof startCompanies>>;
}

/** @param settings of the stack's file, beside those that are accounts, addresses and images. */
export async function openManagedStack(
  cli: string,
  name: "validation" | "growth",
  settings: Readonly<Record<string, unknown>> = {},
  addresses: Addresses = {},
  options: EngineOptions = {},
): Promise<ManagedStack> {
  const companies = await startCompanies(addresses);
  const { browserbaseProjectId, ...places } = companies.settings;
  const { browserbaseApiKey, ...tokens } = companies.tokens;
  const isBrowserbase = settings["browser"] !== "own";
  const values = {
    ...places,
    browserbaseProjectId: isBrowserbase ? browserbaseProjectId : undefined,
    image: images("a"),
    ...settings,
  };
  const stack = openStack(cli, options, { name, values });
  await stack.open();
  const secrets = { ...tokens, ...(isBrowserbase && { browserbaseApiKey }) };
  await stack.succeed(
    "config",
    "set-all",
    ...Object.entries(secrets).flatMap(([key, secret]) => ["--secret", `testfarm:${key}=${secret}`]),
  );
  return { ...stack, companies };
}
