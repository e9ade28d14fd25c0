import { beforeEach, describe, expect, test, vi } from "vitest";
import { readByOperators } from "../../../app/env/roles.ts";
import { restoreMoment } from "../../../infra/access/restore-moment.ts";
import { type Access, AccessError } from "../../../infra/contracts/access.ts";

const at = "2026-11-25T10:15:00Z";
const outputs = Object.fromEntries(readByOperators.restore.map((name) => [name, `the ${name}`]));

/** What has happened, in order. */
let done: string[];
beforeEach(() => {
  done = [];
});

const remove = () => Promise.resolve(void done.push("scratch is gone"));
const interrupt = () => process.emit("SIGINT");

const untilTold = (signal: AbortSignal | undefined) =>
  new Promise<number>((resolve) => {
    signal?.addEventListener("abort", () => resolve(0), { once: true });
  });

/** An engine on which the steps end like that; a server, as one does, when it is told to. */
function engineOn(ends: {
  prepare?: number;
  copy?: () => Promise<number>;
  recover?: () => Promise<number>;
}): Access {
  return {
    async run({ role, args, variables, scratch }, signal) {
      done.push(`${role} ${args.join(" ")} in ${scratch?.name}`);
      expect(variables).toEqual(outputs);
      if (args.length === 2) return ends.prepare ?? 0;
      return (ends.copy ?? (() => untilTold(signal)))();
    },
    scratch: () => Promise.resolve({ name: "own", directory: "/srv/backup", remove }),
    async recover({ name }, { stderr }, signal) {
      done.push(`a server in ${name}`);
      stderr.write("what it says\n");
      const code = await (ends.recover ?? (() => untilTold(signal)))();
      done.push("the server has ended");
      return code;
    },
    forward: () => Promise.reject(new AccessError("not asked for")),
    authority: () => Promise.resolve(undefined),
  };
}

const prepare = `restore --at=${at} --into=/srv/backup in own`;
const both = ["restore --from=/srv/backup in own", "a server in own"];
const restore = (access: Access) => restoreMoment({ name: "mvp", outputs, access }, at);

test("a server comes back to the moment, is copied from and ended, and nothing of it is left", async () => {
  expect(await restore(engineOn({ copy: () => Promise.resolve(0) }))).toBe(0);
  expect(done).toEqual([prepare, ...both, "the server has ended", "scratch is gone"]);
});

describe("nothing is left, and the exit code tells,", () => {
  test("when there is no way to that moment", async () => {
    expect(await restore(engineOn({ prepare: 1 }))).toBe(1);
    expect(done).toEqual([prepare, "scratch is gone"]);
  });

  test("when the copy fails", async () => {
    expect(await restore(engineOn({ copy: () => Promise.resolve(1) }))).toBe(1);
    expect(done).toEqual([prepare, ...both, "the server has ended", "scratch is gone"]);
  });

  test("when the server ends, whose copy is then ended too", async () => {
    expect(await restore(engineOn({ recover: () => Promise.resolve(1) }))).toBe(0);
    expect(done).toEqual([prepare, ...both, "the server has ended", "scratch is gone"]);
  });

  test("what the server says is shown when it fails only", async () => {
    const shown = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    await restore(engineOn({ copy: () => Promise.resolve(0) }));
    expect(shown).not.toHaveBeenCalled();
    await restore(engineOn({ recover: () => Promise.resolve(1) }));
    expect(shown.mock.calls.map(([text]) => String(text))).toEqual(["what it says\n"]);
    shown.mockRestore();
  });

  test("when the server cannot be started, which is what is told", async () => {
    const failing = engineOn({ recover: () => Promise.reject(new AccessError("no image")) });
    await expect(restore(failing)).rejects.toThrow("no image");
    expect(done).toEqual([prepare, ...both, "scratch is gone"]);
  });

  test("after Ctrl-C, in either step", async () => {
    const running = restore(engineOn({}));
    await vi.waitUntil(() => done.includes("a server in own"));
    interrupt();
    expect(await running).toBe(130);
    expect(done.at(-1)).toBe("scratch is gone");
    done = [];
    const access = engineOn({});
    const early = { ...access, run: async () => (interrupt(), 0) };
    expect(await restore(early)).toBe(130);
    expect(done).toEqual(["scratch is gone"]);
  });
});
