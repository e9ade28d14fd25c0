/**
 * GitHub's endpoints for comments and issues as their reference has them (https://docs.github.com/en/rest/issues/comments and
 * /en/rest/issues/issues, version 2022-11-28, read 2026-11-26): pages of 30 unless `per_page` says otherwise, at most 100; 401
 * without a token, 404 for what is not there, 422 for a body that is too long; who writes with GITHUB_TOKEN is
 * `github-actions[bot]`; pull requests are among the issues.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { atEnd } from "../support/at-end.ts";

export interface Comment {
  readonly id: number;
  readonly login: string;
  body: string;
}

export interface Issue {
  readonly number: number;
  readonly login: string;
  readonly isPullRequest?: boolean;
  title: string;
  body: string | null;
  state: "open" | "closed";
}

export interface FakeGitHub {
  readonly comments: Comment[];
  readonly issues: Issue[];
  /** What was asked, as `GET /issues`. */
  readonly asked: string[];
  /** Environment of a workflow's step with a token. */
  readonly environment: Readonly<Record<string, string>>;
}

const repository = "acme/testfarm";
const token = "canary-token";
const author = "github-actions[bot]";

/** It ends with the file. */
export async function startGitHub(): Promise<FakeGitHub> {
  const github = { comments: [] as Comment[], issues: [] as Issue[], asked: [] as string[] };
  const server = createServer((request, response) => void answer(github, request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  atEnd(async () => void server.close());
  const { port } = server.address() as AddressInfo;
  return {
    ...github,
    environment: {
      PATH: process.env["PATH"] ?? "",
      GITHUB_API_URL: `http://127.0.0.1:${port}`,
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_REPOSITORY: repository,
      GITHUB_RUN_ID: "4711",
      GITHUB_TOKEN: token,
    },
  };
}

type State = Pick<FakeGitHub, "comments" | "issues" | "asked">;
interface Request {
  readonly state: State;
  readonly query: URLSearchParams;
  readonly given: { readonly title?: string; readonly body?: string; readonly state?: "open" | "closed" };
  readonly ids: readonly number[];
}
type Answer = readonly [status: number, body: unknown];

const notFound: Answer = [404, { message: "Not Found" }];
const tooLong: Answer = [422, { message: "Body is too long (maximum is 65536 characters)" }];

const commentOf = ({ login, ...comment }: Comment) => ({
  ...comment,
  user: { login },
  html_url: `https://github.com/${repository}/pull/7#issuecomment-${comment.id}`,
});
const issueOf = ({ login, isPullRequest, ...issue }: Issue) => ({
  ...issue,
  id: 1_000 + issue.number,
  user: { login },
  ...(isPullRequest && { pull_request: {} }),
  html_url: `https://github.com/${repository}/issues/${issue.number}`,
});

const routes: readonly (readonly [string, RegExp, (request: Request) => Answer])[] = [
  [
    "GET",
    /^\/issues\/7\/comments$/,
    ({ state, query }) => [200, pageOf(state.comments, query).map(commentOf)],
  ],
  [
    "POST",
    /^\/issues\/7\/comments$/,
    ({ state, given: { body = "" } }) => {
      const comment = { id: state.comments.length + 1, login: author, body };
      state.comments.push(comment);
      return [201, commentOf(comment)];
    },
  ],
  [
    "PATCH",
    /^\/issues\/comments\/(\d+)$/,
    ({ state, ids: [id], given }) => {
      const found = state.comments.find((each) => each.id === id);
      return found ? [200, commentOf(Object.assign(found, given))] : notFound;
    },
  ],
  [
    "GET",
    /^\/issues$/,
    ({ state, query }) => {
      const wanted = query.get("state") ?? "open";
      return [
        200,
        pageOf(
          state.issues.filter((each) => each.state === wanted),
          query,
        ).map(issueOf),
      ];
    },
  ],
  [
    "POST",
    /^\/issues$/,
    ({ state, given: { title = "", body = "" } }) => {
      const number = state.issues.length + 1;
      const issue: Issue = { number, login: author, title, body, state: "open" };
      state.issues.push(issue);
      return [201, issueOf(issue)];
    },
  ],
  [
    "PATCH",
    /^\/issues\/(\d+)$/,
    ({ state, ids: [id], given }) => {
      const found = state.issues.find(({ number }) => number === id);
      return found ? [200, issueOf(Object.assign(found, given))] : notFound;
    },
  ],
];

function pageOf<T>(all: readonly T[], query: URLSearchParams): T[] {
  const size = Math.min(Number(query.get("per_page") ?? 30), 100);
  const page = Number(query.get("page") ?? 1);
  return all.slice((page - 1) * size, page * size);
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const [status, body] = await route(state, request, pathname, searchParams);
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function route(
  state: State,
  request: IncomingMessage,
  pathname: string,
  query: URLSearchParams,
): Promise<Answer> {
  const given = request.method === "GET" ? {} : ((await json(request)) as Request["given"]);
  if (request.headers.authorization !== `Bearer ${token}`) return [401, { message: "Bad credentials" }];
  const prefix = `/repos/${repository}`;
  const path = pathname.slice(prefix.length);
  state.asked.push(`${request.method} ${path}`);
  if ((given.body ?? "").length > 65_536) return tooLong;
  for (const [method, pattern, handle] of routes) {
    const match = pathname.startsWith(prefix) && method === request.method && pattern.exec(path);
    if (match) return handle({ state, query, given, ids: match.slice(1).map(Number) });
  }
  return notFound;
}
