/** What the schema of a kind says of its fields. */
import { z } from "zod";

type Mark = "secret" | "willReplaceOnChanges";

/** A field as JSON Schema, with our marks. */
export type Field = z.core.JSONSchema.JSONSchema & { readonly [M in Mark]?: boolean };

/** `io: input`: a field with a default need not be given. */
export const jsonSchema = (object: z.ZodObject) =>
  z.toJSONSchema(object, { io: "input" }) as {
    readonly properties: Readonly<Record<string, Field>>;
    readonly required?: readonly string[];
  };

export const fieldsOf = (object: z.ZodObject): readonly string[] => Object.keys(object.shape);

export const namesWith = (object: z.ZodObject, mark: Mark): readonly string[] =>
  Object.entries(jsonSchema(object).properties)
    .filter(([, field]) => field[mark] === true)
    .map(([name]) => name);
