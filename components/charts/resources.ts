/** What a container asks for, and at most gets: memory in MiB, of which it asks for all; processors in thousandths. */
export const resources = (memory: number, cpu: { readonly request: number; readonly limit: number }) => ({
  requests: { memory: mebibytes(memory), cpu: thousandths(cpu.request) },
  limits: { memory: mebibytes(memory), cpu: thousandths(cpu.limit) },
});

// As Kubernetes writes them: an operator's webhook returns an object in its own writing, and `preview` would find it
// changed each time. https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
const mebibytes = (count: number) => (count % 1024 === 0 ? `${count / 1024}Gi` : `${count}Mi`);
const thousandths = (count: number) => (count % 1000 === 0 ? `${count / 1000}` : `${count}m`);

/** For software that works now and then: operators and their webhooks. */
export const operator = (memory: number) => resources(memory, { request: 20, limit: 500 });
