import { type Access, AccessError, type AccessOutput } from "../contracts/access.ts";
import { companiesAccess } from "./companies.ts";
import { dockerAccess } from "./docker.ts";
import { kubernetesAccess } from "./kubernetes.ts";
import { outdated, type Outputs, readOutputs } from "./outputs.ts";

/** How each kind of stack is reached. */
const kinds: {
  readonly [Kind in AccessOutput["kind"]]: (output: AccessOutput & { kind: Kind }) => Promise<Access>;
} = {
  docker: dockerAccess,
  companies: companiesAccess,
  kubernetes: (output) => kubernetesAccess(output),
};

/** A stack that is up, as its operator sees it. */
export interface OpenStack {
  readonly name: string;
  /** All that it exports. Secrets are among it. */
  readonly outputs: Outputs;
  readonly access: Access;
}

/**
 * Reads the outputs of a stack with the operator's own Pulumi, and connects to what it runs on.
 *
 * @param stack as `pulumi stack ls` shows it.
 * @throws {AccessError} saying what is in the way, and what to do.
 */
export async function openAccess(stack: string): Promise<OpenStack> {
  const outputs = await readOutputs(stack);
  const { ACCESS } = outputs;
  if (ACCESS === undefined) throw new AccessError(outdated(stack, "ACCESS"));
  const described = JSON.parse(ACCESS) as AccessOutput;
  const open = kinds[described.kind] as ((output: AccessOutput) => Promise<Access>) | undefined;
  if (open === undefined) {
    const known = Object.keys(kinds).join(", ");
    throw new AccessError(
      `Stack ${stack} is reached by ${JSON.stringify(described.kind)}, which this version does not know (it knows ${known}). Use the version that made the stack.`,
    );
  }
  return { name: stack, outputs, access: await open(described) };
}
