/** What a container asks for, and at most gets: memory in MiB, of which it asks for all; processors in thousandths. */
export const resources = (memory: number, cpu: { readonly request: number; readonly limit: number }) => ({
  requests: { memory: `${memory}Mi`, cpu: `${cpu.request}m` },
  limits: { memory: `${memory}Mi`, cpu: `${cpu.limit}m` },
});

/** For software that works now and then: operators and their webhooks. */
export const operator = (memory: number) => resources(memory, { request: 20, limit: 500 });
