import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { cloudInit } from "../../../../components/host/prepare/cloud-init.ts";
import { atEnd } from "../../../support/at-end.ts";

export const key = `ssh-ed25519 ${"A".repeat(68)} operator`;
export const text = cloudInit(key);

interface CloudConfig {
  readonly users: Readonly<Record<string, unknown>>[];
  readonly ssh_pwauth: boolean;
  readonly disable_root: boolean;
  readonly swap: { readonly size: number };
  readonly write_files: { readonly path: string; readonly content: string; readonly permissions: string }[];
  readonly runcmd: string[][];
}
export const config = parse(text) as CloudConfig;

/** What a server gets under a path. */
export const contentOf = (path: string): string => {
  const file = config.write_files.find((each) => each.path === path);
  if (!file) throw new Error(`${path} is not written`);
  return file.content;
};

/** Writes files to a directory of their own. @returns its path. */
export async function written(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "testfarm-prepare-"));
  atEnd(() => rm(directory, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), content);
  }
  return directory;
}
