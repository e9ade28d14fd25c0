/** Something that is opened in parts, and closed again where it could not be opened whole. */
export async function closing<T extends object>(
  open: (closers: (() => Promise<void>)[]) => Promise<T>,
): Promise<T & { close(): Promise<void> }> {
  const closers: (() => Promise<void>)[] = [];
  const close = async () => {
    for (let each = closers.pop(); each !== undefined; each = closers.pop()) await each();
  };
  try {
    return { ...(await open(closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}
