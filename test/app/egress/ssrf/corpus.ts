/** What a page can do to make its browser ask for something, and everything private that it can be made to ask for. */

/** Where the attacker's own pages are: the only addresses in the namespace that count as public. */
export const attacker = { host: "attacker.test", address: "93.184.215.14" } as const;

export interface Attempt {
  readonly title: string;
  /** What the browser is made to ask for. Its host is no other attempt's. */
  readonly target: string;
  /** Where that arrives without a filter: `address:port`. */
  readonly reaches: string;
  /** The attacker's page. */
  readonly html: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The browser goes there first: a name's answer changes afterwards. */
  readonly before?: string;
}

const script = (code: string) => `<script>${code}</script>`;
const quote = (url: string) => JSON.stringify(url);
const redirect = (url: string, status = 302) =>
  `http://${attacker.host}/redirect?status=${status}&to=${encodeURIComponent(url)}`;

type Page = string | { readonly html: string; readonly headers: Readonly<Record<string, string>> };

const ways: { readonly [Title in string]: (url: string) => Page } = {
  "an image": (url) => `<img src="${url}">`,
  "an image of an input": (url) => `<input type=image src="${url}">`,
  "an image in SVG": (url) => `<svg><image href="${url}" width=9 height=9 /></svg>`,
  "a style sheet": (url) => `<link rel=stylesheet href="${url}">`,
  "an import of a style": (url) => `<style>@import "${url}";</style>`,
  "a background": (url) => `<style>body { background: url("${url}") }</style>`,
  "a font": (url) =>
    `<style>@font-face { font-family: x; src: url("${url}") }</style><p style="font-family: x">x`,
  "a script": (url) => `<script src="${url}"></script>`,
  "a module": (url) => script(`import(${quote(url)}).catch(() => 0)`),
  "a worker's script": (url) =>
    script(
      `new Worker(URL.createObjectURL(new Blob(["importScripts(" + JSON.stringify(${quote(url)}) + ")"])))`,
    ),
  "a preload": (url) => `<link rel=preload as=image href="${url}">`,
  "a preload in a header": (url) => ({ html: "x", headers: { link: `<${url}>; rel=preload; as=image` } }),
  fetch: (url) => script(`fetch(${quote(url)}).catch(() => 0)`),
  "fetch without CORS": (url) =>
    script(`fetch(${quote(url)}, { mode: "no-cors", method: "POST" }).catch(() => 0)`),
  "fetch with a preflight": (url) =>
    script(`fetch(${quote(url)}, { method: "PUT", headers: { "x-a": "b" } }).catch(() => 0)`),
  XMLHttpRequest: (url) => script(`const r = new XMLHttpRequest(); r.open("GET", ${quote(url)}); r.send()`),
  "a beacon": (url) => script(`navigator.sendBeacon(${quote(url)}, "x")`),
  "a ping": (url) => `<a href="#x" ping="${url}">x</a>${script("document.links[0].click()")}`,
  "an event stream": (url) => script(`new EventSource(${quote(url)})`),
  "a report of a policy": (url) => ({
    html: "<img src=/x.png>",
    headers: { "content-security-policy": `img-src 'none'; report-uri ${url}` },
  }),
  "a frame": (url) => `<iframe src="${url}"></iframe>`,
  "a frame in a frame": (url) => `<iframe srcdoc='<img src="${url}">'></iframe>`,
  "a frame of data": (url) => `<iframe src='data:text/html,<img src="${url}">'></iframe>`,
  "an object": (url) => `<object data="${url}"></object>`,
  "an embed": (url) => `<embed src="${url}">`,
  "a video": (url) => `<video src="${url}" preload=auto></video>`,
  "a popup": (url) => script(`window.open(${quote(url)})`),
  "a link into a new tab": (url) =>
    `<a href="${url}" target=_blank rel=noopener>x</a>${script("document.links[0].click()")}`,
  "a form": (url) => `<form action="${url}"></form>${script("document.forms[0].submit()")}`,
  "a posted form": (url) =>
    `<form method=post action="${url}"></form>${script("document.forms[0].submit()")}`,
  "a form in a frame": (url) =>
    `<iframe name=f></iframe><form method=post target=f action="${url}"></form>${script("document.forms[0].submit()")}`,
  "a meta refresh": (url) => `<meta http-equiv=refresh content="0;url=${url}">`,
  "a refresh in a header": (url) => ({ html: "x", headers: { refresh: `0;url=${url}` } }),
  "a location": (url) => script(`location.href = ${quote(url)}`),
  "a redirected image": (url) => `<img src="${redirect(url)}">`,
  "a redirected fetch": (url) =>
    script(`fetch(${quote(redirect(url, 307))}, { method: "POST", mode: "no-cors" }).catch(() => 0)`),
  "a redirected frame": (url) => `<iframe src="${redirect(url)}"></iframe>`,
  "a redirected page": (url) => script(`location.href = ${quote(redirect(url, 301))}`),
  "a redirect to a redirect": (url) => `<img src="${redirect(redirect(url, 303), 308)}">`,
};

