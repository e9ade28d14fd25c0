import { PassThrough, Writable } from "node:stream";
import { expect, test } from "vitest";
import { readFrames, writeFrame } from "../../../app/objects/frames.ts";
import { serve } from "../../../app/objects/serve.ts";
import type { Storage } from "../../../app/storage/contract.ts";

const frames = [
  { header: { id: 1, name: "ä" }, body: Buffer.from("first") },
  { header: {}, body: new Uint8Array() },
  { header: { id: 3 }, body: new Uint8Array(70_000).fill(7) },
];

async function written(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const to = new Writable({ write: (chunk: Buffer, _, done) => (chunks.push(chunk), done()) });
  for (const frame of frames) await writeFrame(to, frame);
  return Buffer.concat(chunks);
}

async function read(chunks: Iterable<Uint8Array>) {
  const found = [];
  const from = async function* () {
    yield* chunks;
  };
  for await (const { header, body } of readFrames(from()))
    found.push({ header, body: Buffer.from(body).toString("base64") });
  return found;
}

const same = frames.map(({ header, body }) => ({ header, body: Buffer.from(body).toString("base64") }));

test("frames are read as they were written, however they are cut on the way", async () => {
  const all = await written();
  expect(await read([all])).toEqual(same);
  expect(
    await read([...[...all.subarray(0, 100)].map((byte) => Buffer.of(byte)), all.subarray(100)]),
  ).toEqual(same);
  for (const size of [3, 1_000, 69_999])
    expect(
      await read(
        Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
          all.subarray(index * size, (index + 1) * size),
        ),
      ),
    ).toEqual(same);
  expect(await read([])).toEqual([]);
});

test("what ends within a frame is an error, wherever it ends", async () => {
  const all = await written();
  for (const end of [1, 7, 9, 30, all.length - 1])
    await expect(read([all.subarray(0, end)])).rejects.toThrow("ends within a frame");
});

test("what is no frame is an error that shows its beginning", async () => {
  await expect(read([Buffer.from("Error: no such host\n")])).rejects.toThrow('it begins with "Error: n".');
});

test("a request of another version is answered so, and a storage's complaint without its credentials", async () => {
  const storage = { get: () => Promise.reject(new Error("no way to http://key:secret@s3.test/")) };
  const [input, output] = [new PassThrough(), new PassThrough()];
  await writeFrame(input, { header: { id: 1, op: "rename", key: "1.png" }, body: new Uint8Array() });
  await writeFrame(input, { header: { id: 2, op: "get", key: "1.png" }, body: new Uint8Array() });
  input.end();
  await serve(storage as unknown as Storage, input, output);
  output.end();
  const answers = [];
  for await (const { header } of readFrames(output)) answers.push(header);
  expect(answers).toEqual([
    { id: 1, error: '"rename" is not known here: the other side has another version.' },
    { id: 2, error: "no way to http://s3.test/" },
  ]);
});

test("an output that is gone ends it", async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  output.on("error", () => undefined);
  output.destroy(new Error("EPIPE"));
  const serving = serve({ remove: () => Promise.resolve() } as unknown as Storage, input, output);
  await writeFrame(input, { header: { id: 1, op: "remove", key: "1.png" }, body: new Uint8Array() });
  input.end();
  await expect(serving).rejects.toThrow(/EPIPE|destroyed/);
});
