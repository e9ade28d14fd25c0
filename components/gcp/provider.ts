// By file: an index of this package, imported as a whole, loads each of a service's resources.
import { Provider } from "@pulumi/gcp/provider.js";
import type { CloudPlace } from "../../infra/contracts/kubernetes.ts";

/** Who makes a stack's resources at Google Cloud. Its credentials are the operator's own (`gcloud auth application-default login`). */
export const googleCloud = ({ project, region, once }: CloudPlace): Provider =>
  once("gcp-provider", () => new Provider("gcp", { project, region }));
