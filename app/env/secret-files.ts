import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface SecretFiles {
  /** Content by name, one newline at the end of a file left out. */
  readonly values: Readonly<Record<string, string>>;
  /** What is wrong, a line each, without any content. */
  readonly problems: readonly string[];
}

/**
 * Variables that are the files of a directory, each under its name: how Kubernetes mounts a Secret
 * (https://kubernetes.io/docs/concepts/configuration/secret/, of 2026-08-21), and Docker what is in `/run/secrets`.
 * Names that begin with a dot are Kubernetes' own: it swaps links to change all files at once.
 *
 * @param known every variable there is; one directory can serve several roles.
 * @param wanted those that are read.
 */
export function readSecretFiles(
  directory: string,
  known: ReadonlySet<string>,
  wanted: ReadonlySet<string>,
): SecretFiles {
  const place = JSON.stringify(directory);
  const listed = attempt(() => readdirSync(directory));
  if ("failure" in listed) {
    const problem = `SECRETS_DIR is ${place}, which cannot be read as a directory (${listed.failure}). Mount the secret there or unset SECRETS_DIR.`;
    return { values: {}, problems: [problem] };
  }
  const names = listed.value.filter((name) => !name.startsWith("."));
  const problems = names
    .filter((name) => !known.has(name))
    .map((name) => `${name} is a file in SECRETS_DIR (${place}), but no variable. Rename it or remove it.`);
  const values: Record<string, string> = {};
  for (const name of names.filter((each) => wanted.has(each))) {
    const read = attempt(() => readFileSync(join(directory, name), "utf8"));
    if ("value" in read) values[name] = read.value.replace(/\n$/, "");
    else
      problems.push(
        `${name} is in SECRETS_DIR (${place}), but cannot be read as a file (${read.failure}). Let this process read it or remove it.`,
      );
  }
  return { values, problems };
}

function attempt<T>(work: () => T): { readonly value: T } | { readonly failure: string } {
  try {
    return { value: work() };
  } catch (error) {
    return { failure: (error as NodeJS.ErrnoException).code ?? String(error) };
  }
}