/** Every way, each to an address of its own: `10.77.0.1`, `10.77.0.2`, ... */
const byWay = Object.entries(ways).map(([title, way], index): Attempt => {
  const address = `10.77.0.${index + 1}`;
  const target = `http://${address}/`;
  const page = way(target);
  return { title, target, reaches: `${address}:80`, ...(typeof page === "string" ? { html: page } : page) };
});

const protocols: readonly Attempt[] = [
  {
    title: "a WebSocket",
    target: "ws://10.77.1.1/",
    reaches: "10.77.1.1:80",
    code: `new WebSocket("ws://10.77.1.1/")`,
  },
  {
    title: "a WebSocket over TLS",
    target: "wss://10.77.1.2/",
    reaches: "10.77.1.2:443",
    code: `new WebSocket("wss://10.77.1.2/")`,
  },
  {
    title: "fetch over TLS",
    target: "https://10.77.1.3/",
    reaches: "10.77.1.3:443",
    code: `fetch("https://10.77.1.3/").catch(() => 0)`,
  },
  {
    title: "a redirect to TLS",
    target: "https://10.77.1.4/",
    reaches: "10.77.1.4:443",
    code: `location.href = ${quote(redirect("https://10.77.1.4/"))}`,
  },
  {
    title: "the unspecified address",
    target: "https://0.0.0.0/",
    reaches: "127.0.0.1:443",
    code: `fetch("https://0.0.0.0/").catch(() => 0)`,
  },
  {
    title: "a user before an address",
    target: "http://127.0.0.13/",
    reaches: "127.0.0.13:80",
    code: `location.href = "http://attacker.test@127.0.0.13/"`,
  },
  {
    title: "another port of a public host",
    target: `http://${attacker.address}:8080/`,
    reaches: `${attacker.address}:8080`,
    code: `new Image().src = "http://${attacker.address}:8080/"`,
  },
  {
    title: "the port of a private host",
    target: "http://10.77.1.5:8080/",
    reaches: "10.77.1.5:8080",
    code: `new Image().src = "http://10.77.1.5:8080/"`,
  },
  {
    title: "a WebSocket to another port",
    target: "ws://port.attacker.test:8080/",
    reaches: "93.184.215.15:8080",
    code: `new WebSocket("ws://port.attacker.test:8080/")`,
  },
].map(({ code, ...attempt }) => ({ ...attempt, html: script(code) }));

