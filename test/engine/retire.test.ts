import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Persona } from "../../app/contract.ts";
import type { Farm } from "../support/farm.ts";
import { describeWith } from "../support/services.ts";
import { demoTask, pulumiWithDocker, stillSite } from "./local-stack.ts";
import { openTwoStacks, type TwoStacks } from "./two-stacks.ts";

const minute = 60_000;

// One promotion to its end, told in order: each test goes on where the one before it ended.
await describeWith(pulumiWithDocker, "a stack local that is retired", ({ cli, docker }) => {
  let stacks: TwoStacks;
  let [from, to] = ["", ""];
  let farm: Farm;
  let demo = "";
  let personas: string[];

  beforeAll(async () => {
    stacks = await openTwoStacks({ cli, docker });
    [from, to] = stacks.names;
    ({ farm, demo } = await stacks.settle(from));
    const { id } = await farm.startSession(demoTask);
    await farm.endOf(id);
    personas = await personasAt(from);
  }, 30 * minute);
  afterAll(async () => {
    if (demo !== "") await docker("rm", "--force", demo);
    await stacks.end();
  }, minute);

  const arrives = <T>(what: () => Promise<T>) => vi.waitFor(what, { timeout: 10 * minute, interval: 500 });
  async function personasAt(stack: string): Promise<string[]> {
    const { FRONTEND_URL = "" } = await stacks.outputs(stack);
    const headers = { ...farm.headers, origin: FRONTEND_URL };
    const answer = await fetch(`${await stacks.relay(stack)}/api/personas`, { headers });
    return ((await answer.json()) as Persona[]).map(({ id }) => id);
  }
  const containersOf = async (stack: string) =>
    (await docker("ps", "--all", "--format", "{{.Names}}", "--filter", `name=testfarm-${stack}-`))
      .split("\n")
      .filter(Boolean);

  test("run rehearses it before writing ends, and moves it", { timeout: 30 * minute }, async () => {
    const run = stacks.start("run", from, to, "--yes", "--rehearse", "--site", stillSite);
    const join = (network: string) => docker("network", "connect", "--alias", "demo", network, demo);
    await arrives(() => join(stacks.outside(to)));
    let scratch = "";
    await arrives(async () => {
      const networks = await docker(
        "network",
        "ls",
        "--format",
        "{{.Name}}",
        "--filter",
        `name=testfarm-${to}-drill-`,
      );
      scratch = networks.split("\n").find((name) => name.endsWith("-out"))!;
      await join(scratch);
    });
    // One that it is on stays.
    const rehearsed = () => run.said().slice(run.said().indexOf("\nREHEARSE\n"));
    await arrives(async () => expect(rehearsed()).toContain("pulumi destroy"));
    await docker("network", "disconnect", scratch, demo);
    expect(await run.ended, run.said()).toBe(0);
    const said = run.said();
    expect(said).toContain("rehearse the move into a scratch stack, and remove that again: done");
    expect(said.indexOf("REHEARSE")).toBeLessThan(said.indexOf("QUIESCE"));
    expect(said).toContain("It waits in OBSERVE for your word: retire, or rollback.");
    expect(await personasAt(to)).toEqual(personas);
  });

  test("retire says what it waits for, until a day is over", { timeout: 5 * minute }, async () => {
    const early = await stacks.promote("retire", from, "--yes");
    expect([early.code, early.stdout + early.stderr]).toEqual([
      1,
      expect.stringMatching(/the target is to be observed for 1[34]\d\d minutes more/),
    ]);
    expect(await containersOf(from)).not.toEqual([]);
  });

  test(
    "then it removes the source with all its data, and the target serves",
    { timeout: 20 * minute },
    async () => {
      const database = (await containersOf(from)).find((name) => name.includes("postgres"))!;
      const hurry = `UPDATE promotion.runs SET plan = jsonb_set(plan, '{timing,observe}', '0')`;
      const psql = `psql --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --command="$0"`;
      await docker("exec", database, "sh", "-c", psql, hurry);
      await docker("network", "disconnect", stacks.outside(from), demo);
      const { code, stdout, stderr } = await stacks.promote("retire", from, "--yes", "--destroy");
      expect(code, `${stdout}${stderr}`).toBe(0);
      expect(await containersOf(from)).toEqual([]);
      expect(await docker("volume", "ls", "--quiet", "--filter", `name=testfarm-${from}-`)).toBe("");
      expect(await personasAt(to)).toEqual(personas);
      const status = await stacks.promote("status", from, "--mirror", to);
      expect(status.stdout, status.stderr).toContain(": finished");
    },
  );
});
