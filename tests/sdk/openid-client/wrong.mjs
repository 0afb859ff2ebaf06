// What a client that got something wrong, or whose code was stolen, is told.

import * as client from "openid-client";

import { authorize, config, logIn, refusal, tell } from "./shop.mjs";

async function exchange(spoil) {
  const { tkn } = await logIn();
  const { sentTo, checks } = await authorize(tkn);
  spoil(sentTo, checks);
  return refusal(client.authorizationCodeGrant(config, sentTo, checks));
}

tell({
  another_verifier: await exchange((_, checks) => {
    checks.pkceCodeVerifier = client.randomPKCECodeVerifier();
  }),
  another_code: await exchange((sentTo) => sentTo.searchParams.set("code", "x".repeat(64))),
  another_redirect_uri: await exchange((sentTo) => {
    sentTo.pathname = "/elsewhere";
  }),
});
