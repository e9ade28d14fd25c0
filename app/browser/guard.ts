/** A command of the DevTools protocol. */
export interface Command {
  readonly id: number;
  readonly sessionId?: string;
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

type Params = Readonly<Record<string, unknown>>;

/** What becomes of a command: sent as it is or changed, or refused for a reason. */
type Rule = (params: Params) => Params | string;

/**
 * A browser visits web sites; the files of the machine it runs on are no part of that. Chromium itself keeps a page
 * from `file:`, so the only way there is the protocol, whoever speaks it: an agent that follows what a page told it.
 */
const webAddress: Rule = (params) => {
  const url = String(params["url"] ?? "");
  return url === "" || /^(https?|about|data|blob):/i.test(url)
    ? params
    : `${url} is refused: sessions visit http and https addresses.`;
};

const noDownloads: Rule = ({ downloadPath: _path, ...params }) => ({ ...params, behavior: "deny" });

const noProxyOfItsOwn: Rule = (params) =>
  params["proxyServer"] === undefined && params["proxyBypassList"] === undefined
    ? params
    : "A proxy is refused: the browser's way out is given when it starts.";

const rules: { readonly [Method in string]?: Rule } = {
  "Browser.setDownloadBehavior": noDownloads,
  "Page.setDownloadBehavior": noDownloads,
  "Page.navigate": webAddress,
  "Target.createTarget": webAddress,
  "Network.loadNetworkResource": webAddress,
  "Target.createBrowserContext": noProxyOfItsOwn,
  "DOM.setFileInputFiles": () => "Files of the browser's machine are refused.",
  // A command inside a command: clients of today address targets by `sessionId`.
  "Target.sendMessageToTarget": () => "Nested commands are refused.",
};

/** The command as it may be sent, or the answer that refuses it in the browser's place. */
export function guard(command: Command): { readonly send: Command } | { readonly answer: object } {
  const rule = rules[command.method];
  if (rule === undefined) return { send: command };
  const params = rule(command.params ?? {});
  if (typeof params !== "string") return { send: { ...command, params } };
  const { id, sessionId } = command;
  return {
    answer: { id, ...(sessionId !== undefined && { sessionId }), error: { code: -32_000, message: params } },
  };
}
