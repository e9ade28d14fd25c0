import { withClient } from "../../app/backup/connection.ts";
import type { Measured } from "../../infra/promotion/verify/contract.ts";
import { verify } from "../../infra/promotion/verify/verify.ts";
import { emptyDatabase } from "../support/postgres.ts";
import { type Bench, median, type Row } from "./bench.ts";
import { run } from "./child.ts";

const jobs = 2;
const rounds = 3;
const rows = 200_000;

const tables = [
  "CREATE TABLE events (session uuid, seq int, type text, payload jsonb, at timestamptz, PRIMARY KEY (session, seq))",
  `INSERT INTO events SELECT md5((i / 20)::text)::uuid, i % 20, 'step',
     jsonb_build_object('step', i % 20, 'thought', repeat(md5(i::text), 8)), '2026-11-26T12:00:00Z'::timestamptz + i * interval '1 second'
   FROM generate_series(1, ${rows}) AS i`,
  "VACUUM ANALYZE events",
];

/** What a comparison comes to that somebody writes in a minute: one connection, one side after the other. */
const plain =
  "SELECT count(*), md5(string_agg(md5(events::text), '' ORDER BY session, seq)) AS hash FROM events";

/** Screenshots whose listings are gone through, in a process of its own. */
const objects = { few: 1_000, many: 500_000 };

/** The comparison of two equal databases on one server, and of as many screenshots as no memory has room for. */
export const promotionVerify: Bench = {
  name: "promotion",
  how: `comparing ${rows} rows of two databases on one server by ${jobs} connections each, beside md5 over all of them in order by one connection; ${rounds} rounds in turns. Copying half of ${objects.many} screenshots and comparing all, beside ${objects.few}`,
  async run() {
    const [one, other] = [await filled(), await filled()];
    const nothing = { list: async function* () {} } as never;
    const [ours, theirs]: [Measured[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      const differences = await verify({
        source: { name: "one", databaseUrl: one, objects: nothing },
        target: { name: "other", databaseUrl: other, objects: nothing },
        jobs,
        objects: "sizes",
        measured: (measured) => ours.push(measured),
      });
      if (differences.length > 0) throw new Error("Equal databases are said to differ.");
      const started = performance.now();
      const hashes = [await hashOf(one), await hashOf(other)];
      theirs.push((rows / (performance.now() - started)) * 1_000);
      if (hashes[0] !== hashes[1]) throw new Error("The databases are not equal.");
    }
    const [rate, base] = [median(ours.map((each) => each.rowsPerSecond)), median(theirs)];
    return [
      {
        what: "rows compared in a second",
        baseline: base.toFixed(0),
        measured: rate.toFixed(0),
      },
      { what: "ratio", measured: (rate / base).toFixed(2), target: ">= 1.00", met: rate >= base },
      await memoryOfObjects(),
    ];
  },
};

/** In megabytes. */
async function peak(count: number): Promise<number> {
  const program = new URL("../infra/promotion/objects/many-process.ts", import.meta.url).pathname;
  return (await run(process.cwd(), program, String(count))).megabytes;
}

async function memoryOfObjects(): Promise<Row> {
  const [few, many] = [await peak(objects.few), await peak(objects.many)];
  return {
    what: `memory of the runner with ${objects.many} screenshots, peak`,
    baseline: `${few.toFixed(0)} MB`,
    measured: `${many.toFixed(0)} MB`,
    target: "<= 200 MB",
    met: many <= 200,
  };
}

async function filled(): Promise<string> {
  const url = await emptyDatabase();
  await withClient(url, async (client) => {
    for (const statement of tables) await client.query(statement);
  });
  return url;
}

const hashOf = (url: string): Promise<string> =>
  withClient(url, async (client) => (await client.query<{ hash: string }>(plain)).rows[0]!.hash);
