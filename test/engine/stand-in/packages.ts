/** The provider packages of this repository: those dependencies whose manifest says so. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");

export interface ProviderPackage {
  /** As in type tokens: `digitalocean`. */
  readonly name: string;
  /** Semantic version without `v`. */
  readonly version: string;
  readonly directory: string;
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly pulumi?: { readonly resource?: boolean; readonly name: string; readonly version?: string };
}

export function providerPackages(): ProviderPackage[] {
  const { dependencies, devDependencies } = read(root);
  return Object.keys({ ...dependencies, ...devDependencies }).flatMap((dependency) => {
    const directory = join(root, "node_modules", dependency);
    const { pulumi, version } = read(directory);
    if (pulumi?.resource !== true) return [];
    return [{ name: pulumi.name, version: (pulumi.version ?? version).replace(/^v/, ""), directory }];
  });
}

/** @throws when no dependency is the provider's package. */
export function providerPackage(name: string): ProviderPackage {
  const packages = providerPackages();
  const found = packages.find((each) => each.name === name);
  if (found) return found;
  throw new Error(
    `No dependency is a provider named ${name}; there are ${packages.map((each) => each.name).join(", ")}.`,
  );
}

function read(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")) as Manifest;
}
