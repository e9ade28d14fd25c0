/** A vendor's published contract, as far as it is used: what the servers of this folder hold requests and answers against. */

/** JSON Schema. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Operation {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** `/v2/redis/database/{id}` */
  readonly path: string;
  /** Absent: none is allowed. */
  readonly query?: Schema;
  /** Absent: none is allowed. */
  readonly body?: Schema;
  /** Of a success. Absent: there is none, or the vendor does not publish it. */
  readonly answer?: Schema;
}

export interface Contract {
  /** Where the vendor publishes it. */
  readonly source: string;
  /** When it was read: `2026-11-26`. */
  readonly readAt: string;
  readonly operations: readonly Operation[];
  /** Schemas that others refer to, by the root that their `$ref` names: `{ components: { schemas } }`. */
  readonly definitions?: Schema;
}

/** An object without other fields than these. */
export const object = (
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
export const text: Schema = { type: "string" };
export const flag: Schema = { type: "boolean" };
export const integer: Schema = { type: "integer" };
export const oneOf = (...values: readonly string[]): Schema => ({ type: "string", enum: values });
export const listOf = (items: Schema): Schema => ({ type: "array", items });
