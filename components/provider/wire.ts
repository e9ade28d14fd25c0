/** The engine's wire form of properties, in which secret and unknown values are marked. */
import { isDeepStrictEqual } from "node:util";
import structProto from "google-protobuf/google/protobuf/struct_pb.js";
import type { Properties, Value } from "./contract.ts";

// Source of the three marks: sdk/nodejs/runtime/rpc.ts of @pulumi/pulumi.
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
/** Stands for a value that is not known before the resource it comes from exists. */
export const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Properties as they arrive: unwrapped, with what has to stay secret beside them. */
export interface Received {
  readonly properties: Properties;
  /** Properties that are secret, or hold a secret somewhere inside. */
  readonly secret: ReadonlySet<string>;
  /** The secret texts themselves, for `blacken`. */
  readonly texts: readonly string[];
}

export function receive(struct: structProto.Struct | undefined): Received {
  const properties: Properties = {};
  const secret = new Set<string>();
  const texts: string[] = [];
  for (const [name, wire] of Object.entries(struct?.toJavaScript() ?? {})) {
    properties[name] = unwrap(wire, (value) => {
      secret.add(name);
      texts.push(...textsOf(value));
    });
  }
  return { properties, secret, texts };
}

/** Properties as they leave: those named in `secret` wrapped whole, absent ones left out. */
export function send(properties: Properties, secret: ReadonlySet<string> = new Set()): structProto.Struct {
  const wire = Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, secret.has(name) ? { [signature]: secretSignature, value } : value]);
  return structProto.Struct.fromJavaScript(
    withoutUndefined(Object.fromEntries(wire)) as { [name: string]: structProto.JavaScriptValue },
  );
}

/** Names of the properties that differ, in either direction. */
export function changed(old: Properties, now: Properties): string[] {
  const names = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...names].filter((name) => !isDeepStrictEqual(old[name], now[name]));
}

/** Replaces secret texts in a message that leaves the process. */
export function blacken(message: string, texts: Iterable<string>): string {
  // Longest first: one secret may be a part of another.
  const ordered = [...texts].toSorted((a, b) => b.length - a.length);
  return ordered.reduce((clean, text) => clean.replaceAll(text, "[secret]"), message);
}

function unwrap(wire: unknown, onSecret: (value: Value) => void): Value {
  if (Array.isArray(wire)) return wire.map((item) => unwrap(item, onSecret));
  if (wire === null || typeof wire !== "object") return wire as null | boolean | number | string;
  const object = wire as Record<string, unknown>;
  if (object[signature] === secretSignature) {
    const value = unwrap(object["value"] ?? null, () => {});
    onSecret(value);
    return value;
  }
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, unwrap(value, onSecret)]));
}

function textsOf(value: Value | undefined): string[] {
  if (typeof value === "string") return value === "" || value === unknown ? [] : [value];
  if (typeof value === "number") return [String(value)];
  if (value === null || typeof value !== "object") return [];
  return Object.values(value).flatMap(textsOf);
}

function withoutUndefined(value: Properties): Properties {
  return JSON.parse(JSON.stringify(value)) as Properties;
}
