/**
 * GitHub's API for what a workflow tells people: one comment or issue a purpose, which is updated and not repeated. This
 * file and those that import it run with what is built into Node, so that no package sees the token.
 */

/** Characters of a comment or an issue, of 65,536: https://github.com/dead-claudia/github-limits, 2026-11-26. */
const longest = 65_000;
/** Whose name GITHUB_TOKEN writes under. */
const author = "github-actions[bot]";
const page = 100;
const patience = 30_000;

/** What GitHub keeps of a comment or an issue, as far as it is needed here. */
interface Entry {
  readonly id: number;
  readonly number?: number;
  readonly body?: string | null;
  readonly user?: { readonly login: string } | null;
  readonly pull_request?: object;
}

export class GitHubError extends Error {
  override readonly name = "GitHubError";
}

export interface GitHub {
  /** Writes the comment of this purpose on a pull request, over what it was before. @returns its address. */
  readonly comment: (pullRequest: number, purpose: string, body: string) => Promise<string>;
  /** Opens the issue of this purpose, or writes it anew where it is open. @returns its address. */
  readonly openIssue: (purpose: string, title: string, body: string) => Promise<string>;
  /** Closes the open issue of this purpose. @returns its address, or `undefined` where there is none. */
  readonly closeIssue: (purpose: string) => Promise<string | undefined>;
}

/**
 * @param environment of a workflow's step, with `GITHUB_TOKEN` put into it.
 * @throws {GitHubError} when a variable is missing, later when GitHub refuses something.
 */
export function openGitHub(environment: NodeJS.ProcessEnv): GitHub {
  const { GITHUB_API_URL: api, GITHUB_REPOSITORY: repository, GITHUB_TOKEN: token } = environment;
  if (!api || !repository || !token)
    throw new GitHubError("GITHUB_API_URL, GITHUB_REPOSITORY and GITHUB_TOKEN have to be set");

  async function ask<Answer>(method: "GET" | "POST" | "PATCH", path: string, body?: object): Promise<Answer> {
    const response = await fetch(`${api}/repos/${repository}${path}`, {
      method,
      headers: {
        accept: "application/vnd.github+json",
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "x-github-api-version": "2022-11-28",
      },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(patience),
    });
    const answer = (await response.json().catch(() => ({}))) as Answer & { message?: string };
    if (response.ok) return answer;
    throw new GitHubError(
      `${method} ${path.split("?")[0]} answered ${response.status}: ${answer.message ?? ""}`,
    );
  }

  /** Of this token's own writing: anybody can put the mark into a comment. */
  async function find(path: string, purpose: string): Promise<Entry | undefined> {
    for (let number = 1; ; number++) {
      const entries = await ask<readonly Entry[]>("GET", `${path}per_page=${page}&page=${number}`);
      const found = entries.find(
        ({ body, user, pull_request }) =>
          pull_request === undefined && user?.login === author && body?.startsWith(markOf(purpose)),
      );
      if (found !== undefined || entries.length < page) return found;
    }
  }

  const openIssues = "/issues?state=open&";
  return {
    async comment(pullRequest, purpose, body) {
      const comments = `/issues/${pullRequest}/comments`;
      const found = await find(`${comments}?`, purpose);
      const text = { body: textOf(purpose, body) };
      return addressOf(
        await (found ? ask("PATCH", `/issues/comments/${found.id}`, text) : ask("POST", comments, text)),
      );
    },
    async openIssue(purpose, title, body) {
      const found = await find(openIssues, purpose);
      const text = { title, body: textOf(purpose, body) };
      return addressOf(
        await (found ? ask("PATCH", `/issues/${found.number}`, text) : ask("POST", "/issues", text)),
      );
    },
    async closeIssue(purpose) {
      const found = await find(openIssues, purpose);
      if (found === undefined) return undefined;
      return addressOf(await ask("PATCH", `/issues/${found.number}`, { state: "closed" }));
    },
  };
}

/** No reader sees it. */
const markOf = (purpose: string): string => `<!-- testfarm: ${purpose.replaceAll(/[^\w. ]/g, "_")} -->\n`;

/** Cut at the end of a line: what Markdown a line has open, it closes. */
function textOf(purpose: string, body: string): string {
  const whole = markOf(purpose) + body;
  if (whole.length <= longest) return whole;
  return `${whole.slice(0, whole.lastIndexOf("\n", longest))}\n\nThe rest is in the summary of the run.\n`;
}

const addressOf = ({ html_url }: { readonly html_url: string }): string => html_url;
