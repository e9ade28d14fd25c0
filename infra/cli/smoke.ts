import { type OpenStack, openAccess } from "../access/index.ts";
import { checkPage } from "../access/page.ts";
import { variablesOf } from "../access/role-variables.ts";
import { runRole } from "../access/run-role.ts";
import { operate } from "./operator.ts";
import { readArguments, UsageError } from "./usage.ts";

const help = `npm run smoke -- <stack> [--url <site>] [--keep]

Does what a user of the stack does: opens its page from here, then, in a container beside its services that has nothing but
its outputs, signs in, lets a session run on a site, looks at its screenshot and reads the metrics. Each check is a line.

  --url <site>   the site that the session visits. Default: https://example.com/
  --keep         leaves its account and session, and says how to sign in and look at them. Default: they are removed
  --help         this text

It takes the pulumi on the PATH, with your login and passphrase. It ends with 0, with 1 when a check fails, with 2 when the
command is wrong or the stack cannot be reached, with 130 after Ctrl-C.
`;

async function main(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args, {
    url: { type: "string" },
    keep: { type: "boolean" },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [stack, ...more] = positionals;
  if (!stack) throw new UsageError("name a stack, such as mvp");
  if (more.length > 0) throw new UsageError(`"${more.join(" ")}" is too much; smoke takes one stack`);
  const { url, keep } = values;
  if (url !== undefined && !(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)))
    throw new UsageError(
      `--url is "${url}"; it must be an http or https address, such as https://example.com/`,
    );
  const open = await openAccess(stack);
  if (!(await pageAnswers(open))) return 1;
  return runRole(open, "smoke", [...(url === undefined ? [] : ["--url", url]), ...(keep ? ["--keep"] : [])]);
}

async function pageAnswers(stack: OpenStack): Promise<boolean> {
  const { FRONTEND_URL = "", API_BASE_URL = "" } = variablesOf(stack, "smoke");
  const began = performance.now();
  const time = () => `(${((performance.now() - began) / 1_000).toFixed(1)} s)`;
  const authority = await stack.access.authority();
  try {
    const found = await checkPage({ FRONTEND_URL, API_BASE_URL }, authority);
    process.stdout.write(`✓ page: ${found} ${time()}\n`);
    return true;
  } catch (error) {
    process.stdout.write(
      `✗ page: ${(error as Error).message} ${time()}\n  Look at the stack's outputs FRONTEND_URL, API_BASE_URL.\n`,
    );
    return false;
  }
}

await operate(help, main);
