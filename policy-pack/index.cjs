// The engine loads a pack by `require`, and this one, like the program, is TypeScript that tsx runs as it is.
module.exports = import("tsx/esm/api").then(({ register }) => {
  register();
  return import("./index.ts");
});
