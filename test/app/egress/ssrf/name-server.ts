import { createSocket } from "node:dgram";
import { once } from "node:events";
import ipaddr from "ipaddr.js";

const types = { 1: "ipv4", 28: "ipv6" } as const;

/**
 * A name server on 127.0.0.1:53 that gives a name's answers one after the other and repeats the last. What is asked for
 * both families at once gets the same turn: a turn ends when the family is asked for that has an answer.
 */
export async function serveNames(answers: { readonly [Name in string]: readonly (readonly string[])[] }) {
  const turns = new Map<string, number>();
  const socket = createSocket("udp4");
  socket.on("message", (query, { port, address }) => {
    const { name, type, end } = readQuestion(query);
    const kind = types[type as keyof typeof types];
    const turn = turns.get(name) ?? 0;
    const all = answers[name] ?? [];
    const found = (all[Math.min(turn, all.length - 1)] ?? [])
      .map((each) => ipaddr.parse(each))
      .filter((each) => each.kind() === kind);
    if (found.length > 0) turns.set(name, turn + 1);
    const records = found.map((each) => {
      const data = Buffer.from(each.toByteArray());
      // The name of the question, the type, class IN, no time to live.
      return Buffer.concat([Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 0, 0, data.length]), data]);
    });
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(answers[name] ? 0x8580 : 0x8583, 2);
    header.writeUInt16BE(records.length, 6);
    header.fill(0, 8, 12);
    socket.send(Buffer.concat([header, query.subarray(12, end), ...records]), port, address);
  });
  socket.bind(53, "127.0.0.1");
  await once(socket, "listening");
  return { restart: () => turns.clear() };
}

function readQuestion(query: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at]!; length !== 0; length = query[at]!) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}
