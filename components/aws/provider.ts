import { Provider } from "@pulumi/aws/provider.js";
import type { CloudPlace } from "../../infra/contracts/kubernetes.ts";

/**
 * AWS in the region of the stack, once for all that the stack has there; its tag `testfarm:stack` says what belongs to it.
 * Credentials are those that AWS's own programs find: a profile, the environment, a role.
 */
export const awsProvider = ({ once, region, label }: CloudPlace): Provider =>
  once("aws", () => new Provider("aws", { region, defaultTags: { tags: { "testfarm:stack": label } } }));
