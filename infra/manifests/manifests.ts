import { stringify } from "yaml";
import { secretsAnnotation } from "../contracts/kubernetes.ts";
import { type RecordedResource, type Recording, Secret, Unknown, type Value } from "../plan/record.ts";
import { at, isMapping } from "../policy/values.ts";
import { helmfileOf } from "./helmfile.ts";

type Tree = null | boolean | number | string | Tree[] | { [key: string]: Tree };

/** One object, or helmfile.yaml. */
export interface Manifest {
  /** Its directory says when it is applied: `3-objects/service.testfarm.api.yaml`. */
  readonly path: string;
  readonly content: string;
  /** Where it says `<to be filled in>`, for a value is secret or only the cloud can tell it: `spec.loadBalancerIP`. */
  readonly places: readonly string[];
}

export interface Manifests {
  /** By path. */
  readonly files: readonly Manifest[];
  /** Secret objects, which no file may hold: `testfarm/api`, and the keys that each must have, where they are known. */
  readonly secrets: readonly { readonly name: string; readonly keys: readonly string[] }[];
}

const release = "kubernetes:helm.sh/v3:Release";
const secret = "kubernetes:core/v1:Secret";

/** What is applied before all else, and last; whatever is of no such kind is in between. */
const directories: Readonly<Record<string, string>> = {
  Namespace: "1-foundation",
  StorageClass: "1-foundation",
  Job: "4-migration",
  Deployment: "5-workloads",
  ScaledObject: "5-workloads",
};

/**
 * What a stack has in its cluster, as YAML: objects for `kubectl apply`, charts for helmfile
 * (https://helmfile.readthedocs.io). Nothing of what is secret is in it.
 */
export function manifestsOf({ resources }: Recording): Manifests {
  const inCluster = resources.filter(({ type, custom }) => custom && type.startsWith("kubernetes:"));
  const objects = inCluster.filter(({ type }) => type !== release && type !== secret).map(fileOf);
  const charts = inCluster.filter(({ type }) => type === release);
  const helmfile =
    charts.length > 0 ? [manifest("2-charts/helmfile.yaml", helmfileOf(charts, resources))] : [];
  return {
    files: [...objects, ...helmfile].toSorted((one, other) => (one.path < other.path ? -1 : 1)),
    secrets: inCluster
      .filter(({ type }) => type === secret)
      .map((resource) => ({ name: nameOf(resource).join("/"), keys: keysOf(resource) }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1)),
  };
}

function fileOf(resource: RecordedResource): Manifest {
  const kind = resource.type.split(":").at(-1)!;
  const name = [kind.toLowerCase(), ...nameOf(resource)].join(".");
  return manifest(`${directories[kind] ?? "3-objects"}/${name}.yaml`, withoutChecksum(resource.inputs));
}

/** Namespace, where it has one, and name. */
function nameOf({ name, inputs }: RecordedResource): string[] {
  const metadata = at(inputs, "metadata");
  const [namespace, own] = [at(metadata, "namespace"), at(metadata, "name")];
  return [...(typeof namespace === "string" ? [namespace] : []), typeof own === "string" ? own : name];
}

const opened = (value: Value | undefined) => (value instanceof Secret ? value.reveal() : value);

function keysOf({ inputs }: RecordedResource): string[] {
  return ["stringData", "data"].flatMap((field) => {
    const data = opened(inputs[field]);
    return isMapping(data) ? Object.keys(data) : [];
  });
}

/** Without what tells pods that secrets have changed which are in none of the files. */
function withoutChecksum(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutChecksum);
  if (!isMapping(value)) return value;
  const kept = Object.entries(value)
    .filter(([key]) => key !== secretsAnnotation)
    .map(([key, each]) => [key, withoutChecksum(each)] as const)
    .filter(([key, each]) => key !== "annotations" || !isMapping(each) || Object.keys(each).length > 0);
  return Object.fromEntries(kept);
}

function manifest(path: string, value: Value): Manifest {
  // kubectl and Helm read YAML 1.1, to which `yes` is no text.
  const content = stringify(plain(value), { lineWidth: 0, version: "1.1" });
  return { path, content, places: placesIn(value, "") };
}

/** Where a value is not known, or secret. */
function placesIn(value: Value, place: string): string[] {
  if (value instanceof Unknown || value instanceof Secret) return [place];
  if (Array.isArray(value)) return value.flatMap((each, index) => placesIn(each, `${place}[${index}]`));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    const own = /^\w+$/.test(key) ? `${place && "."}${key}` : `["${key}"]`;
    return placesIn(each, `${place}${own}`);
  });
}

function plain(value: Value): Tree {
  if (value instanceof Secret || value instanceof Unknown) return "<to be filled in>";
  if (Array.isArray(value)) return value.map(plain);
  if (!isMapping(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}
