import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { lockFile } from "../images/lock.ts";
import { digestOf, repositoryOf } from "../images/registry.ts";
import { basesOf, thirdParty } from "../images/third-party.ts";

const help = `npm run pin-images [-- --mirror <address>] [--output <file>]

Asks the registries for the digests that the images of others have now, and writes them to images.lock.json, by which
\`pulumi up\` then names them. It needs a network, and neither Docker nor an account.

  --mirror    address of a registry that answers for Docker Hub, such as https://mirror.example.com
  --output    another file
  --help      this text

It ends with 0, with 1 when an image has no digest to be had, of which the file then stays as it was, and with 2 when the
command is wrong.
`;

async function main({ mirror, output = lockFile }: { mirror?: string; output?: string }): Promise<void> {
  const dockerfile = readFileSync(new URL("../../Dockerfile", import.meta.url), "utf8");
  const images = [
    ...new Set([...Object.values(thirdParty), ...Object.values(basesOf(dockerfile))]),
  ].toSorted();
  const answers = await Promise.allSettled(images.map((image) => digestOf(repositoryOf(image, mirror))));
  const problems = answers.flatMap((answer, index) =>
    answer.status === "rejected" ? [`  ${images[index]}: ${(answer.reason as Error).message}`] : [],
  );
  if (problems.length > 0) throw new Error(["No file is written; no digest of:", ...problems].join("\n"));
  const lock = Object.fromEntries(
    answers.flatMap((answer, index) =>
      answer.status === "fulfilled" ? [[images[index], answer.value]] : [],
    ),
  );
  writeFileSync(output, `${JSON.stringify(lock, null, 2)}\n`);
  for (const [image, digest] of Object.entries(lock)) console.log(`${image}@${digest}`);
}

function readArguments() {
  try {
    const options = {
      mirror: { type: "string" },
      output: { type: "string" },
      help: { type: "boolean", short: "h" },
    } as const;
    return parseArgs({ options }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message.split(". ")[0]}\n\n${help}`);
    process.exit(2);
  }
}

const { help: isAsked, ...options } = readArguments();
if (isAsked) console.log(help);
else {
  await main(options).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
