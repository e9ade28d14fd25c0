import * as pulumi from "@pulumi/pulumi";
import { hidden } from "../../infra/config/parse.ts";

/**
 * What an address tells that the configuration holds as a secret. Of a secret, the rules before `up` and `npm run plan` know
 * only that it is there: then nothing that it tells is known.
 */
export const toldBy = <T>(address: pulumi.Input<string>, tell: (address: string) => T): pulumi.Output<T> =>
  pulumi
    .output(address)
    .apply((text) => (text === hidden ? (pulumi.unknown as T) : tell(text))) as pulumi.Output<T>;
