// The back end of docs/mfa-with-stytch-sdk.md, as it is printed there. Prints what it let through.
import { readFileSync } from "node:fs";
import stytch from "stytch";

const given = JSON.parse(process.argv[2]);
const { email, phone, password, url, inbox, clock, page } = given;
console.warn = () => {}; // it remarks that the address is not the vendor's
const [, printed] = readFileSync(page, "utf8").match(/^```js\n(.*?)^```$/ms);
const names = "logIn, sendCode, answer, may";
const body = printed.replace(/^import .*$/m, "").replace("http://127.0.0.1:8080/", url);
const { logIn, sendCode, answer, may } = new Function("stytch", `${body}; return { ${names} };`)(stytch);

const seen = new Set();
async function code() {
  for (;;) {
    const found = await fetch(`${inbox}?to=${encodeURIComponent(phone)}&limit=1`);
    const [message] = (await found.json()).messages;
    if (message && !seen.has(message.id)) {
      seen.add(message.id);
      return message.code;
    }
  }
}

const one = await logIn(email, password);
const told = [await may(one)];
let token = await answer(one, await sendCode(one, phone), await code());
told.push(await may(token), await may(token, 300));
await fetch(clock, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ advance: 301 }),
});
told.push(await may(token), await may(token, 300));
token = await answer(token, await sendCode(token, phone), await code());
told.push(await may(token, 300));

console.log(JSON.stringify(told));
process.exit(0);
