import { PassThrough } from "node:stream";
import {
  type Answer,
  type Frame,
  nothing,
  type Operation,
  readFrames,
  writeFrame,
} from "../../../app/objects/frames.ts";
import { withoutCredentials } from "../../../app/without-credentials.ts";
import type { Access } from "../../contracts/access.ts";
import type { ObjectStore, StoredObject } from "./contract.ts";

/** Milliseconds that the role may take to end once there is nothing more to ask it. */
const patience = 10_000;
/** Characters of what it has said last. */
const lastWords = 2_000;

/**
 * What lies on a volume of a stack, or in a bucket that only the stack reaches: the role `objects` gives a hand beside it.
 * It is started when it is asked first, and again after it has ended; what was asked of it by then fails.
 *
 * @param variables what the role reads, of the stack's outputs.
 */
export function storeBeside(
  access: Pick<Access, "run">,
  variables: Readonly<Record<string, string>>,
): ObjectStore {
  let role: Role | undefined;
  const ask = async (operation: Operation, body?: Uint8Array): Promise<Frame<Answer>> => {
    if (role === undefined || role.hasEnded()) role = startRole(access, variables);
    return role.ask(operation, body);
  };
  const askAbout = (op: "get" | "put" | "remove" | "hash", key: string, body?: Uint8Array) =>
    ask({ op, key }, body);
  return {
    async *list(prefix = "") {
      let page = await ask({ op: "list", prefix });
      const of = page.header.id;
      try {
        for (;;) {
          yield* JSON.parse(Buffer.from(page.body).toString()) as StoredObject[];
          if (page.header.hasMore !== true) return;
          page = await ask({ op: "more", of });
        }
      } finally {
        if (page.header.hasMore === true && role?.hasEnded() === false) await ask({ op: "leave", of });
      }
    },
    async get(key) {
      const { header, body } = await askAbout("get", key);
      return header.isThere === true ? body : undefined;
    },
    async put(key, body) {
      await askAbout("put", key, body);
    },
    async remove(key) {
      await askAbout("remove", key);
    },
    hash: async (key) => (await askAbout("hash", key)).header.hash,
    close: async () => role?.end(),
  };
}

interface Role {
  ask(operation: Operation, body?: Uint8Array): Promise<Frame<Answer>>;
  hasEnded(): boolean;
  end(): Promise<void>;
}

interface Waiting {
  resolve(answer: Frame<Answer>): void;
  reject(error: Error): void;
}

function startRole(access: Pick<Access, "run">, variables: Readonly<Record<string, string>>): Role {
  const [input, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const stop = new AbortController();
  const waiting = new Map<number, Waiting>();
  let failure: Error | undefined;
  let last = 0;
  let said = "";
  stderr.setEncoding("utf8").on("data", (text: string) => (said = `${said}${text}`.slice(-lastWords)));

  function fail(error: Error): void {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
    input.destroy();
  }
  async function run(): Promise<void> {
    const output = { stdout, stderr };
    try {
      const code = await access.run({ role: "objects", args: [], variables, input, output }, stop.signal);
      stdout.end();
      // What it has answered is read first.
      await answers;
      const words = withoutCredentials(said.trim());
      fail(new Error(`The role objects has ended with ${code}${words === "" ? "." : `: ${words}`}`));
    } catch (error) {
      stdout.end();
      fail(error as Error);
    }
  }
  async function read(): Promise<void> {
    try {
      for await (const answer of readFrames<Answer>(stdout)) {
        const { id, error } = answer.header;
        const asker = waiting.get(id);
        waiting.delete(id);
        if (error === undefined) asker?.resolve(answer);
        else asker?.reject(new Error(error));
      }
    } catch (error) {
      fail(error as Error);
      stop.abort();
    }
  }
  const answers = read();
  const ended = run();
  return {
    hasEnded: () => failure !== undefined,
    ask(operation, body = nothing) {
      if (failure !== undefined) return Promise.reject(failure);
      const id = ++last;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        // Where it cannot be asked it has ended, or is about to: that says why.
        writeFrame(input, { header: { id, ...operation }, body }).catch(() => undefined);
      });
    },
    async end() {
      input.end();
      const late = setTimeout(() => stop.abort(), patience);
      await ended.finally(() => clearTimeout(late));
    },
  };
}
