/**
 * Prints replaces.json from schemas of Pulumi providers, provider/cmd/pulumi-resource-<name>/schema.json in their
 * repositories: `node --import tsx test/engine/stand-in/read-replaces.ts <origin>=<schema.json> ...`, where origin says
 * which version of which repository a file is.
 */
import { readFileSync } from "node:fs";
import { readSdk } from "./sdk-types.ts";
import { known } from "./servers.ts";

interface Property {
  readonly willReplaceOnChanges?: boolean;
}

interface Schema {
  readonly resources: Readonly<
    Record<string, { readonly inputProperties?: Readonly<Record<string, Property>> }>
  >;
}

/** For each resource that servers.ts knows the inputs, as far as its SDK has them, whose change replaces it. */
export function replacesIn({ resources }: Schema): Record<string, string[]> {
  const all = Object.keys(known).map((token): [string, string[]] => {
    const properties = resources[token]?.inputProperties ?? {};
    const inputs = readSdk(token.split(":")[0] ?? "").resource(token)?.inputs;
    const isFixed = (name: string): boolean => properties[name]?.willReplaceOnChanges === true;
    return [token, Object.keys(properties).filter((name) => isFixed(name) && inputs?.has(name) === true)];
  });
  return Object.fromEntries(all.filter(([, replaces]) => replaces.length > 0));
}

if (process.argv[1] === import.meta.filename) {
  const sources = process.argv.slice(2).map((argument) => {
    const [origin = "", file = ""] = argument.split("=");
    return { origin, replaces: replacesIn(JSON.parse(readFileSync(file, "utf8")) as Schema) };
  });
  console.log(
    JSON.stringify({
      origins: sources.map(({ origin }) => origin),
      replaces: Object.assign({}, ...sources.map(({ replaces }) => replaces)) as object,
    }),
  );
}
