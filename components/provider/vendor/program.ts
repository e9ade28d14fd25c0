/** A vendor's resources as programs make them. */
import * as pulumi from "@pulumi/pulumi";
import { fieldsOf, namesWith } from "./fields.ts";
import type { Inputs, Kind, Outputs } from "./kind.ts";

/** An account at a vendor. */
export class VendorAccount extends pulumi.ProviderResource {
  /**
   * @param args.vendor its key in the table of vendors (components/provider/vendors/).
   * @param args.credentials become a secret of the state.
   * @param args.endpoint scheme and host that take the place of the vendor's own.
   * @param args.interval milliseconds between two looks at something that is not ready. Default 1,000.
   */
  constructor(
    name: string,
    args: {
      readonly vendor: string;
      readonly credentials: Readonly<Record<string, pulumi.Input<string>>>;
      readonly endpoint?: string | undefined;
      readonly interval?: number | undefined;
    },
    options?: pulumi.ResourceOptions,
  ) {
    const { vendor, endpoint, interval } = args;
    const credentials = pulumi.secret(pulumi.jsonStringify(args.credentials));
    super(
      "testfarm",
      name,
      {
        vendor,
        credentials,
        ...(endpoint !== undefined && { endpoint }),
        ...(interval !== undefined && { interval: String(interval) }),
      },
      options,
    );
  }
}

/** A value, or of a map its values, that others may have to tell first. */
type Given<T> =
  T extends Readonly<Record<string, infer Each>>
    ? pulumi.Input<Readonly<Record<string, pulumi.Input<Each>>>>
    : pulumi.Input<T>;
type Args<K> = { readonly [Name in keyof Inputs<K>]: Given<Inputs<K>[Name]> };
type Made<K> = pulumi.CustomResource & {
  readonly [Name in keyof Outputs<K>]: pulumi.Output<Outputs<K>[Name]>;
};

/** The class of a kind: its arguments are the kind's inputs, its properties all that is known of it. */
export function resourceClass<K>(vendor: string, name: string, kind: K) {
  const { inputs, outputs } = kind as Kind;
  const told = Object.fromEntries(fieldsOf(outputs).map((field) => [field, undefined]));
  const additionalSecretOutputs = [...namesWith(inputs, "secret"), ...namesWith(outputs, "secret")];
  const Made = class extends pulumi.CustomResource {
    constructor(resource: string, args: pulumi.Inputs, options?: pulumi.CustomResourceOptions) {
      const both = pulumi.mergeOptions(options, { additionalSecretOutputs });
      super(`testfarm:${vendor}:${name}`, resource, { ...args, ...told }, both);
    }
  };
  return Made as unknown as new (
    resource: string,
    args: Args<K>,
    options?: pulumi.CustomResourceOptions,
  ) => Made<K>;
}
