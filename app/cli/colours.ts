import pc from "picocolors";

/** None where the output is no terminal: in CI the package would put some into a file or a pipe. */
export const colours = pc.createColors(process.stdout.isTTY === true && pc.isColorSupported);
