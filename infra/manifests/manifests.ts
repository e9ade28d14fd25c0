import { stringify } from "yaml";
import { type RecordedResource, type Recording, Secret, Unknown, type Value } from "../plan/record.ts";
import { at } from "../policy/values.ts";

type Tree = null | boolean | number | string | Tree[] | { [key: string]: Tree };

export interface Manifests {
  /** Content by file name; one object each, in the order in which they are applied. */
  readonly files: ReadonlyMap<string, string>;
  /** Secret objects, which no file may hold: their names, and the keys that each must have. */
  readonly secrets: readonly { readonly name: string; readonly keys: readonly string[] }[];
  /** Objects that say what only the cloud can tell, and where. */
  readonly unknown: readonly { readonly name: string; readonly places: readonly string[] }[];
}

const release = "kubernetes:helm.sh/v3:Release";
const secret = "kubernetes:core/v1:Secret";

/**
 * What a stack has in its cluster, as YAML: objects for `kubectl apply`, charts for helmfile
 * (https://helmfile.readthedocs.io). Nothing of what is secret is in it.
 */
export function manifestsOf({ resources }: Recording): Manifests {
  const files = new Map<string, string>();
  const unknown: { name: string; places: readonly string[] }[] = [];
  const inCluster = resources.filter(
    ({ type, custom }) => custom && type.startsWith("kubernetes:") && type !== release && type !== secret,
  );
  for (const resource of inCluster) {
    const places = unknownIn(resource.inputs, "").map((place) => place.replace(/^\./, ""));
    if (places.length > 0) unknown.push({ name: titleOf(resource), places });
    else
      files.set(
        `${String(files.size + 1).padStart(3, "0")}-${titleOf(resource).replaceAll("/", "-")}.yaml`,
        stringify(plain(resource.inputs), { lineWidth: 0 }),
      );
  }
  const charts = resources.filter(({ type }) => type === release);
  if (charts.length > 0) files.set("helmfile.yaml", helmfile(charts));
  return {
    files,
    secrets: resources
      .filter(({ type }) => type === secret)
      .map((resource) => ({ name: titleOf(resource), keys: keysOf(resource) })),
    unknown,
  };
}

/** `deployment/testfarm/api`; without a namespace `namespace/testfarm`. */
function titleOf({ type, name, inputs }: RecordedResource): string {
  const metadata = at(inputs, "metadata");
  const [namespace, own] = [at(metadata, "namespace"), at(metadata, "name")];
  return [type.split(":").at(-1)!, namespace, own ?? name]
    .filter((part) => typeof part === "string")
    .join("/")
    .toLowerCase();
}

const opened = (value: Value | undefined) => (value instanceof Secret ? value.reveal() : value);

function keysOf({ inputs }: RecordedResource): string[] {
  return ["stringData", "data"].flatMap((field) => {
    const data = opened(inputs[field]);
    return typeof data === "object" && data !== null && !(data instanceof Unknown) ? Object.keys(data) : [];
  });
}

/** Where a value is not known, or secret. */
function unknownIn(value: Value, place: string): string[] {
  if (value instanceof Unknown || value instanceof Secret) return [place];
  if (Array.isArray(value)) return value.flatMap((each, index) => unknownIn(each, `${place}[${index}]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => unknownIn(each, `${place}.${key}`));
}

/** A value in which nothing is secret or unknown any more, but for what a chart is to be told. */
function plain(value: Value): Tree {
  if (value instanceof Secret || value instanceof Unknown) return "<to be filled in>";
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

function helmfile(charts: readonly RecordedResource[]): string {
  const repositories = charts.map(({ inputs }) => ({
    name: plain(inputs["chart"] ?? ""),
    url: plain(at(inputs, "repositoryOpts", "repo") ?? ""),
  }));
  const releases = charts.map(({ name, inputs }) => ({
    name: plain(inputs["name"] ?? name),
    namespace: plain(inputs["namespace"] ?? "default"),
    chart: `${String(inputs["chart"])}/${String(inputs["chart"])}`,
    version: plain(inputs["version"] ?? ""),
    values: [plain(inputs["values"] ?? {})],
  }));
  return stringify({ repositories, releases }, { lineWidth: 0 });
}
