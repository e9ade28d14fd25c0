import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { assumed } from "../../../app/db/sqlite/mapping.ts";
import { type Mapping, MappingError, readMapping } from "../../../app/db/sqlite/mapping-schema.ts";

export { MappingError } from "../../../app/db/sqlite/mapping-schema.ts";

/** What is assumed of the old database, as its owner may edit it. */
export const assumedMapping = (): string => `${JSON.stringify(assumed, null, 2)}\n`;

/**
 * The mapping in a file of JSON or YAML; without one, what is assumed.
 *
 * @throws {MappingError}
 */
export function mappingFrom(file: string | undefined): Mapping {
  return file === undefined
    ? readMapping(assumed, "app/db/sqlite/mapping.ts")
    : readMapping(parseFile(file), file);
}

function parseFile(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new MappingError(`${file} cannot be read as JSON or YAML: ${(cause as Error).message}`, { cause });
  }
}
