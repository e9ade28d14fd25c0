import { readArguments } from "./usage.ts";

export const help = `npm run promote -- plan <from> <to> [options]     how it would go: no network, no account, no Pulumi CLI
npm run promote -- run <from> <to> [options]      moves the installation, and asks before it begins
npm run promote -- status <from>                  where it is
npm run promote -- resume <from>                  goes on after it was stopped, killed or undone
npm run promote -- rollback <from>                leads back, as long as <from> is not retired
npm run promote -- retire <from>                  two steps, each asked for: what protects <from> goes, then <from>
npm run promote -- verify <one> <other>           compares two stacks: rows, sequences, keys, indexes, screenshots
npm run promote -- drill <from> [<to>]            rehearses it into a scratch stack like <to>, which is removed again, and tells
                                                  how long each part took. <from> serves all the time. Default: like <from>

Moves an installation from one stack to another one with all that is in it. <from> may be \`embedded\`: the installation that
\`npm start\` runs on this machine. Ctrl-C stops between two actions; what was killed goes on by resume.

  --path OFFLINE      copies while nobody writes, also where the data could follow while it is served
  --sessions finish   lets sessions that run end on <from>. Default: they are handed over, and go on on <to>
  --window <minutes>  for how long nobody may write, at the most: then <from> opens again by itself, and what was done since is
                      undone. Default: 60 OFFLINE, half a minute ONLINE, which is the most there
  --source-address, --target-address <host:port>
                      where the other side's server reaches the one of <from>, of <to>: a tunnel, a private network
  --read-through      of run: until <from> is retired, <to> looks into its bucket for a screenshot that it does not have itself
  --rehearse          of run: rehearses it, as drill does, before writing ends
  --database <GB>     how large the database is, for the times of plan. Default: 1
  --site <url>        the site that a session visits on <to> before people are led there, and on a drill's scratch stack.
                      Default: https://example.com/
  --reason <text>     of rollback, for the ledger. Default: It was wanted.
  --mirror <to>       where <from> does not answer: status reads the copy of the ledger in the bucket of <to>, and resume goes
                      on by it, once the removal of <from> has begun
  --yes               answers the question; of retire the first one
  --destroy           of retire: answers the second one, whether <from> goes with all its data
  --json              for programs: of run, resume, rollback and retire an event a line, and the outcome in the last one
  --help              this text

All but plan take the pulumi on the PATH, with your login and passphrase. It ends with 0, with 1 when it fails or what is
compared differs, with 2 when the command is wrong or a stack cannot be reached, with 3 when something blocks it, with 130
after Ctrl-C.
`;

export type Values = ReturnType<typeof read>["values"];

/** @throws {UsageError} for an option that is not among these, or has no value. */
export const read = (args: string[]) =>
  readArguments(args, {
    path: { type: "string" },
    sessions: { type: "string" },
    window: { type: "string" },
    "source-address": { type: "string" },
    "target-address": { type: "string" },
    database: { type: "string", default: "1" },
    site: { type: "string" },
    "read-through": { type: "boolean", default: false },
    rehearse: { type: "boolean", default: false },
    reason: { type: "string", default: "It was wanted." },
    mirror: { type: "string" },
    yes: { type: "boolean", default: false },
    destroy: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  });
