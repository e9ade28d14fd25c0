/**
 * One function of replication in a process of its own, which kills itself when it has sent a number of statements and one more. Arguments: the
 * function, the statements, the addresses of subscriber and publisher, and the name. Prints `done` when it got through.
 */
import { Client } from "pg";
import { publish, unpublish } from "../../../../infra/promotion/replication/publication.ts";
import { subscribe, unsubscribe } from "../../../../infra/promotion/replication/subscription.ts";
import { movedTables } from "../../../../infra/promotion/tables.ts";

/** Two tables: each takes a moment to be copied. */
const isChosen = ({ name: table }: { readonly name: string }): boolean =>
  ["organizations", "personas"].includes(table);

const [step, statements, subscriberUrl, publisherUrl, name] = process.argv.slice(2) as [
  keyof typeof steps,
  string,
  string,
  string,
  string,
];
const subscriber = new Client({ connectionString: subscriberUrl });
const publisher = new Client({ connectionString: publisherUrl });
await Promise.all([subscriber.connect(), publisher.connect()]);

let left = Number(statements);
for (const client of [subscriber, publisher]) {
  const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
  Object.assign(client, {
    async query(...args: unknown[]): Promise<unknown> {
      const answer = query(...args);
      if (left-- !== 0) return answer;
      // It is on its way, and the server carries it out for nobody.
      setImmediate(() => process.kill(process.pid, "SIGKILL"));
      return new Promise(() => undefined);
    },
  });
}

const steps = {
  publish: async () => publish(publisher, { name, tables: (await movedTables(publisher)).filter(isChosen) }),
  subscribe: () =>
    subscribe(
      { subscriber, publisher, name },
      { dialUrl: publisherUrl, publication: name, copyData: true, origin: "any" },
    ),
  unsubscribe: () => unsubscribe({ subscriber, publisher, name }),
  unpublish: () => unpublish(publisher, name),
} as const;
await steps[step]();
process.stdout.write("done");
process.exit();
