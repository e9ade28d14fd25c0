/** What each workflow has to keep to, so that a pull request cannot reach what it must not. */
import { parse } from "yaml";
import type { Job, Step, Workflow } from "./workflow.ts";

/** What a rule has against a file: the place, and what is wrong there. */
type Check = (text: string) => string[];

/** Contexts that nobody but GitHub and the repository's owner can fill. */
const trusted =
  /^\s*(?:vars|secrets|steps|needs|inputs|runner|env)\.|^\s*github\.(?:token|repository|run_id|sha|actor|ref|event_name)\b/;

const stepsIn = (text: string): { readonly place: string; readonly step: Step }[] => {
  const file = parse(text) as Partial<Workflow> & { runs?: { steps: readonly Step[] } };
  const lists: (readonly [string, readonly Step[]])[] = file.runs
    ? [["runs", file.runs.steps]]
    : Object.entries(file.jobs ?? {}).map(([name, { steps }]) => [name, steps ?? []] as const);
  return lists.flatMap(([name, steps]) =>
    steps.map((step, index) => ({ place: `${name}, step ${index + 1}`, step })),
  );
};
const jobsIn = (text: string): [string, Job][] =>
  Object.entries((parse(text) as Partial<Workflow>).jobs ?? {});

const readsSecret = (value: unknown): boolean =>
  /\bsecrets\b|github\.token/.test(JSON.stringify(value ?? ""));

export const rules: Readonly<Record<string, Check>> = {
  "every action is of this repository, or pinned by a commit with its version beside it": (text) =>
    text.split("\n").flatMap((line, index) => {
      const [, used] = /^\s*(?:- )?uses: (.*)$/.exec(line) ?? [];
      const isPinned =
        used === undefined || /^\.\/|^[\w-]+(?:\/[\w-]+)+@[0-9a-f]{40} # v\d+(?:\.\d+){1,2}$/.test(used);
      return isPinned ? [] : [`line ${index + 1}: ${used}`];
    }),
  "nothing is allowed at the top, and each job says what it may": (text) => {
    if (/^runs:/m.test(text)) return [];
    const { permissions } = parse(text) as Workflow;
    const isNothing = typeof permissions === "object" && Object.keys(permissions ?? { all: "" }).length === 0;
    return [
      ...(isNothing ? [] : [`permissions: ${JSON.stringify(permissions)}`]),
      ...jobsIn(text)
        .filter(([, job]) => typeof job.permissions !== "object")
        .map(([name]) => `${name} has no permissions of its own`),
    ];
  },
  "a secret is in the environment of one step, or the registry's password": (text) => {
    const ofFile = readsSecret((parse(text) as Workflow).env) ? ["env of the workflow"] : [];
    const ofJobs = jobsIn(text)
      .filter(([, { env, secrets }]) => readsSecret(env) || secrets !== undefined)
      .map(([name]) => `${name}, env or secrets of the job`);
    const ofSteps = stepsIn(text)
      .filter(({ step }) => {
        const { env, run, with: inputs, ...rest } = step;
        const { password, ...others } = inputs ?? {};
        const isLogin = step.uses?.startsWith("docker/login-action@") ?? false;
        return (
          readsSecret(run) ||
          readsSecret(rest) ||
          readsSecret(others) ||
          (readsSecret(password) && !isLogin) ||
          (readsSecret(env) && run === undefined)
        );
      })
      .map(({ place }) => place);
    return [...ofFile, ...ofJobs, ...ofSteps];
  },
  "no workflow runs a pull request's code with the rights of the base branch": (text) =>
    /pull_request_target/.test(text) ? ["pull_request_target"] : [],
  "no expression stands in a command, where it would be part of the program": (text) =>
    stepsIn(text).flatMap(({ place, step }) => (step.run?.includes("${{") ? [place] : [])),
  "what others can write reaches no action's input and no environment": (text) =>
    stepsIn(text).flatMap(({ place, step }) =>
      Object.entries({ ...step.env, ...step.with })
        .flatMap(([name, value]) =>
          [...String(value).matchAll(/\$\{\{(.*?)\}\}/g)].map((each) => [name, each[1]!]),
        )
        .filter(([, expression]) => !expression!.split("||").every((part) => trusted.test(part)))
        .filter(
          ([, expression]) => !/^ github\.event\.pull_request\.(?:number|base\.sha) $/.test(expression!),
        )
        .map(([name, expression]) => `${place}, ${name}: ${expression}`),
    ),
  "no checkout leaves a credential in the repository": (text) =>
    stepsIn(text)
      .filter(({ step }) => step.uses?.startsWith("actions/checkout@"))
      .filter(({ step }) => step.with?.["persist-credentials"] !== false)
      .map(({ place }) => place),
};
