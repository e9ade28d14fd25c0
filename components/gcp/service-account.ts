import { Account } from "@pulumi/gcp/serviceaccount/account.js";
import type * as pulumi from "@pulumi/pulumi";

/** https://docs.cloud.google.com/iam/docs/service-accounts-create */
const longest = 30;

/**
 * A service account of the stack's own, which may do nothing yet.
 *
 * @param id of the account at Google Cloud, as `testfarm-scale-nodes`. Another one replaces it.
 * @throws when it has more than 30 characters.
 */
export function serviceAccount(
  name: string,
  id: string,
  displayName: string,
  options: pulumi.CustomResourceOptions,
): Account {
  if (id.length > longest)
    throw new Error(
      `"${id}" is ${id.length} characters long, and the id of a service account at Google Cloud has ${longest} at most; choose a shorter name for the stack.`,
    );
  return new Account(name, { accountId: id, displayName }, options);
}
