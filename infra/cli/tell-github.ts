import { existsSync, readFileSync } from "node:fs";
import { type GitHub, GitHubError, openGitHub } from "./github.ts";
import { readArguments, UsageError } from "./usage.ts";

const help = `node infra/cli/tell-github.ts comment <purpose> <pull request> <file>...
node infra/cli/tell-github.ts issue <purpose> <title> <file>...
node infra/cli/tell-github.ts solved <purpose>

Writes files of Markdown, one after the other, as a comment on a pull request or as an issue: over what it wrote for the same
purpose before, so that there is one. What is \`solved\` has its issue closed. A file that is not there is said to be missing.

It takes GITHUB_API_URL and GITHUB_REPOSITORY as a workflow sets them, and GITHUB_TOKEN, which has to be allowed
\`pull-requests: write\` for a comment and \`issues: write\` for an issue. It needs Node 24 or newer, and no package.

  --help   this text

It ends with 0, with 1 when GitHub refuses it, and with 2 when the command is wrong.
`;

/** @returns what to print. */
const commands: Readonly<
  Record<string, (github: () => GitHub, purpose: string, words: readonly string[]) => Promise<string>>
> = {
  comment(github, purpose, [pullRequest = "", ...files]) {
    if (!/^[1-9]\d*$/.test(pullRequest))
      throw new UsageError(`the pull request is "${pullRequest}"; it must be a number, such as 12`);
    const body = contentOf(files);
    return github().comment(Number(pullRequest), purpose, body);
  },
  issue(github, purpose, [title, ...files]) {
    if (!title) throw new UsageError("the issue needs a title");
    const body = contentOf(files);
    return github().openIssue(purpose, title, body);
  },
  async solved(github, purpose, words) {
    if (words.length > 0) throw new UsageError(`"${words.join(" ")}" is too much`);
    return (await github().closeIssue(purpose)) ?? `no issue of ${purpose} is open`;
  },
};

function contentOf(files: readonly string[]): string {
  if (files.length === 0) throw new UsageError("name a file");
  return files
    .map((file) =>
      existsSync(file) ? readFileSync(file, "utf8") : "The run ended before it could say more.\n",
    )
    .join("\n");
}

async function main(args: string[]): Promise<string> {
  const { values, positionals } = readArguments(args, {});
  if (values.help) return help;
  const [name = "", purpose, ...words] = positionals;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined || purpose === undefined)
    throw new UsageError(`name what to do, ${Object.keys(commands).join(", ")}, and a purpose`);
  return `${await command(() => openGitHub(process.env), purpose, words)}\n`;
}

try {
  process.stdout.write(await main(process.argv.slice(2)));
} catch (error) {
  if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${help}`);
  else if (error instanceof GitHubError) process.stderr.write(`${error.message}\n`);
  else throw error;
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
