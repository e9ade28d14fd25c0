/** Gives a program what it is to read, to its end. One that has ended before tells why by its exit code. */
export function pipeInto(program: NodeJS.WritableStream, input: NodeJS.ReadableStream): void {
  program.on("error", () => input.unpipe(program));
  input.pipe(program);
}
