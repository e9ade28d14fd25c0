/** A file of cloud-init's `write_files`. */
export interface File {
  readonly path: string;
  readonly content: string;
  readonly permissions: string;
}

/** @param permissions octal; readable by everybody unless given. */
export const file = (path: string, content: string, permissions = "0644"): File => ({
  path,
  content,
  permissions,
});
