// Authorization code with PKCE, and what can be had with its tokens.

import * as client from "openid-client";

import { authorize, config, logIn, tell } from "./shop.mjs";

const { tkn } = await logIn();
const { sentTo, checks } = await authorize(tkn);
const granted = await client.authorizationCodeGrant(config, sentTo, checks);
const claims = granted.claims();

tell({
  metadata: config.serverMetadata(),
  sent_to: sentTo.origin + sentTo.pathname,
  iss: sentTo.searchParams.get("iss"),
  token_type: granted.token_type,
  expires_in: granted.expires_in,
  claims,
  userinfo: await client.fetchUserInfo(config, granted.access_token, claims.sub),
});
