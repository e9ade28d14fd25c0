/** Launches one browser after another, kills some of them, closes the others, and says so: a line for each. */
import { browsersUnder } from "../app/browser/machine.ts";
import { testBrowsers } from "../support/chromium.ts";

const [directory, number, share] = process.argv.slice(2) as [string, string, string];
const browsers = testBrowsers();

for (let n = 0; n < Number(number); n++) {
  const { browser, close } = await browsers.launch(new AbortController().signal, "https://93.184.215.14/");
  const page = await browser.newPage();
  await page.setContent("<h1>Here for a moment</h1>");
  const isKilled = Math.random() < Number(share);
  if (isKilled) {
    const own = browsersUnder(`${directory}/testfarm-browser-${process.pid}-`);
    const gone = new Promise((resolve) => browser.once("disconnected", resolve));
    for (const pid of own) process.kill(pid, "SIGKILL");
    await gone;
  }
  await close();
  console.log(isKilled ? "killed" : "closed");
}
