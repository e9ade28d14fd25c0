import { expect, test } from "vitest";
import { guard } from "../../../app/browser/guard.ts";

test.each([
  ["Page.navigate", { url: "file:///etc/passwd" }],
  ["Page.navigate", { url: "FILE:///etc/passwd" }],
  ["Page.navigate", { url: "view-source:file:///etc/passwd" }],
  ["Page.navigate", { url: "chrome://settings" }],
  ["Target.createTarget", { url: "file:///etc/passwd" }],
  ["Network.loadNetworkResource", { url: "file:///etc/passwd" }],
  ["Target.createBrowserContext", { proxyServer: "http://127.0.0.1:1" }],
  ["Target.createBrowserContext", { proxyBypassList: "*" }],
  ["DOM.setFileInputFiles", { files: ["/etc/passwd"] }],
  ["Target.sendMessageToTarget", { message: "{}" }],
])("%s with %j is answered in the browser's place", (method, params) => {
  const { answer } = guard({ id: 7, sessionId: "s", method, params }) as { answer: object };
  expect(answer).toEqual({
    id: 7,
    sessionId: "s",
    error: { code: -32_000, message: expect.stringMatching(/refused/) },
  });
});

test.each([
  ["Page.navigate", { url: "https://shop.example.com/" }],
  ["Page.navigate", { url: "about:blank" }],
  ["Target.createTarget", { url: "about:blank" }],
  ["Target.createBrowserContext", { disposeOnDetach: true }],
  ["Runtime.evaluate", { expression: "1" }],
])("%s with %j is sent as it is", (method, params) => {
  expect(guard({ id: 7, method, params })).toEqual({ send: { id: 7, method, params } });
});

test("downloads are denied whatever is asked for, and still told of", () => {
  const params = { behavior: "allowAndName", browserContextId: "c", downloadPath: "/", eventsEnabled: true };
  expect(guard({ id: 7, method: "Browser.setDownloadBehavior", params })).toEqual({
    send: {
      id: 7,
      method: "Browser.setDownloadBehavior",
      params: { behavior: "deny", browserContextId: "c", eventsEnabled: true },
    },
  });
});
