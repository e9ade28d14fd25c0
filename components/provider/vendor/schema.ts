/** The package's schema, from which Pulumi makes SDKs and documentation (https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/). */
import type { z } from "zod";
import { type Field, jsonSchema } from "./fields.ts";
import type { Kind, Vendor } from "./kind.ts";

interface PropertySpec {
  readonly type: string;
  readonly description?: string;
  readonly items?: PropertySpec;
  readonly additionalProperties?: PropertySpec;
  readonly default?: unknown;
  readonly secret?: boolean;
  readonly willReplaceOnChanges?: boolean;
}

/** What an instance of the provider is configured with for a vendor's resources: components/provider/vendor/account.ts. */
const account: Readonly<Record<string, PropertySpec>> = {
  vendor: { type: "string", description: "The vendor that the account is at, as it is in the type tokens." },
  credentials: {
    type: "string",
    description: "What the vendor knows the account by: an object of texts, as JSON.",
    secret: true,
  },
  endpoint: {
    type: "string",
    description: "Scheme and host that take the place of the vendor's own: of a gateway, or of a test.",
  },
  interval: {
    type: "string",
    description: "Milliseconds between two looks at something that is not ready, at first. Default 1000.",
  },
};

/** @param vendors by the names that are in the type tokens. */
export const packageSchema = (
  meta: { readonly name: string; readonly version: string },
  vendors: Readonly<Record<string, Vendor>>,
) => ({
  ...meta,
  description: "TestFarm's resources at vendors without a Pulumi package of their own.",
  license: "Apache-2.0",
  config: { variables: account },
  provider: { inputProperties: account },
  resources: resourcesOf(vendors),
});

const resourcesOf = (vendors: Readonly<Record<string, Vendor>>) =>
  Object.fromEntries(
    Object.entries(vendors).flatMap(([vendor, { kinds }]) =>
      Object.entries(kinds).map(([name, kind]) => [`testfarm:${vendor}:${name}`, resourceSpec(kind)]),
    ),
  );

function resourceSpec({ description, inputs, outputs }: Kind) {
  const given = properties(inputs);
  const told = properties(outputs);
  return {
    description,
    inputProperties: given,
    requiredInputs: jsonSchema(inputs).required ?? [],
    properties: { ...given, ...told },
    required: Object.keys(told),
  };
}

const properties = (object: z.ZodObject): Readonly<Record<string, PropertySpec>> =>
  Object.fromEntries(
    Object.entries(jsonSchema(object).properties).map(([name, field]) => [name, spec(field)]),
  );

function spec({
  type,
  description,
  items,
  additionalProperties,
  default: preset,
  secret,
  willReplaceOnChanges,
}: Field): PropertySpec {
  return {
    type: String(type),
    ...(description !== undefined && { description }),
    ...(type === "array" && { items: spec(items as Field) }),
    ...(type === "object" && { additionalProperties: spec(additionalProperties as Field) }),
    // Pulumi's schema knows defaults of scalars only.
    ...(preset !== undefined && typeof preset !== "object" && { default: preset }),
    ...(secret && { secret }),
    ...(willReplaceOnChanges && { willReplaceOnChanges }),
  };
}