/** Spellings of addresses, each as an image. Where two would be one address, the last number differs. */
const spellings: readonly (readonly [title: string, host: string, reaches: string])[] = [
  ["the loopback address", "127.0.0.2", "127.0.0.2"],
  ["a decimal number", "2130706435", "127.0.0.3"],
  ["octal numbers", "0177.0.0.04", "127.0.0.4"],
  ["a hexadecimal number", "0x7f000005", "127.0.0.5"],
  ["hexadecimal numbers", "0x7f.0x0.0x0.0x6", "127.0.0.6"],
  ["a short form", "127.7", "127.0.0.7"],
  ["mixed bases", "0x7f.0.010", "127.0.0.8"],
  ["percent encoding", "%31%32%37.0.0.9", "127.0.0.9"],
  ["full-width digits", "１２７.0.0.10", "127.0.0.10"],
  ["circled digits", "①②⑦.⓪.⓪.①①", "127.0.0.11"],
  ["a dot at the end", "127.0.0.12.", "127.0.0.12"],
  ["the loopback address of IPv6", "[::1]", "::1"],
  ["a mapped loopback address", "[::ffff:127.0.0.14]", "127.0.0.14"],
  ["a mapped address in hexadecimal", "[::ffff:a4d:201]", "10.77.2.1"],
  ["the metadata service", "169.254.169.254", "169.254.169.254"],
  ["metadata as a decimal number", "2852039163", "169.254.169.251"],
  ["mapped metadata", "[::ffff:169.254.169.252]", "169.254.169.252"],
  ["credentials of a container", "169.254.170.2", "169.254.170.2"],
  ["metadata of Linode", "[fd00:a9fe:a9fe::1]", "fd00:a9fe:a9fe::1"],
  ["metadata of AWS over IPv6", "[fd00:ec2::254]", "fd00:ec2::254"],
  ["metadata of Azure", "168.63.129.16", "168.63.129.16"],
  ["metadata of Alibaba", "100.100.100.200", "100.100.100.200"],
  ["metadata of Oracle", "192.0.0.192", "192.0.0.192"],
  ["class A", "10.255.255.1", "10.255.255.1"],
  ["class B", "172.31.255.1", "172.31.255.1"],
  ["class C", "192.168.1.1", "192.168.1.1"],
  ["carrier-grade NAT", "100.64.0.1", "100.64.0.1"],
  ["benchmarking", "198.19.0.1", "198.19.0.1"],
  ["documentation", "203.0.113.9", "203.0.113.9"],
  ["reserved", "240.0.0.1", "240.0.0.1"],
  ["NAT64", "[64:ff9b::a9fe:a9fe]", "64:ff9b::a9fe:a9fe"],
  ["NAT64 of one's own", "[64:ff9b:1::a9fe:a9fe]", "64:ff9b:1::a9fe:a9fe"],
  ["6to4", "[2002:a9fe:a9fe::1]", "2002:a9fe:a9fe::1"],
  ["Teredo", "[2001:0:a9fe:a9fe::1]", "2001:0:a9fe:a9fe::1"],
  ["IPv4-compatible", "[::a4d:202]", "10.77.2.2"],
  ["unique local", "[fc00::1]", "fc00::1"],
  ["site-local", "[fec0::1]", "fec0::1"],
  ["a name of a private address", "private.attacker.test", "10.77.3.1"],
  ["a name of metadata", "metadata.attacker.test", "169.254.169.253"],
  ["a name of a mapped address", "mapped.attacker.test", "10.77.3.2"],
  ["a name of NAT64", "nat64.attacker.test", "64:ff9b::a4d:303"],
  ["a name whose first address is public and dead", "mixed.attacker.test", "10.77.3.4"],
  ["a name below localhost", "evil.localhost", "127.0.0.1"],
];

const bySpelling = spellings.map(([title, host, address]): Attempt => {
  const target = `http://${host}/`;
  return { title, target, reaches: `${address}:80`, html: `<img src="${target}">` };
});

/** A name that is public when it is checked first, and private from then on. */
const rebinding: readonly Attempt[] = ["image", "frame"].map((kind, index) => {
  const target = `http://rebinding-${kind}.attacker.test/`;
  const html = kind === "image" ? `<img src="${target}">` : `<iframe src="${target}"></iframe>`;
  return {
    title: `a name that is rebound, in an ${kind}`,
    target,
    reaches: `10.77.4.${index + 1}:80`,
    html,
    before: target,
  };
});

export const attempts: readonly Attempt[] = [...byWay, ...protocols, ...bySpelling, ...rebinding];

/** Answers of the attacker's name server: the last one is repeated. */
export const names: { readonly [Name in string]: readonly (readonly string[])[] } = {
  "attacker.test": [[attacker.address]],
  "port.attacker.test": [["93.184.215.15"]],
  "private.attacker.test": [["10.77.3.1"]],
  "metadata.attacker.test": [["169.254.169.253"]],
  "mapped.attacker.test": [["::ffff:10.77.3.2"]],
  "nat64.attacker.test": [["64:ff9b::a4d:303"]],
  "mixed.attacker.test": [["93.184.216.99", "10.77.3.4"]],
  "rebinding-image.attacker.test": [[attacker.address], ["10.77.4.1"]],
  "rebinding-frame.attacker.test": [[attacker.address], ["10.77.4.2"]],
};
